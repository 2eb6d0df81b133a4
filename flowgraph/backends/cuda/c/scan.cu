/* Running sums and products along the middle axis of (outer, count, inner). */

/* Where the element of a place in the order of the scan lies. */
__device__ __forceinline__ long long scanned(long long place, long long count, int is_reverse) {
    return is_reverse ? count - 1 - place : place;
}

__device__ __forceinline__ A next_total(A total, A value, int is_product) {
    return is_product ? total * value : total + value;
}

/* Elements from `begin` to `end`, with the total of those before. */
__device__ void scan_part(long long begin, long long end, long long count, long long inner,
                          int is_product, int is_exclusive, int is_reverse, A total, const T *x,
                          T *y) {
    for (long long place = begin; place < end; place++) {
        long long i = scanned(place, count, is_reverse) * inner;
        A after = next_total(total, x[i], is_product);
        y[i] = is_exclusive ? total : after;
        total = after;
    }
}

/* Many rows: a thread for each. */
KERNEL(scan_rows)(long long outer, long long count, long long inner, int is_product,
                  int is_exclusive, int is_reverse, const T *x, T *y) {
    long long number = thread_number();
    if (number >= outer * inner) return;
    long long first = number / inner * count * inner + number % inner;
    scan_part(0, count, count, inner, is_product, is_exclusive, is_reverse, is_product ? 1 : 0,
              x + first, y + first);
}

/* Few long rows: a block for each, whose threads take parts of it. */
KERNEL(scan_parts)(long long outer, long long count, long long inner, int is_product,
                   int is_exclusive, int is_reverse, const T *x, T *y) {
    __shared__ A totals[256];
    long long first = blockIdx.x / inner * count * inner + blockIdx.x % inner;
    long long step = (count + blockDim.x - 1) / blockDim.x, begin = threadIdx.x * step;
    long long end = count - begin < step ? count : begin + step;
    x += first, y += first;
    A total = is_product ? 1 : 0;
    for (long long place = begin; place < end; place++)
        total = next_total(total, x[scanned(place, count, is_reverse) * inner], is_product);
    totals[threadIdx.x] = total;
    __syncthreads();
    total = is_product ? 1 : 0;
    for (int t = 0; t < (int)threadIdx.x; t++) total = next_total(total, totals[t], is_product);
    scan_part(begin, end, count, inner, is_product, is_exclusive, is_reverse, total, x, y);
}
