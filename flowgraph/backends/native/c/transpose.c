/* An array with its axes permuted, in tiles: of lines that the cache holds, whatever the strides. */
#include <stdint.h>

#include "threads.h"
#include "tile.h"

#define MOST_AXES 8
#define SIDE 64        /* columns of the input that a task takes at a time, at most */
#define TASK (1L << 14) /* elements of a task, about */

typedef struct {
    long bytes;                 /* of an element */
    long axes;                  /* of the result but for two, from the last to the first */
    long sizes[MOST_AXES], from[MOST_AXES], to[MOST_AXES]; /* of these, and their strides */
    long last, last_from;       /* of the last axis of the result, which has stride 1 there */
    long lines, lines_to;       /* of the last axis of x, which has stride 1 there */
    long blocks, tiles, each;   /* blocks of the last axis, all of them, and how many a task has */
    const char *x;
    char *y;
} job;

#define PIECE 8 /* a tile of 8-byte elements: a cache line wide */

static inline __attribute__((always_inline)) void transpose_piece(
    long m, long n, const int64_t *from, long from_row, int64_t *to, long to_row) {
    for (long q = 0; q < n; q++)
        for (long p = 0; p < m; p++) to[q * to_row + p] = from[p * from_row + q];
}

static void transpose_wide(long m, long n, const int64_t *from, long from_row, int64_t *to,
                           long to_row) {
    for (long i = 0; i < m; i += PIECE)
        for (long j = 0; j < n; j += PIECE) {
            const int64_t *x = from + i * from_row + j;
            int64_t *y = to + j * to_row + i;
            if (i + PIECE <= m && j + PIECE <= n)
                transpose_piece(PIECE, PIECE, x, from_row, y, to_row);
            else
                transpose_piece(min_long(PIECE, m - i), min_long(PIECE, n - j), x, from_row, y,
                                to_row);
        }
}

static void tile_task(void *context, long index) {
    const job *w = context;
    for (long t = index * w->each; t < min_long((index + 1) * w->each, w->tiles); t++) {
        long begin = t % w->blocks * SIDE, rest = t / w->blocks, from = 0, to = 0;
        for (long axis = 0; axis < w->axes; axis++) {
            long i = rest % w->sizes[axis];
            rest /= w->sizes[axis];
            from += i * w->from[axis], to += i * w->to[axis];
        }
        long count = min_long(SIDE, w->last - begin);
        const char *x = w->x + (from + begin * w->last_from) * w->bytes;
        char *y = w->y + (to + begin) * w->bytes;
        if (w->bytes == 4)
            fg_transpose_block(count, w->lines, (const float *)x, w->last_from, (float *)y,
                               w->lines_to);
        else
            transpose_wide(count, w->lines, (const int64_t *)x, w->last_from, (int64_t *)y,
                           w->lines_to);
    }
}

/* The most axes that fg_transpose takes. */
long fg_transpose_axes(void) { return MOST_AXES; }

/* y in C order, whose axis i has so many elements, `strides` elements apart in x. One of the
   strides but the last is 1, and elements have 4 or 8 bytes. */
void fg_transpose(long bytes, long axes, const long *sizes, const long *strides, const char *x,
                  char *y) {
    job w = {.bytes = bytes, .last = sizes[axes - 1], .last_from = strides[axes - 1],
             .blocks = ceil_div(sizes[axes - 1], SIDE), .tiles = 1, .x = x, .y = y};
    long stride = 1;
    for (long i = axes - 1; i >= 0; stride *= sizes[i--]) {
        if (i == axes - 1) continue;
        if (strides[i] == 1) {
            w.lines = sizes[i], w.lines_to = stride;
            continue;
        }
        w.sizes[w.axes] = sizes[i], w.from[w.axes] = strides[i], w.to[w.axes++] = stride;
        w.tiles *= sizes[i];
    }
    w.tiles *= w.blocks;
    w.each = ceil_div(TASK, min_long(SIDE, w.last) * w.lines);
    fg_parallel(tile_task, &w, ceil_div(w.tiles, w.each));
}
