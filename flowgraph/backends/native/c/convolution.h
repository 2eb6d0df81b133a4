/* What the passes of a convolution know of it, in the order in which the caller lists it. */
#ifndef FLOWGRAPH_CONVOLUTION_H
#define FLOWGRAPH_CONVOLUTION_H

typedef struct {
    long images, in_h, in_w, in_depth, out_h, out_w, out_depth;
    long kernel_h, kernel_w, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x;
} shape;

/* Add `count` arrays of `size` floats to another. */
void fg_merge(float *sum, const float *parts, long count, long size);

/* fg_conv_input for images of few channels. */
void fg_conv_spread(const shape *s, const float *dy, const float *filter, float *packed, float *dx);

/* Convolution of images of few channels: whether it is worth while, y = conv(x, filter) with the
   filter packed by fg_conv_pack, and the gradient with respect to the filter. */
int fg_lines_fit(const shape *s);
void fg_lines(const shape *s, const float *x, const float *packed, float *y);
long fg_lines_filter_scratch(const shape *s);
void fg_lines_filter(const shape *s, const float *x, const float *dy, float *scratch,
                     float *gradient);

#endif
