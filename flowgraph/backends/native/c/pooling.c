/* Pooling of NHWC float images and its gradients. Borders never count; the gradient of a maximum
   goes to the first of the largest elements of its window. */
#include "dialect.h"

typedef struct {
    long images, in_h, in_w, depth, out_h, out_w;
    long kernel_h, kernel_w, stride_y, stride_x, pad_y, pad_x;
} shape;

typedef struct {
    const shape *s;
    const float *x, *dy;
    float *out;
    int is_mean;
} job;

/* NaN is larger than all else. */
static inline float larger(float a, float b) { return (a > b) | (a != a) ? a : b; }

static inline long max_long(long a, long b) { return a > b ? a : b; }

/* The window of output (oy, ox), cut at the image's borders. */
typedef struct {
    long top, bottom, left, right;
} window;

static inline window window_of(const shape *s, long oy, long ox) {
    long y = oy * s->stride_y - s->pad_y, x = ox * s->stride_x - s->pad_x;
    return (window){max_long(y, 0), fg_min(y + s->kernel_h, s->in_h), max_long(x, 0),
                    fg_min(x + s->kernel_w, s->in_w)};
}

/* Whether no element is in two windows. */
static int are_apart(const shape *s) {
    return s->stride_y >= s->kernel_h && s->stride_x >= s->kernel_w;
}

/* The maxima of whole windows of 2 x 2, in one walk. */
static void pairs(const float *upper, const float *lower, float *restrict y, long depth) {
#pragma GCC ivdep
    for (long c = 0; c < depth; c++) {
        float top = larger(upper[depth + c], upper[c]);
        top = larger(lower[c], top);
        y[c] = larger(lower[depth + c], top);
    }
}

/* The gradient of that. Of equal elements, and of NaN, the first gets it. */
static void pairs_backward(const float *upper, const float *lower, const float *dy,
                           float *restrict to_upper, float *restrict to_lower, long depth) {
#pragma GCC ivdep
    for (long c = 0; c < depth; c++) {
        float a = upper[c], b = upper[depth + c], d = lower[c], e = lower[depth + c];
        float top = larger(e, larger(d, larger(b, a))), left = dy[c];
        float at_a = (a == top) | (a != a) ? left : 0;
        left = (a == top) | (a != a) ? 0 : left;
        float at_b = (b == top) | (b != b) ? left : 0;
        left = (b == top) | (b != b) ? 0 : left;
        float at_d = (d == top) | (d != d) ? left : 0;
        to_upper[c] = at_a;
        to_upper[depth + c] = at_b;
        to_lower[c] = at_d;
        to_lower[depth + c] = (d == top) | (d != d) ? 0 : left;
    }
}

static void forward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    int is_pair = !w->is_mean && s->kernel_h == 2 && s->kernel_w == 2;
    long image = index / s->out_h, oy = index % s->out_h, depth = s->depth;
    const float *x = w->x + image * s->in_h * s->in_w * depth;
    float *y = w->out + index * s->out_w * depth;
    for (long ox = 0; ox < s->out_w; ox++, y += depth) {
        window v = window_of(s, oy, ox);
        if (is_pair && v.bottom - v.top == 2 && v.right - v.left == 2) {
            const float *from = x + (v.top * s->in_w + v.left) * depth;
            pairs(from, from + s->in_w * depth, y, depth);
            continue;
        }
        for (long c = 0; c < depth; c++) y[c] = w->is_mean ? 0 : -__builtin_inff();
        for (long i = v.top; i < v.bottom; i++)
            for (long j = v.left; j < v.right; j++) {
                const float *from = x + (i * s->in_w + j) * depth;
                if (w->is_mean)
                    for (long c = 0; c < depth; c++) y[c] += from[c];
                else
                    for (long c = 0; c < depth; c++)
                        y[c] = larger(from[c], y[c]);
            }
        if (w->is_mean) {
            float share = 1 / (float)((v.bottom - v.top) * (v.right - v.left));
            for (long c = 0; c < depth; c++) y[c] *= share;
        }
    }
}

/* The rows of windows from `first` on, until `end`. */
static void backward_rows(const job *w, const float *x, const float *dy, float *dx, long first,
                          long end) {
    const shape *s = w->s;
    long depth = s->depth;
    int is_pair = !w->is_mean && are_apart(s) && s->kernel_h == 2 && s->kernel_w == 2;
    float *left = fg_scratch(2 * depth * sizeof(float)); /* what is still to be given away */
    float *top = left + depth;
    for (long oy = first; oy < end; oy++)
        for (long ox = 0; ox < s->out_w; ox++, dy += depth) {
            window v = window_of(s, oy, ox);
            float share = 1 / (float)((v.bottom - v.top) * (v.right - v.left));
            if (is_pair && v.bottom - v.top == 2 && v.right - v.left == 2) {
                long at = (v.top * s->in_w + v.left) * depth, below = at + s->in_w * depth;
                pairs_backward(x + at, x + below, dy, dx + at, dx + below, depth);
                continue;
            }
            if (w->is_mean)
                for (long c = 0; c < depth; c++) left[c] = dy[c] * share;
            else
                for (long c = 0; c < depth; c++) left[c] = dy[c], top[c] = -__builtin_inff();
            for (long i = v.top; i < v.bottom && !w->is_mean; i++)
                for (long j = v.left; j < v.right; j++) {
                    const float *from = x + (i * s->in_w + j) * depth;
                    for (long c = 0; c < depth; c++) top[c] = larger(from[c], top[c]);
                }
            for (long i = v.top; i < v.bottom; i++)
                for (long j = v.left; j < v.right; j++) {
                    float *to = dx + (i * s->in_w + j) * depth;
                    const float *from = x + (i * s->in_w + j) * depth;
                    if (w->is_mean) {
#pragma GCC ivdep
                        for (long c = 0; c < depth; c++) to[c] += left[c];
                        continue;
                    }
#pragma GCC ivdep
                    for (long c = 0; c < depth; c++) {
                        float given = from[c] == top[c] || from[c] != from[c] ? left[c] : 0;
                        to[c] += given;
                        left[c] = given != 0 ? 0 : left[c];
                    }
                }
        }
}

/* One image: windows may overlap. */
static void backward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long in = s->in_h * s->in_w * s->depth, out = s->out_h * s->out_w * s->depth;
    float *dx = w->out + index * in;
    for (long i = 0; i < in; i++) dx[i] = 0;
    backward_rows(w, w->x + index * in, w->dy + index * out, dx, 0, s->out_h);
}

/* One row of windows that share nothing with others: its own part of the image is set to zero
   just before, if at all. */
static void backward_row_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long image = index / s->out_h, oy = index % s->out_h, row = s->in_w * s->depth;
    const float *dy = w->dy + index * s->out_w * s->depth;
    float *dx = w->out + image * s->in_h * row;
    long top = oy ? max_long(oy * s->stride_y - s->pad_y, 0) : 0;
    long bottom = oy + 1 < s->out_h ? (oy + 1) * s->stride_y - s->pad_y : s->in_h;
    int is_whole = s->kernel_h == 2 && s->kernel_w == 2 && s->stride_y == 2 && s->stride_x == 2 &&
                   !s->pad_x && s->out_w * 2 == s->in_w && bottom - top == 2 && !w->is_mean;
    if (!is_whole)
        for (long i = top * row; i < bottom * row; i++) dx[i] = 0;
    backward_rows(w, w->x + image * s->in_h * row, dy, dx, oy, oy + 1);
}

static void backward(job *w) {
    const shape *s = w->s;
    if (are_apart(s))
        fg_parallel(backward_row_task, w, s->images * s->out_h);
    else
        fg_parallel(backward_task, w, s->images);
}

/* The mean's gradient does not look at x. */
void fg_pool(const shape *s, int is_mean, const float *x, float *y) {
    job w = {s, x, 0, y, is_mean};
    fg_parallel(forward_task, &w, s->images * s->out_h);
}

void fg_max_pool_gradient(const shape *s, const float *x, const float *dy, float *dx) {
    job w = {s, x, dy, dx, 0};
    backward(&w);
}

void fg_mean_pool_gradient(const shape *s, const float *dy, float *dx) {
    job w = {s, dx, dy, dx, 1};
    backward(&w);
}
