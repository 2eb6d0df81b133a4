#include "rows.h"

#include <string.h>

#include "gemm.h"
#include "threads.h"

#define BUCKETS 32         /* a row belongs to the bucket of its remainder: hot rows spread out */
#define FEW 64             /* fewer positions are not worth the buckets */
#define TASK (1L << 16)    /* bytes that a task copies */

typedef struct {
    const index_list *list;
    fg_row_task task;
    void *context;
    const int32_t *order;
    long starts[BUCKETS + 1];
} each_job;

static void bucket_task(void *context, long bucket) {
    const each_job *w = context;
    for (long i = w->starts[bucket]; i < w->starts[bucket + 1]; i++)
        w->task(w->context, index_at(w->list, w->order[i]), w->order[i]);
}

void fg_each_row(fg_row_task task, void *context, const index_list *list) {
    if (list->count < FEW) {
        for (long i = 0; i < list->count; i++)
            if (index_at(list, i) >= 0) task(context, index_at(list, i), i);
        return;
    }
    int32_t *order = fg_scratch(list->count * sizeof *order);
    each_job w = {list, task, context, order, {0}};
    long next[BUCKETS];
    for (long i = 0; i < list->count; i++) {
        long row = index_at(list, i);
        if (row >= 0) w.starts[row % BUCKETS + 1]++;
    }
    for (int b = 0; b < BUCKETS; b++) next[b] = w.starts[b], w.starts[b + 1] += w.starts[b];
    for (long i = 0; i < list->count; i++) {
        long row = index_at(list, i);
        if (row >= 0) order[next[row % BUCKETS]++] = (int32_t)i;
    }
    fg_parallel(bucket_task, &w, BUCKETS);
}

/* Whether all indices are at least `least` and below `limit`. */
long fg_rows_fit(long count, int wide, const void *indices, long least, long limit) {
    index_list list = {count, wide, indices};
    long outside = 0;
    for (long i = 0; i < count; i++) {
        long row = index_at(&list, i);
        outside |= row < least || row >= limit;
    }
    return !outside;
}

typedef struct {
    const index_list *list;
    long bytes, step;
    const char *table;
    char *out;
} gather_job;

static inline __attribute__((always_inline)) void copy_rows(const gather_job *w, long begin,
                                                            long end, long bytes) {
    for (long i = begin; i < end; i++)
        memcpy(w->out + i * bytes, w->table + index_at(w->list, i) * bytes, bytes);
}

static void gather_task(void *context, long index) {
    const gather_job *w = context;
    long begin = index * w->step, end = min_long(begin + w->step, w->list->count);
    if (w->bytes == 4) copy_rows(w, begin, end, 4);
    else if (w->bytes == 8) copy_rows(w, begin, end, 8);
    else copy_rows(w, begin, end, w->bytes);
}

/* Row i of `out` is the row of the table that index i names. */
void fg_gather(long count, int wide, const void *indices, long bytes, const char *table,
               char *out) {
    index_list list = {count, wide, indices};
    gather_job w = {&list, bytes, bytes >= TASK ? 1 : TASK / bytes, table, out};
    fg_parallel(gather_task, &w, ceil_div(count, w.step));
}
