"""How an observed interpreter reads its own lock. Runs on CPython 3.8 and later.

The GIL is a `struct _gil_runtime_state` (Include/internal/pycore_gil.h). It counts its switches; and glibc counts in
`__wseq` of a condition, above one bit that is something else, the waits ever begun on it (nptl/pthread_cond_common.c).
"""

import platform
import sys

try:
    import ctypes
except ImportError:
    # An interpreter without extension modules: it knows what it does, but not where its lock is.
    ctypes = None


def word(address):
    return ctypes.c_uint64.from_address(address).value


def runtime():
    return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))


def find_lock():
    """The address of the struct, as Include/internal of each version's headers has it."""
    minor = sys.version_info.minor
    if minor >= 13:
        # `struct _Py_DebugOffsets` at the start of `_PyRuntime`: interpreters_head, and ceval_gil of an interpreter.
        interpreter = word(runtime() + word(runtime() + 40))
        return word(interpreter + word(runtime() + (112 if minor == 13 else 120)))
    if minor == 12:
        return word(word(runtime() + 40) + 384)
    return runtime() + {8: 1152, 9: 352, 10: 352, 11: 360}[minor]


def is_free_threaded():
    # sys.abiflags has a "t": PEP 703.
    return "t" in sys.abiflags


def places():
    """Where the lock counts its switches, the waits for it, and the forced hand-offs; None where it cannot be read.

    The last two are `__wseq`, to be halved.
    """
    if ctypes is None or platform.libc_ver()[0] != "glibc":
        return None
    # A free-threaded build has `int enabled` in front. Between the conditions lies a pthread_mutex_t.
    fields = find_lock() + (8 if is_free_threaded() else 0)
    mutex = {"x86_64": 40, "aarch64": 48}[platform.machine()]
    return fields + 24, fields + 32, fields + 32 + 48 + mutex
