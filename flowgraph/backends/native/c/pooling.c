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
static inline float larger(float a, float b) { return a > b || a != a ? a : b; }

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

static void forward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long image = index / s->out_h, oy = index % s->out_h, depth = s->depth;
    const float *x = w->x + image * s->in_h * s->in_w * depth;
    float *y = w->out + index * s->out_w * depth;
    for (long ox = 0; ox < s->out_w; ox++, y += depth) {
        window v = window_of(s, oy, ox);
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

/* One image: windows may overlap. */
static void backward_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long depth = s->depth, in = s->in_h * s->in_w * depth, out = s->out_h * s->out_w * depth;
    const float *x = w->x + index * in, *dy = w->dy + index * out;
    float *dx = w->out + index * in;
    float *left = fg_scratch(2 * depth * sizeof(float)); /* what is still to be given away */
    float *top = left + depth;
    for (long i = 0; i < in; i++) dx[i] = 0;
    for (long oy = 0; oy < s->out_h; oy++)
        for (long ox = 0; ox < s->out_w; ox++, dy += depth) {
            window v = window_of(s, oy, ox);
            float share = 1 / (float)((v.bottom - v.top) * (v.right - v.left));
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

/* The mean's gradient does not look at x. */
void fg_pool(const shape *s, int is_mean, const float *x, float *y) {
    job w = {s, x, 0, y, is_mean};
    fg_parallel(forward_task, &w, s->images * s->out_h);
}

void fg_max_pool_gradient(const shape *s, const float *x, const float *dy, float *dx) {
    job w = {s, x, dy, dx, 0};
    fg_parallel(backward_task, &w, s->images);
}

void fg_mean_pool_gradient(const shape *s, const float *dy, float *dx) {
    job w = {s, dx, dy, dx, 1};
    fg_parallel(backward_task, &w, s->images);
}
