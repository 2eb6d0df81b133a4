from flowgraph.ops.activation import softplus, softsign
from flowgraph.ops.add_n import accumulate_n, add_n
from flowgraph.ops.arithmetic import (
    add, multiply, multiply_no_nan, negative, scalar_mul, square, squared_difference, subtract,
)
from flowgraph.ops.comparison import (
    approximate_equal, equal, greater, greater_equal, is_finite, is_inf, is_nan, less,
    less_equal, logical_and, logical_not, logical_or, logical_xor, not_equal,
)
from flowgraph.ops.complex_numbers import conj, imag, real
from flowgraph.ops.confusion import confusion_matrix
from flowgraph.ops.division import (
    div_no_nan as divide_no_nan, divide, floordiv, floormod, floormod as mod, truediv,
)
from flowgraph.ops.gathering import unsorted_segment_sum
from flowgraph.ops.magnitude import abs, angle, ceil, floor, maximum, minimum, rint, round, sign
from flowgraph.ops.normalization import l2_normalize
from flowgraph.ops.ranking import argmax, argmin, in_top_k, top_k
from flowgraph.ops.reciprocal import reciprocal, reciprocal_no_nan
from flowgraph.ops.reduction import (
    reduce_all, reduce_any, reduce_euclidean_norm, reduce_max, reduce_mean, reduce_min,
    reduce_prod, reduce_sum,
)
from flowgraph.ops.scan import cumprod, cumsum
from flowgraph.ops.segments import (
    segment_max, segment_mean, segment_min, segment_prod, segment_sum, unsorted_segment_max,
    unsorted_segment_mean, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sqrt_n,
)
from flowgraph.ops.sequences import invert_permutation
from flowgraph.ops.shape_assertions import is_non_decreasing, is_strictly_increasing
from flowgraph.ops.softmax import log_softmax, softmax
from flowgraph.ops.special_functions import (
    betainc, digamma, erf, erfc, igamma, igammac, lbeta, lgamma, polygamma, zeta,
)
from flowgraph.ops.statistics import (
    bincount, count_nonzero, reduce_logsumexp, reduce_std, reduce_variance, zero_fraction,
)
from flowgraph.ops.transcendental import exp, expm1, log, log1p, pow, rsqrt, sigmoid, sqrt, tanh
from flowgraph.ops.trigonometric import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan,
)
from flowgraph.ops.xlogy import xdivy, xlogy

__all__ = [
    "abs", "accumulate_n", "acos", "acosh", "add", "add_n", "angle", "approximate_equal",
    "argmax", "argmin", "asin", "asinh", "atan", "atan2", "atanh", "betainc", "bincount",
    "ceil", "confusion_matrix", "conj", "cos", "cosh", "count_nonzero", "cumprod", "cumsum",
    "digamma", "divide", "divide_no_nan", "equal", "erf", "erfc", "exp", "expm1", "floor",
    "floordiv", "floormod", "greater", "greater_equal", "igamma", "igammac", "imag", "in_top_k",
    "invert_permutation", "is_finite", "is_inf", "is_nan", "is_non_decreasing",
    "is_strictly_increasing", "l2_normalize", "lbeta", "less", "less_equal", "lgamma", "log",
    "log1p", "log_softmax", "logical_and", "logical_not", "logical_or", "logical_xor",
    "maximum", "minimum", "mod", "multiply", "multiply_no_nan", "negative", "not_equal",
    "polygamma", "pow", "real", "reciprocal", "reciprocal_no_nan", "reduce_all", "reduce_any",
    "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min",
    "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "rint", "round", "rsqrt",
    "scalar_mul", "segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum",
    "sigmoid", "sign", "sin", "sinh", "softmax", "softplus", "softsign", "sqrt", "square",
    "squared_difference", "subtract", "tan", "tanh", "top_k", "truediv", "unsorted_segment_max",
    "unsorted_segment_mean", "unsorted_segment_min", "unsorted_segment_prod",
    "unsorted_segment_sqrt_n", "unsorted_segment_sum", "xdivy", "xlogy", "zero_fraction",
    "zeta",
]
