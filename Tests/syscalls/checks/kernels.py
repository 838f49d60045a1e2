"""Filters that imitate older kernels and container runtimes."""

import errno

# The first number that Linux 4.18 does not have. From Linux 5.1 on new calls have the same number on every
# architecture, from 424 on: arch/x86/entry/syscalls/syscall_64.tbl. x86-64 alone used some below for itself.
NEWEST = 600
SINCE_5_1 = 424
P_PIDFD = 3

UNKNOWN_TO_4_18 = [[number, errno.ENOSYS, []] for number in range(SINCE_5_1, NEWEST)] + [
    # waitid(2): P_PIDFD is Linux 5.4.
    ["waitid", errno.EINVAL, [[0, "==", P_PIDFD]]],
]
# Calls missing in Docker's list of 2019: newer ones, and those for tracing. It refuses with EPERM.
OLD_DOCKER = [[number, errno.EPERM, []] for number in range(SINCE_5_1, NEWEST) if number != 435] + [
    # runc 1.0-rc93 and libseccomp 2.5 answer ENOSYS to clone3 where the C library would not do without it.
    [435, errno.ENOSYS, []],
    ["process_vm_readv", errno.EPERM, []],
    ["process_vm_writev", errno.EPERM, []],
    ["ptrace", errno.EPERM, []],
    ["sched_setattr", errno.EPERM, []],
    ["sched_setscheduler", errno.EPERM, []],
    ["rseq", errno.EPERM, []],
    ["statx", errno.EPERM, []],
    ["kcmp", errno.EPERM, []],
    ["name_to_handle_at", errno.EPERM, []],
    ["open_by_handle_at", errno.EPERM, []],
    ["perf_event_open", errno.EPERM, []],
]
# Calls that gVisor lacked in 2020; it has most of them today: pkg/sentry/syscalls/linux/linux64.go.
OLD_GVISOR: list[list] = [
    [call, errno.ENOSYS, []]
    for call in (
        "clone3",
        "close_range",
        "pidfd_open",
        "pidfd_send_signal",
        "process_vm_readv",
        "process_vm_writev",
        "rseq",
        "sched_getattr",
        "sched_setattr",
    )
]

FILTERS = {
    "Linux 4.18, the oldest kernel supported": UNKNOWN_TO_4_18,
    "a Docker of 2019": OLD_DOCKER,
    "a gVisor of 2020": OLD_GVISOR,
}
ALLOWED = {
    "Linux 4.18, the oldest kernel supported": ("works",),
    "a Docker of 2019": ("works", "degraded"),
    "a gVisor of 2020": ("works", "degraded"),
}
