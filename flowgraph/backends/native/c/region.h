/* What the code of a region may use beside the dialect: scalar code, where a call is no loss. */
#ifndef FLOWGRAPH_REGION_H
#define FLOWGRAPH_REGION_H

#include "dialect.h"

#define sin(x) _Generic((x), float: __builtin_sinf, default: __builtin_sin)(x)
#define cos(x) _Generic((x), float: __builtin_cosf, default: __builtin_cos)(x)
#define tan(x) _Generic((x), float: __builtin_tanf, default: __builtin_tan)(x)
#define asin(x) _Generic((x), float: __builtin_asinf, default: __builtin_asin)(x)
#define acos(x) _Generic((x), float: __builtin_acosf, default: __builtin_acos)(x)
#define atan(x) _Generic((x), float: __builtin_atanf, default: __builtin_atan)(x)
#define sinh(x) _Generic((x), float: __builtin_sinhf, default: __builtin_sinh)(x)
#define cosh(x) _Generic((x), float: __builtin_coshf, default: __builtin_cosh)(x)
#define asinh(x) _Generic((x), float: __builtin_asinhf, default: __builtin_asinh)(x)
#define acosh(x) _Generic((x), float: __builtin_acoshf, default: __builtin_acosh)(x)
#define atanh(x) _Generic((x), float: __builtin_atanhf, default: __builtin_atanh)(x)
#define erf(x) _Generic((x), float: __builtin_erff, default: __builtin_erf)(x)
#define erfc(x) _Generic((x), float: __builtin_erfcf, default: __builtin_erfc)(x)
#define atan2(y, x) _Generic((x), float: __builtin_atan2f, default: __builtin_atan2)(y, x)
#define pow(x, y) _Generic((x), float: __builtin_powf, default: __builtin_pow)(x, y)
#define fmod(x, y) _Generic((x), float: __builtin_fmodf, default: __builtin_fmod)(x, y)

/* A product of one step and a sum of the next are rounded each, as where steps run one by one. */
#if defined(__x86_64__) || defined(__i386__)
#define FG_SETTLE(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__)
#define FG_SETTLE(x) __asm__("" : "+w"(x))
#else
#define FG_SETTLE(x) __asm__("" : "+m"(x))
#endif
#define FG_SETTLE_MEMORY __asm__("" : : : "memory")

/* x * y + z, rounded once where the machine has an instruction for that. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define fg_fma(x, y, z) _Generic((x), float: __builtin_fmaf, default: __builtin_fma)(x, y, z)
#else
#define fg_fma(x, y, z) ((x) * (y) + (z))
#endif

/* Integers wrap around; a division by zero, or a negative power, is a fault. */
#define FG_INTEGER(T, U) \
    static inline T fg_truncate_div_##T(T x, T y, int *fault) { \
        if (!y) *fault = 1; \
        return !y ? 0 : y == -1 ? (T)(0 - (U)x) : x / y; \
    } \
    static inline T fg_truncate_mod_##T(T x, T y, int *fault) { \
        if (!y) *fault = 1; \
        return !y || y == -1 ? 0 : x % y; \
    } \
    static inline T fg_floor_mod_##T(T x, T y, int *fault) { \
        T rest = fg_truncate_mod_##T(x, y, fault); \
        return rest && (rest < 0) != (y < 0) ? rest + y : rest; \
    } \
    static inline T fg_floor_div_##T(T x, T y, int *fault) { \
        T quotient = fg_truncate_div_##T(x, y, fault), rest = fg_truncate_mod_##T(x, y, fault); \
        return rest && (rest < 0) != (y < 0) ? quotient - 1 : quotient; \
    } \
    static inline T fg_pow_##T(T x, T y, int *fault) { \
        U power = 1, base = (U)x; \
        if (y < 0) *fault = 1; \
        for (; y > 0; y >>= 1, base *= base) \
            if (y & 1) power *= base; \
        return (T)power; \
    } \
    static inline int fg_shift_##T(T y) { \
        T most = 8 * sizeof(T) - 1; \
        return (int)(y < 0 ? 0 : y > most ? most : y); \
    } \
    static inline T fg_left_shift_##T(T x, T y) { return (T)((U)x << fg_shift_##T(y)); } \
    static inline T fg_right_shift_##T(T x, T y) { return x >> fg_shift_##T(y); }

FG_INTEGER(int, unsigned)
FG_INTEGER(long, unsigned long)

#define FG_REAL(T, copysign) \
    static inline T fg_truncate_div_##T(T x, T y, int *fault) { return x / y; } \
    static inline T fg_truncate_mod_##T(T x, T y, int *fault) { return fmod(x, y); } \
    static inline T fg_floor_div_##T(T x, T y, int *fault) { return floor(x / y); } \
    static inline T fg_floor_mod_##T(T x, T y, int *fault) { \
        T rest = fmod(x, y); \
        if (!y) return rest; \
        return rest == 0 ? copysign(0, y) : (rest < 0) != (y < 0) ? rest + y : rest; \
    } \
    static inline T fg_pow_##T(T x, T y, int *fault) { return pow(x, y); }

FG_REAL(float, __builtin_copysignf)
FG_REAL(double, __builtin_copysign)

#endif
