"""``cond`` and ``case``: one of several subgraphs runs, by a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.building import build
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import identity
from flowgraph.ops.functional import If


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """Return what one of two functions builds, by a condition known when the graph runs.

    Only the operations of the branch taken run. Operations built outside the functions
    run whichever branch is taken, as soon as either uses them.

    Parameters
    ----------
    pred : Tensor
        A bool scalar.
    true_fn, false_fn : callable
        Take nothing and return the same structure of tensors, of equal dtypes.
    strict : bool
        Keep a list or tuple of one; else its element is returned.
    name : str, optional
    fn1, fn2 : callable
        Old names of `true_fn` and `false_fn`.

    Returns
    -------
    Tensor or structure of Tensor

    Raises
    ------
    TypeError
        If `pred` is a Python bool, or a branch is not callable.
    ValueError
        If the branches return different structures or dtypes.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [])
    >>> y = tf.cond(x > 0.0, lambda: x * 2.0, lambda: -x)
    >>> print(tf.Session().run(y, {x: 3.0}), tf.Session().run(y, {x: -3.0}))
    6.0 3.0
    """
    if fn1 is not None:
        if true_fn is not None:
            raise TypeError("cond(): 'true_fn' and 'fn1' may not be set simultaneously.")
        true_fn = fn1
    if fn2 is not None:
        if false_fn is not None:
            raise TypeError("cond(): 'false_fn' and 'fn2' may not be set simultaneously.")
        false_fn = fn2
    for branch, what in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(branch):
            raise TypeError(f"{what} must be callable.")
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    with name_scope(name, "cond", [pred]) as scope:
        predicate = convert_to_tensor(pred, dtypes.bool, name="pred")
        predicate.shape.assert_is_compatible_with([])
        graph = get_default_graph()
        pivot = identity(predicate, name="pred_id")
        branches = [_Branch(Body(graph, scope[:-1]), fn) for fn in (true_fn, false_fn)]
        _check_alike(*branches)
        then, other = (branch.body for branch in branches)
        captured = captured_by(then, other)
        op = If(
            captured=tuple(captured),
            then_branch=then,
            else_branch=other,
            Tout=tuple(t.dtype.base_dtype for t in then.outputs),
        )
        with graph.control_dependencies([*then.waits, *other.waits]):
            operation = build(op, [pivot, captured], "If")
        merged = [identity(t, name="Merge") for t in operation.outputs[:-1]]
        structure = branches[0].structure(merged, operation)
    if not strict and isinstance(structure, list | tuple) and len(structure) == 1:
        return structure[0]
    return structure


class _Branch:
    """What one of the functions built."""

    def __init__(self, body: Body, function: Any) -> None:
        self.body = body
        with body.as_default():
            result = function()
            self.result = result
            self.leaves = [] if result is None else nest.flatten(result)
            for leaf in self.leaves:
                for part in nest.components(leaf):
                    body.outputs.append(self._output(part))

    def _output(self, part: Any) -> Tensor:
        """Return an output of the body: for an operation, a tensor that waits for it."""
        if isinstance(part, Operation):
            with self.body.control_dependencies([part]):
                return convert_to_tensor(True, name="done")
        if hasattr(part, "_as_graph_element") and not isinstance(part, Tensor):
            part = part._as_graph_element()
        tensor = self.body.adopt(convert_to_tensor(part))
        return identity(tensor) if tensor.dtype.is_ref_dtype else tensor

    def structure(self, tensors: list[Tensor], operation: Operation) -> Any:
        """Return the merged tensors in the structure of the branch's result."""
        if self.result is None:
            return operation
        rest = iter(tensors)
        leaves = [
            nest.compose(leaf, [next(rest) for _ in nest.components(leaf)]) for leaf in self.leaves
        ]
        return nest.pack_as(self.result, leaves)


def _check_alike(then: _Branch, other: _Branch) -> None:
    if (then.result is None) != (other.result is None) or not nest.same_structure(
        then.result, other.result
    ):
        raise ValueError(
            "Incompatible return types of true_fn and false_fn: "
            f"{then.result!r} and {other.result!r}"
        )
    for a, b in zip(then.body.outputs, other.body.outputs, strict=True):
        if a.dtype.base_dtype is not b.dtype.base_dtype:
            raise ValueError(
                f"Outputs of true_fn and false_fn must have the same type: {a.dtype.name}, "
                f"{b.dtype.name}\n  true_fn returned {a!r}, made at\n  {a.op.site}\n"
                f"  false_fn returned {b!r}, made at\n  {b.op.site}"
            )
