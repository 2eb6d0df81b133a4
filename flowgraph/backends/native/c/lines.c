/* Convolution of images of few channels. Copies of patches would cost more than the products: here
   the lines of an image that a task needs get their borders, and patches are read in place. */
#include "convolution.h"
#include "gemm.h"
#include "threads.h"

#include <string.h>

#define PIXELS 256 /* results of a task, about */

typedef struct {
    const shape *s;
    const float *x, *dy, *packed;
    float *y, *sums;
    long rows;    /* of results in a task */
    long blocks;  /* tasks of an image */
    long line;    /* floats of a line with its borders */
    long chunks;  /* of the gradient: how many sums */
    const long *taps; /* where the elements of a patch are */
} job;

int fg_lines_fit(const shape *s) { return s->in_depth < VL && s->out_w >= MR; }

static long patch_size(const shape *s) { return s->kernel_h * s->kernel_w * s->in_depth; }

static long lines_of(const shape *s, long rows) {
    return (rows - 1) * s->stride_y + (s->kernel_h - 1) * s->dilation_y + 1;
}

static job make(const shape *s, long *taps) {
    job w = {.s = s, .taps = taps};
    w.rows = min_long(s->out_h, ceil_div(PIXELS, s->out_w));
    w.blocks = ceil_div(s->out_h, w.rows);
    w.line = ((s->out_w - 1) * s->stride_x + (s->kernel_w - 1) * s->dilation_x + 1) * s->in_depth;
    for (long i = 0; i < patch_size(s); i++) {
        long tap = i / s->in_depth, y = tap / s->kernel_w, x = tap % s->kernel_w;
        taps[i] = y * s->dilation_y * w.line + x * s->dilation_x * s->in_depth + i % s->in_depth;
    }
    return w;
}

static void clear(float *to, long n) {
    for (long i = 0; i < n; i++) to[i] = 0;
}

/* The lines that `rows` rows of results from `first` on look at, zeros around the image. */
static void add_borders(const job *w, const float *image, long first, long rows, float *to) {
    const shape *s = w->s;
    long top = first * s->stride_y - s->pad_y, left = s->pad_x * s->in_depth;
    long own = s->in_w * s->in_depth, kept = min_long(own, w->line - left);
    for (long i = 0; i < lines_of(s, rows); i++, to += w->line) {
        long y = top + i;
        if (y < 0 || y >= s->in_h) {
            clear(to, w->line);
            continue;
        }
        clear(to, left);
        memcpy(to + left, image + y * own, kept * sizeof(float));
        clear(to + left + kept, w->line - left - kept);
    }
}

static void forward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long image = index / w->blocks, first = index % w->blocks * w->rows, k = patch_size(s);
    long rows = min_long(w->rows, s->out_h - first), width = s->out_depth;
    float *lines = fg_scratch(lines_of(s, w->rows) * w->line * sizeof(float));
    add_borders(w, w->x + image * s->in_h * s->in_w * s->in_depth, first, rows, lines);
    float *y = w->y + (image * s->out_h + first) * s->out_w * width;
    for (long r = 0; r < rows; r++, y += s->out_w * width)
        fg_block_of_columns(s->out_w, width, k, lines + r * s->stride_y * w->line,
                            s->stride_x * s->in_depth, w->taps, w->packed, k, y, width, 0);
}

void fg_lines(const shape *s, const float *x, const float *packed, float *y) {
    long taps[patch_size(s)];
    job w = make(s, taps);
    w.x = x, w.packed = packed, w.y = y;
    fg_parallel(forward_task, &w, s->images * w.blocks);
}

static void filter_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long k = patch_size(s), width = s->out_depth, total = s->images * w->blocks;
    float *sums = w->sums + index * k * width;
    float *lines = fg_scratch((lines_of(s, w->rows) * w->line + packed_size(s->out_w, width)) *
                              sizeof(float));
    float *packed = lines + lines_of(s, w->rows) * w->line;
    long begin = index * total / w->chunks, end = (index + 1) * total / w->chunks;
    clear(sums, k * width);
    for (long b = begin; b < end; b++) {
        long image = b / w->blocks, first = b % w->blocks * w->rows;
        long rows = min_long(w->rows, s->out_h - first);
        add_borders(w, w->x + image * s->in_h * s->in_w * s->in_depth, first, rows, lines);
        const float *dy = w->dy + (image * s->out_h + first) * s->out_w * width;
        for (long r = 0; r < rows; r++, dy += s->out_w * width) {
            const float *factor = dy;
            if (width != NR) fg_pack(dy, width, 1, s->out_w, width, packed), factor = packed;
            fg_block_of_rows(k, width, s->out_w, lines + r * s->stride_y * w->line, w->taps,
                             s->stride_x * s->in_depth, factor, s->out_w, sums, width, 1);
        }
    }
}

static long chunks_of(const job *w) { return min_long(16, w->s->images * w->blocks); }

/* The size in floats of the scratch of fg_lines_filter. */
long fg_lines_filter_scratch(const shape *s) {
    long taps[patch_size(s)];
    job w = make(s, taps);
    return chunks_of(&w) * patch_size(s) * s->out_depth;
}

void fg_lines_filter(const shape *s, const float *x, const float *dy, float *scratch,
                     float *gradient) {
    long taps[patch_size(s)], size = patch_size(s) * s->out_depth;
    job w = make(s, taps);
    w.x = x, w.dy = dy, w.sums = scratch, w.chunks = chunks_of(&w);
    fg_parallel(filter_task, &w, w.chunks);
    memcpy(gradient, scratch, size * sizeof(float));
    fg_merge(gradient, scratch + size, w.chunks - 1, size);
}
