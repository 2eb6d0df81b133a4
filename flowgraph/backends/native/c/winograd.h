/* What the two files of Winograd's algorithm share. See winograd.c. */
#ifndef FLOWGRAPH_WINOGRAD_H
#define FLOWGRAPH_WINOGRAD_H

#include "convolution.h"

#define POINTS 36 /* of a tile: 6x6 */

/* The filter's gradient from that of its transform: G'[sums]G. */
void fg_winograd_filter_back(const shape *s, const float *sums, float *gradient);

#endif
