"""Cross entropies of a softmax: against distributions, and against class numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative, subtract
from flowgraph.ops.array import expand_dims, reshape, squeeze, transpose
from flowgraph.ops.assertions import assert_equal
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import (
    apply,
    cast,
    convert_to_tensor,
    prevent_gradient,
    rank,
    shape,
    stop_gradient,
)
from flowgraph.ops.hints import check_named, labels_hint, origins, rows_hint
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.sequences import range
from flowgraph.ops.slicing import slice
from flowgraph.ops.softmax import log_softmax, softmax
from flowgraph.ops.suspicions import suspect_probabilities
from flowgraph.ops.types import INDEX64, NN_FLOATS
from flowgraph.shapes import TensorShape, broadcast


def _shifted(xp: Any, logits: Array) -> tuple[Array, Array, Array]:
    """Return logits minus their maximum, the exponentials of that, and the sums of these."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = xp.exp(shifted)
    return shifted, exponentials, exponentials.sum(axis=1, keepdims=True)


def _widened(array: Array) -> Array:
    """Return a two-byte float as float32: the sums would lose half of their digits."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array


class SoftmaxCrossEntropyWithLogits(Op):
    """For each row, -sum(labels * log_softmax(features)); and softmax(features) - labels."""

    signature = Signature("features: T, labels: T -> loss: T, backprop: T", T=NN_FLOATS)
    broadcasts = True
    takes_missing_gradients = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        both = broadcast(inputs[0].shape, inputs[1].shape)
        both = with_rank(both, 2)
        return (both[:1], both)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        features, labels = inputs
        try:
            sizes = np.broadcast_shapes(features.shape, labels.shape)
        except ValueError:
            raise invalid(
                "logits and labels must be broadcastable: logits_size="
                f"{bracketed(features.shape)} labels_size={bracketed(labels.shape)}"
            ) from None
        if len(sizes) != 2:
            raise invalid(
                "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional"
            )
        kind = features.dtype
        if 0 in sizes:
            return xp.zeros(sizes[:1], dtype=kind), xp.zeros(sizes, dtype=kind)
        labels = _widened(labels)
        shifted, exponentials, sums = _shifted(xp, _widened(xp.broadcast_to(features, sizes)))
        # sum(labels * (log(sums) - shifted)) holds for labels that do not add up to 1 too.
        xp.subtract(xp.log(sums), shifted, out=shifted)
        xp.multiply(shifted, labels, out=shifted)
        loss = shifted.sum(axis=1)
        xp.divide(exponentials, sums, out=exponentials)
        xp.subtract(exponentials, labels, out=exponentials)
        return loss.astype(kind, copy=False), exponentials.astype(kind, copy=False)

    compute_into = Op.copy_into

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return rows_hint(operation, *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        logits = operation.inputs[0]
        backprop = operation.outputs[1]
        losses, again = dys
        to_logits: Tensor | None = None
        to_labels: Tensor | None = None
        if losses is not None:
            column = expand_dims(losses, -1)
            to_logits = multiply(column, backprop)
            to_labels = multiply(column, negative(log_softmax(logits)))
        if again is not None:
            probabilities = softmax(logits)
            inner = matmul(expand_dims(again, 1), expand_dims(probabilities, 2))
            second = multiply(subtract(again, squeeze(inner, [1])), probabilities)
            to_logits = second if to_logits is None else add(to_logits, second)
            through = negative(again)
            to_labels = through if to_labels is None else add(to_labels, through)
        return to_logits, to_labels


class SparseSoftmaxCrossEntropyWithLogits(Op):
    """For each row, -log_softmax(features)[label]; and its gradient in the features."""

    signature = Signature(
        "features: T, labels: Tlabels -> loss: T, backprop: T", T=NN_FLOATS, Tlabels=INDEX64
    )
    takes_missing_gradients = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        rows, classes = with_rank(inputs[0].shape, 2).sizes or (None, None)
        (labels,) = with_rank(inputs[1].shape, 1).sizes or (None,)
        rows = merge_sizes(rows, labels)
        return (TensorShape.of((rows,)), TensorShape.of((rows, classes)))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        features, labels = inputs
        _check_shapes(features, labels)
        classes = features.shape[1]
        valid = (labels >= 0) & (labels < classes)
        if xp is np and not valid.all():
            raise invalid(
                f"Received a label value of {labels[~valid][0]} which is outside the valid range "
                f"of [0, {classes}).  Label values: {' '.join(map(str, labels.tolist()))}"
            )
        kind = features.dtype
        count = features.shape[0]
        if count == 0:
            return xp.zeros((0,), dtype=kind), xp.zeros(features.shape, dtype=kind)
        shifted, exponentials, sums = _shifted(xp, _widened(features))
        rows = xp.arange(count)
        if xp is not np:
            # A device is not waited for to raise an error: the loss of a wrong label is NaN.
            sums = xp.where(valid[:, None], sums, sums.dtype.type(np.nan))
            labels = xp.where(valid, labels, labels.dtype.type(0))
        loss = xp.log(sums[:, 0]) - shifted[rows, labels]
        xp.divide(exponentials, sums, out=exponentials)
        exponentials[rows, labels] -= 1
        return loss.astype(kind, copy=False), exponentials.astype(kind, copy=False)

    compute_into = Op.copy_into

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        return labels_hint(*inputs) or rows_hint(operation, *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        if dys[0] is None:
            return None, None
        backprop = prevent_gradient(
            operation.outputs[1],
            message="Currently there is no way to take the second derivative of "
            "sparse_softmax_cross_entropy_with_logits due to the fused implementation's "
            "interaction with tf.gradients()",
        )
        return multiply(expand_dims(dys[0], -1), backprop), None


def _check_shapes(features: Array, labels: Array) -> None:
    if features.ndim != 2:
        raise invalid(f"logits must be 2-D, but got shape {bracketed(features.shape)}")
    if labels.ndim != 1:
        raise invalid(f"labels must be 1-D, but got shape {bracketed(labels.shape)}")
    if features.shape[0] != labels.shape[0]:
        raise invalid(
            "logits and labels must have the same first dimension, got logits shape "
            f"{bracketed(features.shape)} and labels shape {bracketed(labels.shape)}"
        )
    if features.shape[1] == 0:
        raise invalid(
            f"Must have at least one class, but got logits shape {bracketed(features.shape)}"
        )


def _is_narrow(tensor: Tensor) -> bool:
    return tensor.dtype.base_dtype in (dtypes.float16, dtypes.bfloat16)


def _with_axis_last(tensor: Tensor, axis: int, ndims: Tensor) -> Tensor:
    order = concat([range(axis), range(axis + 1, ndims), [axis]], 0)
    return transpose(tensor, order)


def _as_matrix(tensor: Tensor) -> Tensor:
    """Make rows of the last axis."""
    ndims = rank(tensor)
    columns = slice(shape(tensor), [subtract(ndims, 1)], [1])
    matrix = reshape(tensor, concat([[-1], columns], 0))
    sizes = tensor.shape.sizes
    if sizes is not None and None not in sizes[:-1]:
        matrix.set_shape([math.prod(sizes[:-1]), sizes[-1]])
    return matrix


def softmax_cross_entropy_with_logits_v2(
    labels: Any,
    logits: Any,
    axis: int | None = None,
    name: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """Return ``-sum(labels * log(softmax(logits)))`` along an axis.

    Gradients flow into both arguments.

    Parameters
    ----------
    labels : Tensor
        Probabilities of the classes.
    logits : Tensor
        Of the same shape and a floating-point dtype.
    axis : int, optional
        The axis of the classes; the last one by default.
    name : str, optional
    dim : int, optional
        The old name of `axis`.

    Returns
    -------
    Tensor
        Of the shape without that axis.

    Raises
    ------
    ValueError
        If both `axis` and `dim` are given, or the shapes do not fit.

    Examples
    --------
    >>> loss = tf.nn.softmax_cross_entropy_with_logits_v2([[1.0, 0.0]], [[0.0, 0.0]])
    >>> tf.Session().run(loss)
    array([0.6931472], dtype=float32)
    """
    axis = renamed_argument("axis", axis, "dim", dim)
    axis = -1 if axis is None else axis
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        suspect_probabilities(logits, "Softmax", "softmax_cross_entropy_with_logits")
        precise = cast(logits, dtypes.float32) if _is_narrow(logits) else logits
        labels = cast(labels, precise.dtype)
        ndims = rank(precise)
        if axis != -1:
            precise = _with_axis_last(precise, axis, ndims)
            labels = _with_axis_last(labels, axis, ndims)
        sizes = shape(precise)
        op = SoftmaxCrossEntropyWithLogits()
        cost = apply(op, _as_matrix(precise), _as_matrix(labels), name=scope)
        cost = reshape(cost, slice(sizes, [0], [subtract(ndims, 1)]))
        if logits.shape.sizes is not None:
            outer = list(logits.shape.sizes)
            del outer[axis]
            cost.set_shape(outer)
        return cast(cost, logits.dtype)


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """Return ``-sum(labels * log(softmax(logits)))`` along an axis, which the result lacks.

    No gradient flows into the labels; see `softmax_cross_entropy_with_logits_v2` for that.

    Parameters
    ----------
    _sentinel : None
        Makes a call without the names `labels` and `logits` an error.
    labels : Tensor
        Probabilities of the classes.
    logits : Tensor
        Of the same shape and a floating-point dtype.
    dim : int
        The axis of the classes.
    name : str, optional
    axis : int, optional
        Another name of `dim`.

    Raises
    ------
    ValueError
        If an argument is not named, is missing, or the shapes do not fit.

    Examples
    --------
    >>> loss = tf.nn.softmax_cross_entropy_with_logits(labels=[[1.0, 0.0]], logits=[[0.0, 0.0]])
    >>> tf.Session().run(loss)
    array([0.6931472], dtype=float32)
    """
    dim = dim if axis is None else axis
    check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = stop_gradient(labels, name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(labels, logits, axis=dim, name=scope)


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Return ``-log(softmax(logits))`` of the class that each label names.

    Parameters
    ----------
    _sentinel : None
        Makes a call without the names `labels` and `logits` an error.
    labels : Tensor
        The classes, int32 or int64, of the shape of `logits` without its last axis.
    logits : Tensor
        Of shape ``[..., classes]`` and a floating-point dtype.
    name : str, optional

    Returns
    -------
    Tensor
        Of the shape of `labels`.

    Raises
    ------
    ValueError
        If an argument is not named, is missing, or the shapes do not fit.
    InvalidArgumentError
        If a label is no class, when it runs.

    Notes
    -----
    There is no second derivative.

    Examples
    --------
    >>> loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 0.0]])
    >>> tf.Session().run(loss)
    array([0.6931472], dtype=float32)
    """
    check_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels)
        logits = convert_to_tensor(logits)
        suspect_probabilities(logits, "Softmax", "sparse_softmax_cross_entropy_with_logits")
        precise = cast(logits, dtypes.float32) if _is_narrow(logits) else logits
        sizes = shape(labels)
        is_static = _check_ranks(labels, logits)
        op = SparseSoftmaxCrossEntropyWithLogits()
        if logits.shape.ndims == 2:
            return cast(apply(op, precise, labels, name=name), logits.dtype)
        checks = [] if is_static else [assert_equal(shape(labels), shape(logits)[:-1])]
        with control_dependencies(checks):
            classes = shape(logits)[rank(logits) - 1]
            precise = reshape(precise, [-1, classes])
            flat = reshape(labels, [-1])
            cost = reshape(apply(op, precise, flat, name=name), sizes)
            cost.set_shape(labels.shape)
            return cast(cost, logits.dtype)


def _check_ranks(labels: Tensor, logits: Tensor) -> bool:
    """Check the static shapes, and return whether nothing is left to check when it runs."""
    outer = logits.shape[:-1]
    is_static = labels.shape.is_fully_defined() and outer.is_fully_defined()
    if logits.shape.ndims == 0:
        raise ValueError(f"Logits cannot be scalars - received shape {logits.shape}.")
    ranks = (labels.shape.ndims, logits.shape.ndims)
    if None not in ranks and ranks[0] != ranks[1] - 1:  # type: ignore[operator]
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {ranks[0]}) should equal rank of logits "
            f"minus 1 (received {ranks[1]}).{origins(labels=labels, logits=logits)}"
            "\n  hint: labels that are one-hot rows go to softmax_cross_entropy_with_logits, or "
            "through tf.argmax(labels, -1)"
        )
    if is_static and labels.shape != outer:
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {labels.shape}) should equal the "
            f"shape of logits except for the last dimension (received {logits.shape})."
            f"{origins(labels=labels, logits=logits)}"
        )
    return bool(is_static)
