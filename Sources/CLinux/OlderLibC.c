/*
 * Functions that static libraries take from a newer glibc than 2.34, the oldest on which the release binary loads. The
 * program itself calls none of them. They are hidden: shared libraries keep using those of libc.
 */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* Of Swift's Glibc module. glibc 2.35 gave it a new version that does not set errno. Squares of floats fit a double. */
HIDDEN float hypotf(float x, float y) {
    if (isinf(x) || isinf(y)) { return INFINITY; }
    return (float)__builtin_sqrt((double)x * x + (double)y * y);
}

/* Of libcrypt, for the salts of new passwords. New in glibc 2.36. Like glibc's, it ends the process without entropy. */
HIDDEN void arc4random_buf(void *buffer, size_t size) {
    for (unsigned char *next = buffer; size > 0;) {
        ssize_t filled = getrandom(next, size, 0);
        if (filled < 0 && errno != EINTR) { abort(); }
        if (filled > 0) {
            next += filled;
            size -= (size_t)filled;
        }
    }
}
