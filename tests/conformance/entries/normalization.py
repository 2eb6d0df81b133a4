"""Batch normalization and local response normalization."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.batch_norm import (
    FusedBatchNorm,
    FusedBatchNormGrad,
    FusedBatchNormGradV2,
    FusedBatchNormGradV3,
    FusedBatchNormV2,
    FusedBatchNormV3,
)
from flowgraph.ops.local_response import LRN, LRNGrad
from flowgraph.ops.normalization import fused_batch_norm
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(8)
NHWC, NCHW, EPSILON = (2, 3, 2, 4), (2, 4, 3, 2), 1e-3
NONE = np.zeros(0, np.float32)


def real(*shape, dtype=np.float32):
    return RNG.uniform(-2, 2, shape).astype(dtype)


def positive(*shape):
    return RNG.uniform(0.5, 2, shape).astype(np.float32)


def channels_last(x, data_format):
    wide = x.astype(np.float64)
    return wide if data_format == "NHWC" else wide.transpose(0, 2, 3, 1)


def restored(y, like, data_format):
    return (y if data_format == "NHWC" else y.transpose(0, 3, 1, 2)).astype(like.dtype)


def forward(data_format="NHWC", is_training=True, extra=()):
    """By the definition, in float64, one channel at a time."""

    def reference(x, scale, offset, mean, variance):
        images = channels_last(x, data_format)
        y = np.empty_like(images)
        means, variances, unbiased = ([] for _ in range(3))
        for c in range(images.shape[-1]):
            plane = images[..., c]
            m, v = (plane.mean(), plane.var()) if is_training else (mean[c], variance[c])
            y[..., c] = (plane - m) / np.sqrt(v + EPSILON) * scale[c] + offset[c]
            means.append(m)
            variances.append(v)
            more = plane.size / max(plane.size - 1, 1) if is_training else 1
            unbiased.append(v * more)
        vectors = [np.array(v, np.float32) for v in (means, unbiased, means, variances)]
        return (restored(y, x, data_format), *vectors, *extra)

    return reference


def backward(data_format="NHWC", is_training=True):
    """By the chain rule over each step of the definition, in float64."""

    def reference(dy, x, scale, mean, variance, *unused):
        images, flow = channels_last(x, data_format), channels_last(dy, data_format)
        axes = (0, 1, 2)
        count = images[..., 0].size
        deviation = np.sqrt(variance.astype(np.float64) + EPSILON)
        centred = images - mean
        d_centred = flow * scale / deviation
        d_x = d_centred
        if is_training:
            d_variance = (flow * scale * centred).sum(axes) * -0.5 / deviation**3
            d_centred = d_centred + 2 / count * centred * d_variance
            d_x = d_centred - d_centred.mean(axes)
        d_scale = (flow * centred).sum(axes) / deviation
        vectors = [v.astype(np.float32) for v in (d_scale, flow.sum(axes), np.zeros(()))]
        return restored(d_x, x, data_format), *vectors, np.zeros((), np.float32)

    return reference


def inputs(shape, dtype=np.float32, trained=False):
    x, scale, offset = real(*shape, dtype=dtype), positive(4), real(4)
    return (x, scale, offset, real(4), positive(4)) if trained else (x, scale, offset, NONE, NONE)


def grad_inputs(shape, dtype=np.float32, data_format="NHWC", is_training=True):
    dy, x, scale = real(*shape, dtype=dtype), real(*shape, dtype=dtype), positive(4)
    images = channels_last(x, data_format).reshape(-1, 4)
    if is_training:
        return dy, x, scale, images.mean(0).astype(np.float32), images.var(0).astype(np.float32)
    return dy, x, scale, real(4), positive(4)


CASES = [
    ("NHWC", True, NHWC),
    ("NCHW", True, NCHW),
    ("NHWC", False, NHWC),
    ("NCHW", False, NCHW),
    ("NHWC", True, (1, 1, 1, 4)),
]


def forward_samples(cls, extra=()):
    return [
        Sample(
            cls(EPSILON, layout, training),
            inputs(shape, trained=not training),
            forward(layout, training, extra),
            rtol=1e-4,
            atol=1e-5,
        )
        for layout, training, shape in CASES
    ]


def half_samples(cls, extra=()):
    return [
        Sample(
            cls(EPSILON, layout, training),
            inputs(shape, np.float16, trained=not training),
            forward(layout, training, extra),
            differentiate=(),
            rtol=4e-3,
            atol=2e-3,
        )
        for layout, training, shape in CASES[:4]
    ]


def backward_samples(cls, dtype=np.float32, more=()):
    return [
        Sample(
            cls(EPSILON, layout, training),
            (*grad_inputs(shape, dtype, layout, training), *more),
            backward(layout, training),
            rtol=1e-3 if dtype == np.float32 else 4e-3,
            atol=1e-4 if dtype == np.float32 else 4e-3,
        )
        for layout, training, shape in CASES[:4]
    ]


def bad(cls):
    x, scale, offset, mean, variance = inputs(NHWC)
    return [
        Bad(cls(), (x[0], scale, offset, mean, variance), ValueError, "must be rank 4 but is rank"),
        Bad(
            cls(), (x, scale[:3], offset, mean, variance), ValueError, "must be equal, but are 4 an"
        ),
        Bad(
            cls(),
            (x[0], scale, offset, mean, variance),
            InvalidArgumentError,
            r"input must be 4-dimensional\[3,2,4\]",
            run=True,
        ),
        Bad(
            cls(),
            (x, scale[:3], offset, mean, variance),
            InvalidArgumentError,
            "scale must have the same number of elements as the channels of x, got 3 and 4",
            run=True,
        ),
        Bad(
            cls(is_training=False),
            (x, scale, offset, scale[:1], scale),
            InvalidArgumentError,
            "When is_training=false, mean must have the same number of elements as the channels",
            run=True,
        ),
        Bad(cls(), (np.ones(NHWC), scale, offset, mean, variance), TypeError, "float64 "),
    ]


def bad_gradient(cls, more=()):
    dy, x, *vectors = grad_inputs(NHWC)
    return [
        Bad(cls(), (dy[0], x, *vectors, *more), ValueError, "must be rank 4 but is rank 3"),
        Bad(cls(), (dy[:1], x, *vectors, *more), ValueError, "must be equal, but are 1 and 2"),
        Bad(
            cls(),
            (dy[:1], x, *vectors, *more),
            InvalidArgumentError,
            "x and y_backprop must have same shape",
            run=True,
        ),
    ]


def local_response(radius, bias, alpha, beta):
    def reference(x):
        wide = x.astype(np.float64)
        y = np.empty_like(wide)
        for c in range(wide.shape[-1]):
            window = wide[..., max(c - radius, 0) : c + radius + 1]
            y[..., c] = wide[..., c] / (bias + alpha * (window**2).sum(-1)) ** beta
        return y.astype(x.dtype)

    return reference


def local_response_gradient(radius, bias, alpha, beta):
    """By central differences of the definition."""

    def reference(dy, x, y):
        function = local_response(radius, bias, alpha, beta)
        dx = np.zeros(x.shape)
        for place in np.ndindex(*x.shape):
            step = np.zeros(x.shape)
            step[place] = 1e-5
            slope = (function(x + step) - function(x - step)) / 2e-5
            dx[place] = (dy * slope).sum()
        return dx.astype(dy.dtype)

    return reference


SETTINGS = [(5, 1.0, 1.0, 0.5), (1, 2.0, 0.5, 0.75), (0, 1.0, 1e-2, 1.0)]
IMAGES = real(2, 2, 1, 5)


ENTRIES = [
    Entry(
        FusedBatchNorm,
        forward_samples(FusedBatchNorm),
        [
            *bad(FusedBatchNorm),
            Bad(
                None,
                inputs(NHWC, trained=True),
                ValueError,
                "must be None if is_training is True",
                build=lambda *args: fused_batch_norm(*args),
            ),
            Bad(
                None,
                inputs(NHWC)[:3],
                ValueError,
                "must be given if is_training is False",
                build=lambda *args: fused_batch_norm(*args, is_training=False),
            ),
        ],
    ),
    Entry(
        FusedBatchNormV2,
        forward_samples(FusedBatchNormV2) + half_samples(FusedBatchNormV2),
        bad(FusedBatchNormV2),
    ),
    Entry(
        FusedBatchNormV3,
        forward_samples(FusedBatchNormV3, (NONE,)) + half_samples(FusedBatchNormV3, (NONE,)),
        bad(FusedBatchNormV3),
    ),
    Entry(
        FusedBatchNormGrad, backward_samples(FusedBatchNormGrad), bad_gradient(FusedBatchNormGrad)
    ),
    Entry(
        FusedBatchNormGradV2,
        backward_samples(FusedBatchNormGradV2) + backward_samples(FusedBatchNormGradV2, np.float16),
        bad_gradient(FusedBatchNormGradV2),
    ),
    Entry(
        FusedBatchNormGradV3,
        backward_samples(FusedBatchNormGradV3, more=(NONE,))
        + backward_samples(FusedBatchNormGradV3, np.float16, (NONE,)),
        bad_gradient(FusedBatchNormGradV3, (NONE,)),
    ),
    Entry(
        LRN,
        [
            *[Sample(LRN(*s), (IMAGES,), local_response(*s), order=1) for s in SETTINGS],
            Sample(LRN(), (real(0, 2, 2, 3),), local_response(5, 1.0, 1.0, 0.5)),
            Sample(
                LRN(),
                (IMAGES.astype(np.float16),),
                local_response(5, 1.0, 1.0, 0.5),
                differentiate=(),
                rtol=4e-3,
            ),
        ],
        [
            Bad(LRN(), (real(2, 3, 2),), ValueError, "must be rank 4 but is rank 3"),
            Bad(
                LRN(), (real(2, 3, 2),), InvalidArgumentError, "in must be 4-dimensional", run=True
            ),
            Bad(LRN(), (np.full((1, 1, 1, 2), "a", object),), TypeError, "string not in list"),
        ],
    ),
    Entry(
        LRNGrad,
        [
            Sample(
                LRNGrad(*s),
                (real(2, 2, 1, 5), IMAGES, local_response(*s)(IMAGES)),
                local_response_gradient(*s),
                differentiate=(),
                rtol=1e-4,
                atol=1e-5,
            )
            for s in SETTINGS
        ],
        [
            Bad(LRNGrad(), (real(2, 3), IMAGES, IMAGES), ValueError, "must be rank 4"),
            Bad(
                LRNGrad(),
                (IMAGES[:1], IMAGES, IMAGES),
                InvalidArgumentError,
                "should have the same shape",
                run=True,
            ),
        ],
    ),
]
