"""Starts a program whose system calls are refused, as a seccomp filter or another kernel refuses them.

    refusal.py RULES PROGRAM…

RULES is JSON, a list of [call, error number, conditions]: a call is a name or a number, a condition is [argument,
operator, value…] of seccomp_rule_add(3). The filter applies to the program and to all its children.
"""

import ctypes
import json
import os
import sys

# seccomp.h
ALLOW = 0x7FFF0000
ERRNO = 0x00050000
OPERATORS = {"!=": 1, "<": 2, "<=": 3, "==": 4, ">=": 5, ">": 6, "&": 7}
UNKNOWN = -1


class Condition(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


def library():
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(Condition),
    ]
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    return seccomp


def number(seccomp, call):
    """The number on this architecture; negative if it has no such call."""
    return call if isinstance(call, int) else seccomp.seccomp_syscall_resolve_name(call.encode())


def exists(call):
    return number(library(), call) >= 0


def refuse(rules):
    """Installs the rules in this process, for all its children, too."""
    seccomp = library()
    context = seccomp.seccomp_init(ALLOW)
    for call, error, conditions in rules:
        resolved = number(seccomp, call)
        if resolved == UNKNOWN:
            raise SystemExit(f"libseccomp knows no system call {call}")
        if resolved < 0:
            continue
        array = (Condition * max(1, len(conditions)))()
        for place, (argument, operator, *values) in zip(array, conditions):
            place.argument, place.operator = argument, OPERATORS[operator]
            place.first, place.second = (values + [0])[:2]
        result = seccomp.seccomp_rule_add_array(context, ERRNO | error, resolved, len(conditions), array)
        if result != 0:
            raise SystemExit(f"no rule for {call}: {os.strerror(-result)}")
    result = seccomp.seccomp_load(context)
    if result != 0:
        raise SystemExit(f"the filter cannot be loaded: {os.strerror(-result)}")


def command(rules, program):
    """The command line that runs the program under the rules."""
    return [sys.executable, "-I", "-S", __file__, json.dumps(rules), *program] if rules else program


if __name__ == "__main__":
    refuse(json.loads(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
