"""Runs a program as a subreaper, to which the kernel gives orphans: foster.py PROGRAM ARGUMENT...

One orphan exists already, and ends when the program has started.
"""

import ctypes
import os
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("cannot become a subreaper")
parent = os.getpid()
if os.fork() == 0:
    if os.fork() == 0:
        # Until this process has become the program.
        while os.readlink(f"/proc/{parent}/exe") == os.readlink("/proc/self/exe"):
            time.sleep(0.01)
        os._exit(0)
    os._exit(0)
os.wait()
os.execvp(sys.argv[1], sys.argv[1:])
