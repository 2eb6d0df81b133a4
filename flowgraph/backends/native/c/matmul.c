/* c = a b for float matrices of any strides, and for batches of them, in blocks over the pool.

   Blocks of both factors are packed near the processor. Where many blocks of rows would pack the
   same part of b again, b is packed as a whole first. */
#include "gemm.h"
#include "threads.h"

#define ROWS (20 * MR)  /* of a block of a */
#define COLUMNS 256     /* of a block of b */
#define DEPTH 320
#define LEAST_WORK (1L << 19) /* multiplications of a task of a batch, about */
#define SHARED_WORK (1L << 20) /* of a block, if a product is cut for the threads' sake */

typedef struct {
    const float *a, *b, *total; /* what the product is added to, if not null */
    float *c, *packed;
    long m, n, k, a_row, a_column, b_row, b_column;
    long rows, columns, column_blocks; /* of a block; how many blocks side by side */
    long batch, blocks;                /* how many products; how many blocks each has */
    const long *a_at, *b_at;           /* where the factors of each start, if there are several */
} product;

/* Cut the result in blocks of like sizes: as large as the cache holds, but enough of them for the
   threads. A product of some ten microseconds stays with the thread that asks for it, which would
   lose more where another one is held up than it can gain. */
static void cut(product *w) {
    long across = ceil_div(w->n, COLUMNS), down = ceil_div(w->m, ROWS);
    double work = (double)w->batch * w->m * w->n * w->k;
    while (w->batch * across * down < 8 && work > 2 * SHARED_WORK * w->batch * across * down) {
        int is_wide = ceil_div(w->n, across) > 2 * NR, is_high = ceil_div(w->m, down) > 5 * MR;
        if (is_wide || (!is_high && ceil_div(w->n, across) > NR)) across++;
        else if (is_high) down++;
        else break;
    }
    w->columns = ceil_div(ceil_div(w->n, across), NR) * NR;
    w->rows = ceil_div(ceil_div(w->m, down), MR) * MR;
    w->column_blocks = ceil_div(w->n, w->columns);
    w->blocks = ceil_div(w->m, w->rows) * w->column_blocks;
}

static int is_packed_first(long m) { return m > 2 * ROWS; }

/* Rows of a in groups of MR, each with its elements for one p side by side. */
static void pack_rows(const float *a, long row, long column, long m, long k, float *packed) {
    if (column == 1) {
        for (long i = 0; i < m; i += MR, a += MR * row, packed += MR * k) {
            long rows = min_long(MR, m - i);
            for (long r = 0; r < rows; r++)
                for (long p = 0; p < k; p++) packed[p * rows + r] = a[r * row + p];
        }
        return;
    }
    for (long p = 0; p < k; p++, a += column)
        for (long i = 0; i < m; i += MR) {
            long rows = min_long(MR, m - i);
            float *to = packed + i * k + p * rows;
            for (long r = 0; r < rows; r++) to[r] = a[(i + r) * row];
        }
}

/* Whether rows of a can be read where they are: not if they all fall on the same cache lines, nor
   if each element is in a page of its own. */
static int is_read_in_place(const product *w) {
    return w->a_column == 1 ? w->a_row % 1024 != 0 : w->a_row == 1 && w->a_column < 512;
}

static void product_task(void *context, long index) {
    const product *w = context;
    long i = index / w->column_blocks * w->rows, j = index % w->column_blocks * w->columns;
    long rows = min_long(w->rows, w->m - i), columns = min_long(w->columns, w->n - j);
    float *own_a = fg_scratch((ROWS * DEPTH + DEPTH * COLUMNS) * sizeof(float));
    float *own_b = own_a + ROWS * DEPTH;
    if (w->total && w->total != w->c)
        for (long r = 0; r < rows; r++)
            __builtin_memcpy(w->c + (i + r) * w->n + j, w->total + (i + r) * w->n + j,
                             columns * sizeof(float));
    for (long p = 0; p < w->k; p += DEPTH) {
        long depth = min_long(DEPTH, w->k - p);
        const float *b = own_b;
        long height = depth;
        if (w->packed) b = w->packed + j * w->k + p * NR, height = w->k;
        else
            fg_pack(w->b + p * w->b_row + j * w->b_column, w->b_row, w->b_column, depth, columns,
                    own_b);
        const float *a = w->a + i * w->a_row + p * w->a_column;
        float *c = w->c + i * w->n + j;
        if (is_read_in_place(w)) {
            fg_block(rows, columns, depth, a, w->a_row, w->a_column, b, height, c, w->n, p > 0 || w->total);
            continue;
        }
        pack_rows(a, w->a_row, w->a_column, rows, depth, own_a);
        for (long n = 0; n < columns; n += NR)
            for (long r = 0; r < rows; r += MR) {
                long count = min_long(MR, rows - r);
                fg_block(count, min_long(NR, columns - n), depth, own_a + r * depth, 1, count,
                         b + n * height, height, c + r * w->n + n, w->n, p > 0 || w->total);
            }
    }
}

static void pack_task(void *context, long index) {
    const product *w = context;
    long j = index * NR;
    fg_pack(w->b + j * w->b_column, w->b_row, w->b_column, w->k, min_long(NR, w->n - j),
            w->packed + j * w->k);
}

/* The size in floats of the scratch of fg_matmul. */
long fg_matmul_scratch(long m, long n, long k) { return is_packed_first(m) ? packed_size(k, n) : 0; }

/* c = total + a b. Element (i, p) of a is a[i * a_row + p * a_column], and so for b; total, which
   may be null or c itself, and c are in C order. */
void fg_matmul(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *scratch, const float *total, float *c) {
    product w = {.a = a, .b = b, .total = total, .c = c, .m = m, .n = n, .k = k, .a_row = a_row,
                 .a_column = a_column, .b_row = b_row, .b_column = b_column, .batch = 1};
    cut(&w);
    if (is_packed_first(m)) {
        w.packed = scratch;
        fg_parallel(pack_task, &w, ceil_div(n, NR));
    }
    fg_parallel(product_task, &w, w.blocks);
}

/* Factors that several products share are packed once, in memory of this size in floats. */
long fg_packed_size(long k, long n) { return packed_size(k, n); }

void fg_pack_factor(long k, long n, const float *b, long b_row, long b_column, float *packed) {
    product w = {.b = b, .packed = packed, .n = n, .k = k, .b_row = b_row, .b_column = b_column};
    fg_parallel(pack_task, &w, ceil_div(n, NR));
}

void fg_matmul_packed(long m, long n, long k, const float *a, long a_row, long a_column,
                      float *packed, const float *total, float *c) {
    product w = {.a = a, .total = total, .c = c, .packed = packed, .m = m, .n = n, .k = k, .a_row = a_row,
                 .a_column = a_column, .batch = 1};
    cut(&w);
    fg_parallel(product_task, &w, w.blocks);
}

/* How many blocks of a batch are one task: many, if they are small. */
static long blocks_of_task(const product *w) {
    long work = min_long(w->rows, w->m) * min_long(w->columns, w->n) * w->k;
    return work >= LEAST_WORK ? 1 : LEAST_WORK / work;
}

static void batch_task(void *context, long index) {
    const product *w = context;
    long each = blocks_of_task(w), end = min_long((index + 1) * each, w->batch * w->blocks);
    for (long i = index * each; i < end; i++) {
        product one = *w;
        long which = i / w->blocks;
        one.a += w->a_at[which], one.b += w->b_at[which], one.c += which * w->m * w->n;
        product_task(&one, i % w->blocks);
    }
}

/* The same for each of a batch of products, whose factors start at a + a_at[i] and b + b_at[i]. */
void fg_batch_matmul(long batch, const long *a_at, const long *b_at, long m, long n, long k,
                     const float *a, long a_row, long a_column, const float *b, long b_row,
                     long b_column, float *c) {
    product w = {.a = a, .b = b, .c = c, .m = m, .n = n, .k = k, .a_row = a_row,
                 .a_column = a_column, .b_row = b_row, .b_column = b_column, .batch = batch,
                 .a_at = a_at, .b_at = b_at};
    cut(&w);
    fg_parallel(batch_task, &w, ceil_div(batch * w.blocks, blocks_of_task(&w)));
}
