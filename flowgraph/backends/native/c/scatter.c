/* Updates of those rows of float tables that indices name. Scalars are read where they are: they
   may be results of the same run. */
#include "dialect.h"
#include "rows.h"

#define ZEROS 16384 /* elements of a task that clears */

typedef struct {
    long width;
    float *table, *slot;
    const float *updates;
    float rate, momentum;
} job;

/* The row, that of its slot, and their update. */
#define ROW \
    const job *w = context; \
    long width = w->width; \
    float *restrict var = w->table + row * width; \
    const float *restrict grad = w->updates + position * width;
#define SLOT float *restrict slot = w->slot + row * width;

static void add(void *context, long row, long position) {
    ROW
    for (long i = 0; i < width; i++) var[i] += grad[i];
}

static void subtract(void *context, long row, long position) {
    ROW
    for (long i = 0; i < width; i++) var[i] -= grad[i];
}

static void momentum(void *context, long row, long position) {
    ROW SLOT
    for (long i = 0; i < width; i++) {
        slot[i] = slot[i] * w->momentum + grad[i];
        var[i] -= w->rate * slot[i];
    }
}

static void nesterov(void *context, long row, long position) {
    ROW SLOT
    for (long i = 0; i < width; i++) {
        slot[i] = slot[i] * w->momentum + grad[i];
        var[i] -= w->rate * (slot[i] * w->momentum + grad[i]);
    }
}

static void adagrad(void *context, long row, long position) {
    ROW SLOT
    for (long i = 0; i < width; i++) {
        slot[i] += grad[i] * grad[i];
        var[i] -= w->rate * grad[i] / sqrt(slot[i]);
    }
}

static void adagrad_without_slot(void *context, long row, long position) {
    ROW
    const float *restrict slot = w->slot + row * width;
    for (long i = 0; i < width; i++) var[i] -= w->rate * grad[i] / sqrt(slot[i]);
}

/* table[index] += or -= update. */
void fg_scatter(long count, int wide, const void *indices, long width, int subtracts, float *table,
                const float *updates) {
    index_list list = {count, wide, indices};
    job w = {width, table, 0, updates, 0, 0};
    fg_each_row(subtracts ? subtract : add, &w, &list);
}

typedef struct {
    float *table;
    long size;
} clear_job;

static void clear_task(void *context, long index) {
    const clear_job *w = context;
    long begin = index * ZEROS, end = fg_min(begin + ZEROS, w->size);
    for (long i = begin; i < end; i++) w->table[i] = 0;
}

/* The sums of the rows of each segment; a negative one is none. */
void fg_segment_sum(long count, int wide, const void *segments, long width, long rows,
                    const float *data, float *sums) {
    clear_job clear = {sums, rows * width};
    fg_parallel(clear_task, &clear, (clear.size + ZEROS - 1) / ZEROS);
    fg_scatter(count, wide, segments, width, 0, sums, data);
}

void fg_sparse_momentum(long count, int wide, const void *indices, long width, int is_nesterov,
                        float *var, float *accum, const float *rate, const float *grad,
                        const float *decay) {
    index_list list = {count, wide, indices};
    job w = {width, var, accum, grad, *rate, *decay};
    fg_each_row(is_nesterov ? nesterov : momentum, &w, &list);
}

void fg_sparse_adagrad(long count, int wide, const void *indices, long width, int updates,
                       float *var, float *accum, const float *rate, const float *grad) {
    index_list list = {count, wide, indices};
    job w = {width, var, accum, grad, *rate, 0};
    fg_each_row(updates ? adagrad : adagrad_without_slot, &w, &list);
}
