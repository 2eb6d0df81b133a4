/* The transpose of a square tile of floats, VL on a side, that fits the registers. */
#ifndef FLOWGRAPH_TILE_H
#define FLOWGRAPH_TILE_H

#include "gemm.h"

typedef int lanes __attribute__((vector_size(4 * VL)));

/* Elements of two rows `s` apart whose column bit `s` differs from their row's change places. */
#define TILE_UPPER(j, s) ((j) & (s) ? VL + (j) - (s) : (j))
#define TILE_LOWER(j, s) ((j) & (s) ? VL + (j) : (j) + (s))
#define TILE_4(of, j, s) of(j, s), of(j + 1, s), of(j + 2, s), of(j + 3, s)
#define TILE_8(of, j, s) TILE_4(of, j, s), TILE_4(of, j + 4, s)
#if VL == 16
#define TILE_LANES(of, s) TILE_8(of, 0, s), TILE_8(of, 8, s)
#elif VL == 8
#define TILE_LANES(of, s) TILE_8(of, 0, s)
#else
#define TILE_LANES(of, s) TILE_4(of, 0, s)
#endif

#if defined(__clang__)
#define TILE_MIX(a, b, of, s) __builtin_shufflevector(a, b, TILE_LANES(of, s))
#else
#define TILE_MIX(a, b, of, s) __builtin_shuffle(a, b, (lanes){TILE_LANES(of, s)})
#endif

#define TILE_EXCHANGE(s) \
    for (int i = 0; i < VL; i++) \
        if (!(i & (s))) { \
            vec upper = rows[i], lower = rows[i + (s)]; \
            rows[i] = TILE_MIX(upper, lower, TILE_UPPER, s); \
            rows[i + (s)] = TILE_MIX(upper, lower, TILE_LOWER, s); \
        }

/* to[j * to_row + i] = from[i * from_row + j] for i and j below VL. */
static inline void fg_transpose_tile(const float *from, long from_row, float *to, long to_row) {
    vec rows[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) rows[i] = load(from + i * from_row);
#pragma GCC unroll 16
    TILE_EXCHANGE(1)
#pragma GCC unroll 16
    TILE_EXCHANGE(2)
#if VL > 4
#pragma GCC unroll 16
    TILE_EXCHANGE(4)
#endif
#if VL > 8
#pragma GCC unroll 16
    TILE_EXCHANGE(8)
#endif
#pragma GCC unroll 16
    for (int j = 0; j < VL; j++) store(to + j * to_row, rows[j]);
}

/* The same for a block of any sizes. */
static inline void fg_transpose_block(long m, long n, const float *from, long from_row, float *to,
                                      long to_row) {
    long whole_m = m / VL * VL, whole_n = n / VL * VL;
    for (long i = 0; i < whole_m; i += VL)
        for (long j = 0; j < whole_n; j += VL)
            fg_transpose_tile(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
    for (long i = 0; i < m; i++)
        for (long j = i < whole_m ? whole_n : 0; j < n; j++)
            to[j * to_row + i] = from[i * from_row + j];
}

#endif
