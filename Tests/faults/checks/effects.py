"""How each system call may fail: the errors of its manual page that can come from outside the program."""

import errno
import re

# Not injected. The manual page lists only errors of wrong arguments, or none.
UNFAILING = {
    "brk",
    "clock_gettime", "exit", "exit_group", "getegid", "geteuid", "getgid", "getpgrp", "getpid", "getppid", "gettid",
    "getuid", "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "sched_yield", "set_tid_address", "sigaltstack", "timerfd_settime", "umask", "arch_prctl", "rseq",
    "set_robust_list", "uname", "getcpu", "gettimeofday", "times",
}  # fmt: skip
# The C library ends the program if it cannot unmap the stack of a thread: nptl/nptl-stack.c.
UNMAPPING = {"munmap", "__munmap"}
# Functions of the C library that allocate: without memory, Swift's runtime ends the program.
ALLOCATING = {
    "malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc", "__libc_malloc", "__libc_calloc",
    "__libc_realloc", "__libc_free", "__libc_memalign", "__posix_memalign", "cfree",
}  # fmt: skip
# The library functions that only read a limit: getrlimit(2) fails only for wrong arguments.
READING_LIMITS = {"__getrlimit", "getrlimit", "getrlimit64", "__sysconf", "sysconf"}

EFFECTS: dict[str, tuple[str, ...]] = {
    "accept": ("ECONNABORTED", "EMFILE"),
    "accept4": ("ECONNABORTED", "EMFILE"),
    "access": ("EACCES",),
    "bind": ("EADDRINUSE",),
    "capget": ("EPERM",),
    "chmod": ("EPERM",),
    "clock_nanosleep": ("EINTR",),
    "clone": ("EAGAIN",),
    "clone3": ("EAGAIN",),
    # Linux closes the descriptor in spite of these errors: close(2).
    "close": ("after EIO",),
    "close_range": ("ENOMEM",),
    "connect": ("ECONNREFUSED", "EAGAIN"),
    "dup": ("EMFILE",),
    "dup2": ("EBUSY",),
    "dup3": ("EBUSY",),
    "epoll_create": ("EMFILE",),
    "epoll_create1": ("EMFILE",),
    "epoll_ctl": ("ENOMEM",),
    "epoll_pwait": ("EINTR",),
    "epoll_wait": ("EINTR",),
    "eventfd2": ("EMFILE",),
    "execve": ("ENOMEM",),
    "faccessat": ("EACCES",),
    "faccessat2": ("EACCES",),
    "fchmod": ("EPERM",),
    "fchmodat": ("EPERM",),
    "fchown": ("EPERM",),
    "fchownat": ("EPERM",),
    "fcntl": ("EMFILE",),
    "fstatfs": ("EIO",),
    "ftruncate": ("EIO",),
    "futex": ("EINTR", "EAGAIN"),
    "getcwd": ("ENOENT",),
    "getdents64": ("ENOMEM",),
    "getgroups": ("EINVAL",),
    "getpeername": ("ENOTCONN",),
    "getpgid": ("ESRCH",),
    "getpriority": ("ESRCH",),
    "getrandom": ("EINTR",),
    "getrusage": ("EINVAL",),
    "getsid": ("ESRCH",),
    "getsockname": ("ENOBUFS",),
    "getsockopt": ("ENOPROTOOPT",),
    "inotify_add_watch": ("ENOSPC",),
    "inotify_init1": ("EMFILE",),
    "ioctl": ("ENOTTY",),
    "kill": ("ESRCH",),
    "listen": ("EADDRINUSE",),
    "lseek": ("ESPIPE",),
    "madvise": ("EAGAIN",),
    "memfd_create": ("EMFILE",),
    "mincore": ("EAGAIN",),
    "mkdir": ("EACCES",),
    "mkdirat": ("EACCES",),
    "mmap": ("ENOMEM",),
    "mprotect": ("ENOMEM",),
    "mremap": ("ENOMEM",),
    "munmap": ("ENOMEM",),
    "nanosleep": ("EINTR",),
    "newfstatat": ("ENOMEM",),
    "openat": ("EMFILE",),
    "pidfd_open": ("EMFILE",),
    "pidfd_send_signal": ("ESRCH",),
    "pipe2": ("EMFILE",),
    "poll": ("EINTR", "ENOMEM"),
    "ppoll": ("EINTR", "ENOMEM"),
    "prctl": ("EPERM",),
    "pread64": ("EIO", "short", "end"),
    "preadv": ("EIO",),
    "prlimit64": ("EPERM",),
    "process_vm_readv": ("EFAULT", "ESRCH"),
    "pselect6": ("EINTR",),
    "pwrite64": ("ENOSPC", "short"),
    "read": ("EIO", "short", "end"),
    "readlink": ("EACCES",),
    "readlinkat": ("EACCES",),
    "readv": ("EIO",),
    "recvfrom": ("ECONNRESET", "end"),
    "recvmmsg": ("EINTR",),
    "recvmsg": ("ECONNRESET",),
    "rename": ("EACCES",),
    "renameat": ("EACCES",),
    "renameat2": ("EACCES",),
    "rmdir": ("EACCES",),
    "rt_sigtimedwait": ("EINTR",),
    "sched_getaffinity": ("EINVAL",),
    "sched_getattr": ("EINVAL",),
    "sched_getparam": ("ESRCH",),
    "sched_getscheduler": ("ESRCH",),
    "sched_setaffinity": ("EINVAL",),
    "sched_setattr": ("EPERM",),
    "sched_setscheduler": ("EPERM",),
    "select": ("EINTR",),
    "sendfile": ("EIO",),
    "sendmmsg": ("ENOBUFS",),
    "sendmsg": ("ENOBUFS", "ECONNREFUSED"),
    "sendto": ("ENOBUFS", "EPIPE"),
    "setpgid": ("EPERM",),
    "setpriority": ("EACCES",),
    "setsid": ("EPERM",),
    "setsockopt": ("ENOPROTOOPT",),
    "shutdown": ("ENOTCONN",),
    "signalfd4": ("EMFILE",),
    "socket": ("EMFILE",),
    "socketpair": ("EMFILE",),
    "statfs": ("EIO",),
    "statx": ("ENOENT",),
    "sysinfo": (),
    "tgkill": ("EAGAIN",),
    "timerfd_create": ("EMFILE",),
    "unlink": ("EACCES",),
    "unlinkat": ("EACCES",),
    "wait4": ("EINTR",),
    "waitid": ("EINTR",),
    "write": ("EIO", "short"),
    "writev": ("EPIPE",),
}
# read(2) and write(2) depend on what is open.
READ = {
    "anon_inode:[eventfd]": ("EINTR",),
    "anon_inode:[timerfd]": ("EAGAIN",),
    "anon_inode:[signalfd]": ("EAGAIN",),
    "anon_inode:inotify": ("EINTR",),
    "socket:": ("ECONNRESET", "end"),
    "pipe:": ("EINTR", "end"),
    "/proc/": ("ESRCH", "short", "end"),
}
# An eventfd takes any number, unless its counter is at its limit, where it is readable: eventfd(2).
WRITE: dict[str, tuple[str, ...]] = {
    "anon_inode:[eventfd]": (),
    "socket:": ("EPIPE", "short"),
    "pipe:": ("EPIPE", "short"),
}
WRITE_FILE = ("ENOSPC", "short")
# Files of processes, which may have ended.
PROCESS = re.compile(r"/proc/(\d+|self|thread-self)/")
FUTEX_WAIT = ("0", "9")
# Effects that programs are meant to get over. Several of them are injected into one run, and if it shows anything, each
# into a run of its own.
QUIET = {"short", "EINTR", "EAGAIN", "after EIO"}
# These do not return EINTR or EAGAIN only to be called again.
LOUD = {"clone", "clone3", "connect", "tgkill"}


def is_quiet(call: str, effect: str) -> bool:
    return effect in QUIET and call not in LOUD


def is_vanishing(about: str, effect: str) -> bool:
    """Whether it looks as if another process had ended, which happens all the time."""
    return effect in ("ESRCH", "ENOENT", "end") and PROCESS.match(about) is not None


def effects(call: str, about: str, library: str) -> tuple[str, ...]:
    """The effects to inject into a call about a path or open file."""
    if call in UNFAILING or library in ALLOCATING or (call == "prlimit64" and library in READING_LIMITS):
        return ()
    if call == "munmap" and library not in UNMAPPING:
        return ()
    if call == "futex" and about not in FUTEX_WAIT:
        return ()
    by_object = {"read": READ, "pread64": READ, "write": WRITE}.get(call, {})
    for beginning, found in by_object.items():
        if about.startswith(beginning):
            return found
    if call == "openat" and PROCESS.match(about):
        return ("ENOENT",)
    return WRITE_FILE if call == "write" else EFFECTS.get(call, ())


def argument(effect: str) -> str:
    """The effect as the injector reads it."""
    if effect == "short":
        return "short"
    if effect == "end":
        return "0"
    if effect.startswith("after "):
        return f"after-{getattr(errno, effect.removeprefix('after '))}"
    return f"-{getattr(errno, effect)}"
