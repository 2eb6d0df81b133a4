"""Biases, rectifiers, smooth activations and softmax."""

import ml_dtypes
import numpy as np
import scipy.special

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.activation import (
    Elu,
    EluGrad,
    Selu,
    SeluGrad,
    Softplus,
    SoftplusGrad,
    Softsign,
    SoftsignGrad,
)
from flowgraph.ops.bias import BiasAdd, BiasAddGrad, bias_add
from flowgraph.ops.core import constant
from flowgraph.ops.rectification import (
    LeakyRelu,
    LeakyReluGrad,
    Relu,
    Relu6,
    Relu6Grad,
    ReluGrad,
    leaky_relu,
)
from flowgraph.ops.softmax import LogSoftmax, Softmax, softmax
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(6)
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805

# Away from the kinks at 0 and 6.
X = np.array([[-4.0, -1.5, -0.5], [0.5, 3.0, 9.0]])
DY = np.array([[1.0, -2.0, 3.0], [0.5, -0.25, 2.0]])
INTS = np.array([-3, 0, 2, 8], np.int32)
HALF = X.astype(np.float16)
BRAIN = X.astype(ml_dtypes.bfloat16)
EMPTY = np.zeros((0, 3))


def real(*shape, dtype=np.float64):
    return RNG.uniform(-2, 2, shape).astype(dtype)


def each(function):
    """A function of numbers as a function of arrays, computed in float64."""

    def reference(*arrays):
        rows = zip(*[a.ravel().astype(np.float64) for a in arrays], strict=True)
        values = [function(*row) for row in rows]
        return np.array(values).reshape(arrays[0].shape).astype(arrays[0].dtype)

    return reference


def unary(op, function, order=2, integers=False):
    expected = each(function)
    samples = [
        Sample(op, (X,), expected, order=order),
        Sample(op, (X.astype(np.float32),), expected, order=order),
        Sample(op, (np.array(0.75),), expected, order=order),
        Sample(op, (EMPTY,), expected, order=order),
        Sample(op, (HALF,), expected, differentiate=(), rtol=4e-3),
        Sample(op, (BRAIN,), expected, differentiate=(), rtol=4e-2),
    ]
    if integers:
        samples.append(Sample(op, (INTS,), expected))
    return samples


def binary(op, function, order=2, integers=False, second=X):
    expected = each(function)
    samples = [
        Sample(op, (DY, second), expected, order=order),
        Sample(op, (EMPTY, EMPTY), expected, order=order),
        Sample(
            op,
            (DY.astype(np.float16), second.astype(np.float16)),
            expected,
            differentiate=(),
            rtol=4e-3,
        ),
    ]
    if integers:
        samples.append(Sample(op, (INTS, INTS), expected))
    return samples


def differ(op):
    return [
        Bad(op, (real(2, 3), real(2, 2)), ValueError, "Dimension 1 in both shapes must be equal"),
        Bad(
            op,
            (real(2), real(3)),
            InvalidArgumentError,
            "must have the same size and shape",
            run=True,
        ),
    ]


def not_float(op):
    return [Bad(op, (INTS,), TypeError, "DataType int32 not in list of allowed values")]


def channels(x):
    return x.reshape(-1, x.shape[-1]).sum(axis=0)


ENTRIES = [
    Entry(
        BiasAdd,
        [
            Sample(BiasAdd(), (real(2, 3), real(3)), np.add),
            Sample(BiasAdd(), (real(2, 2, 2, 3), real(3)), np.add),
            Sample(BiasAdd("NCHW"), (real(2, 3, 2, 2), real(3)), lambda x, b: x + b[:, None, None]),
            Sample(BiasAdd("NCHW"), (real(2, 3, 2), real(3)), lambda x, b: x + b[:, None]),
            Sample(BiasAdd(), (np.ones((2, 3), np.int32), np.arange(3, dtype=np.int32)), np.add),
            Sample(BiasAdd(), (real(0, 3), real(3)), np.add),
            Sample(
                BiasAdd(),
                (real(2, 3, dtype=np.float16), real(3, dtype=np.float16)),
                np.add,
                differentiate=(),
            ),
        ],
        [
            Bad(BiasAdd(), (real(3), real(3)), ValueError, "at least rank 2 but is rank 1"),
            Bad(BiasAdd(), (real(2, 3), real(2)), ValueError, "must be equal, but are 3 and 2"),
            Bad(BiasAdd(), (real(2, 3), real(3, 1)), ValueError, "must be rank 1 but is rank 2"),
            Bad(BiasAdd("NCHW"), (real(2, 3), real(3)), ValueError, "at least rank 3"),
            Bad(
                BiasAdd(),
                (real(2, 3), real(2)),
                InvalidArgumentError,
                r"Must provide as many biases .*: \[2\] vs. \[2,3\]",
                run=True,
            ),
            Bad(
                BiasAdd(), (real(3), real(3)), InvalidArgumentError, "must be at least 2D", run=True
            ),
            Bad(
                None,
                (real(2, 3), real(3)),
                ValueError,
                "data_format must be of the form",
                build=lambda x, b: bias_add(x, b, data_format="XY"),
            ),
        ],
    ),
    Entry(
        BiasAddGrad,
        [
            Sample(BiasAddGrad(), (real(2, 3),), channels),
            Sample(BiasAddGrad(), (real(2, 2, 2, 3),), channels),
            Sample(BiasAddGrad("NCHW"), (real(2, 3, 2, 2),), lambda x: x.sum(axis=(0, 2, 3))),
            Sample(BiasAddGrad("NCHW"), (real(2, 3, 2),), lambda x: x.sum(axis=(0, 2))),
            Sample(BiasAddGrad(), (np.arange(6, dtype=np.int32).reshape(2, 3),), channels),
            Sample(BiasAddGrad(), (real(0, 3),), np.zeros(3)),
            Sample(
                BiasAddGrad(),
                (real(2, 3, dtype=np.float16),),
                channels,
                differentiate=(),
                rtol=2e-3,
            ),
        ],
        [
            Bad(BiasAddGrad(), (real(3),), ValueError, "at least rank 2 but is rank 1"),
            Bad(BiasAddGrad(), (real(3),), InvalidArgumentError, "at least 2D", run=True),
        ],
    ),
    Entry(
        Relu,
        unary(Relu(), lambda x: max(x, 0), integers=True),
        [Bad(Relu(), (np.array([True]),), TypeError, "DataType bool not in list")],
    ),
    Entry(
        ReluGrad,
        binary(ReluGrad(), lambda dy, x: dy if x > 0 else 0, integers=True),
        differ(ReluGrad()),
    ),
    Entry(
        Relu6,
        unary(Relu6(), lambda x: min(max(x, 0), 6), integers=True),
        [Bad(Relu6(), (np.array([True]),), TypeError, "DataType bool not in list")],
    ),
    Entry(
        Relu6Grad,
        binary(Relu6Grad(), lambda dy, x: dy if 0 < x < 6 else 0, integers=True),
        differ(Relu6Grad()),
    ),
    Entry(
        LeakyRelu,
        unary(LeakyRelu(), lambda x: x if x > 0 else 0.2 * x)
        + unary(LeakyRelu(1.5), lambda x: x if x > 0 else 1.5 * x),
        [
            *not_float(LeakyRelu()),
            Bad(
                None,
                (X,),
                TypeError,
                "Expected float for argument 'alpha'",
                build=lambda x: leaky_relu(x, alpha=constant(0.5)),
            ),
        ],
    ),
    Entry(
        LeakyReluGrad,
        binary(LeakyReluGrad(0.3), lambda dy, x: dy if x > 0 else 0.3 * dy),
        differ(LeakyReluGrad()),
    ),
    Entry(Elu, unary(Elu(), lambda x: x if x > 0 else np.expm1(x)), not_float(Elu())),
    Entry(
        EluGrad,
        binary(EluGrad(), lambda dy, y: dy if y > 0 else dy * (y + 1), second=X / 5),
        differ(EluGrad()),
    ),
    Entry(
        Selu,
        unary(Selu(), lambda x: SCALE * (x if x > 0 else ALPHA * np.expm1(x))),
        not_float(Selu()),
    ),
    Entry(
        SeluGrad,
        binary(
            SeluGrad(), lambda dy, y: dy * (SCALE if y > 0 else y + SCALE * ALPHA), second=X / 5
        ),
        differ(SeluGrad()),
    ),
    Entry(
        Softplus,
        [
            *unary(Softplus(), lambda x: np.logaddexp(0, x)),
            Sample(Softplus(), (np.array([-800.0, 800.0]),), np.array([0.0, 800.0])),
        ],
        not_float(Softplus()),
    ),
    Entry(
        SoftplusGrad,
        binary(SoftplusGrad(), lambda dy, x: dy * scipy.special.expit(x)),
        differ(SoftplusGrad()),
    ),
    Entry(Softsign, unary(Softsign(), lambda x: x / (1 + abs(x)), order=1), not_float(Softsign())),
    Entry(
        SoftsignGrad,
        [
            Sample(s.op, s.inputs, s.expected, differentiate=(), rtol=s.rtol)
            for s in binary(SoftsignGrad(), lambda dy, x: dy / (1 + abs(x)) ** 2)
        ],
        differ(SoftsignGrad()),
    ),
    Entry(
        Softmax,
        [
            Sample(Softmax(), (real(4),), scipy.special.softmax),
            Sample(Softmax(), (real(2, 3),), lambda x: scipy.special.softmax(x, -1)),
            Sample(Softmax(), (real(2, 2, 3),), lambda x: scipy.special.softmax(x, -1)),
            Sample(Softmax(), (np.array([1000.0, 1000.0]),), np.array([0.5, 0.5])),
            Sample(Softmax(), (real(0, 3),), np.zeros((0, 3))),
            Sample(Softmax(), (real(2, 0),), np.zeros((2, 0))),
            Sample(
                Softmax(),
                (real(2, 3, dtype=np.float16),),
                lambda x: scipy.special.softmax(x.astype(np.float64), -1).astype(np.float16),
                differentiate=(),
                rtol=2e-3,
            ),
        ],
        [
            Bad(Softmax(), (real(),), ValueError, "at least rank 1 but is rank 0"),
            Bad(Softmax(), (real(),), InvalidArgumentError, "1 dimension", run=True),
            *not_float(Softmax()),
            Bad(
                None,
                (real(2, 3),),
                InvalidArgumentError,
                r"Dimension \(2\) must be in the range \[-2, 2\)",
                build=lambda x: softmax(x, axis=2),
            ),
        ],
    ),
    Entry(
        LogSoftmax,
        [
            Sample(LogSoftmax(), (real(4),), scipy.special.log_softmax),
            Sample(LogSoftmax(), (real(2, 3),), lambda x: scipy.special.log_softmax(x, -1)),
            Sample(LogSoftmax(), (np.array([0.0, 1000.0]),), np.array([-1000.0, 0.0])),
            Sample(LogSoftmax(), (real(0, 3),), np.zeros((0, 3))),
            Sample(
                LogSoftmax(),
                (real(2, 3, dtype=np.float16),),
                lambda x: scipy.special.log_softmax(x.astype(np.float64), -1).astype(np.float16),
                differentiate=(),
                rtol=4e-3,
            ),
        ],
        [
            Bad(LogSoftmax(), (real(),), ValueError, "at least rank 1 but is rank 0"),
            *not_float(LogSoftmax()),
        ],
    ),
]
