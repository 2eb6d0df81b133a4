/* TensorFlow's random numbers, from the words of Philox. The state is advanced by a launch of its
   own when all numbers have been made. */
/* The lowest bits of a word as a number in [0, 1). */
__device__ float fraction(uint32 word, int bits) {
    return (float)(word & ((1u << bits) - 1)) * __uint_as_float((uint32)(127 - bits) << 23);
}

__device__ double fraction(uint32 upper, uint32 lower) {
    return (double)((uint64)(upper & 0xFFFFF) << 32 | lower) * (1.0 / 4503599627370496.0);
}

/* How many numbers a block of words gives, and these numbers (Box and Muller, 1958). Functions are
   evaluated in double and products never contracted, as on the CPU. */
__device__ void uniforms(random_words w, int bits, float *to) {
    for (int i = 0; i < 4; i++) to[i] = fraction(w.v[i], bits);
}

__device__ void uniforms(random_words w, int, double *to) {
    to[0] = fraction(w.v[0], w.v[1]), to[1] = fraction(w.v[2], w.v[3]);
}

__device__ void normals(random_words w, float *to) {
    for (int i = 0; i < 4; i += 2) {
        float u = fraction(w.v[i], 23);
        float radius = sqrt(__fmul_rn((float)log((double)(u > 1e-7f ? u : 1e-7f)), -2.0f));
        double angle = (float)__dmul_rn(fraction(w.v[i + 1], 23), 6.283185307179586);
        to[i / 2 * 2] = __fmul_rn(radius, (float)sin(angle));
        to[i / 2 * 2 + 1] = __fmul_rn(radius, (float)cos(angle));
    }
}

__device__ void normals(random_words w, double *to) {
    double u = fraction(w.v[0], w.v[1]);
    double radius = sqrt(__dmul_rn(-2.0, log(u > 1e-7 ? u : 1e-7)));
    double angle = __dmul_rn(6.283185307179586, fraction(w.v[2], w.v[3]));
    to[0] = __dmul_rn(radius, sin(angle)), to[1] = __dmul_rn(radius, cos(angle));
}

#define GROUP (16 / (int)sizeof(A))

KERNEL(random_uniform)(long long count, int bits, const uint64 *state, T *out) {
    long long block = thread_number(), first = block * GROUP;
    if (first >= count) return;
    A made[GROUP];
    uniforms(random_words_of(state, block), bits, made);
    for (int i = 0; i < GROUP && first + i < count; i++) out[first + i] = made[i];
}

KERNEL(random_normal)(long long count, const uint64 *state, T *out) {
    long long block = thread_number(), first = block * GROUP;
    if (first >= count) return;
    A made[GROUP];
    normals(random_words_of(state, block), made);
    for (int i = 0; i < GROUP && first + i < count; i++) out[first + i] = made[i];
}

/* A group takes candidates from its own blocks, in order, until it is full. */
KERNEL(random_truncated_normal)(long long count, const uint64 *state, T *out) {
    long long group = thread_number(), first = group * GROUP;
    if (first >= count) return;
    uint64 block = group * GROUP * 64;
    int left = GROUP;
    while (left) {
        A made[GROUP];
        normals(random_words_of(state, block++), made);
        for (int i = 0; i < GROUP && left; i++)
            if (fabs(made[i]) < 2) {
                if (first + GROUP - left < count) out[first + GROUP - left] = made[i];
                left--;
            }
    }
}
#undef GROUP
