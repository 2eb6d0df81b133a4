/* Where along the middle axis of (outer, count, inner) the first of the largest (smallest) elements
   lies; a NaN is larger and smaller than all else. */
template <class F> __device__ A along_row(F join, long long count, const T *x) {
    A best = F::template zero<A>();
    for (long long i = threadIdx.x; i < count; i += blockDim.x) best = join(best, (A)x[i]);
    return team_reduce(join, best);
}

__device__ void put(void *out, int is_wide, long long i, long long value) {
    if (is_wide) ((long long *)out)[i] = value;
    else ((int *)out)[i] = (int)value;
}

__device__ bool is_same(A a, A b) { return a == b || (a != a && b != b); }

/* inner == 1: threads of a row work together. */
KERNEL(position_in_row)(long long outer, long long count, int is_smallest, int is_wide, const T *x,
                        void *out) {
    long long row = team_number();
    if (row >= outer) return;
    x += row * count;
    A best = is_smallest ? along_row(smallest_of(), count, x) : along_row(largest_of(), count, x);
    long long first = count;
    for (long long i = threadIdx.x; i < count && first == count; i += blockDim.x)
        if (is_same(x[i], best)) first = i;
    first = team_reduce(smallest_of(), first);
    if (threadIdx.x == 0) put(out, is_wide, row, first);
}

KERNEL(position_in_column)(long long outer, long long count, long long inner, int is_smallest,
                           int is_wide, const T *x, void *out) {
    long long number = thread_number();
    if (number >= outer * inner) return;
    x += number / inner * count * inner + number % inner;
    A best = x[0];
    long long first = 0;
    for (long long i = 1; i < count; i++) {
        A value = x[i * inner];
        bool is_better = is_smallest ? value < best : value > best;
        if (is_better || (value != value && best == best)) best = value, first = i;
    }
    put(out, is_wide, number, first);
}
