/* Batch normalisation of NHWC float images, seen as rows of channels, and its gradient.

   Moments are taken chunk by chunk, about each chunk's own mean, and merged in order (Chan, Golub
   and LeVeque, 1983). */
#include "dialect.h"

#define CHUNK 32768 /* elements of a task */

typedef struct {
    long rows, channels, step;
    const float *x, *dy;
    const float *mean, *a, *b, *c;     /* vectors over the channels */
    float *y, *parts;                  /* parts: (chunks, 2, channels) */
} job;

static job make(long rows, long channels) {
    job w = {rows, channels, channels >= CHUNK ? 1 : CHUNK / channels, 0, 0, 0, 0, 0, 0, 0, 0};
    return w;
}

static long chunks_of(const job *w) { return (w->rows + w->step - 1) / w->step; }

/* The size in floats of the scratch of the functions below. */
long fg_batch_norm_scratch(long rows, long channels) {
    job w = make(rows, channels);
    return (2 * chunks_of(&w) + 3) * channels;
}

static void moments_task(void *context, long index) {
    const job *w = context;
    long first = index * w->step, rows = fg_min(w->step, w->rows - first), n = w->channels;
    const float *x = w->x + first * n;
    float *restrict mean = w->parts + index * 2 * n, *restrict square = mean + n;
    for (long c = 0; c < n; c++) mean[c] = square[c] = 0;
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < n; c++) mean[c] += x[r * n + c];
    for (long c = 0; c < n; c++) mean[c] /= (float)rows;
    for (long r = 0; r < rows; r++)
        for (long c = 0; c < n; c++) {
            float d = x[r * n + c] - mean[c];
            square[c] += d * d;
        }
}

/* y = x * a + b. */
static void scale_task(void *context, long index) {
    const job *w = context;
    long first = index * w->step, end = fg_min(first + w->step, w->rows), n = w->channels;
    const float *restrict a = w->a, *restrict b = w->b;
    for (long r = first; r < end; r++)
        for (long c = 0; c < n; c++) w->y[r * n + c] = w->x[r * n + c] * a[c] + b[c];
}

/* In training: mean and variance (twice: unbiased, and as it is) of the batch are results. */
void fg_batch_norm(long rows, long channels, double epsilon, int training, const float *x,
                   const float *scale, const float *offset, const float *given_mean,
                   const float *given_variance, float *scratch, float *y, float *mean,
                   float *unbiased, float *mean_again, float *variance) {
    job w = make(rows, channels);
    w.x = x, w.y = y, w.parts = scratch;
    long chunks = chunks_of(&w), n = channels;
    float *a = scratch + 2 * chunks * n, *b = a + n;
    if (training) {
        fg_parallel(moments_task, &w, chunks);
        for (long c = 0; c < n; c++) {
            double count = 0, centre = 0, square = 0;
            for (long k = 0; k < chunks; k++) {
                const float *part = scratch + k * 2 * n;
                double more = (double)fg_min(w.step, rows - k * w.step);
                double shift = part[c] - centre, total = count + more;
                centre += shift * more / total;
                square += part[n + c] + shift * shift * count * more / total;
                count = total;
            }
            mean[c] = mean_again[c] = (float)centre;
            variance[c] = (float)(square / count);
            unbiased[c] = (float)(square / (count > 1 ? count - 1 : 1));
        }
        given_mean = mean, given_variance = variance;
    } else {
        for (long c = 0; c < n; c++) {
            mean[c] = mean_again[c] = given_mean[c];
            unbiased[c] = variance[c] = given_variance[c];
        }
    }
    for (long c = 0; c < n; c++) {
        a[c] = scale[c] / sqrt(given_variance[c] + (float)epsilon);
        b[c] = offset[c] - given_mean[c] * a[c];
    }
    w.a = a, w.b = b;
    fg_parallel(scale_task, &w, chunks);
}

/* Sums of dy and of dy * (x - mean). */
static void products_task(void *context, long index) {
    const job *w = context;
    long first = index * w->step, end = fg_min(first + w->step, w->rows), n = w->channels;
    float *restrict sum = w->parts + index * 2 * n, *restrict dot = sum + n;
    const float *restrict mean = w->mean;
    for (long c = 0; c < n; c++) sum[c] = dot[c] = 0;
    for (long r = first; r < end; r++)
        for (long c = 0; c < n; c++) {
            float dy = w->dy[r * n + c];
            sum[c] += dy;
            dot[c] += dy * (w->x[r * n + c] - mean[c]);
        }
}

/* dx = dy * a + (x - mean) * b + c. */
static void combine_task(void *context, long index) {
    const job *w = context;
    long first = index * w->step, end = fg_min(first + w->step, w->rows), n = w->channels;
    const float *restrict a = w->a, *restrict b = w->b, *restrict k = w->c;
    const float *restrict mean = w->mean;
    for (long r = first; r < end; r++)
        for (long c = 0; c < n; c++)
            w->y[r * n + c] = w->dy[r * n + c] * a[c] + (w->x[r * n + c] - mean[c]) * b[c] + k[c];
}

void fg_batch_norm_gradient(long rows, long channels, double epsilon, int training,
                            const float *dy, const float *x, const float *scale,
                            const float *mean, const float *variance, float *scratch, float *dx,
                            float *to_scale, float *to_offset) {
    job w = make(rows, channels);
    w.x = x, w.dy = dy, w.y = dx, w.parts = scratch, w.mean = mean;
    long chunks = chunks_of(&w), n = channels;
    float *a = scratch + 2 * chunks * n, *b = a + n, *k = b + n;
    fg_parallel(products_task, &w, chunks);
    for (long c = 0; c < n; c++) {
        double sum = 0, dot = 0;
        for (long i = 0; i < chunks; i++) sum += scratch[i * 2 * n + c];
        for (long i = 0; i < chunks; i++) dot += scratch[(i * 2 + 1) * n + c];
        float inverse = 1 / sqrt(variance[c] + (float)epsilon);
        to_scale[c] = (float)dot * inverse;
        to_offset[c] = (float)sum;
        a[c] = scale[c] * inverse;
        b[c] = training ? -a[c] * inverse * to_scale[c] / (float)rows : 0;
        k[c] = training ? -a[c] * to_offset[c] / (float)rows : 0;
    }
    w.a = a, w.b = b, w.c = k;
    fg_parallel(combine_task, &w, chunks);
}
