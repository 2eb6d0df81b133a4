"""Pooling. The reference is a loop over windows."""

from itertools import product

import numpy as np

from flowgraph.errors import InvalidArgumentError, UnimplementedError
from flowgraph.ops.pooling import (
    AvgPool,
    AvgPoolGrad,
    MaxPool,
    MaxPoolGrad,
    MaxPoolGradGrad,
    avg_pool,
    max_pool,
    max_pool1d,
)
from tests.conformance.entry import Bad, Entry, Sample

RANDOM = np.random.default_rng(8)


def distinct(*shape, dtype=np.float32):
    """Values far enough apart that no step of a gradient check changes their order."""
    count = int(np.prod(shape))
    return (RANDOM.permutation(count).reshape(shape) / 8 - 2).astype(dtype)


def values(*shape, dtype=np.float32):
    return RANDOM.uniform(-2, 2, shape).astype(dtype)


def windows(op, shape):
    """Each output index with the index of its window, borders cut off."""
    axes = []
    for size, kernel, stride in zip(shape, op.ksize, op.strides, strict=True):
        if op.padding == "SAME":
            count = -(-size // stride)
            before = max((count - 1) * stride + kernel - size, 0) // 2
        else:
            count, before = (size - kernel) // stride + 1, 0
        starts = [o * stride - before for o in range(count)]
        axes.append([slice(max(s, 0), min(s + kernel, size)) for s in starts])
    for output in product(*(range(len(axis)) for axis in axes)):
        yield output, tuple(axis[o] for axis, o in zip(axes, output, strict=True))


def output_of(op, shape):
    return tuple(
        -(-size // stride) if op.padding == "SAME" else (size - kernel) // stride + 1
        for size, kernel, stride in zip(shape, op.ksize, op.strides, strict=True)
    )


def pooled(op, function):
    def reference(x):
        y = np.zeros(output_of(op, x.shape), np.float64 if x.dtype.kind == "f" else x.dtype)
        for output, window in windows(op, x.shape):
            y[output] = function(x[window].astype(y.dtype))
        return y

    return reference


def first_largest(x, window):
    """The index in `x` of the first largest element of a window."""
    local = np.unravel_index(np.argmax(x[window]), x[window].shape)
    return tuple(w.start + i for w, i in zip(window, local, strict=True))


def max_gradient(op):
    def reference(x, y, dy):
        dx = np.zeros(x.shape)
        for output, window in windows(op, x.shape):
            dx[first_largest(x, window)] += dy[output]
        return dx

    return reference


def max_gradient_adjoint(op):
    def reference(x, y, given):
        result = np.zeros(y.shape)
        for output, window in windows(op, x.shape):
            result[output] = given[first_largest(x, window)]
        return result

    return reference


def mean_gradient(op):
    def reference(sizes, dy):
        dx = np.zeros(sizes)
        for output, window in windows(op, dx.shape):
            dx[window] += dy[output] / dx[window].size
        return dx

    return reference


ONES = (1, 1, 1, 1)
TWOS = (1, 2, 2, 1)
CASES = [
    ({"ksize": TWOS, "strides": TWOS, "padding": "VALID"}, (2, 4, 6, 3)),
    ({"ksize": TWOS, "strides": TWOS, "padding": "SAME"}, (1, 5, 3, 2)),
    ({"ksize": (1, 3, 2, 1), "strides": (1, 2, 1, 1), "padding": "SAME"}, (1, 5, 4, 1)),
    ({"ksize": (1, 2, 3, 1), "strides": ONES, "padding": "VALID"}, (2, 3, 4, 2)),
    ({"ksize": (1, 1, 2, 1), "strides": (1, 3, 3, 1), "padding": "SAME"}, (1, 7, 5, 2)),
    ({"ksize": ONES, "strides": ONES, "padding": "SAME"}, (1, 2, 3, 2)),
    ({"ksize": TWOS, "strides": TWOS, "padding": "SAME"}, (0, 4, 4, 2)),
    (
        {"ksize": (1, 1, 3, 2), "strides": (1, 1, 2, 1), "padding": "SAME", "data_format": "NCHW"},
        (2, 3, 5, 4),
    ),
]
DEPTH = {"ksize": (1, 1, 1, 2), "strides": (1, 1, 1, 2), "padding": "VALID"}
EVEN = {"ksize": TWOS, "strides": TWOS, "padding": "VALID"}


def refused(function, match, error=ValueError, **arguments):
    given = {"ksize": 2, "strides": 2, "padding": "VALID"} | arguments
    return Bad(None, (values(1, 4, 4, 2),), error, match, build=lambda x: function(x, **given))


def gradient_samples():
    for attributes, shape in CASES:
        for x in (distinct(*shape), RANDOM.integers(0, 2, shape).astype(np.float32)):
            y = pooled(MaxPool(**attributes), np.max)(x).astype(np.float32)
            yield MaxPoolGrad(**attributes), x, y, values(*y.shape)
            yield MaxPoolGradGrad(**attributes), x, y, values(*shape)


# Ties move with the slightest step: gradients are checked with respect to the last input alone.
GRADIENTS = [
    Sample(
        op,
        (x, y, given),
        (max_gradient if isinstance(op, MaxPoolGrad) else max_gradient_adjoint)(op),
        differentiate=(2,),
    )
    for op, x, y, given in gradient_samples()
]

ENTRIES = [
    Entry(
        MaxPool,
        [
            Sample(
                MaxPool(**attributes), (distinct(*shape),), pooled(MaxPool(**attributes), np.max)
            )
            for attributes, shape in CASES
        ]
        + [
            Sample(MaxPool(**a), (distinct(*shape, dtype=dtype),), pooled(MaxPool(**a), np.max))
            for a, shape, dtype in [
                (EVEN, (1, 4, 4, 1), np.float64),
                (EVEN, (1, 4, 4, 1), np.float16),
                (EVEN | {"padding": "SAME"}, (1, 5, 3, 1), np.int32),
                (EVEN, (1, 4, 4, 1), np.int8),
            ]
        ]
        + [Sample(MaxPool(**DEPTH), (distinct(1, 2, 2, 4),), pooled(MaxPool(**DEPTH), np.max))],
        [
            Bad(
                MaxPool(**EVEN),
                (values(1, 1, 3, 1),),
                ValueError,
                "Negative dimension size caused by subtracting 2 from 1",
            ),
            Bad(
                MaxPool(**EVEN | {"ksize": (1, 4, 2, 1)}),
                (values(1, 1, 3, 1),),
                InvalidArgumentError,
                "Computed output size would be negative",
                True,
            ),
            Bad(
                MaxPool(**EVEN),
                (values(4, 3, 1),),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
            Bad(
                MaxPool(**EVEN | {"ksize": (1, 2, 2)}),
                (values(1, 4, 3, 1),),
                ValueError,
                "MaxPool requires the ksize attribute to contain 4 values, but got: 3",
            ),
            Bad(
                MaxPool(**EVEN | {"strides": (1, 2, 2)}),
                (values(1, 4, 3, 1),),
                ValueError,
                "MaxPool requires the stride attribute to contain 4 values, but got: 3",
            ),
            Bad(
                MaxPool(**EVEN | {"strides": (1, 0, 2, 1)}),
                (values(1, 4, 3, 1),),
                ValueError,
                "Stride must be > 0, but got 0",
            ),
            Bad(
                MaxPool(**EVEN | {"ksize": (1, 0, 2, 1)}),
                (values(1, 4, 3, 1),),
                ValueError,
                "ksize for dimension 1 was zero",
            ),
            Bad(
                MaxPool(**EVEN | {"ksize": (2, 2, 2, 1)}),
                (values(2, 4, 3, 1),),
                UnimplementedError,
                "not yet supported on the batch dimension",
                True,
            ),
            Bad(
                MaxPool(**EVEN),
                (np.full((1, 4, 4, 1), "a", object),),
                TypeError,
                "string not in list of allowed values",
            ),
            refused(
                max_pool,
                "Attr 'padding' of 'MaxPool' Op passed string 'FOO' not in: \"SAME\", \"VALID\".",
                padding="FOO",
            ),
            Bad(
                MaxPool(**EVEN),
                (values(4, 3, 1),),
                InvalidArgumentError,
                "tensor_in must be 4-dimensional",
                True,
            ),
            refused(max_pool, "ksize should be of length 1, 2 or 4 but was 3", ksize=[1, 2, 2]),
            refused(max_pool, "Cannot specify both 'value' and 'input'", input=1.0),
            Bad(
                None,
                (values(1, 4, 2),),
                ValueError,
                "data_format",
                build=lambda x: max_pool1d(x, 2, 2, "SAME", "X"),
            ),
        ],
    ),
    Entry(
        MaxPoolGrad,
        [sample for sample in GRADIENTS if isinstance(sample.op, MaxPoolGrad)],
        [
            Bad(
                MaxPoolGrad(**EVEN),
                (values(4, 3, 1), values(2, 2, 1), values(2, 2, 1)),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
            Bad(
                MaxPoolGrad(**EVEN),
                (values(1, 4, 4, 1), values(1, 2, 2, 1), values(1, 2, 1, 1)),
                InvalidArgumentError,
                r"Expected grad shape to be \[1,2,2,1\], but got \[1,2,1,1\]",
                True,
            ),
            Bad(
                MaxPoolGrad(**EVEN),
                (values(1, 4, 4, 1), values(1, 1, 2, 1), values(1, 2, 2, 1)),
                InvalidArgumentError,
                "Expected orig_output shape to be",
                True,
            ),
        ],
    ),
    Entry(
        MaxPoolGradGrad,
        [sample for sample in GRADIENTS if isinstance(sample.op, MaxPoolGradGrad)],
        [
            Bad(
                MaxPoolGradGrad(**EVEN),
                (values(1, 4, 4, 1), values(1, 2, 2, 1), values(1, 2, 4, 1)),
                ValueError,
                "Dimension 1 in both shapes must be equal, but are 4 and 2",
            ),
            Bad(
                MaxPoolGradGrad(**EVEN),
                (values(1, 4, 4, 1), values(1, 2, 2, 1), values(1, 2, 4, 1)),
                InvalidArgumentError,
                "Expected grad shape to be",
                True,
            ),
        ],
    ),
    Entry(
        AvgPool,
        [
            Sample(AvgPool(**a), (values(*shape),), pooled(AvgPool(**a), np.mean))
            for a, shape in CASES
            if a.get("data_format") != "NCHW"
        ]
        + [
            Sample(AvgPool(**a), (values(*shape, dtype=dtype),), pooled(AvgPool(**a), np.mean))
            for a, shape, dtype in [
                (EVEN, (1, 4, 4, 1), np.float64),
                (EVEN | {"padding": "SAME"}, (1, 5, 4, 1), np.float16),
                (
                    {
                        "ksize": (1, 1, 3, 2),
                        "strides": ONES,
                        "padding": "SAME",
                        "data_format": "NCHW",
                    },
                    (1, 2, 4, 3),
                    np.float32,
                ),
            ]
        ],
        [
            Bad(
                AvgPool(**EVEN),
                (values(1, 1, 3, 1),),
                ValueError,
                "Negative dimension size caused by subtracting 2 from 1",
            ),
            Bad(
                AvgPool(**EVEN),
                (values(4, 3, 1),),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
            Bad(
                AvgPool(**EVEN | {"ksize": (1, 2, 2, 2)}),
                (values(1, 4, 4, 2),),
                UnimplementedError,
                "Non-spatial pooling is not yet supported",
                True,
            ),
            Bad(
                AvgPool(**EVEN),
                (np.ones((1, 4, 4, 1), np.int32),),
                TypeError,
                "int32 not in list of allowed values",
            ),
            refused(avg_pool, "Attr 'padding' of 'AvgPool' Op passed string 'FOO'", padding="FOO"),
        ],
    ),
    Entry(
        AvgPoolGrad,
        [
            Sample(
                AvgPoolGrad(**a),
                (np.array(shape, np.int32), values(*output_of(AvgPool(**a), shape), dtype=dtype)),
                mean_gradient(AvgPoolGrad(**a)),
            )
            for a, shape, dtype in [(a, shape, np.float32) for a, shape in CASES]
            + [(EVEN, (1, 4, 4, 1), np.float64), (EVEN, (1, 4, 4, 1), np.float16)]
        ],
        [
            Bad(
                AvgPoolGrad(**EVEN),
                (np.array([1, 4, 4], np.int32), values(1, 2, 2, 1)),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
            Bad(
                AvgPoolGrad(**EVEN),
                (np.array([1, 4, 4, 1], np.int32), values(1, 2, 1, 1)),
                InvalidArgumentError,
                "Expected grad shape to be",
                True,
            ),
        ],
    ),
]
