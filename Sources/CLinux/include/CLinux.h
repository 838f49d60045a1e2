#ifndef CLINUX_H
#define CLINUX_H

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "CLinuxStart.h"

/*
 * Functions that Swift's Glibc module lacks: those behind _GNU_SOURCE, variadic ones, and fork(2).
 * On failure all return -1 and set errno, as the functions that they call do.
 */

/* gettid(2) */
pid_t clinux_gettid(void);

/* getrusage(2) with RUSAGE_THREAD: the calling thread. */
int clinux_thread_usage(struct rusage *_Nonnull usage);

/* memfd_create(2) with MFD_CLOEXEC: an anonymous file that vanishes with its last descriptor. */
int clinux_memfd_create(const char *_Nonnull name);

/* open(2) with O_TMPFILE: a file of a directory's file system that never has a name. */
int clinux_unnamed_file(const char *_Nonnull directory);

/* mkostemp(3) with O_CLOEXEC: a new file whose name replaces the template, which ends with XXXXXX. */
int clinux_named_file(char *_Nonnull template);

/* fcntl(2) F_DUPFD_CLOEXEC: a second descriptor, with the lowest free number from `lowest` on. */
int clinux_duplicate(int descriptor, int lowest);

/*
 * sched_getaffinity(2) of the calling thread. Writes the numbers of the CPUs in the mask to `cpus`, at most `capacity`,
 * and returns how many CPUs the mask holds.
 */
int clinux_affinity(int *_Nullable cpus, int capacity);

/* sched_setscheduler(2) of the calling thread: SCHED_FIFO, not inherited by what it creates. */
int clinux_set_realtime(int priority);

/*
 * setrlimit(2) RLIMIT_RTPRIO and RLIMIT_NICE 0: from now on neither this process nor its children may run before ordinary
 * ones, unless they have CAP_SYS_NICE.
 */
int clinux_forbid_precedence(void);

/*
 * sched_getattr(2) of the calling thread: the nanoseconds of its time slice as an ordinary thread; 0 if that is unknown, as
 * before Linux 6.12.
 */
uint64_t clinux_slice(void);

/*
 * sched_setattr(2) of the calling thread: the time slice that it requests as an ordinary thread. Its policy and nice value
 * stay. ENOTSUP where the kernel ignores the request, before Linux 6.12.
 */
int clinux_set_slice(uint64_t nanoseconds);

/*
 * sched_setattr(2) of the calling thread: a nice value higher by so many steps, or lower if they are negative. Its policy and
 * time slice stay. What it creates has the nice value 0 if its own is negative.
 */
int clinux_change_nice(int steps);

/* prctl(2) PR_SET_PDEATHSIG. It survives execve(2), and is sent when the *thread* that forked ends. */
int clinux_set_parent_death_signal(int signal);

/* prctl(2) PR_SET_CHILD_SUBREAPER: orphans among the descendants become children of this process. */
int clinux_become_subreaper(void);

/* prctl(2) PR_GET_CHILD_SUBREAPER: 1 if this process adopts orphans, otherwise 0. */
int clinux_is_subreaper(void);

/*
 * waitid(2) of any child with WEXITED and WNOWAIT: a child that has ended and is not reaped yet. With WNOHANG in `options`
 * it returns 0 if no child has ended.
 */
pid_t clinux_ended_child(int options);

/* waitid(2): whether a child has ended. The child is not reaped. */
int clinux_has_ended(pid_t child);

/*
 * posix_spawn(3): the child closes all descriptors from `lowest` on. Where close_range(2) is missing or refused, the C
 * library reads /proc/self/fd instead.
 */
int clinux_spawn_close_from(posix_spawn_file_actions_t *_Nonnull actions, int lowest);

/* environ(7) */
char *_Nullable *_Nullable clinux_environment(void);

/* prctl(2) PR_SET_NAME: the calling thread's name. The kernel keeps the first 15 bytes. */
int clinux_name_thread(const char *_Nonnull name);

/* prctl(2) PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL: from now on execve(2) passes no capability on. */
int clinux_clear_ambient_capabilities(void);

/* process_vm_readv(2): reads ranges of another process's memory, without stopping it, into one local range. */
ssize_t clinux_process_vm_readv(pid_t pid, void *_Nonnull into, size_t size, const struct iovec *_Nonnull from,
                                unsigned long ranges);

/* open(2) with O_PATH and O_NOFOLLOW: the file itself, even if it is a link, to examine and not to read. */
int clinux_open_path(const char *_Nonnull path);

/* fchownat(2) with AT_EMPTY_PATH: gives the file of a descriptor from above to a group. */
int clinux_chown_file(int file, gid_t group);

/* eventfd(2) with EFD_CLOEXEC and EFD_NONBLOCK: a counter that wakes poll(2). */
int clinux_event(void);

/* fork(2). Only for a process with one thread: the child of a threaded process can do almost nothing, so Swift hides it. */
pid_t clinux_fork(void);

/*
 * Makes each system call once, without effect, whose failure the libraries of this program answer by a trap, an abort or an
 * endless wait, and the calls of the clocks.
 * Returns the name of the first call that fails, with errno set, and NULL if none does.
 */
const char *_Nullable clinux_missing_system_call(void);

/*
 * Opens what Dispatch gets in place of a file of /proc that it cannot open, without which it ends the program. To be called
 * at the start, when descriptors are left.
 */
void clinux_open_empty_file(void);

/*
 * The same for calls whose failure makes NIO close a listening socket silently, or never answer its clients.
 */
const char *_Nullable clinux_missing_server_call(void);

/* malloc_trim(3) of all free pages: Swift's module of the C library lacks malloc.h. */
void clinux_malloc_trim(void);

/* memmem(3): the offset of the first `needle` in `text`, or -1. */
ssize_t clinux_find(const void *_Nonnull text, size_t size, const void *_Nonnull needle, size_t length);

#endif
