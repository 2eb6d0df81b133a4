"""Losses."""

import numpy as np
import scipy.special

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.cross_entropy import (
    SoftmaxCrossEntropyWithLogits,
    SparseSoftmaxCrossEntropyWithLogits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
)
from flowgraph.ops.loss import (
    L2Loss,
    sigmoid_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(7)


def real(*shape, dtype=np.float64):
    return RNG.uniform(-2, 2, shape).astype(dtype)


def chances(*shape):
    return scipy.special.softmax(RNG.uniform(-1, 1, shape), -1)


def dense(logits, labels):
    shape = np.broadcast_shapes(logits.shape, labels.shape)
    x = np.broadcast_to(logits.astype(np.float64), shape)
    y = np.broadcast_to(labels.astype(np.float64), shape)
    loss = -(y * scipy.special.log_softmax(x, -1)).sum(-1)
    return loss.astype(logits.dtype), (scipy.special.softmax(x, -1) - y).astype(logits.dtype)


def sparse(logits, labels):
    return dense(logits, np.eye(logits.shape[1], dtype=logits.dtype)[labels])


HALF = (real(2, 3, dtype=np.float16), chances(2, 3).astype(np.float16))

ENTRIES = [
    Entry(
        SoftmaxCrossEntropyWithLogits,
        [
            Sample(SoftmaxCrossEntropyWithLogits(), (real(2, 3), chances(2, 3)), dense),
            # The gradient is one only for labels that add up to 1.
            Sample(
                SoftmaxCrossEntropyWithLogits(),
                (real(2, 3), real(2, 3)),
                dense,
                differentiate=(),
            ),
            Sample(SoftmaxCrossEntropyWithLogits(), (real(1, 3), chances(2, 3)), dense),
            Sample(SoftmaxCrossEntropyWithLogits(), (real(2, 3), chances(1, 3)), dense),
            Sample(
                SoftmaxCrossEntropyWithLogits(),
                (np.array([[0.0, 2000.0]]), np.array([[0.5, 0.5]])),
                (np.array([1000.0]), np.array([[-0.5, 0.5]])),
                differentiate=(),
            ),
            Sample(
                SoftmaxCrossEntropyWithLogits(),
                (np.zeros((0, 3)), np.zeros((0, 3))),
                (np.zeros(0), np.zeros((0, 3))),
            ),
            Sample(
                SoftmaxCrossEntropyWithLogits(), HALF, dense, differentiate=(), rtol=4e-3, atol=1e-3
            ),
        ],
        [
            Bad(
                SoftmaxCrossEntropyWithLogits(),
                (real(3, 3), real(2, 3)),
                InvalidArgumentError,
                r"logits and labels must be broadcastable: logits_size=\[3,3\] labels_size=\[2,3\]",
                run=True,
            ),
            Bad(
                SoftmaxCrossEntropyWithLogits(),
                (real(3), real(3)),
                InvalidArgumentError,
                "must be either 2-dimensional",
                run=True,
            ),
            Bad(SoftmaxCrossEntropyWithLogits(), (real(3), real(3)), ValueError, "must be rank 2"),
            Bad(
                None,
                (real(2, 3), real(2, 3)),
                ValueError,
                "Only call `softmax_cross_entropy_with_logits` with named arguments",
                build=lambda x, y: softmax_cross_entropy_with_logits(x, y),
            ),
            Bad(
                None,
                (real(2, 3),),
                ValueError,
                "Both labels and logits must be provided.",
                build=lambda x: softmax_cross_entropy_with_logits(logits=x),
            ),
        ],
    ),
    Entry(
        SparseSoftmaxCrossEntropyWithLogits,
        [
            Sample(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 3), np.array([2, 0], np.int32)),
                sparse,
                differentiate=(),
            ),
            Sample(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 3, dtype=np.float32), np.array([1, 1], np.int64)),
                sparse,
                differentiate=(),
            ),
            Sample(
                SparseSoftmaxCrossEntropyWithLogits(),
                (np.zeros((0, 3)), np.zeros(0, np.int64)),
                (np.zeros(0), np.zeros((0, 3))),
                differentiate=(),
            ),
            Sample(
                SparseSoftmaxCrossEntropyWithLogits(),
                (HALF[0], np.array([1, 2], np.int32)),
                sparse,
                differentiate=(),
                rtol=4e-3,
                atol=1e-3,
            ),
        ],
        [
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 3), np.array([1, 3])),
                InvalidArgumentError,
                r"Received a label value of 3 which is outside the valid range of \[0, 3\).  "
                "Label values: 1 3",
                run=True,
            ),
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 3), np.array([1])),
                InvalidArgumentError,
                r"must have the same first dimension, got logits shape \[2,3\] and labels",
                run=True,
            ),
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(3), np.array([1])),
                InvalidArgumentError,
                r"logits must be 2-D, but got shape \[3\]",
                run=True,
            ),
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(1, 3), np.array([[1]])),
                InvalidArgumentError,
                r"labels must be 1-D, but got shape \[1,1\]",
                run=True,
            ),
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 0), np.array([0, 0])),
                InvalidArgumentError,
                r"Must have at least one class, but got logits shape \[2,0\]",
                run=True,
            ),
            Bad(
                SparseSoftmaxCrossEntropyWithLogits(),
                (real(2, 3), np.array([1])),
                ValueError,
                "Dimensions must be equal, but are 2 and 1",
            ),
            Bad(
                None,
                (real(2, 3), np.zeros((2, 3), np.int32)),
                ValueError,
                r"Rank mismatch: Rank of labels \(received 2\) should equal rank of logits minus 1",
                build=lambda x, y: sparse_softmax_cross_entropy_with_logits(labels=y, logits=x),
            ),
            Bad(
                None,
                (real(2, 3), np.zeros(3, np.int32)),
                ValueError,
                r"Shape mismatch: The shape of labels \(received \(3,\)\) should equal the shape",
                build=lambda x, y: sparse_softmax_cross_entropy_with_logits(labels=y, logits=x),
            ),
        ],
    ),
    Entry(
        L2Loss,
        [
            Sample(L2Loss(), (real(2, 3),), lambda x: np.sum(x**2) / 2),
            Sample(L2Loss(), (real(),), lambda x: x**2 / 2),
            Sample(L2Loss(), (np.zeros(0),), np.array(0.0)),
            Sample(
                L2Loss(),
                (real(5, dtype=np.float16),),
                lambda x: np.float16(np.sum(x.astype(np.float64) ** 2) / 2),
                differentiate=(),
                rtol=2e-3,
            ),
        ],
        [
            Bad(L2Loss(), (np.arange(3),), TypeError, "DataType int64 not in list"),
            Bad(
                None,
                (real(2), real(3)),
                ValueError,
                r"logits and labels must have the same shape \(\(2,\) vs \(3,\)\)",
                build=lambda x, y: sigmoid_cross_entropy_with_logits(labels=y, logits=x),
            ),
            Bad(
                None,
                (real(2), real(3)),
                ValueError,
                r"logits and targets must have the same shape \(\(2,\) vs \(3,\)\)",
                build=lambda x, y: weighted_cross_entropy_with_logits(y, x, 2.0),
            ),
        ],
    ),
]
