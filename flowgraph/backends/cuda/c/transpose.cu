/* Arrays with their axes permuted. T is a word of an element. */

/* One plane for each index of the axes around it: from (rows, columns) to (columns, rows). The
   columns lie together in x, the rows in y; other strides are given. */
#define SIDE 32
KERNEL(transpose_planes)(long long rows, long long columns, long long row_stride,
                         long long column_stride, long long n0, long long n1, long long x0,
                         long long x1, long long x2, long long y0, long long y1, long long y2,
                         const T *x, T *y) {
    __shared__ T tile[SIDE][SIDE + 1];
    long long across = (columns + SIDE - 1) / SIDE, down = (rows + SIDE - 1) / SIDE;
    long long plane = blockIdx.x / (across * down), place = blockIdx.x % (across * down);
    long long column = place % across * SIDE, row = place / across * SIDE;
    long long i0 = plane % n0, i1 = plane / n0 % n1, i2 = plane / n0 / n1;
    x += i0 * x0 + i1 * x1 + i2 * x2, y += i0 * y0 + i1 * y1 + i2 * y2;
    for (int i = threadIdx.y; i < SIDE; i += blockDim.y)
        if (row + i < rows && column + threadIdx.x < columns)
            tile[i][threadIdx.x] = x[(row + i) * row_stride + column + threadIdx.x];
    __syncthreads();
    for (int i = threadIdx.y; i < SIDE; i += blockDim.y)
        if (column + i < columns && row + threadIdx.x < rows)
            y[(column + i) * column_stride + row + threadIdx.x] = tile[threadIdx.x][i];
}
#undef SIDE

/* Any order: a thread for each element of y, whose axes have these lengths, and these strides in
   x. */
KERNEL(transpose_any)(long long count, long long n1, long long n2, long long n3, long long n4,
                      long long n5, long long s0, long long s1, long long s2, long long s3,
                      long long s4, long long s5, const T *x, T *y) {
    long long number = thread_number();
    if (number >= count) return;
    long long rest = number, from = rest % n5 * s5;
    rest /= n5, from += rest % n4 * s4;
    rest /= n4, from += rest % n3 * s3;
    rest /= n3, from += rest % n2 * s2;
    rest /= n2, from += rest % n1 * s1 + rest / n1 * s0;
    y[number] = x[from];
}
