/* The sums of batch normalisation. Images are (outer, channels, inner): for channels at the end,
   `inner` is 1. Moments are taken about each thread's own mean and merged in order (Chan, Golub and
   LeVeque, 1983).

   A block of 256 threads serves `blockDim.x` channels if they are at the end, else one; the
   grid is (blocks of channels, parts of the elements of a channel). */
struct moments {
    A count, mean, square;
};

__device__ moments merge(moments a, moments b) {
    A total = a.count + b.count;
    if (total == 0) return a;
    A shift = b.mean - a.mean, share = b.count / total;
    return {total, a.mean + shift * share, a.square + b.square + shift * shift * a.count * share};
}

/* The elements of this thread: `step` at a time from `begin`, in steps of `by`. */
#define ELEMENTS \
    long long channel = inner == 1 ? (long long)blockIdx.x * blockDim.x + threadIdx.x : blockIdx.x; \
    int thread = inner == 1 ? threadIdx.y : threadIdx.x; \
    int threads = inner == 1 ? blockDim.y : blockDim.x; \
    int slot = inner == 1 ? threadIdx.y * blockDim.x + threadIdx.x : threadIdx.x; \
    int stride = inner == 1 ? blockDim.x : 1; \
    long long count = outer * inner, begin = blockIdx.y * step; \
    long long end = count - begin < step ? count : begin + step; \
    if (channel >= channels) end = begin;
#define EACH for (long long i = begin + thread; i < end; i += threads)
#define PLACE (inner == 1 ? i * channels + channel : (i / inner * channels + channel) * inner + i % inner)

/* parts: (2, parts, channels), means and sums of squares about them. */
KERNEL(batch_moments)(long long outer, long long channels, long long inner, long long step,
                      const T *x, A *parts) {
    __shared__ moments all[256];
    ELEMENTS
    moments m = {0, 0, 0};
    EACH {
        A value = x[PLACE], shift = value - m.mean;
        m.count += 1;
        m.mean += shift / m.count;
        m.square += shift * (value - m.mean);
    }
    all[slot] = m;
    for (int half = threads / 2; half; half /= 2) {
        __syncthreads();
        if (thread < half) all[slot] = merge(all[slot], all[slot + half * stride]);
    }
    if (thread || channel >= channels) return;
    parts[blockIdx.y * channels + channel] = all[slot].mean;
    parts[(gridDim.y + blockIdx.y) * channels + channel] = all[slot].square;
}

/* Mean, unbiased variance, both again, and y = x * factor + shift. */
KERNEL(batch_moments_end)(long long count, long long channels, long long step, int parts,
                          double epsilon, const A *made, const A *scale, const A *offset, A *mean,
                          A *unbiased, A *mean_again, A *variance, A *factor, A *shift) {
    long long c = thread_number();
    if (c >= channels) return;
    double total = 0, centre = 0, square = 0;
    for (int p = 0; p < parts; p++) {
        double more = count - p * step < step ? count - p * step : step;
        double apart = made[p * channels + c] - centre, all = total + more;
        centre += apart * more / all;
        square += made[(parts + p) * channels + c] + apart * apart * total * more / all;
        total = all;
    }
    mean[c] = mean_again[c] = centre;
    A v = variance[c] = square / total;
    unbiased[c] = square / (total > 1 ? total - 1 : 1);
    A a = scale[c] / sqrt(v + (A)epsilon);
    factor[c] = a;
    shift[c] = offset[c] - (A)centre * a;
}

/* With moments that are given. */
KERNEL(batch_moments_given)(long long channels, double epsilon, const A *scale, const A *offset,
                            const A *given_mean, const A *given_variance, A *mean, A *unbiased,
                            A *mean_again, A *variance, A *factor, A *shift) {
    long long c = thread_number();
    if (c >= channels) return;
    A m = given_mean[c], v = given_variance[c], a = scale[c] / sqrt(v + (A)epsilon);
    mean[c] = mean_again[c] = m;
    unbiased[c] = variance[c] = v;
    factor[c] = a;
    shift[c] = offset[c] - m * a;
}

/* parts: (2, parts, channels), sums of dy and of dy * (x - mean). */
KERNEL(batch_products)(long long outer, long long channels, long long inner, long long step,
                       const T *dy, const T *x, const A *means, A *parts) {
    __shared__ A sums[256], dots[256];
    ELEMENTS
    A sum = 0, dot = 0, mean = channel < channels ? means[channel] : (A)0;
    EACH {
        A value = dy[PLACE];
        sum += value;
        dot += value * ((A)x[PLACE] - mean);
    }
    sums[slot] = sum, dots[slot] = dot;
    for (int half = threads / 2; half; half /= 2) {
        __syncthreads();
        if (thread < half) {
            sums[slot] += sums[slot + half * stride];
            dots[slot] += dots[slot + half * stride];
        }
    }
    if (thread || channel >= channels) return;
    parts[blockIdx.y * channels + channel] = sums[slot];
    parts[(gridDim.y + blockIdx.y) * channels + channel] = dots[slot];
}

/* The gradients of scale and offset, and dx = dy * a + (x - mean) * b + c. */
KERNEL(batch_products_end)(long long count, long long channels, int parts, int is_training,
                           double epsilon, const A *made, const A *scale, const A *variance,
                           A *to_scale, A *to_offset, A *nothing, A *nothing_again, A *a, A *b,
                           A *c) {
    long long i = thread_number();
    if (i == 0) *nothing = *nothing_again = 0;
    if (i >= channels) return;
    double sum = 0, dot = 0;
    for (int p = 0; p < parts; p++) sum += made[p * channels + i];
    for (int p = 0; p < parts; p++) dot += made[(parts + p) * channels + i];
    A inverse = 1 / sqrt(variance[i] + (A)epsilon), factor = scale[i] * inverse;
    A along = (A)dot * inverse;
    to_scale[i] = along;
    to_offset[i] = sum;
    a[i] = factor;
    b[i] = is_training ? -factor * inverse * along / (A)count : (A)0;
    c[i] = is_training ? -factor * (A)sum / (A)count : (A)0;
}
#undef ELEMENTS
#undef EACH
#undef PLACE
