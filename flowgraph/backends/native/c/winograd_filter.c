/* The transforms of filters for Winograd's algorithm, there and back. See winograd.c. */
#include "gemm.h"
#include "threads.h"
#include "winograd.h"

/* `size` numbers of the filter to 6 of the transform. */
static inline void filter_line(vec *d, long step, const long size) {
    vec even1 = d[0] + d[2 * step], odd1 = d[step];
    vec even2 = d[0] + 4 * d[2 * step], odd2 = 2 * d[step];
    vec last = d[(size - 1) * step];
    if (size == 5) {
        even1 += d[4 * step];
        odd1 += d[3 * step];
        even2 += 16 * d[4 * step];
        odd2 += 8 * d[3 * step];
    }
    d[0] = d[0] * 0.25f;
    d[step] = (even1 + odd1) * (-1 / 6.0f);
    d[2 * step] = (even1 - odd1) * (-1 / 6.0f);
    d[3 * step] = (even2 + odd2) * (1 / 24.0f);
    d[4 * step] = (even2 - odd2) * (1 / 24.0f);
    d[5 * step] = last;
}

/* 6 numbers of the transform's gradient to `size` of the filter's. */
static inline void filter_gradient_line(vec *d, long step, const long size) {
    vec s1 = (d[step] + d[2 * step]) * (-1 / 6.0f), t1 = (d[step] - d[2 * step]) * (-1 / 6.0f);
    vec s2 = (d[3 * step] + d[4 * step]) * (1 / 24.0f);
    vec t2 = (d[3 * step] - d[4 * step]) * (1 / 24.0f), d5 = d[5 * step];
    d[0] = d[0] * 0.25f + s1 + s2;
    d[step] = t1 + 2 * t2;
    d[2 * step] = s1 + 4 * s2;
    if (size == 3) d[2 * step] += d5;
    else {
        d[3 * step] = t1 + 8 * t2;
        d[4 * step] = s1 + 16 * s2 + d5;
    }
}

/* Transforming filters, a row of channels a task. */
typedef struct {
    const float *filter;
    float *packed, *gradient;
    long depth, width, size, tap, row, column;
} filter_job;

static inline __attribute__((always_inline)) void transform_filter_row(
    const filter_job *f, long row, const long size) {
    long plane = packed_size(f->depth, f->width);
    for (long j = 0; j < f->width; j += VL) {
        vec d[POINTS];
        for (long t = 0; t < size * size; t++) {
            const float *from = f->filter + t * f->tap + row * f->row + j * f->column;
            float gathered[VL];
            for (long i = 0; i < VL; i++) gathered[i] = from[i * f->column];
            d[t / size * 6 + t % size] = load(gathered);
        }
        for (int i = 0; i < size; i++) filter_line(d + i, 6, size);
        for (int i = 0; i < 6; i++) filter_line(d + 6 * i, 1, size);
        float *to = f->packed + j / NR * NR * f->depth + row * NR + j % NR;
        for (int i = 0; i < POINTS; i++) store(to + i * plane, d[i]);
        if (j + VL == f->width && f->width % NR)
            for (int i = 0; i < POINTS; i++) store(to + i * plane + VL, (vec){0});
    }
}

static void pack_task(void *context, long index) {
    const filter_job *f = context;
    if (f->size == 3) transform_filter_row(f, index, 3);
    else transform_filter_row(f, index, 5);
}

static inline __attribute__((always_inline)) void gradient_row(
    const filter_job *f, long row, const long size) {
    long plane = f->depth * f->width;
    for (long j = 0; j < f->width; j += VL) {
        vec d[POINTS];
        for (int i = 0; i < POINTS; i++) d[i] = load(f->filter + i * plane + row * f->width + j);
        for (int i = 0; i < 6; i++) filter_gradient_line(d + i, 6, size);
        for (int i = 0; i < size; i++) filter_gradient_line(d + 6 * i, 1, size);
        for (long t = 0; t < size * size; t++)
            store(f->gradient + t * plane + row * f->width + j, d[t / size * 6 + t % size]);
    }
}

static void gradient_task(void *context, long index) {
    const filter_job *f = context;
    if (f->size == 3) gradient_row(f, index, 3);
    else gradient_row(f, index, 5);
}

/* Transform the filter and pack it, forward or for the input's gradient. */
void fg_winograd_pack(const shape *s, int backward, const float *filter, float *packed) {
    long in = s->in_depth, out = s->out_depth, size = s->kernel_h;
    filter_job f = {filter, packed, 0, in, out, size, in * out, out, 1};
    if (backward)  /* the taps from the last to the first, the channels exchanged */
        f = (filter_job){filter + (size * size - 1) * in * out, packed, 0, out, in, size,
                         -in * out, 1, out};
    fg_parallel(pack_task, &f, f.depth);
}

void fg_winograd_filter_back(const shape *s, const float *sums, float *gradient) {
    filter_job f = {sums, 0, gradient, s->in_depth, s->out_depth, s->kernel_h, 0, 0, 0};
    fg_parallel(gradient_task, &f, f.depth);
}
