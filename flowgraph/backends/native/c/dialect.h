/* What generated code may use: types' own elementary functions, written so that the compiler
   turns a loop over them into vector instructions. They are accurate to a few units in the last
   place, and right for zeros, infinities and NaN. */
#ifndef FLOWGRAPH_DIALECT_H
#define FLOWGRAPH_DIALECT_H

#include <stdint.h>

#include "threads.h"

static inline long fg_min(long a, long b) { return a < b ? a : b; }

/* Rows of a task of about `chunk` elements, and how many tasks there are. */
static inline long fg_rows(long length, long chunk) { return length >= chunk ? 1 : chunk / length; }
static inline long fg_tasks(long rows, long length, long chunk) {
    long step = fg_rows(length, chunk);
    return (rows + step - 1) / step;
}

static inline float fg_float(int32_t bits) {
    float x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int32_t fg_float_bits(float x) {
    int32_t bits;
    __builtin_memcpy(&bits, &x, sizeof x);
    return bits;
}

static inline double fg_double(int64_t bits) {
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int64_t fg_double_bits(double x) {
    int64_t bits;
    __builtin_memcpy(&bits, &x, sizeof x);
    return bits;
}

/* exp(x) = 2^n exp(r), with n = round(x / log 2) and |r| <= log(2) / 2; exp(r) - 1 by its series.
   The power is applied in two halves, so that results near the ends of the range come out right. */
static inline float fg_expm1_reduced_f(float r) {
    float p = 1 / 5040.0f;
    p = p * r + 1 / 720.0f;
    p = p * r + 1 / 120.0f;
    p = p * r + 1 / 24.0f;
    p = p * r + 1 / 6.0f;
    p = p * r + 0.5f;
    return p * r * r + r;
}

/* The same with exp(r) by a polynomial whose largest relative error is the least (Remez), and with
   n added to the exponent of exp(r). Results below the normal numbers are zero, as TensorFlow's
   threads make them. */
static inline float fg_exp_f(float x) {
    float limited = x < -87.3365448f ? -87.3365448f : x > 88.7228394f ? 88.7228394f : x;
    float shifted = limited * 1.44269504088896341f + 12582912.0f, n = shifted - 12582912.0f;
    float r = (limited - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 0.00138145394f;
    p = p * r + 0.00836874545f;
    p = p * r + 0.0416683890f;
    p = p * r + 0.166665211f;
    p = p * r + 0.49999994f;
    p = 1 + (p * r * r + r);
    int32_t power = (int32_t)((uint32_t)fg_float_bits(shifted) << 23);
    float y = fg_float(fg_float_bits(p) + power);
    y = x > 88.7228317f ? __builtin_inff() : y;
    return x < -87.3365448f ? 0 : y;
}

static inline float fg_expm1_f(float x) {
    float limited = x < -20 ? -20 : x > 90 ? 90 : x;
    float n = __builtin_rintf(limited * 1.44269504088896341f);
    float r = (limited - n * 0.693359375f) + n * 2.12194440e-4f;
    int32_t i = (int32_t)n, half = i >> 1;
    float a = fg_float((half + 127) << 23), b = fg_float((i - half + 127) << 23);
    float p = fg_expm1_reduced_f(r), y = p * a * b + (a * b - 1);
    y = i == 0 ? p : i > 30 ? (1 + p) * a * b : y;
    return x != x || x == 0 ? x : y;
}

static inline double fg_expm1_reduced_d(double r) {
    double p = 1 / 6227020800.0;
    p = p * r + 1 / 479001600.0;
    p = p * r + 1 / 39916800.0;
    p = p * r + 1 / 3628800.0;
    p = p * r + 1 / 362880.0;
    p = p * r + 1 / 40320.0;
    p = p * r + 1 / 5040.0;
    p = p * r + 1 / 720.0;
    p = p * r + 1 / 120.0;
    p = p * r + 1 / 24.0;
    p = p * r + 1 / 6.0;
    p = p * r + 0.5;
    return p * r * r + r;
}

/* Adding this number rounds to an integer and leaves it in the low bits. */
#define FG_ROUND 6755399441055744.0

static inline double fg_exp_d(double x) {
    double limited = x < -760 ? -760 : x > 720 ? 720 : x;
    double shifted = limited * 1.4426950408889634074 + FG_ROUND, n = shifted - FG_ROUND;
    double r = (limited - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    int64_t i = fg_double_bits(shifted) - fg_double_bits(FG_ROUND), half = i >> 1;
    double y = (1 + fg_expm1_reduced_d(r)) * fg_double((half + 1023) << 52) *
               fg_double((i - half + 1023) << 52);
    return x != x ? x : y;
}

static inline double fg_expm1_d(double x) {
    double limited = x < -50 ? -50 : x > 720 ? 720 : x;
    double shifted = limited * 1.4426950408889634074 + FG_ROUND, n = shifted - FG_ROUND;
    double r = (limited - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    int64_t i = fg_double_bits(shifted) - fg_double_bits(FG_ROUND), half = i >> 1;
    double a = fg_double((half + 1023) << 52), b = fg_double((i - half + 1023) << 52);
    double p = fg_expm1_reduced_d(r), y = p * a * b + (a * b - 1);
    y = i == 0 ? p : i > 60 ? (1 + p) * a * b : y;
    return x != x || x == 0 ? x : y;
}

/* log(m 2^e) = e log 2 + 2 artanh(s), with m in [sqrt(1/2), sqrt(2)) and s = (m - 1) / (m + 1). */
static inline float fg_log_f(float x) {
    int is_small = x < 1.17549435e-38f;
    float scaled = is_small ? x * 33554432.0f : x;
    int32_t bits = fg_float_bits(scaled) - 0x3f3504f3;
    int32_t e = (bits >> 23) - (is_small ? 25 : 0);
    float m = fg_float((bits & 0x007fffff) + 0x3f3504f3);
    float s = (m - 1) / (m + 1), q = s * s, k = (float)e;
    float p = 1 / 9.0f;
    p = p * q + 1 / 7.0f;
    p = p * q + 1 / 5.0f;
    p = p * q + 1 / 3.0f;
    float y = k * 0.693359375f + (2 * s + (2 * s * q * p - k * 2.12194440e-4f));
    y = x == 0 ? -__builtin_inff() : y;
    y = x < 0 ? __builtin_nanf("") : y;
    return x == __builtin_inff() || x != x ? x : y;
}

/* The same for normal positive numbers x 2^-shift. */
static inline double fg_log_normal_d(double x, int64_t shift) {
    int64_t bits = fg_double_bits(x) - 0x3fe6a09e667f3bcdLL;
    int64_t e = (bits >> 52) - shift;
    double m = fg_double((bits & 0x000fffffffffffffLL) + 0x3fe6a09e667f3bcdLL);
    double s = (m - 1) / (m + 1), q = s * s;
    double k = fg_double(e + fg_double_bits(FG_ROUND)) - FG_ROUND;
    double p = 1 / 21.0;
    p = p * q + 1 / 19.0;
    p = p * q + 1 / 17.0;
    p = p * q + 1 / 15.0;
    p = p * q + 1 / 13.0;
    p = p * q + 1 / 11.0;
    p = p * q + 1 / 9.0;
    p = p * q + 1 / 7.0;
    p = p * q + 1 / 5.0;
    p = p * q + 1 / 3.0;
    return k * 6.93147180369123816490e-01 +
           (2 * s + (2 * s * q * p + k * 1.90821492927058770002e-10));
}

static inline double fg_log_d(double x) {
    int64_t is_small = x < 2.2250738585072014e-308;
    double y = fg_log_normal_d(is_small ? x * 18014398509481984.0 : x, is_small ? 54 : 0);
    y = x == 0 ? -__builtin_inf() : y;
    y = x < 0 ? __builtin_nan("") : y;
    return x == __builtin_inf() || x != x ? x : y;
}

/* log(1 + x): what the sum loses of x is added to its logarithm (Kahan). */
static inline float fg_log1p_f(float x) {
    float u = 1 + x, y = fg_log_f(u) + (x - (u - 1)) / u;
    return u == 1 || x == __builtin_inff() ? x : x == -1 ? -__builtin_inff() : y;
}

static inline double fg_log1p_d(double x) {
    double u = 1 + x, y = fg_log_d(u) + (x - (u - 1)) / u;
    return u == 1 || x == __builtin_inf() ? x : x == -1 ? -__builtin_inf() : y;
}

/* tanh(x) = x P(x^2) / Q(x^2) up to 9, where it is 1: the fit of least relative error. */
static inline float fg_tanh_f(float x) {
    float limited = x < -9.01f ? -9.01f : x > 9.01f ? 9.01f : x, z = limited * limited;
    float p = 1.33368525e-08f, q = 7.76928573e-07f;
    p = p * z + 2.05962806e-05f;
    q = q * z + 0.000328436407f;
    p = p * z + 0.00349481171f;
    q = q * z + 0.0258740298f;
    p = p * z + 0.133803725f;
    q = q * z + 0.467136890f;
    p = p * z + 1;
    q = q * z + 1;
    float y = limited * p / q;
    return y < -1 ? -1 : y > 1 ? 1 : y;
}

/* tanh(x) = -t / (t + 2) with t = exp(-2 |x|) - 1. */
static inline double fg_tanh_d(double x) {
    double t = fg_expm1_d(-2 * __builtin_fabs(x));
    return __builtin_copysign(-t / (t + 2), x);
}

#define exp(x) _Generic((x), float: fg_exp_f, default: fg_exp_d)(x)
#define expm1(x) _Generic((x), float: fg_expm1_f, default: fg_expm1_d)(x)
#define log(x) _Generic((x), float: fg_log_f, default: fg_log_d)(x)
#define log1p(x) _Generic((x), float: fg_log1p_f, default: fg_log1p_d)(x)
#define tanh(x) _Generic((x), float: fg_tanh_f, default: fg_tanh_d)(x)
#define sqrt(x) _Generic((x), float: __builtin_sqrtf, default: __builtin_sqrt)(x)
#define fabs(x) _Generic((x), float: __builtin_fabsf, default: __builtin_fabs)(x)
#define floor(x) _Generic((x), float: __builtin_floorf, default: __builtin_floor)(x)
#define ceil(x) _Generic((x), float: __builtin_ceilf, default: __builtin_ceil)(x)
#define rint(x) _Generic((x), float: __builtin_rintf, default: __builtin_rint)(x)

#endif
