#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MAX_THREADS 64
#define SPINS 2000

/* One word says all of a round: its number, its tasks, and the next one to be taken. So a thread
   that comes late, or after the end, takes nothing that is not there. The caller waits for tasks
   that somebody has taken, never for a thread that has not woken up. */
#define BITS 20
#define MOST ((1L << BITS) - 4 * MAX_THREADS)
#define NEXT(word) ((long)((word) & ((1UL << BITS) - 1)))
#define COUNT(word) ((long)((word) >> BITS & ((1UL << BITS) - 1)))
#define ROUND(word) ((word) >> (2 * BITS))

static struct {
    pthread_mutex_t owner;             /* held by the caller whose tasks the pool runs */
    pthread_mutex_t mutex;
    pthread_cond_t wake, done;
    atomic_ulong word;
    atomic_long finished;              /* tasks of this round */
    atomic_int asleep;
    fg_task task;
    void *context;
    long first;                        /* the number of the round's first task */
    atomic_int threads;
    int started;
} pool = {
    .owner = PTHREAD_MUTEX_INITIALIZER, .mutex = PTHREAD_MUTEX_INITIALIZER,
    .wake = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER,
    .threads = 1, .started = 1,
};

struct worker {
    int number;
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Take tasks while there are any. */
static void drain(void) {
    for (;;) {
        unsigned long word = atomic_load(&pool.word);
        if (NEXT(word) >= COUNT(word)) return;
        word = atomic_fetch_add(&pool.word, 1);
        long i = NEXT(word), count = COUNT(word);
        if (i >= count) return;
        pool.task(pool.context, pool.first + i);
        if (atomic_fetch_add(&pool.finished, 1) + 1 == count) {
            pthread_mutex_lock(&pool.mutex);
            pthread_cond_signal(&pool.done);
            pthread_mutex_unlock(&pool.mutex);
        }
    }
}

static int is_idle(int number) {
    unsigned long word = atomic_load(&pool.word);
    return number >= pool.threads || NEXT(word) >= COUNT(word);
}

static void *work(void *argument) {
    int number = ((struct worker *)argument)->number;
    for (;;) {
        for (int i = 0; i < SPINS && is_idle(number); i++) relax();
        if (is_idle(number)) {
            pthread_mutex_lock(&pool.mutex);
            atomic_fetch_add(&pool.asleep, 1);
            while (is_idle(number)) pthread_cond_wait(&pool.wake, &pool.mutex);
            atomic_fetch_sub(&pool.asleep, 1);
            pthread_mutex_unlock(&pool.mutex);
        }
        drain();
    }
    return 0;
}

/* The child of a fork has no workers: it starts its own. */
static void forget(void) {
    pthread_mutex_init(&pool.owner, 0);
    pthread_mutex_init(&pool.mutex, 0);
    pthread_cond_init(&pool.wake, 0);
    pthread_cond_init(&pool.done, 0);
    atomic_store(&pool.word, 0);
    atomic_store(&pool.asleep, 0);
    pool.started = 1;
}

/* Start the workers that are missing; return whether there is any. */
static int start(void) {
    while (pool.started < pool.threads) {
        static struct worker workers[MAX_THREADS];
        struct worker *self = &workers[pool.started];
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        self->number = pool.started;
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

static void round_of(long count) {
    unsigned long number = ROUND(atomic_load(&pool.word)) + 1;
    atomic_store(&pool.finished, 0);
    atomic_store(&pool.word, number << (2 * BITS) | (unsigned long)count << BITS);
    if (atomic_load(&pool.asleep)) {
        pthread_mutex_lock(&pool.mutex);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.mutex);
    }
    drain();
    for (int i = 0; i < SPINS && atomic_load(&pool.finished) < count; i++) relax();
    if (atomic_load(&pool.finished) < count) {
        pthread_mutex_lock(&pool.mutex);
        while (atomic_load(&pool.finished) < count) pthread_cond_wait(&pool.done, &pool.mutex);
        pthread_mutex_unlock(&pool.mutex);
    }
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
    for (long first = 0; first < count; first += MOST) {
        pool.first = first;
        round_of(count - first < MOST ? count - first : MOST);
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
