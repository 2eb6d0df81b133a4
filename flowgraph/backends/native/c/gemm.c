#include "gemm.h"
#include "tile.h"

#define K_BLOCK 320 /* a panel of so many rows stays in the first cache */

void fg_pack(const float *b, long row, long column, long k, long n, float *packed) {
    for (long j = 0; j < n; j += NR, packed += NR * k) {
        long width = min_long(NR, n - j);
        const float *from = b + j * column;
        if (row == 1) fg_transpose_block(width, k, from, column, packed, NR);
        else if (column == 1 && width == NR)
            for (long p = 0; p < k; p++) {
                store(packed + p * NR, load(from + p * row));
                store(packed + p * NR + VL, load(from + p * row + VL));
            }
        else
            for (long p = 0; p < k; p++)
                for (long i = 0; i < width; i++) packed[p * NR + i] = from[p * row + i * column];
        for (long p = 0; width < NR && p < k; p++)
            for (long i = width; i < NR; i++) packed[p * NR + i] = 0;
    }
}

/* Where the elements of a are: (i, p) at i * row + p * column or, with a table of rows or of
   columns, at what that says instead of the product. */
typedef struct {
    long row, column;
    const long *rows, *columns;
} places;

/* `rows` rows of one panel. The count is a constant at each call, so that the sums stay in
   registers. */
static inline __attribute__((always_inline)) void rows_of_panel(
    const int rows, long k, const float *a, const places *at, const float *b, float *c, long ldc,
    long width, int adds) {
    long row = at->row, column = at->column;
    const long *row_table = at->rows, *column_table = at->columns;
    vec sums[MR][2];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = (vec){0};
    for (long p = 0; p < k; p++, b += NR) {
        vec b0 = load(b), b1 = load(b + VL);
        const float *own = column_table ? a + column_table[p] : a + p * column;
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            float x = row_table ? own[row_table[i]] : own[i * row];
            sums[i][0] += x * b0;
            sums[i][1] += x * b1;
        }
    }
    if (width == NR) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++, c += ldc) {
            store(c, adds ? load(c) + sums[i][0] : sums[i][0]);
            store(c + VL, adds ? load(c + VL) + sums[i][1] : sums[i][1]);
        }
        return;
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++, c += ldc) {
        float kept[NR];
        store(kept, sums[i][0]);
        store(kept + VL, sums[i][1]);
        for (long j = 0; j < width; j++) c[j] = adds ? c[j] + kept[j] : kept[j];
    }
}

static inline __attribute__((always_inline)) void panel(
    long m, long k, const float *a, places at, const float *b, float *c, long ldc, long width,
    int adds) {
    for (; m >= MR; m -= MR, c += MR * ldc) {
        rows_of_panel(MR, k, a, &at, b, c, ldc, width, adds);
        if (at.rows) at.rows += MR;
        else a += MR * at.row;
    }
#define REST(n) \
    case n: \
        rows_of_panel(n, k, a, &at, b, c, ldc, width, adds); \
        break;
    switch (m) {
        REST(1) REST(2) REST(3) REST(4) REST(5)
#if MR > 6
        REST(6) REST(7) REST(8) REST(9) REST(10) REST(11)
#endif
    }
}

static inline __attribute__((always_inline)) void block(
    long m, long n, long k, const float *a, places at, const float *packed, long height, float *c,
    long ldc, int adds) {
    for (long p = 0; p < k; p += K_BLOCK, adds = 1) {
        long depth = min_long(K_BLOCK, k - p);
        for (long j = 0; j < n; j += NR)
            panel(m, depth, a, at, packed + j * height + p * NR, c + j, ldc, min_long(NR, n - j),
                  adds);
        if (at.columns) at.columns += depth;
        else a += depth * at.column;
    }
}

void fg_block(long m, long n, long k, const float *a, long row, long column, const float *packed,
              long height, float *c, long ldc, int adds) {
    block(m, n, k, a, (places){row, column, 0, 0}, packed, height, c, ldc, adds);
}

void fg_block_of_columns(long m, long n, long k, const float *a, long row, const long *columns,
                         const float *packed, long height, float *c, long ldc, int adds) {
    block(m, n, k, a, (places){row, 0, 0, columns}, packed, height, c, ldc, adds);
}

void fg_block_of_rows(long m, long n, long k, const float *a, const long *rows, long column,
                      const float *packed, long height, float *c, long ldc, int adds) {
    block(m, n, k, a, (places){0, column, rows, 0}, packed, height, c, ldc, adds);
}
