#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void *end_at_once(void *argument) { return argument; }

/*
 * A thread as Dispatch and NIO create theirs. glibc calls clone3(2), and does not fall back to clone(2) on EPERM
 * (sysdeps/unix/sysv/linux/clone-internal.c). Without a thread, Dispatch waits until it gets one
 * (_dispatch_temporary_resource_shortage), and NIO fails a precondition.
 */
static const char *missing_thread(void) {
    pthread_t thread;
    /* No signal is delivered to a thread that is about to end. */
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    int error = pthread_create(&thread, NULL, end_at_once, NULL);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (error == 0) {
        pthread_join(thread, NULL);
        return NULL;
    }
    errno = error;
    return "clone3";
}

/*
 * The calls of the event loops of Dispatch (src/event/event_epoll.c) and NIO (SelectorEpoll.swift). Where the kernel has no
 * epoll_wait(2), as on arm64, the C library uses epoll_pwait(2).
 */
static const char *missing_event_call(int loop, int event, int timer) {
    struct epoll_event interest = {.events = EPOLLIN}, ready;
    struct itimerspec soon = {.it_value = {.tv_nsec = 1}};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, event, &interest) != 0) { return "epoll_ctl"; }
    if (timerfd_settime(timer, 0, &soon, NULL) != 0) { return "timerfd_settime"; }
    if (TEMP_FAILURE_RETRY(epoll_wait(loop, &ready, 1, 0)) < 0) { return "epoll_wait"; }
    if (TEMP_FAILURE_RETRY(epoll_pwait(loop, &ready, 1, 0, NULL)) < 0) { return "epoll_pwait"; }
    return NULL;
}

static const char *missing_event_loop(void) {
    int old_loop = -1, loop = -1, event = -1, timer = -1, signals = -1;
    sigset_t none;
    sigemptyset(&none);
    const char *missing = NULL;
    if ((loop = epoll_create1(EPOLL_CLOEXEC)) < 0) { missing = "epoll_create1"; }
    else if ((old_loop = epoll_create(1)) < 0) { missing = "epoll_create"; }
    else if ((event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) { missing = "eventfd2"; }
    else if ((timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) < 0) { missing = "timerfd_create"; }
    else if ((signals = signalfd(-1, &none, SFD_CLOEXEC | SFD_NONBLOCK)) < 0) { missing = "signalfd4"; }
    else { missing = missing_event_call(loop, event, timer); }
    int error = errno;
    int descriptors[] = {old_loop, loop, event, timer, signals};
    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++) {
        if (descriptors[i] >= 0) { close(descriptors[i]); }
    }
    errno = error;
    return missing;
}

/* CPU time and pauses: without these calls CPU time would be 0 and pauses too short. The vDSO has no CPU time, vdso(7). */
static const char *missing_clock(void) {
    struct timespec time, none = {0, 0};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) { return "clock_gettime"; }
    int error;
    do { error = clock_nanosleep(CLOCK_MONOTONIC, 0, &none, NULL); } while (error == EINTR);
    if (error == 0) { return NULL; }
    errno = error;
    return "clock_nanosleep";
}

const char *clinux_missing_system_call(void) {
    char byte;
    const char *missing = missing_thread();
    if (missing == NULL) { missing = missing_event_loop(); }
    if (missing == NULL) { missing = missing_clock(); }
    /* BoringSSL reads /dev/urandom where the kernel has no getrandom(2), and aborts on any other error (urandom.cc). */
    if (missing == NULL && TEMP_FAILURE_RETRY(getrandom(&byte, 1, GRND_NONBLOCK)) < 0 && errno != ENOSYS
        && errno != EAGAIN) {
        missing = "getrandom";
    }
    return missing;
}

const char *clinux_missing_server_call(void) {
    /* There is no such descriptor, so every allowed call returns EBADF, or EINTR first. */
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (TEMP_FAILURE_RETRY(accept4(-1, NULL, NULL, SOCK_CLOEXEC)) != 0 && errno != EBADF) { return "accept4"; }
    if (TEMP_FAILURE_RETRY(accept(-1, NULL, NULL)) != 0 && errno != EBADF) { return "accept"; }
    if (getsockname(-1, (struct sockaddr *)&address, &size) != 0 && errno != EBADF) { return "getsockname"; }
    return NULL;
}
