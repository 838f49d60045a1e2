#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    argument_count = argc;
    arguments = argv;
}

int clinux_argument_count(void) { return argument_count; }

const char *clinux_argument(int index) { return index >= 0 && index < argument_count ? arguments[index] : NULL; }

int clinux_is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void clinux_limit_timer_slack(unsigned long limit) {
    int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    if (slack < 0 || (unsigned long)slack > limit) { prctl(PR_SET_TIMERSLACK, limit, 0, 0, 0); }
}

int clinux_set_default_stack(unsigned long bytes) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) { return error; }
    error = pthread_attr_setstacksize(&attributes, bytes);
    if (error == 0) { error = pthread_setattr_default_np(&attributes); }
    pthread_attr_destroy(&attributes);
    return error;
}

void clinux_limit_arenas(int count) { mallopt(M_ARENA_MAX, count); }

void clinux_map_large_blocks(int bytes) { mallopt(M_MMAP_THRESHOLD, bytes); }

static int stop_event = -1;
static volatile sig_atomic_t stop_signal;

static int hangup_event = -1;

/* Like its callers, it calls only what signal-safety(7) allows. */
static void add_one(int event) {
    int error = errno;
    uint64_t one = 1;
    if (write(event, &one, sizeof one) < 0) { /* The counter is at its limit, and so readable. */ }
    errno = error;
}

static void note_stop(int signal) {
    stop_signal = signal;
    add_one(stop_event);
}

static void note_hangup(int signal) {
    (void)signal;
    add_one(hangup_event);
}

int clinux_catch_stop_signals(void) {
    stop_event = eventfd(0, EFD_CLOEXEC);
    if (stop_event < 0) { return -1; }
    struct sigaction action = {.sa_handler = note_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) { return -1; }
    return stop_event;
}

int clinux_stop_signal(void) { return stop_signal; }

int clinux_catch_hangups(void) {
    hangup_event = eventfd(0, EFD_CLOEXEC);
    if (hangup_event < 0) { return -1; }
    struct sigaction action = {.sa_handler = note_hangup, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGHUP, &action, NULL) == 0 ? hangup_event : -1;
}
