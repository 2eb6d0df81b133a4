/* Reductions of arrays of float and of double. */
#include "dialect.h"

#define CHUNK 16384 /* elements of a task */
#define LANES 32    /* partial results of a row: independent, so that they fill vectors */

enum { SUM, MAXIMUM, MINIMUM };

#define REAL float
#define NAME(f) f##_float
#include "reduction.h"
#undef REAL
#undef NAME

#define REAL double
#define NAME(f) f##_double
#include "reduction.h"
