/* Products of small blocks of float matrices, with the right factor packed in panels. */
#ifndef FLOWGRAPH_GEMM_H
#define FLOWGRAPH_GEMM_H

#if defined(__AVX512F__)
#define VL 16
#define MR 12
#elif defined(__AVX__)
#define VL 8
#define MR 6
#else
#define VL 4
#define MR 6
/* The same with element (i, p) of a at i * row + columns[p], or at rows[i] + p * column. */
void fg_block_of_columns(long m, long n, long k, const float *a, long row, const long *columns,
                         const float *packed, long height, float *c, long ldc, int adds);
void fg_block_of_rows(long m, long n, long k, const float *a, const long *rows, long column,
                      const float *packed, long height, float *c, long ldc, int adds);

#endif
#define NR (2 * VL) /* the width of a panel */

typedef float vec __attribute__((vector_size(4 * VL)));
typedef float loose __attribute__((vector_size(4 * VL), aligned(4), may_alias));

static inline vec load(const float *p) { return *(const loose *)p; }
static inline void store(float *p, vec v) { *(loose *)p = v; }

static inline long ceil_div(long a, long b) { return (a + b - 1) / b; }
static inline long min_long(long a, long b) { return a < b ? a : b; }

/* The size in floats of a packed (k, n) matrix. */
static inline long packed_size(long k, long n) { return k * ceil_div(n, NR) * NR; }

/* Pack b, whose element (p, j) is b[p * row + j * column], in panels of NR columns, zeros added. */
void fg_pack(const float *b, long row, long column, long k, long n, float *packed);

/* c[i, j] = (adds ? c[i, j] : 0) + sum over p of a[i * row + p * column] * b[p, j]
   for an (m, k) block a and the first k rows of a packed (height, n) matrix b; c has rows `ldc`
   apart. */
void fg_block(long m, long n, long k, const float *a, long row, long column, const float *packed,
              long height, float *c, long ldc, int adds);

/* The same with element (i, p) of a at i * row + columns[p], or at rows[i] + p * column. */
void fg_block_of_columns(long m, long n, long k, const float *a, long row, const long *columns,
                         const float *packed, long height, float *c, long ldc, int adds);
void fg_block_of_rows(long m, long n, long k, const float *a, const long *rows, long column,
                      const float *packed, long height, float *c, long ldc, int adds);

#endif
