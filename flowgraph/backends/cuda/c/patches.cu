/* Convolution of NHWC images as products of matrices: the patches under the filter as rows, and
   their gradients added up where they came from. */
#define SHAPE \
    int images, int in_h, int in_w, int depth, int out_h, int out_w, int kernel_h, int kernel_w, \
        int stride_y, int stride_x, int dilation_y, int dilation_x, int pad_y, int pad_x

/* patches: (images, out_h, out_w, kernel_h, kernel_w, depth). */
KERNEL(patches)(SHAPE, const T *x, T *patches) {
    long long number = thread_number();
    long long total = (long long)images * out_h * out_w * kernel_h * kernel_w * depth;
    if (number >= total) return;
    int channel = number % depth;
    long long rest = number / depth;
    int j = rest % kernel_w, i = rest / kernel_w % kernel_h;
    rest /= kernel_w * kernel_h;
    int column = rest % out_w, line = rest / out_w % out_h;
    long long image = rest / out_w / out_h;
    int from_y = line * stride_y - pad_y + i * dilation_y;
    int from_x = column * stride_x - pad_x + j * dilation_x;
    bool is_inside = from_y >= 0 && from_y < in_h && from_x >= 0 && from_x < in_w;
    patches[number] =
        is_inside ? x[((image * in_h + from_y) * in_w + from_x) * depth + channel] : T(0);
}

/* Each element of dx adds up what every patch that holds it has for it. */
KERNEL(patches_gradient)(SHAPE, const T *patches, T *dx) {
    long long number = thread_number();
    if (number >= (long long)images * in_h * in_w * depth) return;
    int channel = number % depth;
    long long rest = number / depth;
    int column = rest % in_w, line = rest / in_w % in_h;
    long long image = rest / in_w / in_h;
    A sum = 0;
    for (int i = 0; i < kernel_h; i++) {
        int y = line + pad_y - i * dilation_y;
        if (y < 0 || y % stride_y || y / stride_y >= out_h) continue;
        for (int j = 0; j < kernel_w; j++) {
            int x = column + pad_x - j * dilation_x;
            if (x < 0 || x % stride_x || x / stride_x >= out_w) continue;
            long long patch = (image * out_h + y / stride_y) * out_w + x / stride_x;
            sum += (A)patches[((patch * kernel_h + i) * kernel_w + j) * depth + channel];
        }
    }
    dx[number] = sum;
}
#undef SHAPE
