/* The loops of the probe refcount as a C compiler sees them: one thread, private objects. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OBJECTS = 128 };

struct object {
    _Atomic int64_t count, others, owner;
    pthread_mutex_t mutex;
} __attribute__((aligned(128)));

static _Atomic bool drop_request;
static _Atomic uint64_t hand_overs;

__attribute__((noinline)) static void hand_over(void) {
    atomic_fetch_add(&hand_overs, 1);
}

static inline int64_t add_plainly(struct object *object, int64_t difference) {
    int64_t sum = atomic_load_explicit(&object->count, memory_order_relaxed) + difference;
    atomic_store_explicit(&object->count, sum, memory_order_relaxed);
    return sum;
}

static inline int64_t add_under_lock(struct object *object, int64_t difference) {
    pthread_mutex_lock(&object->mutex);
    int64_t sum = add_plainly(object, difference);
    pthread_mutex_unlock(&object->mutex);
    return sum;
}

static inline int64_t add_atomically(_Atomic int64_t *count, int64_t difference) {
    return atomic_fetch_add_explicit(count, difference, memory_order_acq_rel) + difference;
}

static inline int64_t add_biased(struct object *object, int64_t worker, int64_t difference) {
    if (atomic_load_explicit(&object->owner, memory_order_relaxed) == worker) return add_plainly(object, difference);
    return add_atomically(&object->others, difference) + 1;
}

/* Takes and drops n references, to one object after another, and returns the lowest count that a drop has found. */
#define LOOP(name, turn, take, drop)                                                                     \
    __attribute__((noinline)) static int64_t name(uint64_t n, struct object *objects, int64_t worker) {  \
        (void)worker;                                                                                    \
        int64_t lowest = 1;                                                                              \
        while (n > 0) {                                                                                  \
            turn;                                                                                        \
            uint64_t pass = n < OBJECTS ? n : OBJECTS;                                                   \
            for (struct object *object = objects; object < objects + pass; object++) take;               \
            for (struct object *object = objects; object < objects + pass; object++) {                   \
                int64_t count = drop;                                                                    \
                if (count < lowest) lowest = count;                                                      \
            }                                                                                            \
            n -= pass;                                                                                   \
        }                                                                                                \
        return lowest;                                                                                   \
    }

LOOP(unprotected, (void)0, add_plainly(object, 1), add_plainly(object, -1))
LOOP(gil, if (atomic_load_explicit(&drop_request, memory_order_relaxed)) hand_over(), add_plainly(object, 1),
     add_plainly(object, -1))
LOOP(object_lock, (void)0, add_under_lock(object, 1), add_under_lock(object, -1))
LOOP(atomic, (void)0, add_atomically(&object->count, 1), add_atomically(&object->count, -1))
LOOP(biased, (void)0, add_biased(object, worker, 1), add_biased(object, worker, -1))

static const struct {
    const char *name;
    int64_t (*run)(uint64_t, struct object *, int64_t);
} loops[] = {
    {"unprotected", unprotected}, {"gil", gil}, {"object_lock", object_lock}, {"atomic", atomic}, {"biased", biased},
};

static uint64_t monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct job {
    int64_t (*run)(uint64_t, struct object *, int64_t);
    uint64_t pairs, nanoseconds;
    int64_t worker, lowest;
};

/* In a thread of its own, as the probe runs it: with one thread, the C library's mutex may skip its atomic operation. */
static void *work(void *argument) {
    struct job *job = argument;
    static struct object objects[OBJECTS];
    for (int place = 0; place < OBJECTS; place++) {
        objects[place].count = 1;
        pthread_mutex_init(&objects[place].mutex, NULL);
    }
    uint64_t start = monotonic();
    job->lowest = job->run(job->pairs, objects, job->worker);
    job->nanoseconds = monotonic() - start;
    return NULL;
}

int main(int argc, char **argv) {
    for (size_t place = 0; argc == 3 && place < sizeof loops / sizeof *loops; place++) {
        if (strcmp(argv[1], loops[place].name) != 0) continue;
        struct job job = {.run = loops[place].run, .pairs = strtoull(argv[2], NULL, 10), .worker = argc - 3};
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, &job) != 0) return 1;
        pthread_join(thread, NULL);
        printf("%" PRIu64 "\n", job.nanoseconds);
        return job.lowest == 1 ? 0 : 1;
    }
    fprintf(stderr, "usage: refcount unprotected|gil|object_lock|atomic|biased PAIRS\n");
    return 2;
}
