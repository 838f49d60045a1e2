"""Runs a program without a system call: deny.py NAME ERROR PROGRAM ARGUMENT...

Seccomp filters of container runtimes refuse it with EPERM, kernels without it with ENOSYS.
"""

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {
    "x86_64": {"setpgid": 109, "prctl": 157, "waitid": 247, "memfd_create": 319},
    "aarch64": {"setpgid": 154, "prctl": 167, "waitid": 95, "memfd_create": 279},
}
# System calls that are newer than both architectures have the same numbers.
COMMON = {"pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "close_range": 436}

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000


def instruction(code, jump_true, jump_false, value):
    """A `struct sock_filter` of linux/filter.h."""
    return struct.pack("HBBI", code, jump_true, jump_false, value)


def deny(number, error):
    program = b"".join(
        [
            instruction(0x20, 0, 0, 0),  # load the system call's number
            instruction(0x15, 0, 1, number),  # if it is not this one, skip one
            instruction(0x06, 0, 0, SECCOMP_RET_ERRNO | error),
            instruction(0x06, 0, 0, SECCOMP_RET_ALLOW),
        ]
    )
    buffer = ctypes.create_string_buffer(program)
    filter_program = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program, 0, 0
    ):
        sys.exit(f"cannot set the filter: {os.strerror(ctypes.get_errno())}")


def main(name, error, program, *arguments):
    numbers = {**COMMON, **NUMBERS[os.uname().machine]}
    deny(numbers[name], getattr(errno, error))
    os.execvp(program, [program, *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
