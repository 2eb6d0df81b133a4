#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MAX_THREADS 64
#define SPINS 4000

static struct {
    pthread_mutex_t owner;             /* held by the caller whose tasks the pool runs */
    pthread_mutex_t mutex;
    pthread_cond_t wake, done;
    atomic_ulong round;                /* counts the calls: a change wakes the workers */
    atomic_long next;
    atomic_int running;                /* workers that have not finished this round */
    long count;
    fg_task task;
    void *context;
    int threads, started;
} pool = {
    .owner = PTHREAD_MUTEX_INITIALIZER, .mutex = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER,
    .threads = 1, .started = 1,
};

struct worker {
    int number;
    unsigned long seen;                /* the round before its first */
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void drain(void) {
    long i;
    while ((i = atomic_fetch_add(&pool.next, 1)) < pool.count) pool.task(pool.context, i);
}

static void *work(void *argument) {
    struct worker *self = argument;
    unsigned long seen = self->seen;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&pool.round) == seen; i++) relax();
        if (atomic_load(&pool.round) == seen) {
            pthread_mutex_lock(&pool.mutex);
            while (atomic_load(&pool.round) == seen) pthread_cond_wait(&pool.wake, &pool.mutex);
            pthread_mutex_unlock(&pool.mutex);
        }
        seen = atomic_load(&pool.round);
        if (self->number < pool.threads) drain();
        if (atomic_fetch_sub(&pool.running, 1) == 1) {
            pthread_mutex_lock(&pool.mutex);
            pthread_cond_signal(&pool.done);
            pthread_mutex_unlock(&pool.mutex);
        }
    }
    return 0;
}

/* The child of a fork has no workers: it starts its own. */
static void forget(void) {
    pthread_mutex_init(&pool.owner, 0);
    pthread_mutex_init(&pool.mutex, 0);
    pthread_cond_init(&pool.wake, 0);
    pthread_cond_init(&pool.done, 0);
    pool.started = 1;
    atomic_store(&pool.round, 0);
}

/* Start the workers that are missing; return whether there is any. */
static int start(void) {
    while (pool.started < pool.threads) {
        static struct worker workers[MAX_THREADS];
        struct worker *self = &workers[pool.started];
        pthread_t thread;
        pthread_attr_t attributes;
        self->number = pool.started;
        self->seen = atomic_load(&pool.round);
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        int failed = pthread_create(&thread, &attributes, work, self);
        pthread_attr_destroy(&attributes);
        if (failed) break;
        pool.started++;
    }
    return pool.started > 1;
}

void fg_set_threads(int threads) {
    static int registered;
    pthread_mutex_lock(&pool.owner);
    if (!registered) registered = !pthread_atfork(0, 0, forget);
    pool.threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    pthread_mutex_unlock(&pool.owner);
}

void fg_parallel(fg_task task, void *context, long count) {
    if (count < 2 || pool.threads < 2 || pthread_mutex_trylock(&pool.owner)) {
        for (long i = 0; i < count; i++) task(context, i);
        return;
    }
    if (!start()) {
        for (long i = 0; i < count; i++) task(context, i);
        pthread_mutex_unlock(&pool.owner);
        return;
    }
    pool.task = task;
    pool.context = context;
    pool.count = count;
    atomic_store(&pool.next, 0);
    atomic_store(&pool.running, pool.started - 1);
    pthread_mutex_lock(&pool.mutex);
    atomic_fetch_add(&pool.round, 1);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.mutex);
    drain();
    for (int i = 0; i < SPINS && atomic_load(&pool.running); i++) relax();
    if (atomic_load(&pool.running)) {
        pthread_mutex_lock(&pool.mutex);
        while (atomic_load(&pool.running)) pthread_cond_wait(&pool.done, &pool.mutex);
        pthread_mutex_unlock(&pool.mutex);
    }
    pthread_mutex_unlock(&pool.owner);
}

struct scratch {
    long bytes;
    void *memory;
};

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void free_scratch(void *argument) {
    struct scratch *own = argument;
    free(own->memory);
    free(own);
}

static void make_key(void) { pthread_key_create(&scratch_key, free_scratch); }

void *fg_scratch(long bytes) {
    pthread_once(&scratch_once, make_key);
    struct scratch *own = pthread_getspecific(scratch_key);
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own) abort();
        pthread_setspecific(scratch_key, own);
    }
    if (own->bytes < bytes) {
        free(own->memory);
        own->bytes = (bytes + 4095) / 4096 * 4096;
        own->memory = aligned_alloc(64, own->bytes);
        if (!own->memory) abort();
    }
    return own->memory;
}
