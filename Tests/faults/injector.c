/*
 * Lists the places in which a program makes system calls, or lets a call fail once in one of them.
 *
 *     injector REPORT CALL,CALL… PROGRAM…              lists the places of these calls
 *     injector REPORT PLACE=EFFECT+PLACE=EFFECT… PROGRAM…
 *
 * A place is the number of a system call and the innermost return addresses inside the program's own file, as offsets
 * into it: NUMBER:OFFSET,OFFSET… in hexadecimal, or NUMBER:- for a call of a process that has no such addresses on its
 * stack. An EFFECT is the result that the call has without being made (-5 is EIO, 0 the end of a file), "short" for
 * a read of one byte or half of a write, or "after-5" for a call that is made, and fails then.
 *
 * A seccomp filter stops the calls of interest, and only them: PTRACE_EVENT_SECCOMP of ptrace(2). All children are
 * followed, because a filter without its tracer refuses the calls. Programs other than PROGRAM are continued without a
 * look. libdw finds the return addresses, because the C library keeps no frame pointers.
 */
#define _GNU_SOURCE
#include "places.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "The registers are those of x86-64."
#endif

enum { MAX_PLACES = 1 << 16, MAX_CALLS = 400, MAX_FAILURES = 8 };

/* A call that has to fail. */
struct failure {
    struct place place;
    const char *effect;
    int is_done;
    /* The thread whose call fails after it was made. */
    pid_t returning;
};

static struct {
    FILE *report;
    int status;
    struct failure failures[MAX_FAILURES];
    int failure_count, done_count;
    pid_t leader;
} state;

static struct { uint64_t hash; unsigned count; } places[MAX_PLACES];
/* The registers of the stopped thread that is looked at. */
static struct user_regs_struct registers;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Places */

static unsigned *counter(const struct place *place) {
    uint64_t hash = 1469598103934665603u ^ (uint64_t)place->call;
    for (int i = 0; i < place->count; i++) { hash = (hash ^ place->frames[i]) * 1099511628211u; }
    for (uint64_t i = hash % MAX_PLACES;; i = (i + 1) % MAX_PLACES) {
        if (places[i].count == 0) { places[i].hash = hash; }
        if (places[i].hash == hash) { return &places[i].count; }
    }
}

/* What the call is about: a path, an open file, or the operation of futex(2). */
static void object(pid_t task, char *text, size_t size) {
    const struct user_regs_struct *it = &registers;
    char link[64];
    text[0] = 0;
    unsigned long long path = 0;
    switch (it->orig_rax) {
    case SYS_openat: case SYS_newfstatat: case SYS_readlinkat: case SYS_unlinkat: path = it->rsi; break;
    case SYS_readlink: case SYS_access: case SYS_unlink: case SYS_execve: case SYS_statfs: case SYS_memfd_create:
        path = it->rdi;
        break;
    case SYS_futex: snprintf(text, size, "%llu", it->rsi & 0x7f); return;
    case SYS_fcntl: case SYS_prctl: case SYS_epoll_ctl: case SYS_ioctl: case SYS_prlimit64: {
        snprintf(text, size, "%llu", it->orig_rax == SYS_prctl ? it->rdi : it->rsi);
        return;
    }
    default: break;
    }
    struct iovec local = {text, size - 1}, remote = {(void *)path, size - 1};
    if (path != 0 && process_vm_readv(task, &local, 1, &remote, 1, 0) > 0 && text[0] != 0) {
        text[size - 1] = 0;
        text[strcspn(text, "\n\t")] = 0;
        return;
    }
    snprintf(link, sizeof link, "/proc/%d/fd/%d", task, (int)it->rdi);
    ssize_t length = readlink(link, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
}

static void describe(const char *what, pid_t task, const struct image *image, const struct place *place) {
    char role[4096] = "", thread[64] = "";
    int size = read_proc_file(image->process, "cmdline", role, sizeof role);
    const char *command = (int)strlen(role) + 1 < size ? role + strlen(role) + 1 : "";
    read_proc_file(task, "comm", thread, sizeof thread);
    thread[strcspn(thread, "\n")] = 0;
    char about[256];
    object(task, about, sizeof about);
    fprintf(state.report, "%s\t%.3f\t%s\t%s\t%s\t%s\t%ld:", what, now(), command, thread, place->library, about,
            place->call);
    for (int i = 0; i < place->count; i++) { fprintf(state.report, i == 0 ? "%lx" : ",%lx", place->frames[i]); }
    fprintf(state.report, place->count == 0 ? "-\n" : "\n");
}

static void list(pid_t task, struct image *image) {
    struct place place = place_of(task, image, &registers);
    if ((*counter(&place))++ == 0) { describe("place", task, image, &place); }
}

static int is_at(const struct place *place, const struct place *wanted) {
    if (place->call != wanted->call || place->count < wanted->count) { return 0; }
    if (wanted->count == 0) { return place->count == 0; }
    return memcmp(place->frames, wanted->frames, sizeof place->frames[0] * (size_t)wanted->count) == 0;
}

/* Returns: how to continue. */
static enum __ptrace_request inject(pid_t task, struct image *image) {
    struct failure *failure = state.failures, *end = failure + state.failure_count;
    struct place place = {.call = -1};
    for (; failure < end; failure++) {
        if (failure->is_done || failure->place.call != (long)registers.orig_rax) { continue; }
        if (place.call < 0) { place = place_of(task, image, &registers); }
        if (is_at(&place, &failure->place)) { break; }
    }
    if (failure == end) { return PTRACE_CONT; }
    failure->is_done = 1;
    state.done_count++;
    describe("injected", task, image, &failure->place);
    if (strncmp(failure->effect, "after", 5) == 0) { failure->returning = task; return PTRACE_SYSCALL; }
    if (strncmp(failure->effect, "short", 5) == 0) {
        int is_write = registers.orig_rax == SYS_write || registers.orig_rax == SYS_pwrite64;
        registers.rdx = is_write ? (registers.rdx + 1) / 2 : 1;
    } else {
        /* No call has this number: seccomp(2), SECCOMP_RET_TRACE. */
        registers.orig_rax = (unsigned long long)-1;
        registers.rax = (unsigned long long)atoll(failure->effect);
    }
    if (ptrace(PTRACE_SETREGS, task, NULL, &registers) != 0) { fail("PTRACE_SETREGS"); }
    return PTRACE_CONT;
}

static void returns(pid_t task) {
    for (struct failure *failure = state.failures; failure < state.failures + state.failure_count; failure++) {
        if (failure->returning != task) { continue; }
        failure->returning = 0;
        if (ptrace(PTRACE_GETREGS, task, NULL, &registers) != 0) { return; }
        registers.rax = (unsigned long long)atoll(failure->effect + 5);
        ptrace(PTRACE_SETREGS, task, NULL, &registers);
    }
}

static enum __ptrace_request call(pid_t task) {
    if (state.failure_count > 0 && state.done_count == state.failure_count) { return PTRACE_CONT; }
    struct image *image = image_of(task);
    if (!image->is_ours || ptrace(PTRACE_GETREGS, task, NULL, &registers) != 0) { return PTRACE_CONT; }
    if (state.failure_count > 0) { return inject(task, image); }
    list(task, image);
    return PTRACE_CONT;
}

/* The tracer */

static void stop(pid_t task, int status) {
    enum __ptrace_request next = PTRACE_CONT;
    int event = status >> 16, signal = WSTOPSIG(status), delivered = 0;
    switch (event) {
    case PTRACE_EVENT_SECCOMP: next = call(task); break;
    case PTRACE_EVENT_EXEC: {
        struct image *image = known_image(task);
        if (image != NULL) { forget_image(image); }
        break;
    }
    case PTRACE_EVENT_STOP:
        /* A stop of its process group: it stays stopped. Otherwise a new thread. */
        if (signal != SIGTRAP) { next = PTRACE_LISTEN; }
        break;
    case 0:
        if (signal != (SIGTRAP | 0x80)) { delivered = signal; }
        else { returns(task); }
        break;
    default: break;
    }
    ptrace(next, task, NULL, delivered);
}

static void trace(void) {
    int status;
    pid_t task;
    while ((task = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (WIFSTOPPED(status)) { stop(task, status); continue; }
        task_ended(task);
        if (task != state.leader) { continue; }
        state.status = status;
        fprintf(state.report, "ended\t%.3f\t%d\n", now(), WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    }
    fprintf(state.report, "alone\t%.3f\n", now());
}

static void filter(const long *calls, size_t count) {
    struct sock_filter code[2 + 2 * MAX_CALLS];
    size_t size = 0;
    code[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)size, code};
    /* Only root may do without: seccomp(2). */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) { return; }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        fail("seccomp");
    }
}

static void start(const long *calls, size_t count, char **program) {
    int gate[2];
    if (pipe(gate) != 0) { fail("pipe"); }
    state.leader = fork();
    if (state.leader < 0) { fail("fork"); }
    if (state.leader == 0) {
        char byte;
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1) { _exit(125); }
        close(gate[0]);
        /* The same addresses in every run. */
        personality(ADDR_NO_RANDOMIZE);
        filter(calls, count);
        execv(program[0], program);
        fail(program[0]);
    }
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK
                   | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
    if (ptrace(PTRACE_SEIZE, state.leader, NULL, options) != 0) { fail("PTRACE_SEIZE"); }
    if (write(gate[1], "", 1) != 1) { fail("write"); }
    close(gate[0]), close(gate[1]);
    fprintf(state.report, "started\t%.3f\t%d\n", now(), state.leader);
}

/* PLACE=EFFECT; returns what follows. */
static char *parse_failure(char *text, struct failure *failure) {
    failure->place.call = strtol(text, &text, 10);
    text++;
    while (*text != '-' && failure->place.count < MAX_FRAMES) {
        failure->place.frames[failure->place.count++] = strtoul(text, &text, 16);
        if (*text != ',') { break; }
        text++;
    }
    text += strcspn(text, "=");
    if (*text == 0) { fprintf(stderr, "injector: a place without an effect\n"); exit(64); }
    failure->effect = text + 1;
    return text + strcspn(text, "+");
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: injector REPORT CALLS|FAILURES PROGRAM…\n"); return 64; }
    state.report = fopen(argv[1], "we");
    if (state.report == NULL) { fail(argv[1]); }
    setvbuf(state.report, NULL, _IOLBF, 0);
    if (realpath(argv[3], program_file) == NULL) { fail(argv[3]); }
    long calls[MAX_CALLS];
    size_t count = 0;
    char *rest = argv[2];
    if (strchr(rest, ':') == NULL) {
        while (*rest != 0 && count < MAX_CALLS) {
            calls[count++] = strtol(rest, &rest, 10);
            if (*rest == ',') { rest++; }
        }
    } else {
        while (*rest != 0 && state.failure_count < MAX_FAILURES) {
            struct failure *failure = &state.failures[state.failure_count++];
            rest = parse_failure(rest, failure);
            if (*rest == '+') { rest++; }
            calls[count++] = failure->place.call;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    start(calls, count, argv + 3);
    trace();
    if (WIFSIGNALED(state.status)) {
        /* Ends as the program did. */
        prctl(PR_SET_DUMPABLE, 0);
        signal(WTERMSIG(state.status), SIG_DFL);
        raise(WTERMSIG(state.status));
    }
    return WEXITSTATUS(state.status);
}
