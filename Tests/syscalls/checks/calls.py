"""The system calls of the program and of its libraries, and what is known of each.

`trace` fails for a call that is missing here. Calls that only the started interpreters make are not listed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    name: str
    # The first Linux with it; "" if it is older than 2.6.32.
    since: str
    purpose: str
    # Why nothing runs without it; such calls are not refused.
    vital: str = ""


LOADER = "the dynamic loader needs it before the program's first instruction"
UNFAILING = "it cannot fail, so no filter refuses it, and libraries trust its result"
LIBRARY = "the C library depends on it"


def calls(*rows):
    return {row[0]: Call(*row) for row in rows}


CALLS = calls(
    # What every program needs.
    ("execve", "", "starting the program and its workers", "the program is not started"),
    ("exit_group", "", "ending the program", LIBRARY),
    ("exit", "", "ending a thread", LIBRARY),
    ("brk", "", "memory", LIBRARY),
    ("mmap", "", "memory, loading libraries", LOADER),
    ("munmap", "", "memory", LIBRARY),
    ("mprotect", "", "loading libraries, stacks of threads", LOADER),
    ("read", "", "every file and socket", LOADER),
    ("write", "", "every file and socket, the log", LIBRARY),
    ("openat", "", "every file", LOADER),
    ("newfstatat", "", "sizes of files, loading libraries", LOADER),
    ("close", "", "every file and socket", LIBRARY),
    ("arch_prctl", "", "the thread pointer", LOADER),
    ("futex", "", "locks, ending threads", LIBRARY),
    ("rt_sigreturn", "", "returning from a signal handler", LIBRARY),
    ("set_tid_address", "", "ending threads", LIBRARY),
    ("clone", "", "threads and processes, without clone3", LIBRARY),
    # Threads and processes.
    ("clone3", "5.3", "threads and processes"),
    ("set_robust_list", "", "the C library's threads"),
    ("rseq", "4.18", "the C library's threads"),
    ("sched_getaffinity", "", "the number of CPUs"),
    ("sched_setaffinity", "", "one CPU for each worker"),
    ("sched_getattr", "3.14", "checking priority and time slice of a thread"),
    ("sched_setattr", "3.14", "priority and time slice of a thread, for timely samples and answers"),
    ("sched_setscheduler", "", "real-time priority, for timely samples"),
    ("sched_getparam", "", "threads of Dispatch"),
    ("sched_getscheduler", "", "threads of Dispatch"),
    ("sched_yield", "", "spin locks"),
    ("setpriority", "", "ordinary priority of workers"),
    ("getpriority", "", "ordinary priority of workers"),
    ("capget", "", "capabilities that the file of the program has"),
    ("prctl", "", "names of threads, ending workers with their parent"),
    ("getpid", "", "the program's own number", UNFAILING),
    ("getppid", "", "ending workers with their parent", UNFAILING),
    ("gettid", "", "a thread's own number", UNFAILING),
    ("getpgrp", "", "progress on a terminal", UNFAILING),
    ("getpgid", "", "the process group of a worker"),
    ("setpgid", "", "a process group for each worker"),
    ("getsid", "", "the session of a process that a worker left behind"),
    ("setsid", "", "a session for each worker"),
    ("getuid", "", "the user", UNFAILING),
    ("geteuid", "", "the user", UNFAILING),
    ("getgid", "", "the group", UNFAILING),
    ("getegid", "", "the group", UNFAILING),
    ("getgroups", "", "the groups"),
    ("kill", "", "ending workers"),
    ("tgkill", "", "signals to the program's own threads"),
    ("pidfd_open", "5.3", "noticing the end of a worker"),
    ("pidfd_send_signal", "5.1", "ending a worker"),
    ("wait4", "", "reaping processes"),
    ("waitid", "", "reaping processes"),
    ("close_range", "5.9", "closing descriptors in workers"),
    ("dup", "", "descriptors"),
    ("dup2", "", "standard input and output of workers"),
    ("dup3", "", "standard input and output of workers"),
    ("pipe2", "", "between threads, starting workers"),
    ("prlimit64", "2.6.36", "limits of the program and its workers"),
    ("getrusage", "", "CPU time of workers"),
    ("times", "", "CPU time of workers, if getrusage is refused"),
    ("umask", "", "modes of new files"),
    # Signals.
    ("rt_sigaction", "", "signals"),
    ("rt_sigprocmask", "", "signals"),
    ("rt_sigpending", "", "an early SIGHUP"),
    ("rt_sigtimedwait", "", "an early SIGHUP"),
    ("rt_sigsuspend", "", "threads of Dispatch", "the main thread waits in it, and would spin without it"),
    ("signalfd4", "2.6.27", "SIGTERM, SIGINT, SIGHUP"),
    ("sigaltstack", "", "a stack for the handler of a crash"),
    # Files.
    ("access", "", "checking whether a file exists"),
    ("faccessat", "", "checking whether a file exists"),
    ("faccessat2", "5.8", "checking whether a file exists"),
    ("fcntl", "", "flags of descriptors"),
    ("fstat", "", "sizes of files"),
    ("fstatfs", "", "the kind of a file system"),
    ("statfs", "", "the kind of a file system"),
    ("statx", "4.11", "sizes of files"),
    ("ftruncate", "", "files in memory"),
    ("lseek", "", "positions in files"),
    ("pread64", "", "parts of files: programs, libraries, memory of processes"),
    ("preadv", "", "parts of files"),
    ("pwrite64", "", "input of a worker"),
    ("readv", "", "sockets"),
    ("writev", "", "sockets"),
    ("sendfile", "", "files to sockets"),
    ("readlink", "", "programs of processes, the time zone"),
    ("readlinkat", "", "programs of processes"),
    ("getdents64", "", "the processes of the host"),
    ("getcwd", "", "relative paths"),
    ("chmod", "", "the mode of a socket file"),
    ("fchmod", "", "the mode of a socket file"),
    ("fchmodat", "", "the mode of a socket file"),
    ("fchown", "", "the group of a socket file"),
    ("fchownat", "", "the group of a socket file"),
    ("lchown", "", "the group of a socket file"),
    ("unlink", "", "removing stale socket files"),
    ("unlinkat", "", "removing stale socket files"),
    ("rename", "", "socket files"),
    ("renameat", "", "socket files"),
    ("renameat2", "3.15", "socket files"),
    ("mkdirat", "", "the folder of a socket file"),
    ("mkdir", "", "the folder of a socket file"),
    ("rmdir", "", "the folder of a socket file"),
    ("ioctl", "", "checking for a terminal"),
    ("memfd_create", "3.17", "input and output of a worker"),
    ("inotify_init1", "2.6.27", "noticing programs that start"),
    ("inotify_add_watch", "", "noticing programs that start"),
    # Memory.
    ("madvise", "", "returning unused memory"),
    ("mremap", "", "growing memory"),
    ("mincore", "", "memory"),
    ("process_vm_readv", "3.2", "reading the locks of other processes"),
    # Events and time.
    ("epoll_create", "", "the event loop of the web server"),
    ("epoll_create1", "2.6.27", "event loops"),
    ("epoll_ctl", "", "event loops"),
    ("epoll_wait", "", "event loops"),
    ("epoll_pwait", "", "event loops"),
    ("eventfd2", "2.6.27", "waking event loops"),
    ("timerfd_create", "", "timers of event loops"),
    ("timerfd_settime", "", "timers of event loops"),
    ("poll", "", "one socket or file, programs that start"),
    ("ppoll", "", "one socket or file, programs that start"),
    ("select", "", "one socket or file"),
    ("pselect6", "", "one socket or file"),
    ("clock_gettime", "", "time, if the vDSO lacks it: CPU time of threads"),
    ("clock_nanosleep", "", "pauses between samples, deadlines of the latency probe"),
    ("nanosleep", "", "pauses"),
    ("gettimeofday", "", "time"),
    ("getrandom", "3.17", "hashes, keys of TLS"),
    ("uname", "", "the name of the host"),
    ("sysinfo", "", "the size of the memory"),
    ("getcpu", "", "the CPU of a thread"),
    ("restart_syscall", "", "pauses that a signal interrupts"),
    # Sockets.
    ("socket", "", "listening, notifications to systemd, reload"),
    ("socketpair", "", "channel of a worker's report"),
    ("bind", "", "listening"),
    ("listen", "", "listening"),
    ("accept", "", "connections to the control socket"),
    ("accept4", "2.6.28", "connections of clients"),
    ("connect", "", "reload, notifications to systemd, checking for stale socket files"),
    ("shutdown", "", "ending a connection"),
    ("getsockname", "", "the addresses of sockets"),
    ("getpeername", "", "the addresses of clients"),
    ("getsockopt", "", "kinds of sockets"),
    ("setsockopt", "", "options of sockets"),
    ("sendto", "", "notifications to systemd, the answer to reload"),
    ("recvfrom", "", "lookups of hosts, reload"),
    ("sendmsg", "", "notifications to systemd, the journal"),
    ("recvmsg", "", "lookups of hosts"),
    ("sendmmsg", "3.0", "lookups of hosts"),
    ("recvmmsg", "2.6.33", "lookups of hosts"),
)

# Made only when another is refused.
FALLBACKS = {"sched_setattr", "sched_getattr", "times"}
