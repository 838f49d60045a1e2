#ifndef CLINUX_START_H
#define CLINUX_START_H

/* What a process finds when it starts: its arguments and what it has inherited. */

/*
 * The arguments of main. glibc passes them to every function of .init_array, as to main itself
 * (csu/libc-start.c, call_init; elf/dl-init.c); Swift has no main that is given them.
 */
int clinux_argument_count(void);
/* Nil from `clinux_argument_count` on. */
const char *_Nullable clinux_argument(int index);

/* sigaction(2): whether the signal is ignored. */
int clinux_is_ignored(int signal);

/* prctl(2) PR_SET_TIMERSLACK: by how many nanoseconds at most the calling thread's timers are late; at most `most`. */
void clinux_limit_timer_slack(unsigned long most);

/* pthread_setattr_default_np(3): the stack of threads that are created without attributes. Returns an error number. */
int clinux_set_default_stack(unsigned long bytes);

/* mallopt(3) M_ARENA_MAX 1: the allocator reserves no address space for each thread. */
void clinux_use_one_arena(void);

/*
 * Catches SIGTERM and SIGINT. Returns an eventfd(2) that becomes readable when either has come, or -1. Once per process.
 */
int clinux_catch_stop_signals(void);
/* The last of these signals that came; 0: none. */
int clinux_stop_signal(void);

#endif
