/* The native countdown as a C compiler sees it: one relaxed load a turn, and a call that never happens. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Atomic bool drop_request;
static _Atomic uint64_t hand_overs;

__attribute__((noinline)) static void hand_over(void) {
    atomic_fetch_add(&hand_overs, 1);
}

/* By a pointer, as the exporter's loop reaches its lock. */
__attribute__((noinline)) static void count_down(uint64_t n, _Atomic bool *request) {
    while (n > 0) {
        if (atomic_load_explicit(request, memory_order_relaxed)) hand_over();
        n -= 1;
    }
}

static uint64_t monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: loop ITERATIONS\n");
        return 2;
    }
    uint64_t iterations = strtoull(argv[1], NULL, 10);
    uint64_t start = monotonic();
    count_down(iterations, &drop_request);
    printf("%" PRIu64 "\n", monotonic() - start);
    return 0;
}
