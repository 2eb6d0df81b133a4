/* c = a b for a right factor of fewer than VL columns, whose sums all stay in registers.

   A panel would be mostly empty. Where rows of a lie in memory in one piece, a vector holds VL
   terms of one sum, and VL sums are added up across at the end; where its columns do, a vector
   holds a term of VL sums. */
#include "threads.h"
#include "tile.h"

#define NEAR 4096 /* floats of b that stay in the first cache */

typedef struct {
    const float *a, *b;
    float *c;
    long m, n, k, a_row, a_column, c_row, c_column;
    long height; /* of packed b */
    long step;   /* rows of a task */
} product;

/* How many rows, or vectors of rows, have their sums in registers at once. */
#define GROUP(n) (VL / (n))

/* The sums over the lanes of VL vectors, each in its lane. */
static inline __attribute__((always_inline)) vec across(vec *rows) {
#define FOLD(s) \
    for (int i = 0; i < VL; i += 2 * (s)) \
        rows[i] = TILE_MIX(rows[i], rows[i + (s)], TILE_UPPER, s) + \
                  TILE_MIX(rows[i], rows[i + (s)], TILE_LOWER, s);
#pragma GCC unroll 16
    FOLD(1)
#pragma GCC unroll 16
    FOLD(2)
#if VL > 4
#pragma GCC unroll 16
    FOLD(4)
#endif
#if VL > 8
#pragma GCC unroll 16
    FOLD(8)
#endif
    return rows[0];
}

/* Element (r, j) of the block of c += the product of row r of a and row j of b. */
static inline __attribute__((always_inline)) void dots(
    const int n, const int group, long k, const float *a, long a_row, const float *b, long height,
    float *c, long c_row, long c_column, int adds) {
    vec sums[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) sums[i] = (vec){0};
    long p = 0;
    for (; p + VL <= k; p += VL) {
#pragma GCC unroll 16
        for (int r = 0; r < group; r++) {
            vec x = load(a + r * a_row + p);
#pragma GCC unroll 16
            for (int j = 0; j < n; j++) sums[r * n + j] += x * load(b + j * height + p);
        }
    }
    if (p < k) { /* the last of a row, behind what is counted already */
        lanes left = {0};
#pragma GCC unroll 16
        for (int i = 0; i < VL; i++) left[i] = i < VL - (k - p) ? 0 : -1;
#pragma GCC unroll 16
        for (int r = 0; r < group; r++) {
            vec x = (vec)((lanes)load(a + r * a_row + k - VL) & left);
#pragma GCC unroll 16
            for (int j = 0; j < n; j++) sums[r * n + j] += x * load(b + j * height + p);
        }
    }
    float total[VL];
    store(total, across(sums));
    for (int r = 0; r < group; r++)
        for (int j = 0; j < n; j++) {
            float *to = c + r * c_row + j * c_column;
            *to = adds ? *to + total[r * n + j] : total[r * n + j];
        }
}

/* The same with columns of a, of VL rows each, and b in rows of n. */
static inline __attribute__((always_inline)) void columns(
    const int n, const int group, long k, const float *a, long a_column, const float *b, float *c,
    long c_row, long c_column, long rows) {
    vec sums[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) sums[i] = (vec){0};
    for (long p = 0; p < k; p++, a += a_column, b += n) {
#pragma GCC unroll 16
        for (int r = 0; r < group; r++) {
            vec x = load(a + r * VL);
#pragma GCC unroll 16
            for (int j = 0; j < n; j++) sums[r * n + j] += x * b[j];
        }
    }
    for (int r = 0; r < group; r++)
        for (int j = 0; j < n; j++) {
            float *to = c + r * VL * c_row + j * c_column;
            long count = min_long(VL, rows - r * VL);
            if (c_row == 1 && count == VL) {
                store(to, sums[r * n + j]);
                continue;
            }
            float kept[VL];
            store(kept, sums[r * n + j]);
            for (long i = 0; i < count; i++) to[i * c_row] = kept[i];
        }
}

static inline __attribute__((always_inline)) void dots_of_rows(const int n, const product *w,
                                                               long first, long rows) {
    long depth = NEAR / n / VL * VL;
    for (long p = 0; p < w->k; p += depth) {
        long k = min_long(depth, w->k - p), r = 0;
        const float *a = w->a + first * w->a_row + p;
        float *c = w->c + first * w->c_row;
        for (; r + GROUP(n) <= rows; r += GROUP(n))
            dots(n, GROUP(n), k, a + r * w->a_row, w->a_row, w->b + p, w->height, c + r * w->c_row,
                 w->c_row, w->c_column, p > 0);
        for (; r < rows; r++)
            dots(n, 1, k, a + r * w->a_row, w->a_row, w->b + p, w->height, c + r * w->c_row,
                 w->c_row, w->c_column, p > 0);
    }
}

static inline __attribute__((always_inline)) void columns_of_rows(const int n, const product *w,
                                                                  long first, long rows) {
    const float *a = w->a + first;
    float *c = w->c + first * w->c_row;
    long r = 0, whole = GROUP(n) * VL;
    for (; r + whole <= rows; r += whole)
        columns(n, GROUP(n), w->k, a + r, w->a_column, w->b, c + r * w->c_row, w->c_row,
                w->c_column, whole);
    for (; r + VL <= rows; r += VL)
        columns(n, 1, w->k, a + r, w->a_column, w->b, c + r * w->c_row, w->c_row, w->c_column, VL);
    if (r == rows) return;
    float *rest = fg_scratch(w->k * VL * sizeof(float)); /* what a vector would read is not all a */
    for (long p = 0; p < w->k; p++)
        for (long i = 0; i < VL; i++)
            rest[p * VL + i] = r + i < rows ? a[r + i + p * w->a_column] : 0;
    columns(n, 1, w->k, rest, VL, w->b, c + r * w->c_row, w->c_row, w->c_column, rows - r);
}

static void task(void *context, long index) {
    const product *w = context;
    long first = index * w->step, rows = min_long(w->step, w->m - first);
#define CASE(n) \
    case n: \
        if (w->a_column == 1) dots_of_rows(n, w, first, rows); \
        else columns_of_rows(n, w, first, rows); \
        break;
    switch (w->n) {
        CASE(1) CASE(2) CASE(3)
#if VL > 4
        CASE(4) CASE(5) CASE(6) CASE(7)
#endif
#if VL > 8
        CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) CASE(15)
#endif
    }
}

/* Whether fg_narrow is made for such factors: with rows of a in one piece, or with columns. */
long fg_is_narrow(long n, long k, long in_rows) { return n < VL && (!in_rows || k >= VL); }

/* The rows of packed b: an odd number of cache lines apart, so that they share the cache. */
static long height_of(long k) { return (ceil_div(k, VL) | 1) * VL; }

/* The size in floats of the scratch of fg_narrow. */
long fg_narrow_scratch(long n, long k) { return n * height_of(k); }

/* The columns of b as rows. The last vector of each ends where the column does. */
static void pack_columns(const float *b, long row, long column, long n, long k, float *packed) {
    long whole = k / VL * VL, gap = whole < k ? whole + VL - k : 0;
    for (long j = 0; j < n; j++, b += column, packed += height_of(k)) {
        for (long p = 0; p < whole; p++) packed[p] = b[p * row];
        for (long p = whole; p < whole + gap; p++) packed[p] = 0;
        for (long p = whole; p < k; p++) packed[p + gap] = b[p * row];
    }
}

/* Element (i, p) of a is a[i * a_row + p * a_column], and so for b and c; one of the strides of a
   is 1. */
void fg_narrow(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *scratch, float *c, long c_row, long c_column) {
    product w = {a, scratch, c, m, n, k, a_row, a_column, c_row, c_column, height_of(k), 0};
    if (a_column == 1) pack_columns(b, b_row, b_column, n, k, scratch);
    else if (b_row == n && b_column == 1) w.b = b;
    else
        for (long p = 0; p < k; p++)
            for (long j = 0; j < n; j++) scratch[p * n + j] = b[p * b_row + j * b_column];
    w.step = ceil_div(ceil_div(m, 16), VL) * VL;
    fg_parallel(task, &w, ceil_div(m, w.step));
}
