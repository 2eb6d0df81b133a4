/* Convolution of NHWC images as products of gathered patches, never storing more patches than a
   block. One routine serves the forward pass and the gradient with respect to the input: the
   latter is, for each phase of the strides, a convolution of the output's gradient. */
#include "convolution.h"
#include "gemm.h"
#include "threads.h"

#include <string.h>

/* A grid of results, and where each takes its patch from.

   Result (i, j) lies at (start_y + i * step_y, start_x + j * step_x) of the target and takes,
   for each tap t, the channels at (i * stride_y + tap_y[t], j * stride_x + tap_x[t]) of the source,
   zeros where that is outside. */
typedef struct {
    const float *source;
    float *target;
    const float *filter;               /* packed: (taps * depth, width) */
    long images;
    long source_h, source_w, depth;
    long target_h, target_w, width;
    long rows, columns, start_y, start_x, step_y, step_x;
    long stride_y, stride_x;
    long taps;
    const long *tap_y, *tap_x;
} grid;

static inline void copy(float *restrict to, const float *restrict from, long n) {
    if (n >= 4 * VL) memcpy(to, from, n * sizeof(float));
    else for (long i = 0; i < n; i++) to[i] = from[i];
}

static inline void clear(float *to, long n) {
    for (long i = 0; i < n; i++) to[i] = 0;
}

/* Gather the patches of `count` results of one image from the `first` on, a row each. */
static void gather(const grid *g, const float *image, long first, long count, float *patches) {
    long y = first / g->columns, x = first % g->columns;
    for (long n = 0; n < count; n++) {
        long base_y = y * g->stride_y, base_x = x * g->stride_x;
        for (long t = 0; t < g->taps;) {
            long sy = base_y + g->tap_y[t], sx = base_x + g->tap_x[t];
            /* taps that stand side by side in the source are copied at once */
            long run = 1;
            while (t + run < g->taps && g->tap_y[t + run] == g->tap_y[t] &&
                   g->tap_x[t + run] == g->tap_x[t] + run) run++;
            long left = 0, right = run;
            if (sy < 0 || sy >= g->source_h) left = right = run;
            else {
                if (sx < 0) left = min_long(run, -sx);
                if (sx + run > g->source_w) right = g->source_w - sx;
                if (right < left) right = left;
            }
            if (left) clear(patches, left * g->depth);
            if (right > left)
                copy(patches + left * g->depth,
                     image + (sy * g->source_w + sx + left) * g->depth, (right - left) * g->depth);
            if (run > right) clear(patches + right * g->depth, (run - right) * g->depth);
            patches += run * g->depth;
            t += run;
        }
        if (++x == g->columns) x = 0, y++;
    }
}

/* Whether the patch of a result is the source's own memory: a 1x1 convolution without a stride. */
static int is_direct(const grid *g) {
    return g->taps == 1 && g->stride_x == 1 && g->stride_y == 1 && !g->tap_y[0] && !g->tap_x[0] &&
           g->source_h == g->rows && g->source_w == g->columns;
}

/* How many patches a task gathers: 256 KiB of them, more where the filter has to come from far. */
static long block_rows(long k, long width) {
    long rows = 65536 / k / MR * MR, least = k * width > (1L << 18) ? 4 * MR : MR;
    return rows < least ? least : rows > 8 * MR ? 8 * MR : rows;
}

static void grid_task(void *context, long index) {
    const grid *g = context;
    long k = g->taps * g->depth, size = block_rows(k, g->width), total = g->rows * g->columns;
    long blocks = ceil_div(total, size), image = index / blocks;
    long first = index % blocks * size, count = min_long(size, total - first);
    const float *source = g->source + image * g->source_h * g->source_w * g->depth;
    float *target = g->target + image * g->target_h * g->target_w * g->width;
    float *patches = fg_scratch((size * k + size * g->width + VL) * sizeof(float));
    float *results = patches + size * k;
    const float *a = patches;
    if (is_direct(g)) a = source + first * g->depth;
    else gather(g, source, first, count, patches);
    int is_dense = g->step_y == 1 && g->step_x == 1 && g->columns == g->target_w;
    if (is_dense) {
        fg_block(count, g->width, k, a, k, 1, g->filter, k,
                 target + (g->start_y * g->target_w + first) * g->width, g->width, 0);
        return;
    }
    fg_block(count, g->width, k, a, k, 1, g->filter, k, results, g->width, 0);
    for (long n = 0; n < count; n++) {
        long y = g->start_y + (first + n) / g->columns * g->step_y;
        long x = g->start_x + (first + n) % g->columns * g->step_x;
        copy(target + (y * g->target_w + x) * g->width, results + n * g->width, g->width);
    }
}

static void run_grid(grid *g) {
    long k = g->taps * g->depth;
    fg_parallel(grid_task, g, g->images * ceil_div(g->rows * g->columns, block_rows(k, g->width)));
}

long fg_conv_packed(const shape *s) {
    return s->kernel_h * s->kernel_w * packed_size(s->in_depth, s->out_depth);
}

long fg_conv_input_packed(const shape *s) {
    return s->kernel_h * s->kernel_w * packed_size(s->out_depth, s->in_depth);
}

void fg_conv_pack(const shape *s, const float *filter, float *packed) {
    fg_pack(filter, s->out_depth, 1, s->kernel_h * s->kernel_w * s->in_depth, s->out_depth, packed);
}

/* y = conv(x, filter); `packed` is what fg_conv_pack makes. */
void fg_conv(const shape *s, const float *x, const float *packed, float *y) {
    if (fg_lines_fit(s)) {
        fg_lines(s, x, packed, y);
        return;
    }
    long taps = s->kernel_h * s->kernel_w, tap_y[taps], tap_x[taps];
    for (long t = 0; t < taps; t++) {
        tap_y[t] = t / s->kernel_w * s->dilation_y - s->pad_y;
        tap_x[t] = t % s->kernel_w * s->dilation_x - s->pad_x;
    }
    grid g = {
        x, y, packed, s->images, s->in_h, s->in_w, s->in_depth, s->out_h, s->out_w, s->out_depth,
        s->out_h, s->out_w, 0, 0, 1, 1, s->stride_y, s->stride_x, taps, tap_y, tap_x,
    };
    run_grid(&g);
}

/* The gradient with respect to x; `packed` is scratch of fg_conv_input_packed floats. */
void fg_conv_input(const shape *s, const float *dy, const float *filter, float *packed, float *dx) {
    if (s->in_depth < VL) {
        fg_conv_spread(s, dy, filter, packed, dx);
        return;
    }
    long taps = s->kernel_h * s->kernel_w, tap_y[taps], tap_x[taps];
    float *free_packed = packed;
    for (long py = 0; py < s->stride_y; py++)
        for (long px = 0; px < s->stride_x; px++) {
            long rows = ceil_div(s->in_h - py, s->stride_y);
            long columns = ceil_div(s->in_w - px, s->stride_x), used = 0;
            if (rows <= 0 || columns <= 0) continue;
            float *own = free_packed;
            long depth = s->out_depth, width = s->in_depth, k = 0;
            long list[taps];
            for (long t = taps - 1; t >= 0; t--) {  /* backwards: neighbours stand side by side */
                long y = py + s->pad_y - t / s->kernel_w * s->dilation_y;
                long x = px + s->pad_x - t % s->kernel_w * s->dilation_x;
                if (y % s->stride_y || x % s->stride_x) continue;
                tap_y[used] = y / s->stride_y;
                tap_x[used] = x / s->stride_x;
                list[used++] = t;
                k += depth;
            }
            if (!used) {  /* no window reaches these */
                for (long n = 0; n < s->images; n++)
                    for (long i = py; i < s->in_h; i += s->stride_y)
                        for (long j = px; j < s->in_w; j += s->stride_x)
                            clear(dx + ((n * s->in_h + i) * s->in_w + j) * width, width);
                continue;
            }
            /* (tap, out, in) in panels: pack tap by tap into panels of the whole depth */
            for (long j = 0; j < width; j += NR)
                for (long u = 0; u < used; u++) {
                    const float *from = filter + list[u] * width * depth + j * depth;
                    fg_pack(from, 1, depth, depth, min_long(NR, width - j),
                            own + j * k + u * depth * NR);
                }
            free_packed += packed_size(k, width);
            grid g = {
                dy, dx, own, s->images, s->out_h, s->out_w, depth, s->in_h, s->in_w, width,
                rows, columns, py, px, s->stride_y, s->stride_x, 1, 1, used, tap_y, tap_x,
            };
            run_grid(&g);
        }
}

/* The gradient with respect to the filter: patches' transpose times dy. The taps are cut in groups
   whose sums stay near the processor, the pixels in chunks that are added up at the end. */
typedef struct {
    grid g;
    const float *dy;
    float *gradient, *sums;            /* of the first chunk; of the others */
    long chunks, groups, blocks;
} filter_job;

#define PIXELS 96

static void filter_task(void *context, long index) {
    filter_job *job = context;
    grid g = job->g;
    long chunk = index / job->groups, group = index % job->groups;
    long first_tap = group * g.taps / job->groups;
    float *sums = chunk ? job->sums + (chunk - 1) * g.taps * g.depth * g.width : job->gradient;
    sums += first_tap * g.depth * g.width;
    g.tap_y += first_tap;
    g.tap_x += first_tap;
    g.taps = (group + 1) * g.taps / job->groups - first_tap;
    long k = g.taps * g.depth, total = g.rows * g.columns, per_image = ceil_div(total, PIXELS);
    float *patches = fg_scratch((PIXELS * k + packed_size(PIXELS, g.width)) * sizeof(float));
    float *packed = patches + PIXELS * k;
    long begin = chunk * job->blocks / job->chunks, end = (chunk + 1) * job->blocks / job->chunks;
    for (long b = begin; b < end; b++) {
        long image = b / per_image, first = b % per_image * PIXELS;
        long count = min_long(PIXELS, total - first);
        const float *source = g.source + image * g.source_h * g.source_w * g.depth;
        const float *a = patches;
        if (is_direct(&g)) a = source + first * g.depth;
        else gather(&g, source, first, count, patches);
        fg_pack(job->dy + (image * total + first) * g.width, g.width, 1, count, g.width, packed);
        fg_block(k, g.width, count, a, 1, k, packed, count, sums, g.width, b > begin);
    }
    if (begin == end) clear(sums, k * g.width);
}

typedef struct {
    float *sum;
    const float *parts;
    long count, size;
} merge_job;

static void merge_task(void *context, long index) {
    const merge_job *job = context;
    long first = index * 4096, end = min_long(job->size, first + 4096);
    for (long c = 0; c < job->count; c++)
        for (long i = first; i < end; i++) job->sum[i] += job->parts[c * job->size + i];
}

void fg_merge(float *sum, const float *parts, long count, long size) {
    merge_job job = {sum, parts, count, size};
    if (count) fg_parallel(merge_task, &job, ceil_div(size, 4096));
}

static filter_job make_filter_job(const shape *s) {
    filter_job job = {0};
    long taps = s->kernel_h * s->kernel_w, size = taps * s->in_depth * s->out_depth;
    job.blocks = s->images * ceil_div(s->out_h * s->out_w, PIXELS);
    job.groups = min_long(taps, ceil_div(size, 1L << 18));
    job.chunks = min_long(job.blocks, ceil_div(16, job.groups));
    while (job.chunks > 2 && job.chunks * size > (4L << 20)) job.chunks /= 2;
    if (job.chunks < 1) job.chunks = 1;
    return job;
}

/* The size in floats of the scratch of fg_conv_filter. */
long fg_conv_filter_scratch(const shape *s) {
    if (fg_lines_fit(s)) return fg_lines_filter_scratch(s);
    long size = s->kernel_h * s->kernel_w * s->in_depth * s->out_depth;
    return (make_filter_job(s).chunks - 1) * size;
}

void fg_conv_filter(const shape *s, const float *x, const float *dy, float *scratch,
                    float *gradient) {
    if (fg_lines_fit(s)) {
        fg_lines_filter(s, x, dy, scratch, gradient);
        return;
    }
    long taps = s->kernel_h * s->kernel_w, tap_y[taps], tap_x[taps];
    for (long t = 0; t < taps; t++) {
        tap_y[t] = t / s->kernel_w * s->dilation_y - s->pad_y;
        tap_x[t] = t % s->kernel_w * s->dilation_x - s->pad_x;
    }
    filter_job job = make_filter_job(s);
    job.g = (grid){
        x, 0, 0, s->images, s->in_h, s->in_w, s->in_depth, s->out_h, s->out_w, s->out_depth,
        s->out_h, s->out_w, 0, 0, 1, 1, s->stride_y, s->stride_x, taps, tap_y, tap_x,
    };
    job.dy = dy, job.gradient = gradient, job.sums = scratch;
    fg_parallel(filter_task, &job, job.chunks * job.groups);
    fg_merge(gradient, scratch, job.chunks - 1, taps * s->in_depth * s->out_depth);
}
