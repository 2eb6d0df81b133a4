"""Pooling of volumes, and max pooling with the places of the maxima."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.pooling_3d import (
    AvgPool3D,
    AvgPool3DGrad,
    MaxPool3D,
    MaxPool3DGrad,
    MaxPool3DGradGrad,
)
from flowgraph.ops.pooling_argmax import (
    MaxPoolGradWithArgmax,
    MaxPoolWithArgmax,
    max_pool_with_argmax,
)
from tests.conformance.entries.pooling import (
    CASES,
    EVEN,
    distinct,
    first_largest,
    max_gradient,
    max_gradient_adjoint,
    mean_gradient,
    output_of,
    pooled,
    values,
    windows,
)
from tests.conformance.entry import Bad, Entry, Sample

VOLUMES = [
    ({"ksize": (1, 2, 2, 2, 1), "strides": (1, 2, 2, 2, 1), "padding": "VALID"}, (1, 4, 2, 5, 2)),
    ({"ksize": (1, 2, 1, 3, 1), "strides": (1, 1, 2, 2, 1), "padding": "SAME"}, (2, 3, 3, 4, 1)),
    (
        {
            "ksize": (1, 1, 2, 2, 1),
            "strides": (1, 1, 1, 2, 2),
            "padding": "SAME",
            "data_format": "NCDHW",
        },
        (1, 2, 3, 2, 3),
    ),
]
CUBE = VOLUMES[0][0]


def maxima(attributes, shape):
    x = distinct(*shape)
    return x, pooled(MaxPool3D(**attributes), np.max)(x).astype(np.float32)


def with_argmax(op):
    def reference(x):
        largest = pooled(op, np.max)(x)
        counted = np.arange(x.size).reshape(x.shape)
        argmax = np.zeros(largest.shape, np.int64)
        for output, window in windows(op, x.shape):
            argmax[output] = counted[first_largest(x, window)]
        if not op.include_batch_in_index:
            argmax %= max(int(np.prod(x.shape[1:])), 1)
        return largest, argmax

    return reference


def argmax_samples():
    flags = [{}, {"include_batch_in_index": True}]
    for number, (attributes, shape) in enumerate(CASES):
        if "data_format" not in attributes:
            yield attributes | flags[number % 2], distinct(*shape)
    yield EVEN, np.array([1, 1, 1, 1], np.float32).reshape(1, 2, 2, 1)


def scattered(op):
    def reference(x, dy, argmax):
        dx = np.zeros((len(x), int(np.prod(x.shape[1:]))))
        base = dx.shape[1] if op.include_batch_in_index else 0
        for image in range(len(x)):
            for place, value in zip(argmax[image].ravel(), dy[image].ravel(), strict=True):
                dx[image, place - image * base] += value
        return dx.reshape(x.shape)

    return reference


def scattered_samples():
    for attributes, x in argmax_samples():
        largest, argmax = with_argmax(MaxPoolWithArgmax(**attributes))(x)
        op = MaxPoolGradWithArgmax(**attributes)
        # TensorFlow has no gradient of this one.
        yield Sample(op, (x, values(*largest.shape), argmax), scattered(op), differentiate=())


PLACE = np.array([[[[7]]]])

ENTRIES = [
    # Neither op takes float64, in which gradients are checked.
    Entry(
        MaxPool3D,
        [
            Sample(MaxPool3D(**a), (distinct(*s),), pooled(MaxPool3D(**a), np.max), ())
            for a, s in VOLUMES
        ],
        [
            Bad(
                MaxPool3D(**CUBE),
                (values(1, 1, 2, 2, 1),),
                ValueError,
                "Negative dimension size caused by subtracting 2 from 1",
            ),
            Bad(
                MaxPool3D(**CUBE),
                (values(1, 2, 2, 1),),
                ValueError,
                "Shape must be rank 5 but is rank 4",
            ),
            Bad(
                MaxPool3D(**CUBE),
                (values(1, 2, 2, 2, 1, dtype=np.float64),),
                TypeError,
                "float64 not in list of allowed values: bfloat16, float16, float32",
            ),
        ],
    ),
    Entry(
        MaxPool3DGrad,
        [
            Sample(
                MaxPool3DGrad(**a),
                (*maxima(a, s), values(*output_of(MaxPool3D(**a), s))),
                max_gradient(MaxPool3DGrad(**a)),
                (),
            )
            for a, s in VOLUMES[:2]
        ],
        [
            Bad(
                MaxPool3DGrad(**CUBE),
                (values(1, 2, 2, 2, 1), values(1, 1, 1, 1, 1), values(1, 2, 1, 1, 1)),
                InvalidArgumentError,
                "Expected grad shape to be",
                run=True,
            ),
        ],
    ),
    Entry(
        MaxPool3DGradGrad,
        [
            Sample(
                MaxPool3DGradGrad(**a),
                (*maxima(a, s), values(*s)),
                max_gradient_adjoint(MaxPool3DGradGrad(**a)),
                (),
            )
            for a, s in VOLUMES[:2]
        ],
        [
            Bad(
                MaxPool3DGradGrad(**CUBE),
                (values(1, 2, 2, 2, 1), values(1, 1, 1, 1, 1), values(1, 2, 1, 2, 1)),
                ValueError,
                "Dimension 2 in both shapes must be equal, but are 2 and 1",
            ),
        ],
    ),
    Entry(
        AvgPool3D,
        [
            Sample(AvgPool3D(**a), (values(*s),), pooled(AvgPool3D(**a), np.mean))
            for a, s in VOLUMES[:2]
        ],
        [
            Bad(
                AvgPool3D(**CUBE),
                (values(1, 2, 2, 1),),
                ValueError,
                "Shape must be rank 5 but is rank 4",
            ),
        ],
    ),
    Entry(
        AvgPool3DGrad,
        [
            Sample(
                AvgPool3DGrad(**a),
                (np.array(s, np.int32), values(*output_of(AvgPool3D(**a), s))),
                mean_gradient(AvgPool3DGrad(**a)),
            )
            for a, s in VOLUMES[:2]
        ],
        [
            Bad(
                AvgPool3DGrad(**CUBE),
                (np.array([1, 2, 2, 2, 1], np.int32), values(1, 2, 1, 1, 1)),
                InvalidArgumentError,
                "Expected grad shape to be",
                run=True,
            ),
        ],
    ),
    Entry(
        MaxPoolWithArgmax,
        [
            Sample(
                MaxPoolWithArgmax(**a),
                (x,),
                with_argmax(MaxPoolWithArgmax(**a)),
                differentiate=None if len(np.unique(x)) == x.size else (),
                order=1,
            )
            for a, x in argmax_samples()
        ],
        [
            Bad(
                MaxPoolWithArgmax(**EVEN),
                (values(1, 1, 4, 1),),
                ValueError,
                "Negative dimension size caused by subtracting 2 from 1",
            ),
            Bad(
                None,
                (values(1, 4, 4, 1),),
                ValueError,
                "Data formats other than 'NHWC' are not yet supported",
                build=lambda x: max_pool_with_argmax(x, [1] * 4, [1] * 4, "SAME", "NCHW"),
            ),
        ],
    ),
    Entry(
        MaxPoolGradWithArgmax,
        list(scattered_samples()),
        [
            Bad(
                MaxPoolGradWithArgmax(**EVEN),
                (values(1, 2, 2, 1), values(1, 1, 1, 1), PLACE),
                InvalidArgumentError,
                r"an index that is not in \[0, 4\)",
                run=True,
            ),
            Bad(
                MaxPoolGradWithArgmax(**EVEN),
                (values(1, 4, 2, 1), values(1, 1, 1, 1), PLACE),
                InvalidArgumentError,
                "Expected grad shape to be",
                run=True,
            ),
        ],
    ),
]
