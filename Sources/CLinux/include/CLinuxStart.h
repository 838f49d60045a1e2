#ifndef CLINUX_START_H
#define CLINUX_START_H

/* The start of a process: its arguments, the state that it inherits, and the signals that stop it. */

/*
 * The arguments of main, which Swift's main does not get. glibc passes them to every function of .init_array as well
 * (csu/libc-start.c, call_init; elf/dl-init.c).
 */
int clinux_argument_count(void);
/* NULL for an index from `clinux_argument_count` on. */
const char *_Nullable clinux_argument(int index);

/* sigaction(2): whether the signal is ignored. */
int clinux_is_ignored(int signal);

/* prctl(2) PR_SET_TIMERSLACK: limits the delay of the calling thread's timers, in nanoseconds, to at most `limit`. */
void clinux_limit_timer_slack(unsigned long limit);

/* pthread_setattr_default_np(3): the stack size of threads created without attributes. Returns an error number. */
int clinux_set_default_stack(unsigned long bytes);

/* mallopt(3) M_ARENA_MAX: the heaps of the allocator, of which each reserves 64 MiB of address space. */
void clinux_limit_arenas(int count);

/*
 * mallopt(3) M_MMAP_THRESHOLD: blocks of at least so many bytes for which the heap has no room are mapped, and go back to
 * the system when they are freed.
 */
void clinux_map_large_blocks(int bytes);

/*
 * Catches SIGTERM and SIGINT. Returns an eventfd(2) that becomes readable when either arrives, or -1. Call it once.
 */
int clinux_catch_stop_signals(void);
/* The last of these signals; 0 if none has arrived. */
int clinux_stop_signal(void);

/* Catches SIGHUP. Returns an eventfd(2) that becomes readable whenever it arrives, or -1. Call it once. */
int clinux_catch_hangups(void);

#endif
