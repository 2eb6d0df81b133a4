/* Rows of a table that indices of 4 or 8 bytes name. */
#ifndef FLOWGRAPH_ROWS_H
#define FLOWGRAPH_ROWS_H

#include <stdint.h>

typedef struct {
    long count;
    int wide; /* whether the indices have 8 bytes */
    const void *indices;
} index_list;

static inline long index_at(const index_list *list, long i) {
    return list->wide ? (long)((const int64_t *)list->indices)[i]
                      : ((const int32_t *)list->indices)[i];
}

/* What is done to a row for one of the positions that name it. */
typedef void (*fg_row_task)(void *context, long row, long position);

/* Run the task for each position whose row is not negative: for those of one row in order, on one
   thread, so that nothing is written twice at once and sums never depend on the threads. */
void fg_each_row(fg_row_task task, void *context, const index_list *list);

#endif
