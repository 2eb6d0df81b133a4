"""Depthwise convolutions: the reference convolves each channel alone."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.depthwise import (
    DepthwiseConv2dNative,
    DepthwiseConv2dNativeBackpropFilter,
    DepthwiseConv2dNativeBackpropInput,
)
from tests.conformance.entries.convolution import forward, given, last, to_filter, to_input, values
from tests.conformance.entry import Bad, Entry, Sample


def channel(op, x, index):
    """One channel of an input."""
    return given(op, last(op, x)[..., index : index + 1])


def depthwise(op):
    def reference(x, filter):
        each = forward(op)
        parts = [each(channel(op, x, i), filter[:, :, i : i + 1]) for i in range(filter.shape[2])]
        return np.concatenate(parts, op.channel_axis)

    return reference


def depthwise_to_input(op):
    def reference(sizes, filter, dy):
        each = to_input(op)
        one = np.array(sizes)
        one[op.channel_axis] = 1
        shares = np.split(dy, filter.shape[2], op.channel_axis)
        parts = [each(one, filter[:, :, i : i + 1], dy_i) for i, dy_i in enumerate(shares)]
        return np.concatenate(parts, op.channel_axis)

    return reference


def depthwise_to_filter(op):
    def reference(x, sizes, dy):
        each = to_filter(op)
        one = (*sizes[:2], 1, sizes[3])
        shares = np.split(dy, sizes[2], op.channel_axis)
        return np.concatenate(
            [each(channel(op, x, i), one, dy_i) for i, dy_i in enumerate(shares)], 2
        )

    return reference


ONES = (1, 1, 1, 1)
VALID = {"strides": ONES, "padding": "VALID"}
CASES = [
    (VALID, values(2, 4, 3, 2), values(3, 2, 2, 3)),
    ({"strides": (1, 2, 2, 1), "padding": "SAME"}, values(1, 5, 4, 3), values(3, 2, 3, 1)),
    ({"strides": ONES, "padding": "SAME"}, values(1, 3, 4, 2), values(1, 1, 2, 2)),
    (
        {"strides": ONES, "padding": "SAME", "data_format": "NCHW"},
        values(1, 2, 3, 4),
        values(2, 2, 2, 2),
    ),
    (VALID | {"dilations": (1, 2, 2, 1)}, values(1, 5, 6, 2), values(2, 3, 2, 2)),
    (VALID, values(1, 3, 3, 2, dtype="f8"), values(2, 2, 2, 2, dtype="f8")),
    (VALID, values(1, 3, 3, 2, dtype="f2"), values(2, 2, 2, 2, dtype="f2")),
    (VALID, values(0, 3, 3, 2, dtype="f8"), values(2, 2, 2, 2, dtype="f8")),
]


def samples():
    result = [], [], []
    for attributes, x, filter in CASES:
        op = DepthwiseConv2dNative(**attributes)
        back = DepthwiseConv2dNativeBackpropInput(**attributes)
        to_weights = DepthwiseConv2dNativeBackpropFilter(**attributes)
        dy = values(*depthwise(op)(x, filter).shape, dtype=x.dtype)
        sizes, kernel = (np.array(a.shape, np.int32) for a in (x, filter))
        result[0].append(Sample(op, (x, filter), depthwise(op), rtol=1e-4))
        result[1].append(Sample(back, (sizes, filter, dy), depthwise_to_input(back), rtol=1e-4))
        result[2].append(
            Sample(to_weights, (x, kernel, dy), depthwise_to_filter(to_weights), rtol=1e-4)
        )
    return result


SAMPLES = samples()
SIZES = np.array([1, 4, 4, 2], np.int32)

ENTRIES = [
    Entry(
        DepthwiseConv2dNative,
        SAMPLES[0],
        [
            Bad(
                DepthwiseConv2dNative(**VALID),
                (values(1, 4, 4, 3), values(2, 2, 2, 1)),
                ValueError,
                "Dimensions must be equal, but are 3 and 2",
            ),
            Bad(
                DepthwiseConv2dNative(**VALID),
                (values(1, 4, 4, 3), values(2, 2, 2, 1)),
                InvalidArgumentError,
                "input and filter must have the same depth: 3 vs 2",
                run=True,
            ),
            Bad(
                DepthwiseConv2dNative(**VALID),
                (values(1, 2, 4, 2), values(3, 2, 2, 1)),
                ValueError,
                "Negative dimension size caused by subtracting 3 from 2",
            ),
        ],
    ),
    Entry(
        DepthwiseConv2dNativeBackpropInput,
        SAMPLES[1],
        [
            Bad(
                DepthwiseConv2dNativeBackpropInput(**VALID),
                (SIZES, values(2, 2, 2, 1), values(1, 3, 3, 3)),
                InvalidArgumentError,
                "filter and out_backprop must have the same out_depth",
                run=True,
            ),
        ],
    ),
    Entry(
        DepthwiseConv2dNativeBackpropFilter,
        SAMPLES[2],
        [
            Bad(
                DepthwiseConv2dNativeBackpropFilter(**VALID),
                (values(1, 4, 4, 2), np.array([2, 2, 2, 1], np.int32), values(1, 3, 2, 2)),
                InvalidArgumentError,
                "doesn't match computed: actual = 2, computed = 3",
                run=True,
            ),
        ],
    ),
]
