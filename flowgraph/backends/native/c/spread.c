/* The gradient with respect to images of few channels. Gathered patches would leave most of a
   panel empty there: instead each pixel of dy is multiplied out to a patch, and the patches are
   added up where they overlap, image by image. */
#include "convolution.h"
#include "gemm.h"
#include "threads.h"

#define PIXELS 96

typedef struct {
    const shape *s;
    const float *dy, *packed;
    float *dx;
} job;

static void image_task(void *context, long index) {
    const job *w = context;
    const shape *s = w->s;
    long depth = s->in_depth, k = s->kernel_h * s->kernel_w * depth;
    long total = s->out_h * s->out_w, size = s->in_h * s->in_w * depth;
    const float *dy = w->dy + index * total * s->out_depth;
    float *dx = w->dx + index * size, *patches = fg_scratch(PIXELS * k * sizeof(float));
    for (long i = 0; i < size; i++) dx[i] = 0;
    for (long first = 0; first < total; first += PIXELS) {
        long count = min_long(PIXELS, total - first);
        fg_block(count, k, s->out_depth, dy + first * s->out_depth, s->out_depth, 1, w->packed,
                 s->out_depth, patches, k, 0);
        for (long n = 0; n < count; n++) {
            const float *patch = patches + n * k;
            long y0 = (first + n) / s->out_w * s->stride_y - s->pad_y;
            long x0 = (first + n) % s->out_w * s->stride_x - s->pad_x;
            for (long a = 0; a < s->kernel_h; a++) {
                long y = y0 + a * s->dilation_y;
                if (y < 0 || y >= s->in_h) continue;
                for (long b = 0; b < s->kernel_w; b++) {
                    long x = x0 + b * s->dilation_x;
                    if (x < 0 || x >= s->in_w) continue;
                    float *to = dx + (y * s->in_w + x) * depth;
                    const float *from = patch + (a * s->kernel_w + b) * depth;
                    for (long c = 0; c < depth; c++) to[c] += from[c];
                }
            }
        }
    }
}

/* `packed` is scratch of at least packed_size(out_depth, taps * in_depth) floats. */
void fg_conv_spread(const shape *s, const float *dy, const float *filter, float *packed,
                    float *dx) {
    fg_pack(filter, 1, s->out_depth, s->out_depth, s->kernel_h * s->kernel_w * s->in_depth, packed);
    job w = {s, dy, packed, dx};
    fg_parallel(image_task, &w, s->images);
}
