"""The usual causes of a NaN or an infinity, by the operation and its inputs' ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor

_LARGE = 0.45
"""A number above this power of the largest one has got out of hand: its square overflows soon."""

_PASSED = ("Identity", "Reshape", "Cast", "Squeeze", "ExpandDims", "Gather", "GatherV2")


def cause(first: Any) -> str | None:
    """Return a hint at why a NaN or infinity came about, or ``None``.

    Parameters
    ----------
    first : Origin
    """
    if first.kind == "feed":
        return "the data hold it: look with np.argwhere(~np.isfinite(values)) before feeding"
    if first.kind == "variable":
        return (
            "an earlier run or a checkpoint put it there: guard the session from its first run "
            "on, and initialize the variable again"
        )
    operation, inputs = first.operation, first.inputs
    found = _hint(operation, inputs)
    if found is not None:
        return found
    if operation.op.writes():
        return (
            "the step of the update is too large: a smaller learning rate, or gradients clipped "
            "by tf.clip_by_global_norm"
        )
    if operation.forward is not None:
        return _of_gradient(operation.forward)
    if not any(tensor.dtype.base_dtype.is_floating for tensor in operation.inputs):
        return "the values come from outside of the graph: the data hold it" if inputs else None
    return None


def _hint(operation: Operation, inputs: Any) -> str | None:
    make = _HINTS.get(operation.type)
    found = None
    if make is not None and inputs and all(hasattr(value, "least") for value in inputs):
        found = make(operation, inputs)
    return _grown(inputs) if found is None else found


def _grown(inputs: Any) -> str | None:
    """Say so if the inputs are so large that the result is beyond the dtype's range."""
    for value in inputs:
        limit, least, most = (getattr(value, n, None) for n in ("limit", "least", "most"))
        if limit is not None and least is not None and max(-least, most) > limit**_LARGE:
            return (
                "the values have grown beyond what the dtype holds: a smaller learning rate, "
                "gradients clipped by tf.clip_by_global_norm, or inputs scaled to about 1"
            )
    return None


def _log(operation: Operation, inputs: Any) -> str | None:
    made_by = _maker(operation.inputs[0])
    x = inputs[0]
    if x.zeros:
        what = "log(0) is -Inf, its slope Inf, and 0 * log(0) NaN"
    elif x.least is not None and x.least < 0:
        what = "the log of a negative number is NaN"
    else:
        return None
    for kind, function in (
        ("Softmax", "tf.nn.softmax_cross_entropy_with_logits"),
        ("Sigmoid", "tf.nn.sigmoid_cross_entropy_with_logits"),
    ):
        if made_by.type == kind:
            return (
                f"{what}: {kind.lower()} rounds to 0; {function}, given what '{made_by.name}' is "
                "given, computes this loss and never meets log(0)"
            )
    return f"{what}: tf.log(tf.maximum(x, 1e-10)), or tf.log(x + 1e-10)"


def _maker(tensor: Tensor) -> Operation:
    """Return the operation whose values a tensor holds, behind what only passes them on."""
    operation = tensor.op
    while operation.type in _PASSED and operation.inputs:
        operation = operation.inputs[0].op
    return operation


def _log1p(operation: Operation, inputs: Any) -> str | None:
    if inputs[0].least is not None and inputs[0].least <= -1:
        return "log1p of -1 is -Inf, and of less NaN"
    return None


def _division(operation: Operation, inputs: Any) -> str | None:
    if not inputs[-1].zeros:
        return None
    if operation.forward is not None and operation.forward.type == "Log":
        return _log(operation.forward, inputs)
    return "a division by 0: tf.div_no_nan gives 0 there, or add a small number to the divisor"


def _exponential(operation: Operation, inputs: Any) -> str | None:
    if inputs[0].most is not None and inputs[0].most > 11:
        return (
            f"exp({inputs[0].most:.4g}) overflows: subtract the maximum first, as tf.nn.softmax "
            "and tf.reduce_logsumexp do"
        )
    return None


def _root(operation: Operation, inputs: Any) -> str | None:
    x = inputs[0]
    if x.least is not None and x.least < 0:
        return "the root of a negative number is NaN: tf.sqrt(tf.maximum(x, 0.))"
    if operation.type == "Rsqrt" and x.zeros:
        return "1 / sqrt(0) is infinite: tf.rsqrt(x + 1e-10)"
    return None


def _root_slope(operation: Operation, inputs: Any) -> str | None:
    if inputs[0].zeros:
        return "the slope of sqrt at 0 is infinite, also in a norm: tf.sqrt(x + 1e-10)"
    return None


def _power(operation: Operation, inputs: Any) -> str | None:
    x, y = inputs
    if x.least is not None and x.least < 0:
        return "a negative number has no real power of a fraction: tf.pow(tf.abs(x), y)"
    if x.zeros and y.least is not None and y.least < 0:
        return (
            "0 to a negative power is infinite; for tf.pow(x, y) with y < 1 the slope at 0 is too"
        )
    return None


def _product(operation: Operation, inputs: Any) -> str | None:
    for value, other in (inputs, inputs[::-1]):
        if value.infinities and other.zeros:
            return "0 * Inf is NaN: keep the Inf out of what is masked, before the product"
    return None


def _difference(operation: Operation, inputs: Any) -> str | None:
    if all(value.infinities for value in inputs):
        return "Inf - Inf is NaN"
    return None


def _of_gradient(forward: Operation) -> str | None:
    slopes = {
        "Sqrt": "the slope of sqrt at 0 is infinite, also in a norm: tf.sqrt(x + 1e-10)",
        "Pow": "the slope of tf.pow(x, y) at 0 is infinite for y < 1",
        "RealDiv": "a division by 0: tf.div_no_nan gives 0 there",
    }
    return slopes.get(forward.type)


_HINTS: dict[str, Callable[[Operation, Any], str | None]] = {
    "Log": _log,
    "Log1p": _log1p,
    **dict.fromkeys(("RealDiv", "Div", "Reciprocal", "Inv", "Xdivy"), _division),
    **dict.fromkeys(("Exp", "Expm1", "Sinh", "Cosh"), _exponential),
    **dict.fromkeys(("Sqrt", "Rsqrt"), _root),
    **dict.fromkeys(("SqrtGrad", "RsqrtGrad"), _root_slope),
    "Pow": _power,
    "Mul": _product,
    **dict.fromkeys(("Sub", "Add", "AddV2"), _difference),
}
