/* The slices of x: (outer, limit, inner) that indices name along the middle axis; zeros for an
   index that names none. T is a word of a slice. */
KERNEL(gather)(long long outer, long long count, long long limit, long long inner, int is_wide,
               const void *indices, const T *x, T *y) {
    long long number = thread_number();
    if (number >= outer * count * inner) return;
    long long i = number % inner, row = number / inner;
    long long index = index_at(indices, is_wide, row % count);
    bool is_there = index >= 0 && index < limit;
    y[number] = is_there ? x[(row / count * limit + index) * inner + i] : (T)0;
}
