/* Convolution of each channel of NHWC float images with filters of its own, and its gradients.

   With several filters for each channel, a channel of the input is repeated for each of them, a row
   of the image at a time: from there on every channel has one filter. */
#include "convolution.h"
#include "gemm.h"
#include "threads.h"

#define PARTS 16 /* sums of a filter's gradient that are kept apart */

typedef struct {
    const shape *s;
    const float *x, *filter, *dy;
    float *out;
    long each; /* filters of a channel */
} job;

/* Rows of two arrays of channels, to be multiplied and added up. */
typedef struct {
    const float *a, *b;
} pair;

/* out = the sum of a * b over the pairs, for VL * `wide` channels. */
static inline __attribute__((always_inline)) void sum_channels(
    const int wide, const pair *pairs, long count, long channel, float *out) {
    vec sums[8];
#pragma GCC unroll 8
    for (int i = 0; i < wide; i++) sums[i] = (vec){0};
    for (long t = 0; t < count; t++) {
        const float *a = pairs[t].a + channel, *b = pairs[t].b + channel;
#pragma GCC unroll 8
        for (int i = 0; i < wide; i++) sums[i] += load(a + i * VL) * load(b + i * VL);
    }
#pragma GCC unroll 8
    for (int i = 0; i < wide; i++) store(out + channel + i * VL, sums[i]);
}

static void sum_pairs(const pair *pairs, long count, long depth, float *out) {
    long c = 0;
    for (; c + 8 * VL <= depth; c += 8 * VL) sum_channels(8, pairs, count, c, out);
    for (; c + 2 * VL <= depth; c += 2 * VL) sum_channels(2, pairs, count, c, out);
    for (; c + VL <= depth; c += VL) sum_channels(1, pairs, count, c, out);
    if (c < depth && depth >= VL) { /* some channels a second time: that is one vector */
        sum_channels(1, pairs, count, depth - VL, out);
        return;
    }
    for (; c < depth; c++) {
        float sum = 0;
        for (long t = 0; t < count; t++) sum += pairs[t].a[c] * pairs[t].b[c];
        out[c] = sum;
    }
}

static void repeat(const float *from, long count, long each, float *to) {
    for (long i = 0; i < count; i++)
        for (long q = 0; q < each; q++) *to++ = from[i];
}

/* Row `y` of an image, its channels repeated into `own` if there is more than one filter each. */
static const float *input_row(const job *w, long image, long y, float *own) {
    const shape *s = w->s;
    long size = s->in_w * s->in_depth;
    const float *row = w->x + (image * s->in_h + y) * size;
    if (w->each == 1) return row;
    repeat(row, size, w->each, own);
    return own;
}

/* The first and the end of the windows along an axis whose element lies in the image. */
static void overlap(long size, long output, long stride, long shift, long *first, long *end) {
    *first = shift < 0 ? min_long(ceil_div(-shift, stride), output) : 0;
    *end = shift < size ? min_long((size - 1 - shift) / stride + 1, output) : 0;
    if (*end < *first) *end = *first;
}

/* One row of the output. */
static void forward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long image = index / s->out_h, oy = index % s->out_h, depth = s->out_depth;
    long row = w->each > 1 ? s->in_w * depth : 0;
    pair *pairs = fg_scratch(s->kernel_h * s->kernel_w * sizeof(pair) +
                             s->kernel_h * (row * sizeof(float) + sizeof(float *)));
    const float **rows = (const float **)(pairs + s->kernel_h * s->kernel_w);
    float *own = (float *)(rows + s->kernel_h), *out = w->out + index * s->out_w * depth;
    for (long ky = 0; ky < s->kernel_h; ky++) {
        long y = oy * s->stride_y + ky * s->dilation_y - s->pad_y;
        rows[ky] = y < 0 || y >= s->in_h ? 0 : input_row(w, image, y, own + ky * row);
    }
    for (long ox = 0; ox < s->out_w; ox++, out += depth) {
        long count = 0;
        for (long ky = 0; ky < s->kernel_h; ky++)
            for (long kx = 0; rows[ky] && kx < s->kernel_w; kx++) {
                long x = ox * s->stride_x + kx * s->dilation_x - s->pad_x;
                if (x < 0 || x >= s->in_w) continue;
                pairs[count++] = (pair){rows[ky] + x * depth,
                                        w->filter + (ky * s->kernel_w + kx) * depth};
            }
        sum_pairs(pairs, count, depth, out);
    }
}

/* The window whose element `k` lies at `at`; -1 if there is none. */
static inline long window_at(long at, long k, long stride, long dilation, long pad, long output) {
    long start = at + pad - k * dilation;
    return start < 0 || start % stride || start / stride >= output ? -1 : start / stride;
}

/* One row of the input's gradient. */
static void input_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long image = index / s->in_h, y = index % s->in_h, depth = s->out_depth;
    pair *pairs = fg_scratch(s->kernel_h * s->kernel_w * sizeof(pair) + depth * sizeof(float));
    float *own = (float *)(pairs + s->kernel_h * s->kernel_w);
    float *out = w->out + index * s->in_w * s->in_depth;
    const float *dy = w->dy + image * s->out_h * s->out_w * depth;
    for (long x = 0; x < s->in_w; x++, out += s->in_depth) {
        long count = 0;
        for (long ky = 0; ky < s->kernel_h; ky++) {
            long oy = window_at(y, ky, s->stride_y, s->dilation_y, s->pad_y, s->out_h);
            for (long kx = 0; oy >= 0 && kx < s->kernel_w; kx++) {
                long ox = window_at(x, kx, s->stride_x, s->dilation_x, s->pad_x, s->out_w);
                if (ox < 0) continue;
                pairs[count++] = (pair){dy + (oy * s->out_w + ox) * depth,
                                        w->filter + (ky * s->kernel_w + kx) * depth};
            }
        }
        sum_pairs(pairs, count, depth, w->each == 1 ? out : own);
        for (long c = 0; w->each > 1 && c < s->in_depth; c++) {
            float sum = 0;
            for (long q = 0; q < w->each; q++) sum += own[c * w->each + q];
            out[c] = sum;
        }
    }
}

/* to += the sum of a * b over `count` pixels. */
static void add_products(const float *a, long a_step, const float *b, long b_step, long count,
                         long depth, float *to) {
    long c = 0;
    for (; c + 4 * VL <= depth; c += 4 * VL) {
        vec sums[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) sums[i] = load(to + c + i * VL);
        for (long t = 0; t < count; t++)
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++)
                sums[i] += load(a + t * a_step + c + i * VL) * load(b + t * b_step + c + i * VL);
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) store(to + c + i * VL, sums[i]);
    }
    for (; c + VL <= depth; c += VL) {
        vec sum = load(to + c);
        for (long t = 0; t < count; t++) sum += load(a + t * a_step + c) * load(b + t * b_step + c);
        store(to + c, sum);
    }
    for (; c < depth; c++)
        for (long t = 0; t < count; t++) to[c] += a[t * a_step + c] * b[t * b_step + c];
}

/* A part of the rows of dy, into a sum of its own. */
static void filter_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long rows = s->images * s->out_h, depth = s->out_depth, size = s->kernel_h * s->kernel_w * depth;
    float *sums = w->out + index * size;
    float *own = fg_scratch(s->in_w * depth * sizeof(float));
    for (long i = 0; i < size; i++) sums[i] = 0;
    for (long r = rows * index / PARTS; r < rows * (index + 1) / PARTS; r++)
        for (long ky = 0; ky < s->kernel_h; ky++) {
            long y = r % s->out_h * s->stride_y + ky * s->dilation_y - s->pad_y;
            if (y < 0 || y >= s->in_h) continue;
            const float *x = input_row(w, r / s->out_h, y, own);
            for (long kx = 0; kx < s->kernel_w; kx++) {
                long shift = kx * s->dilation_x - s->pad_x, first, end;
                overlap(s->in_w, s->out_w, s->stride_x, shift, &first, &end);
                add_products(x + (first * s->stride_x + shift) * depth, s->stride_x * depth,
                             w->dy + (r * s->out_w + first) * depth, depth, end - first, depth,
                             sums + (ky * s->kernel_w + kx) * depth);
            }
        }
}

void fg_depthwise(const shape *s, const float *x, const float *filter, float *y) {
    job w = {s, x, filter, 0, y, s->out_depth / s->in_depth};
    fg_parallel(forward_task, &w, s->images * s->out_h);
}

void fg_depthwise_input(const shape *s, const float *filter, const float *dy, float *dx) {
    job w = {s, 0, filter, dy, dx, s->out_depth / s->in_depth};
    fg_parallel(input_task, &w, s->images * s->in_h);
}

/* The size in floats of the scratch of fg_depthwise_filter. */
long fg_depthwise_filter_scratch(const shape *s) {
    return PARTS * s->kernel_h * s->kernel_w * s->out_depth;
}

void fg_depthwise_filter(const shape *s, const float *x, const float *dy, float *scratch,
                         float *dw) {
    long size = s->kernel_h * s->kernel_w * s->out_depth;
    job w = {s, x, 0, dy, scratch, s->out_depth / s->in_depth};
    fg_parallel(filter_task, &w, PARTS);
    for (long i = 0; i < size; i++) dw[i] = 0;
    fg_merge(dw, scratch, PARTS, size);
}
