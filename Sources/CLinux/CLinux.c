#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t clinux_gettid(void) { return gettid(); }

int clinux_thread_usage(struct rusage *usage) { return getrusage(RUSAGE_THREAD, usage); }

/* MFD_NOEXEC_SEAL of linux/memfd.h: hosts with vm.memfd_noexec=2 require it, kernels before Linux 6.3 return EINVAL. */
int clinux_memfd_create(const char *name) {
    int descriptor = memfd_create(name, MFD_CLOEXEC | 0x0008U);
    return descriptor < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC) : descriptor;
}

int clinux_unnamed_file(const char *directory) { return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int clinux_named_file(char *template) { return mkostemp(template, O_CLOEXEC); }

int clinux_duplicate(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest); }

/*
 * The kernel refuses a mask smaller than its own with EINVAL, so the mask grows until it fits: sched_getaffinity(2),
 * "Handling systems with large CPU affinity masks".
 */
int clinux_affinity(int *cpus, int capacity) {
    for (int possible = CPU_SETSIZE; possible <= (1 << 20); possible *= 2) {
        cpu_set_t *set = CPU_ALLOC(possible);
        if (set == NULL) { return -1; }
        size_t size = CPU_ALLOC_SIZE(possible);
        if (sched_getaffinity(0, size, set) == 0) {
            int found = 0;
            for (int cpu = 0; cpu < possible; cpu++) {
                if (!CPU_ISSET_S(cpu, size, set)) { continue; }
                if (cpus != NULL && found < capacity) { cpus[found] = cpu; }
                found++;
            }
            CPU_FREE(set);
            return found;
        }
        int error = errno;
        CPU_FREE(set);
        errno = error;
        if (error != EINVAL) { return -1; }
    }
    return -1;
}

int clinux_set_realtime(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

int clinux_forbid_precedence(void) {
    struct rlimit none = {0, 0};
    int realtime = setrlimit(RLIMIT_RTPRIO, &none);
    int nice = setrlimit(RLIMIT_NICE, &none);
    return realtime == 0 && nice == 0 ? 0 : -1;
}

/* struct sched_attr of linux/sched/types.h as it was at first; glibc has none before 2.41. */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static int get_scheduling(struct scheduling *found) {
    *found = (struct scheduling){.size = sizeof *found};
    return (int)syscall(SYS_sched_getattr, 0, found, sizeof *found, 0);
}

uint64_t clinux_slice(void) {
    struct scheduling found;
    return get_scheduling(&found) == 0 ? found.runtime : 0;
}

static int set_scheduling(struct scheduling *wanted) {
    wanted->flags |= 1; /* SCHED_FLAG_RESET_ON_FORK */
    return (int)syscall(SYS_sched_setattr, 0, wanted, 0);
}

int clinux_change_nice(int steps) {
    enum { lowest = -20 };
    struct scheduling wanted;
    if (get_scheduling(&wanted) != 0) { return -1; }
    wanted.nice = wanted.nice + steps < lowest ? lowest : wanted.nice + steps;
    return set_scheduling(&wanted);
}

int clinux_set_slice(uint64_t nanoseconds) {
    struct scheduling wanted;
    if (get_scheduling(&wanted) != 0) { return -1; }
    wanted.runtime = nanoseconds;
    if (set_scheduling(&wanted) != 0) { return -1; }
    if (clinux_slice() == nanoseconds) { return 0; }
    errno = ENOTSUP;
    return -1;
}

int clinux_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int clinux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_is_subreaper(void) {
    int value = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0) == 0 && value != 0;
}

pid_t clinux_ended_child(int options) {
    siginfo_t information = {.si_pid = 0};
    return waitid(P_ALL, 0, &information, WEXITED | WNOWAIT | options) == 0 ? information.si_pid : -1;
}

int clinux_has_ended(pid_t child) {
    siginfo_t information = {.si_pid = 0};
    return waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT | WNOHANG) == 0 && information.si_pid == child;
}

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

char **clinux_environment(void) { return environ; }

int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int clinux_clear_ambient_capabilities(void) { return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); }

ssize_t clinux_process_vm_readv(pid_t pid, void *into, size_t size, const struct iovec *from, unsigned long ranges) {
    struct iovec local = {.iov_base = into, .iov_len = size};
    return process_vm_readv(pid, &local, 1, from, ranges, 0);
}

int clinux_open_path(const char *path) { return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

int clinux_chown_file(int file, gid_t group) { return fchownat(file, "", (uid_t)-1, group, AT_EMPTY_PATH); }

int clinux_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

pid_t clinux_fork(void) { return fork(); }

void clinux_malloc_trim(void) { malloc_trim(0); }

ssize_t clinux_find(const void *text, size_t size, const void *needle, size_t length) {
    const char *place = memmem(text, size, needle, length);
    return place == NULL ? -1 : place - (const char *)text;
}
