/* The greatest elements of each row, in order: of equals the first, and a NaN before all else. */
__device__ __forceinline__ bool comes_before(A a, long long i, A b, long long j) {
    bool a_is_nan = a != a, b_is_nan = b != b;
    if (a_is_nan != b_is_nan) return a_is_nan;
    return a > b || ((a == b || a_is_nan) && i < j);
}

/* A block of 256 threads for each row finds one after another. */
KERNEL(top_k)(long long count, long long k, const T *x, T *values, int *places) {
    __shared__ A best[256];
    __shared__ long long where[256];
    int thread = threadIdx.x;
    x += blockIdx.x * count;
    A last = 0;
    long long at = -1;
    for (long long n = 0; n < k; n++) {
        A value = 0;
        long long found = -1;
        for (long long i = thread; i < count; i += blockDim.x) {
            A candidate = x[i];
            if (n && !comes_before(last, at, candidate, i)) continue;
            if (found < 0 || comes_before(candidate, i, value, found)) value = candidate, found = i;
        }
        best[thread] = value, where[thread] = found;
        for (int half = blockDim.x / 2; half; half /= 2) {
            __syncthreads();
            int other = thread + half;
            if (thread < half && where[other] >= 0 &&
                (where[thread] < 0 ||
                 comes_before(best[other], where[other], best[thread], where[thread])))
                best[thread] = best[other], where[thread] = where[other];
        }
        __syncthreads();
        last = best[0], at = where[0];
        if (thread == 0) {
            values[blockIdx.x * k + n] = x[at];
            places[blockIdx.x * k + n] = (int)at;
        }
        __syncthreads();
    }
}
