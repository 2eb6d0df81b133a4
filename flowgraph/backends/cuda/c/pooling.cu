/* Pooling of images and its gradients. Borders never count; the gradient of a maximum goes to the
   first of the largest elements of its window, or to its first NaN. */
#define SHAPE \
    uint32 images, int in_h, int in_w, uint32 depth, int out_h, int out_w, int kernel_h, \
        int kernel_w, int stride_y, int stride_x, int pad_y, int pad_x

/* The element of an array of images of h x w that a thread serves. */
#define ELEMENT(h, w) \
    uint32 number = blockIdx.x * blockDim.x + threadIdx.x; \
    if (number >= images * h * w * depth) return; \
    uint32 channel = number % depth, rest = number / depth; \
    int column = rest % w, line = rest / w % h; \
    uint32 image = rest / w / h;

/* The window of the output at (line, column), cut at the image's borders. */
#define WINDOW \
    int top = max(line * stride_y - pad_y, 0), left = max(column * stride_x - pad_x, 0); \
    int bottom = min(line * stride_y - pad_y + kernel_h, in_h); \
    int right = min(column * stride_x - pad_x + kernel_w, in_w);

/* The outputs whose windows hold the input at (line, column). */
#define WINDOWS \
    int first_y = max((line + pad_y - kernel_h) / stride_y + (line + pad_y >= kernel_h), 0); \
    int first_x = max((column + pad_x - kernel_w) / stride_x + (column + pad_x >= kernel_w), 0); \
    int last_y = min((line + pad_y) / stride_y, out_h - 1); \
    int last_x = min((column + pad_x) / stride_x, out_w - 1);

KERNEL(pool_largest)(SHAPE, const T *x, T *y) {
    ELEMENT(out_h, out_w)
    WINDOW
    x += image * in_h * in_w * depth + channel;
    A best = limits<A>::lowest();
    for (int i = top; i < bottom; i++)
        for (int j = left; j < right; j++)
            best = largest_of()((A)x[(i * in_w + j) * depth], best);
    y[number] = best;
}

KERNEL(pool_mean)(SHAPE, const T *x, T *y) {
    ELEMENT(out_h, out_w)
    WINDOW
    x += image * in_h * in_w * depth + channel;
    A sum = 0;
    for (int i = top; i < bottom; i++)
        for (int j = left; j < right; j++) sum += (A)x[(i * in_w + j) * depth];
    y[number] = sum / (A)((bottom - top) * (right - left));
}

/* Where in the image the largest element of each window lies. */
KERNEL(pool_winners)(SHAPE, const T *x, int *winners) {
    ELEMENT(out_h, out_w)
    WINDOW
    x += image * in_h * in_w * depth + channel;
    int winner = top * in_w + left;
    A best = x[winner * depth];
    for (int i = top; i < bottom; i++)
        for (int j = left; j < right; j++) {
            A value = x[(i * in_w + j) * depth];
            if (value > best || (value != value && best == best))
                best = value, winner = i * in_w + j;
        }
    winners[number] = winner;
}

KERNEL(pool_largest_gradient)(SHAPE, const int *winners, const T *dy, T *dx) {
    ELEMENT(in_h, in_w)
    WINDOWS
    int place = line * in_w + column;
    A sum = 0;
    for (int i = first_y; i <= last_y; i++)
        for (int j = first_x; j <= last_x; j++) {
            uint32 from = ((image * out_h + i) * out_w + j) * depth + channel;
            if (winners[from] == place) sum += (A)dy[from];
        }
    dx[number] = sum;
}

KERNEL(pool_mean_gradient)(SHAPE, const T *dy, T *dx) {
    ELEMENT(in_h, in_w)
    WINDOWS
    A sum = 0;
    for (int i = first_y; i <= last_y; i++) {
        int high = min(i * stride_y - pad_y + kernel_h, in_h) - max(i * stride_y - pad_y, 0);
        for (int j = first_x; j <= last_x; j++) {
            int wide = min(j * stride_x - pad_x + kernel_w, in_w) - max(j * stride_x - pad_x, 0);
            sum += (A)dy[((image * out_h + i) * out_w + j) * depth + channel] / (A)(high * wide);
        }
    }
    dx[number] = sum;
}
#undef SHAPE
#undef ELEMENT
#undef WINDOW
#undef WINDOWS
