/* Random numbers of Philox4x32-10 (Salmon, Moraes, Dror, Shaw, 2011) as TensorFlow makes them of
   its words: LANES counter blocks at a time, in loops that become vector instructions. */
#include <math.h>
#include <stdint.h>

#include "dialect.h"

#define LANES 16
#define TASK 256         /* loops over lanes in a task */
#define RESERVED 256     /* blocks that a truncated normal may take */
#define MANTISSA 0x7fffff

typedef struct {
    uint64_t key, high, start;
    long count;
    void *out;
    uint64_t range, least;
} draw;

/* The words of the blocks start, start + step, ... */
static inline void words_of(const draw *w, uint64_t start, uint64_t step, uint32_t x[4][LANES]) {
    uint32_t *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
    uint32_t key0 = (uint32_t)w->key, key1 = (uint32_t)(w->key >> 32);
    for (int i = 0; i < LANES; i++) {
        uint64_t low = start + i * step;
        x0[i] = (uint32_t)low, x1[i] = (uint32_t)(low >> 32);
        x2[i] = (uint32_t)w->high, x3[i] = (uint32_t)(w->high >> 32);
    }
    for (int round = 0; round < 10; round++, key0 += 0x9E3779B9, key1 += 0xBB67AE85)
        for (int i = 0; i < LANES; i++) {
            uint64_t a = (uint64_t)0xD2511F53 * x0[i], b = (uint64_t)0xCD9E8D57 * x2[i];
            x0[i] = (uint32_t)(b >> 32) ^ x1[i] ^ key0;
            x1[i] = (uint32_t)b;
            x2[i] = (uint32_t)(a >> 32) ^ x3[i] ^ key1;
            x3[i] = (uint32_t)a;
        }
}

static inline double fraction(uint32_t word) { return (int32_t)(word & MANTISSA) * 0x1p-23; }

/* sin(x) and cos(x) for x in [0, 2 pi]: by their series after taking away a multiple n of pi / 2. */
static inline void turn(double x, double *sine, double *cosine) {
    double shifted = x * 0.63661977236758134308 + FG_ROUND, n = shifted - FG_ROUND;
    double r = (x - n * 1.57079632673412561417) - n * 6.07710050650619224932e-11, q = r * r;
    double s = -1 / 1307674368000.0;
    s = s * q + 1 / 6227020800.0;
    s = s * q - 1 / 39916800.0;
    s = s * q + 1 / 362880.0;
    s = s * q - 1 / 5040.0;
    s = s * q + 1 / 120.0;
    s = s * q - 1 / 6.0;
    s = r + r * q * s;
    double c = -1 / 87178291200.0;
    c = c * q + 1 / 479001600.0;
    c = c * q - 1 / 3628800.0;
    c = c * q + 1 / 40320.0;
    c = c * q - 1 / 720.0;
    c = c * q + 1 / 24.0;
    c = c * q - 0.5;
    c = 1 + q * c;
    int64_t quarter = fg_double_bits(shifted);
    double a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
    *sine = quarter & 2 ? -a : a;
    *cosine = (quarter + 1) & 2 ? -b : b;
}

/* Two normals of two words (Box and Muller, 1958), for each lane. Numbers are rounded to float where
   TensorFlow's are, and held in double: the compiler mixes no widths then. */
static inline void normals(const uint32_t *restrict a, const uint32_t *restrict b,
                           float *restrict first, float *restrict second) {
    double radius[LANES], sine[LANES], cosine[LANES];
    for (int i = 0; i < LANES; i++) {
        double u = fraction(a[i]), limited = u < (double)1e-7f ? (double)1e-7f : u;
        radius[i] = fg_log_normal_d(limited, 0);
        turn((double)(float)(fraction(b[i]) * 6.28318530717958647692), &sine[i], &cosine[i]);
    }
    for (int i = 0; i < LANES; i++) {
        float r = sqrt(-2 * (float)radius[i]);
        first[i] = r * (float)sine[i];
        second[i] = r * (float)cosine[i];
    }
}

static inline void normals_of(const draw *w, uint64_t start, uint64_t step, float y[4][LANES]) {
    uint32_t x[4][LANES];
    words_of(w, start, step, x);
    normals(x[0], x[1], y[0], y[1]);
    normals(x[2], x[3], y[2], y[3]);
}

/* Call `lanes` for each LANES blocks of a task, which make so many numbers of `bytes` each. The
   last numbers go through memory of its own: they may be fewer. */
#define OVER(lanes, type, each)                                                          \
    long whole = w->count / each, at = index * TASK * LANES;                             \
    for (long n = 0; n < TASK && at * each < w->count; n++, at += LANES) {               \
        type rest[LANES * each], *to = (type *)w->out + at * each;                       \
        int is_last = at + LANES > whole;                                                \
        lanes(w, w->start + at, is_last ? rest : to);                                    \
        for (long i = 0; is_last && i < w->count - at * each; i++) to[i] = rest[i];      \
    }

static inline void uniform_lanes(const draw *w, uint64_t start, float *restrict out) {
    uint32_t x[4][LANES];
    words_of(w, start, 1, x);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < 4; j++) out[4 * i + j] = (float)fraction(x[j][i]);
}

static void uniform_task(void *context, long index) {
    const draw *w = context;
    OVER(uniform_lanes, float, 4)
}

static inline double unit(uint32_t upper, uint32_t lower) {
    return (double)(int64_t)((uint64_t)(upper & 0xFFFFF) << 32 | lower) * 0x1p-52;
}

static inline void double_lanes(const draw *w, uint64_t start, double *restrict out) {
    uint32_t x[4][LANES];
    words_of(w, start, 1, x);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < 2; j++) out[2 * i + j] = unit(x[2 * j][i], x[2 * j + 1][i]);
}

static void double_task(void *context, long index) {
    const draw *w = context;
    OVER(double_lanes, double, 2)
}

static inline void normal_lanes(const draw *w, uint64_t start, float *restrict out) {
    float y[4][LANES];
    normals_of(w, start, 1, y);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < 4; j++) out[4 * i + j] = y[j][i];
}

static void normal_task(void *context, long index) {
    const draw *w = context;
    OVER(normal_lanes, float, 4)
}

static inline void integer_lanes(const draw *w, uint64_t start, int32_t *restrict out) {
    uint32_t x[4][LANES], range = (uint32_t)w->range;
    words_of(w, start, 1, x);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < 4; j++) out[4 * i + j] = (int32_t)(x[j][i] % range + (uint32_t)w->least);
}

static void integer_task(void *context, long index) {
    const draw *w = context;
    OVER(integer_lanes, int32_t, 4)
}

static inline void long_lanes(const draw *w, uint64_t start, int64_t *restrict out) {
    uint32_t x[4][LANES];
    words_of(w, start, 1, x);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < 2; j++) {
            uint64_t word = (uint64_t)x[2 * j + 1][i] << 32 | x[2 * j][i];
            out[2 * i + j] = (int64_t)(word % w->range + w->least);
        }
}

static void long_task(void *context, long index) {
    const draw *w = context;
    OVER(long_lanes, int64_t, 2)
}

/* Groups of four numbers, each with blocks of its own: what lies beyond two deviations is drawn
   again from the next of them, which only the lanes that miss a number look at. */
static void truncated_task(void *context, long index) {
    const draw *w = context;
    long groups = (w->count + 3) / 4, first = index * TASK * LANES;
    long end = fg_min(first + TASK * LANES, groups);
    float *out = w->out;
    for (long at = first; at < end; at += LANES) {
        long lanes = fg_min(LANES, end - at), missing = lanes;
        int filled[LANES] = {0};
        for (uint64_t block = 0; missing; block++) {
            float y[4][LANES];
            normals_of(w, w->start + at * RESERVED + block, RESERVED, y);
            for (long i = 0; i < lanes; i++) {
                if (filled[i] == 4) continue;
                for (int j = 0; j < 4 && filled[i] < 4; j++) {
                    long to = 4 * (at + i) + filled[i];
                    if (!(fabs(y[j][i]) < 2.0f)) continue;
                    if (to < w->count) out[to] = y[j][i];
                    filled[i]++;
                }
                missing -= filled[i] == 4;
            }
        }
    }
}

static void over(fg_task task, draw *w, long each) {
    long block = TASK * LANES * each;
    fg_parallel(task, w, (w->count + block - 1) / block);
}

/* `count` numbers from the blocks of counter (high, start) and after. */
void fg_random_uniform(uint64_t key, uint64_t high, uint64_t start, long count, float *out) {
    draw w = {.key = key, .high = high, .start = start, .count = count, .out = out};
    over(uniform_task, &w, 4);
}

void fg_random_uniform_double(uint64_t key, uint64_t high, uint64_t start, long count,
                              double *out) {
    draw w = {.key = key, .high = high, .start = start, .count = count, .out = out};
    over(double_task, &w, 2);
}

void fg_random_normal(uint64_t key, uint64_t high, uint64_t start, long count, float *out) {
    draw w = {.key = key, .high = high, .start = start, .count = count, .out = out};
    over(normal_task, &w, 4);
}

void fg_random_truncated(uint64_t key, uint64_t high, uint64_t start, long count, float *out) {
    draw w = {.key = key, .high = high, .start = start, .count = count, .out = out};
    over(truncated_task, &w, 4);
}

/* Integers in [least, least + range). */
void fg_random_int(uint64_t key, uint64_t high, uint64_t start, long count, uint64_t least,
                   uint64_t range, int32_t *out) {
    draw w = {key, high, start, count, out, range, least};
    over(integer_task, &w, 4);
}

void fg_random_long(uint64_t key, uint64_t high, uint64_t start, long count, uint64_t least,
                    uint64_t range, int64_t *out) {
    draw w = {key, high, start, count, out, range, least};
    over(long_task, &w, 2);
}
