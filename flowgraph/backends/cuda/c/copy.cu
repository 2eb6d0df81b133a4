/* Copies between regions of arrays. T is a word of an element. */

/* A thread for each element of the region: its axes have these lengths, and these strides in x and
   y. A stride may be negative, or in x zero. */
KERNEL(copy)(long long count, long long n1, long long n2, long long n3, long long n4, long long n5,
             long long s0, long long s1, long long s2, long long s3, long long s4, long long s5,
             long long t0, long long t1, long long t2, long long t3, long long t4, long long t5,
             const T *x, T *y) {
    long long number = thread_number();
    if (number >= count) return;
    long long rest = number, i = rest % n5, from = i * s5, to = i * t5;
    rest /= n5, i = rest % n4, from += i * s4, to += i * t4;
    rest /= n4, i = rest % n3, from += i * s3, to += i * t3;
    rest /= n3, i = rest % n2, from += i * s2, to += i * t2;
    rest /= n2, i = rest % n1, from += i * s1 + rest / n1 * s0, to += i * t1 + rest / n1 * t0;
    y[to] = x[from];
}

/* One of two values at each index of (outer, depth, inner): the first where it is `indices`. */
KERNEL(one_hot)(long long outer, long long depth, long long inner, int is_wide,
                const void *indices, const T *on, const T *off, T *y) {
    long long number = thread_number();
    if (number >= outer * depth * inner) return;
    long long i = number % inner, row = number / inner;
    y[number] = index_at(indices, is_wide, row / depth * inner + i) == row % depth ? *on : *off;
}
