/* Convolution by Winograd's minimal filtering, F(4x4, 3x3) and F(2x2, 5x5), stride 1 (Winograd,
   Arithmetic Complexity of Computations, 1980; Lavin & Gray, arXiv:1509.09308).

   Both use tiles of 6x6 and the points 0, 1, -1, 2, -2, infinity, hence the same transform of the
   image. With B, G, A the transforms of image, filter and result, y = A'[(G g G') . (B' d B)]A.
   The filter's gradient is the same bilinear form read the other way:
   dg = G'[(A dy A') . (B' d B)]G. Channels are multiples of the vectors' length. */
#include "convolution.h"
#include "gemm.h"
#include "threads.h"
#include "winograd.h"

#define MOST_CHANNELS 8192

static const float zeros[MOST_CHANNELS]; /* what lies outside of an image */

typedef struct {
    const float *x, *filter;           /* filter: transformed and packed */
    const float *dy;
    float *y, *sums, *v, *m;           /* v, m: the transforms of all tiles, where staged */
    long images, in_h, in_w, depth, out_h, out_w, width, pad_y, pad_x;
    long edge;                         /* of the result's part of a tile: 4 or 2 */
    long tiles_y, tiles_x, tiles, block, chunks;
} job;

/* 6 numbers of the image to 6 of the transform. */
static inline void image_line(vec *d, long step) {
    vec d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
        d5 = d[5 * step];
    vec even = d4 - 4 * d2, odd = d3 - 4 * d1, half = d4 - d2, twice = 2 * (d3 - d1);
    d[0] = 4 * d0 - 5 * d2 + d4;
    d[step] = even + odd;
    d[2 * step] = even - odd;
    d[3 * step] = half + twice;
    d[4 * step] = half - twice;
    d[5 * step] = 4 * d1 - 5 * d3 + d5;
}

/* 6 numbers of the transform to `edge` of the result. */
static inline void result_line(vec *d, long step, const long edge) {
    vec d0 = d[0], d5 = d[5 * step];
    vec s1 = d[step] + d[2 * step], t1 = d[step] - d[2 * step];
    vec s2 = d[3 * step] + d[4 * step], t2 = d[3 * step] - d[4 * step];
    d[0] = d0 + s1 + s2;
    if (edge == 2) {
        d[step] = t1 + 2 * t2 + d5;
        return;
    }
    d[step] = t1 + 2 * t2;
    d[2 * step] = s1 + 4 * s2;
    d[3 * step] = t1 + 8 * t2 + d5;
}

/* `edge` numbers of the result's gradient to 6 of the transform's. */
static inline void result_gradient_line(vec *d, long step, const long edge) {
    vec d0 = d[0], d1 = d[step];
    if (edge == 2) {
        d[step] = d0 + d1;
        d[2 * step] = d0 - d1;
        d[3 * step] = d0 + 2 * d1;
        d[4 * step] = d0 - 2 * d1;
        d[5 * step] = d1;
        return;
    }
    vec d2 = d[2 * step], d3 = d[3 * step];
    vec even = d0 + d2, odd = d1 + d3, even2 = d0 + 4 * d2, odd2 = 2 * d1 + 8 * d3;
    d[step] = even + odd;
    d[2 * step] = even - odd;
    d[3 * step] = even2 + odd2;
    d[4 * step] = even2 - odd2;
    d[5 * step] = d3;
}

/* Transform the image's part of the tiles [first, first + count) to `v`: (36, block, depth). */
static void transform_images(const job *w, long first, long count, float *v) {
    long plane = w->block * w->depth;
    for (long n = 0; n < count; n++) {
        long tile = first + n, image = tile / (w->tiles_y * w->tiles_x);
        long y0 = tile / w->tiles_x % w->tiles_y * w->edge - w->pad_y;
        long x0 = tile % w->tiles_x * w->edge - w->pad_x;
        const float *from[POINTS];
        for (long i = 0; i < 6; i++)
            for (long j = 0; j < 6; j++) {
                long y = y0 + i, x = x0 + j;
                int inside = y >= 0 && y < w->in_h && x >= 0 && x < w->in_w;
                from[i * 6 + j] =
                    inside ? w->x + ((image * w->in_h + y) * w->in_w + x) * w->depth : zeros;
            }
        for (long c = 0; c < w->depth; c += VL) {
            vec d[POINTS];
#pragma GCC unroll 36
            for (int i = 0; i < POINTS; i++) d[i] = load(from[i] + c);
#pragma GCC unroll 6
            for (int i = 0; i < 6; i++) image_line(d + i, 6);
#pragma GCC unroll 6
            for (int i = 0; i < 6; i++) image_line(d + 6 * i, 1);
            float *to = v + n * w->depth + c;
#pragma GCC unroll 36
            for (int i = 0; i < POINTS; i++) store(to + i * plane, d[i]);
        }
    }
}

static inline __attribute__((always_inline)) void transform_results(
    const job *w, long first, long count, const float *m, const long edge) {
    long plane = w->block * w->width;
    for (long n = 0; n < count; n++) {
        long tile = first + n, image = tile / (w->tiles_y * w->tiles_x);
        long y0 = tile / w->tiles_x % w->tiles_y * edge, x0 = tile % w->tiles_x * edge;
        float *to = w->y + ((image * w->out_h + y0) * w->out_w + x0) * w->width;
        long high = min_long(edge, w->out_h - y0), wide = min_long(edge, w->out_w - x0);
        for (long c = 0; c < w->width; c += VL) {
            vec d[POINTS];
            const float *from = m + n * w->width + c;
#pragma GCC unroll 36
            for (int i = 0; i < POINTS; i++) d[i] = load(from + i * plane);
#pragma GCC unroll 6
            for (int i = 0; i < 6; i++) result_line(d + i, 6, edge);
#pragma GCC unroll 4
            for (int i = 0; i < edge; i++) result_line(d + 6 * i, 1, edge);
            for (long i = 0; i < high; i++)
                for (long j = 0; j < wide; j++)
                    store(to + (i * w->out_w + j) * w->width + c, d[i * 6 + j]);
        }
    }
}

static void result_task(void *context, long index) {
    const job *w = context;
    long first = index * w->block, count = min_long(w->block, w->tiles - first);
    float *v = fg_scratch(POINTS * w->block * (w->depth + w->width) * sizeof(float));
    float *m = v + POINTS * w->block * w->depth;
    transform_images(w, first, count, v);
    long packed = packed_size(w->depth, w->width);
    for (long i = 0; i < POINTS; i++)
        fg_block(count, w->width, w->depth, v + i * w->block * w->depth, w->depth, 1,
                 w->filter + i * packed, w->depth, m + i * w->block * w->width, w->width, 0);
    if (w->edge == 4) transform_results(w, first, count, m, 4);
    else transform_results(w, first, count, m, 2);
}

/* A filter larger than the cache is read once only if all tiles are transformed first: then the
   transforms, the products and the results are three stages. */
static int is_staged(const job *w) {
    return w->depth * w->width > (1L << 16) && w->tiles * (w->depth + w->width) <= (1L << 18);
}

static void image_stage(void *context, long index) {
    const job *w = context;
    transform_images(w, index, 1, w->v + index * w->depth);
}

static void product_stage(void *context, long index) {
    const job *w = context;
    long i = index / 4, first = index % 4 * w->tiles / 4;
    long count = (index % 4 + 1) * w->tiles / 4 - first;
    fg_block(count, w->width, w->depth, w->v + (i * w->tiles + first) * w->depth, w->depth, 1,
             w->filter + i * packed_size(w->depth, w->width), w->depth,
             w->m + (i * w->tiles + first) * w->width, w->width, 0);
}

static void result_stage(void *context, long index) {
    const job *w = context;
    if (w->edge == 4) transform_results(w, index, 1, w->m + index * w->width, 4);
    else transform_results(w, index, 1, w->m + index * w->width, 2);
}

/* Transform the result's gradient to `packed`: (36, panels, block, NR), zeros where it ends. */
static inline __attribute__((always_inline)) void transform_gradients(
    const job *w, long first, long count, float *packed, const long edge) {
    long plane = packed_size(w->block, w->width);
    for (long n = 0; n < count; n++) {
        long tile = first + n, image = tile / (w->tiles_y * w->tiles_x);
        long y0 = tile / w->tiles_x % w->tiles_y * edge, x0 = tile % w->tiles_x * edge;
        const float *from = w->dy + ((image * w->out_h + y0) * w->out_w + x0) * w->width;
        long high = min_long(edge, w->out_h - y0);
        long wide = min_long(edge, w->out_w - x0);
        for (long c = 0; c < w->width; c += VL) {
            vec d[POINTS];
            for (long i = 0; i < edge; i++)
                for (long j = 0; j < edge; j++)
                    d[i * 6 + j] = i < high && j < wide
                                       ? load(from + (i * w->out_w + j) * w->width + c)
                                       : (vec){0};
#pragma GCC unroll 4
            for (int j = 0; j < edge; j++) result_gradient_line(d + j, 6, edge);
#pragma GCC unroll 6
            for (int i = 0; i < 6; i++) result_gradient_line(d + 6 * i, 1, edge);
            float *to = packed + c / NR * NR * w->block + n * NR + c % NR;
#pragma GCC unroll 36
            for (int i = 0; i < POINTS; i++) store(to + i * plane, d[i]);
        }
    }
    if (w->width % NR)
        for (long i = 0; i < POINTS; i++)
            for (long n = 0; n < count; n++) {
                float *to = packed + i * plane + w->width / NR * NR * w->block + n * NR;
                for (long c = w->width % NR; c < NR; c++) to[c] = 0;
            }
}

static void filter_task(void *context, long index) {
    const job *w = context;
    long size = w->depth * w->width, blocks = ceil_div(w->tiles, w->block);
    float *sums = w->sums + index * POINTS * size;
    long plane = packed_size(w->block, w->width);
    float *v = fg_scratch(POINTS * (w->block * w->depth + plane) * sizeof(float));
    float *packed = v + POINTS * w->block * w->depth;
    int adds = 0;
    for (long b = index * blocks / w->chunks; b < (index + 1) * blocks / w->chunks; b++) {
        long first = b * w->block, count = min_long(w->block, w->tiles - first);
        transform_images(w, first, count, v);
        if (w->edge == 4) transform_gradients(w, first, count, packed, 4);
        else transform_gradients(w, first, count, packed, 2);
        for (long i = 0; i < POINTS; i++)
            fg_block(w->depth, w->width, count, v + i * w->block * w->depth, 1, w->depth,
                     packed + i * plane, w->block, sums + i * size, w->width, adds);
        adds = 1;
    }
    if (!adds) for (long i = 0; i < POINTS * size; i++) sums[i] = 0;
}

static void gradient_stage(void *context, long index) {
    const job *w = context;
    if (w->edge == 4) transform_gradients(w, index, 1, w->m + index * NR, 4);
    else transform_gradients(w, index, 1, w->m + index * NR, 2);
}

static void sum_stage(void *context, long index) {
    const job *w = context;
    long i = index / 4, first = index % 4 * w->depth / 4;
    long rows = (index % 4 + 1) * w->depth / 4 - first;
    fg_block(rows, w->width, w->tiles, w->v + i * w->tiles * w->depth + first, 1, w->depth,
             w->m + i * packed_size(w->tiles, w->width), w->tiles,
             w->sums + (i * w->depth + first) * w->width, w->width, 0);
}

/* Whether a convolution can be done this way, in all three passes. */
int fg_winograd_fits(const shape *s) {
    long size = s->kernel_h;
    return size == s->kernel_w && (size == 3 || size == 5) && s->stride_y == 1 &&
           s->stride_x == 1 && s->dilation_y == 1 && s->dilation_x == 1 &&
           s->in_depth % VL == 0 && s->out_depth % VL == 0 &&
           s->in_depth <= MOST_CHANNELS && s->out_depth <= MOST_CHANNELS &&
           s->pad_y < size && s->pad_x < size;
}

/* The size in floats of the packed filter, forward or for the input's gradient. */
long fg_winograd_packed(const shape *s, int backward) {
    return POINTS * (backward ? packed_size(s->out_depth, s->in_depth)
                              : packed_size(s->in_depth, s->out_depth));
}

static job make_job(const shape *s, long floats) {
    job w = {0};
    w.images = s->images;
    w.in_h = s->in_h, w.in_w = s->in_w, w.depth = s->in_depth;
    w.out_h = s->out_h, w.out_w = s->out_w, w.width = s->out_depth;
    w.pad_y = s->pad_y, w.pad_x = s->pad_x;
    w.edge = 7 - s->kernel_h;
    w.tiles_y = ceil_div(w.out_h, w.edge), w.tiles_x = ceil_div(w.out_w, w.edge);
    w.tiles = w.images * w.tiles_y * w.tiles_x;
    w.block = floats / (POINTS * (w.depth + w.width)) / MR * MR;
    if (w.block < MR) w.block = MR;
    return w;
}

static shape turned(const shape *s) {
    shape t = *s;
    t.in_h = s->out_h, t.in_w = s->out_w, t.in_depth = s->out_depth;
    t.out_h = s->in_h, t.out_w = s->in_w, t.out_depth = s->in_depth;
    t.pad_y = s->kernel_h - 1 - s->pad_y, t.pad_x = s->kernel_w - 1 - s->pad_x;
    return t;
}

/* The size in floats of the scratch of fg_winograd. */
long fg_winograd_scratch(const shape *s, int backward) {
    shape t = backward ? turned(s) : *s;
    job w = make_job(&t, 1L << 17);
    return is_staged(&w) ? POINTS * w.tiles * (w.depth + w.width) : 0;
}

/* y = conv(x, filter), or, backward, dx from dy. */
void fg_winograd(const shape *s, int backward, const float *x, const float *packed,
                 float *scratch, float *y) {
    shape t = backward ? turned(s) : *s;
    job w = make_job(&t, 1L << 17);
    w.x = x, w.filter = packed, w.y = y;
    if (!is_staged(&w)) {
        fg_parallel(result_task, &w, ceil_div(w.tiles, w.block));
        return;
    }
    w.block = w.tiles;
    w.v = scratch, w.m = scratch + POINTS * w.tiles * w.depth;
    fg_parallel(image_stage, &w, w.tiles);
    fg_parallel(product_stage, &w, 4 * POINTS);
    fg_parallel(result_stage, &w, w.tiles);
}

static job make_filter_job(const shape *s) {
    job w = make_job(s, 3L << 16);
    if (is_staged(&w)) {
        w.block = w.tiles;
        w.chunks = 1;
        return w;
    }
    long blocks = ceil_div(w.tiles, w.block), size = POINTS * w.depth * w.width;
    w.chunks = min_long(blocks, 16);
    while (w.chunks > 2 && w.chunks * size > (3L << 20)) w.chunks /= 2;
    return w;
}

/* The size in floats of the scratch of fg_winograd_filter. */
long fg_winograd_filter_scratch(const shape *s) {
    job w = make_filter_job(s);
    long sums = w.chunks * POINTS * w.depth * w.width;
    return sums + is_staged(&w) * POINTS * (w.tiles * w.depth + packed_size(w.tiles, w.width));
}

void fg_winograd_filter(const shape *s, const float *x, const float *dy, float *scratch,
                        float *gradient) {
    job w = make_filter_job(s);
    w.x = x, w.dy = dy, w.sums = scratch;
    if (is_staged(&w)) {
        w.v = scratch + POINTS * w.depth * w.width, w.m = w.v + POINTS * w.tiles * w.depth;
        fg_parallel(image_stage, &w, w.tiles);
        fg_parallel(gradient_stage, &w, w.tiles);
        fg_parallel(sum_stage, &w, 4 * POINTS);
    } else {
        fg_parallel(filter_task, &w, w.chunks);
        long size = POINTS * w.depth * w.width;
        fg_merge(w.sums, w.sums + size, w.chunks - 1, size);
    }
    fg_winograd_filter_back(s, w.sums, gradient);
}
