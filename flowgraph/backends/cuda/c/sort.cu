/* Keys of rows in ascending order, equal ones as they came. T is the type of the indices; one that
   names no row becomes `limit`, and so comes last. */
#define TILE 2048 /* keys of a block */
#define DIGIT 16

__device__ long long key_of(T index, long long limit) {
    return index < 0 || index >= limit ? limit : (long long)index;
}

/* Few keys: each finds its place by counting those before it. */
KERNEL(sort_by_rank)(int count, long long limit, const T *indices, long long *keys, int *order) {
    __shared__ long long tile[256];
    int i = blockIdx.x * blockDim.x + threadIdx.x, rank = 0;
    long long key = i < count ? key_of(indices[i], limit) : 0;
    for (int first = 0; first < count; first += 256) {
        int j = first + threadIdx.x;
        __syncthreads();
        if (j < count) tile[threadIdx.x] = key_of(indices[j], limit);
        __syncthreads();
        int size = min(256, count - first);
        for (int k = 0; k < size; k++) rank += tile[k] < key || (tile[k] == key && first + k < i);
    }
    if (i < count) keys[rank] = key, order[rank] = i;
}

KERNEL(sort_begin)(int count, long long limit, const T *indices, long long *keys, int *order) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) keys[i] = key_of(indices[i], limit), order[i] = i;
}

/* One digit of a radix sort: how often each value occurs in each block's keys, */
__device__ void count_digits(int count, int shift, const long long *keys, int (*counts)[256]) {
    for (int d = 0; d < DIGIT; d++) counts[d][threadIdx.x] = 0;
    int first = blockIdx.x * TILE + threadIdx.x * (TILE / 256);
    int last = min(first + TILE / 256, count);
    for (int i = first; i < last; i++) counts[keys[i] >> shift & (DIGIT - 1)][threadIdx.x]++;
}

KERNEL(sort_count)(int count, int shift, const long long *keys, int *totals) {
    __shared__ int counts[DIGIT][256];
    count_digits(count, shift, keys, counts);
    __syncthreads();
    if (threadIdx.x >= DIGIT) return;
    int total = 0;
    for (int t = 0; t < 256; t++) total += counts[threadIdx.x][t];
    totals[threadIdx.x * gridDim.x + blockIdx.x] = total;
}

/* where in the result each block's keys of each value begin (one block), */
KERNEL(sort_scan)(int size, int *totals) {
    __shared__ int sums[256];
    int each = (size + 255) / 256, first = threadIdx.x * each, last = min(first + each, size);
    int sum = 0;
    for (int i = first; i < last; i++) sum += totals[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    int before = 0;
    for (int t = 0; t < (int)threadIdx.x; t++) before += sums[t];
    for (int i = first; i < last; i++) {
        int total = totals[i];
        totals[i] = before;
        before += total;
    }
}

/* and each key in its place. */
KERNEL(sort_move)(int count, int shift, const int *begins, const long long *keys, const int *order,
                  long long *to_keys, int *to_order) {
    __shared__ int counts[DIGIT][256];
    count_digits(count, shift, keys, counts);
    __syncthreads();
    if (threadIdx.x < DIGIT) {
        int before = begins[threadIdx.x * gridDim.x + blockIdx.x];
        for (int t = 0; t < 256; t++) {
            int own = counts[threadIdx.x][t];
            counts[threadIdx.x][t] = before;
            before += own;
        }
    }
    __syncthreads();
    int first = blockIdx.x * TILE + threadIdx.x * (TILE / 256);
    int last = min(first + TILE / 256, count);
    for (int i = first; i < last; i++) {
        int to = counts[keys[i] >> shift & (DIGIT - 1)][threadIdx.x]++;
        to_keys[to] = keys[i], to_order[to] = order[i];
    }
}
#undef TILE
#undef DIGIT
