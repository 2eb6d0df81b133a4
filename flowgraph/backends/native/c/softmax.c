/* Softmax of float rows, and the cross entropy with its gradient, in two walks over a row. */
#include "dialect.h"

#define CHUNK 4096 /* elements of a task */

typedef struct {
    long rows, classes, step;
    const float *logits, *labels;
    const void *sparse;
    long wide;                         /* sparse labels are 64 bits wide */
    float *out, *loss;
    int is_log;
} job;

/* Put exp(x - max) into `out`; return the sum, and the maximum. */
static inline float exponentials(const float *x, long n, float *out, float *largest) {
    float top = -__builtin_inff();
    for (long i = 0; i < n; i++) top = x[i] > top || x[i] != x[i] ? x[i] : top;
    float lanes[16] = {0};
    long i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) {
            float e = exp(x[i + j] - top);
            out[i + j] = e;
            lanes[j] += e;
        }
    for (int j = 0; i < n; i++, j++) {
        float e = exp(x[i] - top);
        out[i] = e;
        lanes[j] += e;
    }
    for (int width = 8; width; width /= 2)
        for (int j = 0; j < width; j++) lanes[j] += lanes[j + width];
    *largest = top;
    return lanes[0];
}

static void softmax_task(void *context, long index) {
    const job *w = context;
    long n = w->classes, end = fg_min((index + 1) * w->step, w->rows);
    for (long r = index * w->step; r < end; r++) {
        const float *x = w->logits + r * n;
        float *out = w->out + r * n, top;
        float *kept = w->is_log ? fg_scratch(n * sizeof(float)) : out;
        float sum = exponentials(x, n, kept, &top);
        if (w->is_log) {
            float shift = top + log(sum);
            for (long i = 0; i < n; i++) out[i] = x[i] - shift;
        } else {
            float scale = 1 / sum;
            for (long i = 0; i < n; i++) out[i] *= scale;
        }
    }
}

static void entropy_task(void *context, long index) {
    const job *w = context;
    long n = w->classes, end = fg_min((index + 1) * w->step, w->rows);
    for (long r = index * w->step; r < end; r++) {
        const float *x = w->logits + r * n;
        float *out = w->out + r * n, top;
        float sum = exponentials(x, n, out, &top), scale = 1 / sum, shift = log(sum);
        if (w->sparse) {
            long label = w->wide ? ((const int64_t *)w->sparse)[r] : ((const int32_t *)w->sparse)[r];
            if (label < 0 || label >= n) { /* a label of no class: TensorFlow's CPU kernel fails */
                w->loss[r] = __builtin_nanf("");
                for (long i = 0; i < n; i++) out[i] = __builtin_nanf("");
                continue;
            }
            w->loss[r] = shift - (x[label] - top);
            for (long i = 0; i < n; i++) out[i] *= scale;
            out[label] -= 1;
            continue;
        }
        const float *labels = w->labels + r * n;
        float total = 0;
        for (long i = 0; i < n; i++) {
            float p = labels[i];
            total += p == 0 ? 0 : p * (shift - (x[i] - top));
            out[i] = out[i] * scale - p;
        }
        w->loss[r] = total;
    }
}

static void run(job *w, fg_task task) {
    w->step = fg_rows(w->classes, CHUNK);
    fg_parallel(task, w, fg_tasks(w->rows, w->classes, CHUNK));
}

void fg_softmax(long rows, long classes, int is_log, const float *logits, float *out) {
    job w = {rows, classes, 0, logits, 0, 0, 0, out, 0, is_log};
    run(&w, softmax_task);
}

void fg_softmax_cross_entropy(long rows, long classes, const float *logits, const float *labels,
                              float *loss, float *gradient) {
    job w = {rows, classes, 0, logits, labels, 0, 0, gradient, loss, 0};
    run(&w, entropy_task);
}

/* Whether all labels name a class. */
int fg_labels_fit(long rows, long classes, long wide, const void *labels) {
    for (long r = 0; r < rows; r++) {
        long label = wide ? ((const int64_t *)labels)[r] : ((const int32_t *)labels)[r];
        if (label < 0 || label >= classes) return 0;
    }
    return 1;
}

void fg_sparse_softmax_cross_entropy(long rows, long classes, long wide, const float *logits,
                                     const void *labels, float *loss, float *gradient) {
    job w = {rows, classes, 0, logits, 0, labels, wide, gradient, loss, 0};
    run(&w, entropy_task);
}
