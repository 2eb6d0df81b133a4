"""Losses that run but are seldom meant: looked for where one call ends what makes them."""

from __future__ import annotations

from flowgraph.cautions import BroadcastWarning, SoftmaxTwiceWarning, caution
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed

_PER_ELEMENT = frozenset(("Square", "Abs", "Pow", "Cast", "Neg"))
"""What a loss or an accuracy does to each difference."""

_PAIRING = frozenset(("Sub", "SquaredDifference", "Equal"))

_DELIBERATE = frozenset(("ExpandDims", "StridedSlice", "Reshape", "Transpose", "Const"))
"""What makes a column for the sake of pairing every element with every other."""

_PASSED = frozenset(("Identity", "Reshape"))


def suspect_pairing(reduced: Tensor) -> None:
    """Warn if a tensor, whose elements are all to be added up, comes of a column and a vector.

    That is ``[n, 1]`` and ``[n]``, with a difference or a comparison of ``[n, n]``, of which a loss
    needs ``n``. A column made of a vector on the spot is taken to be meant.
    """
    sizes = reduced._shape.sizes
    if sizes is None or len(sizes) != 2:
        return
    operation = reduced.op
    while operation.type in _PER_ELEMENT:
        operation = operation.inputs[0].op
    if operation.type == "Mul":  # labels * log(p)
        logs = [t for t in operation.inputs if t.op.type in ("Log", "Log1p")]
        if not logs:
            return
    elif operation.type not in _PAIRING:
        return
    a, b = operation.inputs
    if _pairs(a, b) or _pairs(b, a):
        caution(BroadcastWarning, _paired(operation))


def _pairs(column: Tensor, vector: Tensor) -> bool:
    tall, long = column._shape.sizes, vector._shape.sizes
    if tall is None or long is None or len(tall) != 2 or len(long) != 1:
        return False
    (rows, width), (count,) = tall, long
    return width == 1 and rows == count != 1 and column.op.type not in _DELIBERATE


def _paired(operation: Operation) -> str:
    a, b = operation.inputs
    shapes = [bracketed(t._shape.sizes or ()) for t in (a, b, operation.outputs[0])]
    return (
        f"{operation.type} '{operation.name}' of shapes {shapes[0]} and {shapes[1]} gives "
        f"{shapes[2]}, every element with every other, all of which is added up\n"
        f"  {a.name} was made at\n  {a.op.site}\n  {b.name} was made at\n  {b.op.site}\n"
        "  hint: tf.squeeze(column, 1) makes a vector of the column, tf.expand_dims(vector, 1) a "
        "column of the vector"
    )


def suspect_probabilities(logits: Tensor, kind: str, function: str) -> None:
    """Warn if what is to be logits is the result of a softmax or sigmoid already.

    Parameters
    ----------
    logits : Tensor
    kind : str
        The type of the op that `function` applies itself: ``"Softmax"`` or ``"Sigmoid"``.
    function : str
    """
    operation = logits.op
    while operation.type in _PASSED:
        operation = operation.inputs[0].op
    if operation.type == kind:
        name = kind.lower()
        caution(
            SoftmaxTwiceWarning,
            f"{function} applies {name} itself, and is given the {name} '{operation.name}', made "
            f"at\n  {operation.site}\n  hint: give it {operation.inputs[0].name}, the logits; "
            f"{name} of a {name} is nearly flat, and so are its gradients",
        )
