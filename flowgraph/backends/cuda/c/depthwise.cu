/* Convolution of each channel of NHWC images with filters of its own: (kernel_h, kernel_w, depth,
   factor). Output channel c * factor + q is that of channel c with its filter q. */
#define SHAPE \
    int images, int in_h, int in_w, int depth, int out_h, int out_w, int factor, int kernel_h, \
        int kernel_w, int stride_y, int stride_x, int dilation_y, int dilation_x, int pad_y, \
        int pad_x

KERNEL(depthwise)(SHAPE, const T *x, const T *filter, T *y) {
    long long number = thread_number();
    int outputs = depth * factor;
    if (number >= (long long)images * out_h * out_w * outputs) return;
    int output = number % outputs, channel = output / factor;
    long long rest = number / outputs;
    int column = rest % out_w, line = rest / out_w % out_h;
    x += rest / out_w / out_h * in_h * in_w * depth + channel;
    A sum = 0;
    for (int i = 0; i < kernel_h; i++) {
        int from_y = line * stride_y - pad_y + i * dilation_y;
        if (from_y < 0 || from_y >= in_h) continue;
        for (int j = 0; j < kernel_w; j++) {
            int from_x = column * stride_x - pad_x + j * dilation_x;
            if (from_x < 0 || from_x >= in_w) continue;
            sum += (A)x[((long long)from_y * in_w + from_x) * depth] *
                   (A)filter[(i * kernel_w + j) * outputs + output];
        }
    }
    y[number] = sum;
}

KERNEL(depthwise_input)(SHAPE, const T *filter, const T *dy, T *dx) {
    long long number = thread_number();
    int outputs = depth * factor;
    if (number >= (long long)images * in_h * in_w * depth) return;
    int channel = number % depth;
    long long rest = number / depth;
    int column = rest % in_w, line = rest / in_w % in_h;
    dy += rest / in_w / in_h * out_h * out_w * outputs;
    A sum = 0;
    for (int i = 0; i < kernel_h; i++) {
        int y = line + pad_y - i * dilation_y;
        if (y < 0 || y % stride_y || y / stride_y >= out_h) continue;
        for (int j = 0; j < kernel_w; j++) {
            int x = column + pad_x - j * dilation_x;
            if (x < 0 || x % stride_x || x / stride_x >= out_w) continue;
            const T *from = dy + ((long long)(y / stride_y) * out_w + x / stride_x) * outputs;
            for (int q = channel * factor; q < (channel + 1) * factor; q++)
                sum += (A)from[q] * (A)filter[(i * kernel_w + j) * outputs + q];
        }
    }
    dx[number] = sum;
}

/* The sums over a part of the output's places; parts: (parts, kernel_h * kernel_w, outputs). A
   block has WARP outputs and 8 threads for each; the grid is (blocks of outputs, kernel_h *
   kernel_w, parts). */
KERNEL(depthwise_filter)(SHAPE, long long step, const T *x, const T *dy, A *parts) {
    __shared__ A sums[8][WARP];
    int outputs = depth * factor, output = blockIdx.x * WARP + threadIdx.x;
    int i = blockIdx.y / kernel_w, j = blockIdx.y % kernel_w;
    long long count = (long long)images * out_h * out_w, begin = blockIdx.z * step;
    long long end = count - begin < step ? count : begin + step;
    A sum = 0;
    if (output < outputs)
        for (long long place = begin + threadIdx.y; place < end; place += 8) {
            int column = place % out_w, line = place / out_w % out_h;
            int y = line * stride_y - pad_y + i * dilation_y;
            int from = column * stride_x - pad_x + j * dilation_x;
            if (y < 0 || y >= in_h || from < 0 || from >= in_w) continue;
            long long image = place / out_w / out_h;
            sum += (A)dy[place * outputs + output] *
                   (A)x[((image * in_h + y) * in_w + from) * depth + output / factor];
        }
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y || output >= outputs) return;
    for (int t = 1; t < 8; t++) sum += sums[t][threadIdx.x];
    parts[((long long)blockIdx.z * gridDim.y + blockIdx.y) * outputs + output] = sum;
}
#undef SHAPE
