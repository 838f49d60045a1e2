#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/*
 * Every second, Dispatch opens /proc/TID/stat of each thread on which Swift's tasks run, and ends the program if it cannot,
 * as while no descriptor is left (_dispatch_workq_count_runnable_workers in src/event/workqueue.c). It goes on without
 * the state of a thread whose file is empty. So it gets /dev/null, which is always open, for a file that it cannot open.
 *
 * Where Dispatch is linked statically, the linker puts these in place of open and close: --wrap in the Makefile.
 */
static int empty_file = -1;

void clinux_open_empty_file(void) {
    if (empty_file < 0) { empty_file = open("/dev/null", O_RDONLY | O_CLOEXEC); }
}

__attribute__((weak)) int __real_open(const char *path, int flags, ...);
__attribute__((weak)) int __real_close(int descriptor);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int descriptor);

int __wrap_open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int descriptor = __real_open(path, flags, mode);
    /* Nothing else opens files of /proc in this way. */
    if (descriptor < 0 && flags == (O_RDONLY | O_NONBLOCK) && strncmp(path, "/proc/", 6) == 0) { return empty_file; }
    return descriptor;
}

int __wrap_close(int descriptor) {
    return descriptor >= 0 && descriptor == empty_file ? 0 : __real_close(descriptor);
}
