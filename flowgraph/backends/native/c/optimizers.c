/* The optimizers' updates of float variables: one walk over the variable, its slots and the
   gradient. Scalars are read where they are: they may be results of the same run. */
#include "dialect.h"

#define STEP 16384

typedef struct {
    long size;
    int variant;
    float *var, *first, *second;
    const float *grad;
    float a, b, c, d;
} job;

#define EACH \
    const job *w = context; \
    long begin = index * STEP, end = fg_min(begin + STEP, w->size); \
    float *restrict var = w->var; \
    const float *restrict grad = w->grad; \
    for (long i = begin; i < end; i++)

static void run(job *w, fg_task task) { fg_parallel(task, w, (w->size + STEP - 1) / STEP); }

static void descent_task(void *context, long index) { EACH var[i] -= w->a * grad[i]; }

void fg_gradient_descent(long size, float *var, const float *rate, const float *grad) {
    job w = {size, 0, var, 0, 0, grad, *rate, 0, 0, 0};
    run(&w, descent_task);
}

static void momentum_task(void *context, long index) {
    float *restrict accum = ((job *)context)->first;
    if (((job *)context)->variant) {
        EACH {
            accum[i] = accum[i] * w->b + grad[i];
            var[i] -= w->a * (accum[i] * w->b + grad[i]);
        }
    } else {
        EACH {
            accum[i] = accum[i] * w->b + grad[i];
            var[i] -= w->a * accum[i];
        }
    }
}

void fg_momentum(long size, int nesterov, float *var, float *accum, const float *rate,
                 const float *grad, const float *momentum) {
    job w = {size, nesterov, var, accum, 0, grad, *rate, *momentum, 0, 0};
    run(&w, momentum_task);
}

static void adagrad_task(void *context, long index) {
    float *restrict accum = ((job *)context)->first;
    float moves = ((job *)context)->variant;
    EACH {
        accum[i] += moves * grad[i] * grad[i];
        var[i] -= w->a * grad[i] / sqrt(accum[i]);
    }
}

void fg_adagrad(long size, int updates, float *var, float *accum, const float *rate,
                const float *grad) {
    job w = {size, updates, var, accum, 0, grad, *rate, 0, 0, 0};
    run(&w, adagrad_task);
}

static void adam_task(void *context, long index) {
    float *restrict m = ((job *)context)->first, *restrict v = ((job *)context)->second;
    float beta1 = ((job *)context)->b, ahead = ((job *)context)->variant ? beta1 : 1;
    float rest = ((job *)context)->variant ? 1 - beta1 : 0;
    EACH {
        float g = grad[i];
        m[i] += (g - m[i]) * (1 - beta1);
        v[i] += (g * g - v[i]) * w->c;
        var[i] -= w->a * (m[i] * ahead + g * rest) / (sqrt(v[i]) + w->d);
    }
}

void fg_adam(long size, int nesterov, float *var, float *m, float *v, const float *beta1_power,
             const float *beta2_power, const float *lr, const float *beta1, const float *beta2,
             const float *epsilon, const float *grad) {
    float rate = *lr * sqrt(1 - *beta2_power) / (1 - *beta1_power);
    job w = {size, nesterov, var, m, v, grad, rate, *beta1, 1 - *beta2, *epsilon};
    run(&w, adam_task);
}

static void rmsprop_task(void *context, long index) {
    float *restrict ms = ((job *)context)->first, *restrict mom = ((job *)context)->second;
    EACH {
        float g = grad[i];
        ms[i] += (g * g - ms[i]) * w->b;
        mom[i] = mom[i] * w->c + w->a * g / sqrt(ms[i] + w->d);
        var[i] -= mom[i];
    }
}

void fg_rmsprop(long size, float *var, float *ms, float *mom, const float *lr, const float *rho,
                const float *momentum, const float *epsilon, const float *grad) {
    job w = {size, 0, var, ms, mom, grad, *lr, 1 - *rho, *momentum, *epsilon};
    run(&w, rmsprop_task);
}
