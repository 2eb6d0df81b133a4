"""Convolutions. The reference is a loop over outputs and kernel elements."""

from itertools import product

import numpy as np

from flowgraph.errors import InvalidArgumentError, UnimplementedError
from flowgraph.ops.convolution import (
    Conv2D,
    Conv2DBackpropFilter,
    Conv2DBackpropInput,
    conv1d,
    conv2d,
)
from flowgraph.ops.convolution_3d import Conv3D, Conv3DBackpropFilterV2, Conv3DBackpropInputV2
from tests.conformance.entry import Bad, Entry, Sample

RANDOM = np.random.default_rng(7)


def values(*shape, dtype=np.float32):
    return RANDOM.uniform(-2, 2, shape).astype(dtype)


def places(op, sizes, kernel):
    """For each axis, the input index of each (output, element), or None in a border."""
    first = 2 if op.data_format.startswith("NC") else 1
    borders = getattr(op, "explicit_paddings", ()) or (0,) * 2 * (len(sizes) + 2)
    axes = []
    for axis, (size, length) in enumerate(zip(sizes, kernel, strict=True), first):
        stride, dilation = op.strides[axis], op.dilations[axis]
        extent = (length - 1) * dilation + 1
        if op.padding == "SAME":
            count = int(np.ceil(size / stride))
            before = max((count - 1) * stride + extent - size, 0) // 2
        else:
            before, after = borders[2 * axis], borders[2 * axis + 1]
            count = int(np.floor((size + before + after - extent) / stride)) + 1
        axes.append(
            [[o * stride + k * dilation - before for k in range(length)] for o in range(count)]
        )
    return axes


def terms(op, sizes, kernel):
    """Every (output, element, input) of a convolution, as index tuples."""
    axes = places(op, sizes, kernel)
    for output in product(*(range(len(axis)) for axis in axes)):
        for element in product(*map(range, kernel)):
            source = tuple(axis[o][k] for axis, o, k in zip(axes, output, element, strict=True))
            if all(0 <= i < n for i, n in zip(source, sizes, strict=True)):
                yield output, element, source


def last(op, x):
    return np.moveaxis(x, 1, -1) if op.data_format.startswith("NC") else x


def given(op, x):
    return np.moveaxis(x, -1, 1) if op.data_format.startswith("NC") else x


def forward(op):
    def reference(x, filter):
        x = last(op, x).astype(np.float64)
        sizes, kernel = x.shape[1:-1], filter.shape[:-2]
        counts = [len(axis) for axis in places(op, sizes, kernel)]
        y = np.zeros((len(x), *counts, filter.shape[-1]))
        for output, element, source in terms(op, sizes, kernel):
            y[(slice(None), *output)] += x[(slice(None), *source)] @ filter[element]
        return given(op, y)

    return reference


def to_input(op):
    def reference(sizes, filter, dy):
        dx = last(op, np.zeros(sizes))
        dy = last(op, dy).astype(np.float64)
        for output, element, source in terms(op, dx.shape[1:-1], filter.shape[:-2]):
            dx[(slice(None), *source)] += dy[(slice(None), *output)] @ filter[element].T
        return given(op, dx)

    return reference


def to_filter(op):
    def reference(x, sizes, dy):
        x, dy = last(op, x).astype(np.float64), last(op, dy)
        dw = np.zeros(sizes)
        for output, element, source in terms(op, x.shape[1:-1], sizes[:-2]):
            dw[element] += x[(slice(None), *source)].T @ dy[(slice(None), *output)]
        return dw

    return reference


def samples(cases, op, adjoint_to_input, adjoint_to_filter):
    """For each (attributes, input, filter): a sample of the convolution and of its adjoints."""
    result = [], [], []
    for attributes, x, filter in cases:
        ops = [kind(**attributes) for kind in (op, adjoint_to_input, adjoint_to_filter)]
        dy = RANDOM.uniform(-2, 2, forward(ops[0])(x, filter).shape).astype(x.dtype)
        sizes, kernel = (np.array(a.shape, np.int32) for a in (x, filter))
        result[0].append(Sample(ops[0], (x, filter), forward(ops[0]), rtol=1e-4))
        result[1].append(Sample(ops[1], (sizes, filter, dy), to_input(ops[1]), rtol=1e-4))
        result[2].append(Sample(ops[2], (x, kernel, dy), to_filter(ops[2]), rtol=1e-4))
    return result


ONES = (1, 1, 1, 1)
EXPLICIT = {"padding": "EXPLICIT", "explicit_paddings": (0, 0, 2, 1, 0, 3, 0, 0)}
FIRST = {"data_format": "NCHW"}

CASES = [
    ({"strides": ONES, "padding": "VALID"}, values(2, 5, 4, 6), values(3, 2, 6, 3)),
    ({"strides": ONES, "padding": "SAME"}, values(2, 5, 4, 1), values(2, 3, 1, 2)),
    ({"strides": (1, 2, 3, 1), "padding": "SAME"}, values(1, 5, 7, 2), values(3, 3, 2, 2)),
    ({"strides": (1, 3, 1, 1), "padding": "VALID"}, values(1, 7, 4, 5), values(2, 2, 5, 1)),
    ({"strides": ONES, "padding": "SAME"}, values(2, 3, 2, 3), values(1, 1, 3, 2)),
    ({"strides": (1, 2, 2, 1), "padding": "VALID"}, values(1, 5, 4, 3), values(1, 1, 3, 2)),
    (
        {"strides": ONES, "padding": "VALID", "dilations": (1, 2, 1, 1)},
        values(1, 6, 4, 5),
        values(3, 2, 5, 2),
    ),
    (
        {"strides": ONES, "padding": "SAME", "dilations": (1, 1, 2, 1)},
        values(1, 4, 5, 2),
        values(2, 3, 2, 2),
    ),
    ({"strides": ONES, **EXPLICIT}, values(1, 4, 3, 2), values(3, 2, 2, 2)),
    ({"strides": (1, 2, 1, 1), **EXPLICIT}, values(1, 4, 3, 5), values(2, 2, 5, 2)),
    (
        {"strides": (1, 1, 2, 1), "padding": "SAME"},
        values(0, 4, 3, 5, dtype="f8"),
        values(2, 2, 5, 2, dtype="f8"),
    ),
    (
        {"strides": ONES, "padding": "SAME"},
        values(1, 3, 4, 5, dtype="f8"),
        values(2, 2, 5, 2, dtype="f8"),
    ),
    (
        {"strides": ONES, "padding": "SAME"},
        values(1, 3, 4, 5, dtype="f2"),
        values(2, 2, 5, 2, dtype="f2"),
    ),
]

FIRST_CASES = [
    ({"strides": (1, 1, 2, 1), "padding": "SAME", **FIRST}, values(2, 6, 5, 3), values(3, 2, 6, 2)),
    (
        {
            "strides": ONES,
            "padding": "EXPLICIT",
            "explicit_paddings": (0, 0, 0, 0, 1, 0, 0, 2),
            **FIRST,
        },
        values(1, 2, 3, 4),
        values(2, 2, 2, 3),
    ),
]

CASES_3D = [
    ({"strides": (1,) * 5, "padding": "SAME"}, values(1, 3, 2, 4, 2), values(2, 2, 3, 2, 2)),
    (
        {"strides": (1, 2, 1, 3, 1), "padding": "VALID"},
        values(2, 4, 3, 4, 5),
        values(2, 1, 2, 5, 1),
    ),
    (
        {"strides": (1,) * 5, "padding": "VALID", "data_format": "NCDHW"},
        values(1, 2, 3, 3, 2),
        values(2, 2, 2, 2, 3),
    ),
]

PLAIN = samples(CASES + FIRST_CASES, Conv2D, Conv2DBackpropInput, Conv2DBackpropFilter)
VOLUMES = samples(CASES_3D, Conv3D, Conv3DBackpropInputV2, Conv3DBackpropFilterV2)
VALID = {"strides": ONES, "padding": "VALID"}
SHAPE = np.array([1, 4, 4, 2], np.int32)


def bad(attributes, x, filter, match, run=False, error=None):
    kind = error or (InvalidArgumentError if run else ValueError)
    return Bad(Conv2D(**attributes), (x, filter), kind, match, run)


def refused(match, error=ValueError, **arguments):
    """A call of `conv2d` that is refused."""
    given = {"strides": 1, "padding": "SAME"} | arguments
    return Bad(
        None,
        (values(1, 4, 4, 2), values(2, 2, 2, 3)),
        error,
        match,
        build=lambda x, filter: conv2d(x, filter, **given),
    )


ENTRIES = [
    Entry(
        Conv2D,
        PLAIN[0],
        [
            bad(
                VALID,
                values(1, 4, 4, 3),
                values(2, 2, 4, 1),
                r"Depth of input \(3\) is not a multiple of input depth of filter \(4\)",
            ),
            bad(
                VALID,
                values(1, 4, 4, 3),
                values(2, 2, 4, 1),
                "input depth must be evenly divisible by filter depth: 3 vs 4",
                True,
            ),
            bad(
                VALID,
                values(1, 4, 4, 4),
                values(2, 2, 2, 3),
                r"Depth of output \(3\) is not a multiple of the number of groups \(2\)",
            ),
            bad(
                VALID,
                values(1, 4, 4, 4),
                values(2, 2, 2, 2),
                "does not support grouped convolutions",
                True,
                UnimplementedError,
            ),
            bad(
                VALID,
                values(1, 3, 3, 2),
                values(5, 5, 2, 1),
                "Negative dimension size caused by subtracting 5 from 3",
            ),
            bad(
                VALID,
                values(1, 3, 3, 2),
                values(5, 5, 2, 1),
                "Computed output size would be negative",
                True,
            ),
            bad(VALID, values(3, 3, 2), values(2, 2, 2, 1), "Shape must be rank 4 but is rank 3"),
            bad(VALID, values(1, 3, 3, 2), values(2, 2, 1), "Shape must be rank 4 but is rank 3"),
            bad(VALID, values(3, 3, 2), values(2, 2, 2, 1), "input must be 4-dimensional", True),
            bad(
                VALID | {"strides": (1, 0, 1, 1)},
                values(1, 3, 3, 2),
                values(2, 2, 2, 1),
                "Stride must be > 0, but got 0",
            ),
            bad(
                VALID | {"strides": (1, 1, 1)},
                values(1, 3, 3, 2),
                values(2, 2, 2, 1),
                "requires the stride attribute to contain 4 values, but got: 3",
            ),
            bad(
                VALID | {"dilations": (1, 0, 1, 1)},
                values(1, 3, 3, 2),
                values(2, 2, 2, 1),
                "Dilation rate must be >= 1, but got 0",
            ),
            bad(
                VALID | {"strides": (2, 1, 1, 1)},
                values(1, 3, 3, 2),
                values(2, 2, 2, 1),
                "does not yet support strides in the batch and depth dimensions",
                True,
            ),
            refused(
                "Attr 'padding' of 'Conv2D' Op passed string 'same' "
                'not in: "SAME", "VALID", "EXPLICIT".',
                padding="same",
            ),
            refused("Expected string for argument 'padding' not None", TypeError, padding=None),
            refused("must be a list", padding="EXPLICIT"),
            refused("it must be of size 4. Got padding of size: 2", padding=[[0, 0], [1, 1]]),
            refused("index 1 of padding has size 1", padding=[[0, 0], [1], [0, 0], [0, 0]]),
            refused("must be nonnegative", padding=[[0, 0], [1, -1], [0, 0], [0, 0]]),
            refused("batch or depth dimensions", padding=[[0, 1], [0, 0], [0, 0], [0, 0]]),
            refused("Attr 'data_format' of 'Conv2D' Op passed string 'FOO'", data_format="FOO"),
            refused("strides should be of length 1, 2 or 4 but was 3", strides=[1, 1, 1]),
            refused("Cannot specify both 'filter' and 'filters'", filters=1.0),
            Bad(
                None,
                (values(1, 4, 2), values(2, 2, 1)),
                ValueError,
                "data_format",
                build=lambda x, w: conv1d(x, w, 1, "SAME", data_format="X"),
            ),
        ],
    ),
    Entry(
        Conv2DBackpropInput,
        PLAIN[1],
        [
            Bad(
                Conv2DBackpropInput(**VALID),
                (SHAPE, values(2, 2, 2, 1), values(1, 3, 3, 2)),
                ValueError,
                "Dimensions must be equal, but are 2 and 1",
            ),
            Bad(
                Conv2DBackpropInput(**VALID),
                (SHAPE, values(2, 2, 2, 1), values(1, 3, 3, 2)),
                InvalidArgumentError,
                "same out_depth",
                True,
            ),
            Bad(
                Conv2DBackpropInput(**VALID),
                (SHAPE, values(2, 2, 2, 1), values(1, 3, 2, 1)),
                InvalidArgumentError,
                "doesn't match computed: actual = 2, computed = 3",
                True,
            ),
            Bad(
                Conv2DBackpropInput(**VALID),
                (SHAPE, values(2, 2, 2, 1), values(2, 3, 3, 1)),
                InvalidArgumentError,
                "same batch size",
                True,
            ),
            Bad(
                Conv2DBackpropInput(**VALID),
                (SHAPE[:3], values(2, 2, 2, 1), values(2, 3, 3, 1)),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
        ],
    ),
    Entry(
        Conv2DBackpropFilter,
        PLAIN[2],
        [
            Bad(
                Conv2DBackpropFilter(**VALID),
                (values(1, 4, 4, 2), np.array([2, 2, 2, 1], np.int32), values(1, 3, 2, 1)),
                InvalidArgumentError,
                "doesn't match computed",
                True,
            ),
            Bad(
                Conv2DBackpropFilter(**VALID),
                (values(4, 4, 2), np.array([2, 2, 2, 1], np.int32), values(1, 3, 2, 1)),
                ValueError,
                "Shape must be rank 4 but is rank 3",
            ),
        ],
    ),
    Entry(
        Conv3D,
        VOLUMES[0],
        [
            Bad(
                Conv3D(strides=(1,) * 5, padding="VALID"),
                (values(1, 3, 3, 2), values(2, 2, 2, 2, 1)),
                ValueError,
                "Shape must be rank 5 but is rank 4",
            ),
            Bad(
                Conv3D(strides=(1,) * 5, padding="VALID"),
                (values(1, 2, 3, 3, 2), values(3, 2, 2, 2, 1)),
                ValueError,
                "Negative dimension size caused by subtracting 3 from 2",
            ),
        ],
    ),
    Entry(
        Conv3DBackpropInputV2,
        VOLUMES[1],
        [
            Bad(
                Conv3DBackpropInputV2(strides=(1,) * 5, padding="VALID"),
                (SHAPE, values(2, 2, 2, 2, 1), values(1, 2, 2, 2, 1)),
                ValueError,
                "Shape must be rank 5 but is rank 4",
            ),
        ],
    ),
    Entry(
        Conv3DBackpropFilterV2,
        VOLUMES[2],
        [
            Bad(
                Conv3DBackpropFilterV2(strides=(1,) * 5, padding="VALID"),
                (values(1, 3, 3, 3, 2), SHAPE, values(1, 2, 2, 2, 1)),
                ValueError,
                "Shape must be rank 5 but is rank 4",
            ),
        ],
    ),
]
