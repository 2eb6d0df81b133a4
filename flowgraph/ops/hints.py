"""Hints on inputs that do not fit: a change is offered only where it would fit."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from flowgraph import source, user_code
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed
from flowgraph.shapes import Sizes


def sizes_of(value: Any) -> Sizes | None:
    """Return the sizes of a tensor or an array, or ``None`` if its rank is not known."""
    shape = value.shape
    return getattr(shape, "sizes", shape)  # type: ignore[no-any-return]


def product_hint(factors: tuple[Any, ...], flip_a: bool, flip_b: bool) -> str | None:
    """Say which axes of the factors of a matrix product differ, and what would make them fit.

    Parameters
    ----------
    factors : tuple of two tensors or arrays
    flip_a, flip_b : bool
        Whether each is transposed.
    """
    left, right = (sizes_of(factor) for factor in factors)
    if left is None or right is None:
        return None
    for name, sizes in (("a", left), ("b", right)):
        if len(sizes) == 1:
            return f"{name} is a vector: tf.expand_dims makes it a matrix of one row or one column"
    if len(left) < 2 or len(right) < 2:
        return None
    axis_a, axis_b = len(left) - (2 if flip_a else 1), len(right) - (1 if flip_b else 2)
    inner_a, inner_b = left[axis_a], right[axis_b]
    outer_a, outer_b = left[2 * len(left) - 3 - axis_a], right[2 * len(right) - 3 - axis_b]
    flat = left[1:]
    if len(left) > 2 and None not in flat and math.prod(n or 0 for n in flat) == inner_b:
        return f"tf.reshape(a, [-1, {inner_b}]) makes a row of each element of the batch"
    if inner_a == inner_b or inner_a is None or inner_b is None:
        return None
    where = f"axis {axis_a} of a is {inner_a}, axis {axis_b} of b is {inner_b}"
    if inner_a == outer_b:
        return f"{where}; transpose_b={not flip_b} would fit"
    if outer_a == inner_b:
        return f"{where}; transpose_a={not flip_a} would fit"
    if outer_a == outer_b and outer_a is not None:
        return f"{where}; b times a would fit"
    return where


def elementwise_hint(inputs: tuple[Any, ...]) -> str | None:
    """Say what would make the shapes of an elementwise op fit."""
    if len(inputs) != 2:
        return None
    left, right = sizes_of(inputs[0]), sizes_of(inputs[1])
    if left is None or right is None or not left or not right:
        return None
    if len(left) == len(right) == 2 and left == right[::-1]:
        return f"tf.transpose makes {bracketed(right)} into {bracketed(left)}"
    longer, shorter, name = (
        (left, right, "second") if len(left) > len(right) else (right, left, "first")
    )
    if len(shorter) == 1 and len(longer) > 1 and shorter[0] == longer[0] != longer[-1]:
        return f"tf.expand_dims(x, -1) makes the {name} input a column, one value for each row"
    axes = zip(reversed(left), reversed(right), strict=False)
    for axis, (m, n) in enumerate(axes):
        if m != n and 1 not in (m, n) and None not in (m, n):
            return f"axis {-1 - axis} is {m} in the first and {n} in the second"
    return None


def reshape_hint(x: Any, target: list[int | None]) -> str | None:
    """Say which one size of a reshape, left open, the elements would fill."""
    sizes = sizes_of(x)
    if sizes is None or None in sizes or not target or None in target:
        return None
    size = math.prod(n or 0 for n in sizes)
    if target.count(-1) == 1:
        rest = math.prod(n for n in target if n is not None and n != -1)
        features = math.prod(n or 0 for n in sizes[1:])
        if len(sizes) > 1 and rest and features % rest:
            return f"each row of the input has {features} elements, which {rest} does not divide"
        return None
    rest = math.prod(n or 0 for n in target[1:])
    if rest and size % rest == 0 and size:
        return f"{bracketed([-1, *target[1:]])} would fit, with {size // rest} in the first place"
    return None


def source_of(tensor: Tensor) -> Operation:
    """Return the operation whose value a tensor is, behind reads and copies of it."""
    operation = tensor.op
    while operation.type in ("Identity", "StopGradient", "Cast") and operation.inputs:
        operation = operation.inputs[0].op
    return operation


def origins(**tensors: Tensor) -> str:
    """Return lines that say where tensors were made, by the names of the arguments."""
    return "".join(
        f"\n  {name} is {tensor!r}, made at\n  {tensor.op.site}" for name, tensor in tensors.items()
    )


def rows_hint(operation: Operation, logits: Any, labels: Any) -> str | None:
    """Say how logits and labels of a cross entropy differ, and what may have changed the rows."""
    left, right = sizes_of(logits), sizes_of(labels)
    if not left or not right or left[0] is None or right[0] is None:
        return None
    if right[0] == 1 and right[-1] == left[0] != left[-1]:
        return (
            "the labels look like numbers of classes: "
            "sparse_softmax_cross_entropy_with_logits takes them, or tf.one_hot makes them rows"
        )
    if left[0] == right[0]:
        if left[-1] == right[-1]:
            return None
        return f"the numbers of classes differ: {left[-1]} of the logits, {right[-1]} of the labels"
    text = f"the batch sizes differ: {left[0]} rows of logits, {right[0]} of labels"
    reshaped = _reshaped_before(operation)
    if reshaped is None:
        return text
    return (
        f"{text}; the rows of logits come from the Reshape '{reshaped.name}' at\n  {reshaped.site}"
    )


def _reshaped_before(operation: Operation) -> Operation | None:
    """Return the reshape of the user's own that the first input of an operation comes from."""
    current = operation
    while current.inputs:
        current = current.inputs[0].op
        if current.type == "Reshape" and current.site != operation.site:
            return current
    return None


def labels_hint(logits: Any, labels: Any) -> str | None:
    """Say what is wrong with labels that name no class."""
    left, right = sizes_of(logits), sizes_of(labels)
    if left is None or right is None:
        return None
    if len(right) == len(left) and right[-1:] == left[-1:]:
        return (
            "the labels look one-hot: use softmax_cross_entropy_with_logits, "
            "or tf.argmax(labels, -1)"
        )
    if isinstance(labels, np.ndarray) and labels.size and left:
        if labels.min() == 1 and labels.max() == left[-1]:
            return "the labels count from 1: subtract 1"
        if labels.min() < 0:
            return "a label is negative: mask such rows, for example by weights of 0"
        if labels.max() >= (left[-1] or 0):
            return f"the logits have {left[-1]} classes, the labels need {labels.max() + 1}"
    return None


def check_named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """Refuse labels and logits that were not given by name, or not at all."""
    if sentinel is not None:
        raise ValueError(
            f"Only call `{function}` with named arguments (labels=..., logits=..., ...)\n"
            f"  hint: the call is {_named_call(function)}"
        )
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def _named_call(function: str) -> str:
    """Return the call of a cross entropy at the user's line with its arguments named."""
    found = user_code.call(source.here(), function)
    values = [ast.unparse(value) for value in found.args[:2]] if found is not None else []
    if found is None or len(values) < 2:
        return f"tf.nn.{function}(labels=<labels>, logits=<logits>)"
    rest = "".join(f", {ast.unparse(keyword)}" for keyword in found.keywords)
    return f"{ast.unparse(found.func)}(labels={values[1]}, logits={values[0]}{rest})"


_SINGULAR = {
    "Log": "log of 0 is -Inf and of less NaN: tf.log(tf.maximum(x, 1e-10)), or for a loss "
    "tf.nn.softmax_cross_entropy_with_logits on the logits",
    "RealDiv": "a division by 0: tf.div_no_nan gives 0 instead",
    "Div": "a division by 0: tf.div_no_nan gives 0 instead",
    "Sqrt": "sqrt of less than 0 is NaN, and its slope at 0 is infinite: tf.sqrt(x + 1e-10)",
    "Exp": "exp overflows above 88 in float32: subtract the maximum first, as tf.reduce_logsumexp",
    "Pow": "a negative number has no real power of a fraction",
}


def not_finite_hint(tensor: Tensor, value: Any) -> str:
    """Describe a value that is not finite, and name the likely cause."""
    finite = value[np.isfinite(value)] if isinstance(value, np.ndarray) else np.zeros(0)
    counts = f"{int(np.isnan(value).sum())} NaN and {int(np.isinf(value).sum())} Inf"
    bounds = f", the others from {finite.min():.4g} to {finite.max():.4g}" if finite.size else ""
    text = f"{counts} of {np.size(value)} elements{bounds}"
    waiting, seen = [tensor.op], {tensor.op}
    while waiting:
        operation = waiting.pop(0)
        if operation.type in _SINGULAR:
            name, site = operation.name, operation.site
            return f"{text}; {_SINGULAR[operation.type]}; {operation.type} '{name}' is at\n  {site}"
        before = [t.op for t in operation.inputs if t.op not in seen]
        seen.update(before)
        waiting += before
    return text
