"""``cond`` and ``case``: one of several subgraphs runs, by a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.building import build
from flowgraph.ops.constant import constant
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
            raise TypeError("cond(): true_fn and fn1 may not be set simultaneously.")
        true_fn = fn1
    if fn2 is not None:
        if false_fn is not None:
            raise TypeError("cond(): false_fn and fn2 may not be set simultaneously.")
        false_fn = fn2
    for branch, what in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if branch is None:
            raise TypeError(f"cond(): {what} argument required")
        if not callable(branch):
            raise TypeError(f"{what} must be callable.")
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    with name_scope(name, "cond", [pred]) as scope:
        graph = get_default_graph()
        pivot = _pivot(pred, scope)
        then = _Branch(Body(graph, scope[:-1], before=_SWITCHES), true_fn, True, strict)
        passed = then.body.node_count - graph.node_count
        other = _Branch(Body(graph, scope[:-1], before=passed), false_fn, False, strict)
        passed = other.body.node_count - graph.node_count
        _check_alike(then, other)
        captured = captured_by(then.body, other.body)
        op = If(
            captured=tuple(captured),
            then_branch=then.body,
            else_branch=other.body,
            Tout=tuple(t.dtype.base_dtype for t in then.body.outputs),
        )
        with graph.control_dependencies([*then.body.waits, *other.body.waits]):
            operation = build(op, [pivot, captured], "If")
        graph.inside += passed - 1
        merged = [identity(t, name="Merge") for t in operation.outputs[:-1]]
        structure = then.structure(merged)
    if not strict and isinstance(structure, list | tuple) and len(structure) == 1:
        return structure[0]
    return structure


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """Return what one of two functions builds: at once, if the condition is known.

    Parameters
    ----------
    pred : bool, 0, 1 or Tensor
        A bool scalar. If its value is known, only the function taken is called.
    true_fn, false_fn : callable
    name : str, optional

    Returns
    -------
    What the function returns, or what `cond` returns

    Raises
    ------
    TypeError
        If `pred` is neither, or a branch is not callable.

    Examples
    --------
    >>> from flowgraph.ops.conditional import smart_cond
    >>> smart_cond(True, lambda: "built", lambda: "left out")
    'built'
    """
    for branch, what in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(branch):
            raise TypeError(f"`{what}` must be callable.")
    value = smart_constant_value(pred)
    if value is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    chosen: Any = true_fn if value else false_fn
    return chosen()


def smart_constant_value(pred: Any) -> bool | None:
    """Return the value of a condition, ``None`` if only a run can tell.

    Parameters
    ----------
    pred : bool, 0, 1 or Tensor

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from flowgraph.ops.conditional import smart_constant_value
    >>> smart_constant_value(1), smart_constant_value(tf.placeholder(tf.bool))
    (True, None)
    """
    if isinstance(pred, Tensor):
        value = pred.static_value()
        return None if value is None else bool(value)
    if isinstance(pred, bool | np.bool_) or (isinstance(pred, int) and pred in (0, 1)):
        return bool(pred)
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred)}"
    )


_SWITCHES = 3
"""How many nodes TensorFlow makes beside ``pred_id`` before the branches."""


def _pivot(pred: Any, scope: str) -> Tensor:
    """Return the condition as a tensor."""
    predicate = convert_to_tensor(pred, name="pred")
    if predicate.dtype.base_dtype is not dtypes.bool:
        raise TypeError(
            f"Input 'pred' of 'Switch' Op has type {predicate.dtype.base_dtype.name} that does "
            f"not match expected type of bool.\n  it is {predicate!r}, made at\n"
            f"  {predicate.op.site}"
        )
    if predicate.shape.ndims not in (None, 0):
        sizes = str(predicate.shape.as_list()).replace(" ", "").replace("None", "?")
        raise ValueError(
            f"Shape must be rank 0 but is rank {predicate.shape.ndims} for '{scope}Switch' (op: "
            f"'Switch') with input shapes: {sizes}, {sizes}.\n  the condition is "
            f"{predicate!r}, made at\n  {predicate.op.site}"
        )
    return identity(predicate, name="pred_id")


class _Branch:
    """What one of the functions built."""

    def __init__(self, body: Body, function: Any, taken: bool, strict: bool) -> None:
        self.body = body
        self.taken = taken
        with body.as_default():
            result = function()
            if result is None:
                raise ValueError(f"{'true' if taken else 'false'}_fn must have a return value.")
            if not strict and isinstance(result, list | tuple) and len(result) == 1:
                (result,) = result
            self.result = result
            self.leaves = nest.flatten(result)
            for leaf in self.leaves:
                for part in nest.components(leaf):
                    body.outputs.append(self._output(part))

    def _output(self, part: Any) -> Tensor:
        """Return an output of the body: for an operation, the condition, waiting for it."""
        if isinstance(part, Operation):
            with self.body.control_dependencies([part]):
                return constant(
                    self.taken, dtypes.bool, name="switch_t" if self.taken else "switch_f"
                )
        tensor = self.body.adopt(convert_to_tensor(part))
        if not tensor.dtype.is_ref_dtype:
            return tensor
        self.body.inside -= 1  # a Merge of TensorFlow's takes the reference itself
        return identity(tensor)

    def structure(self, tensors: list[Tensor]) -> Any:
        """Return the merged tensors in the structure of the branch's result."""
        rest = iter(tensors)
        leaves = [
            nest.compose(leaf, [next(rest) for _ in nest.components(leaf)]) for leaf in self.leaves
        ]
        return nest.pack_as(self.result, leaves)


def _check_alike(then: _Branch, other: _Branch) -> None:
    nest.assert_same_structure(then.result, other.result)
    for a, b in zip(then.body.outputs, other.body.outputs, strict=True):
        if a.dtype.base_dtype is not b.dtype.base_dtype:
            raise ValueError(
                f"Outputs of true_fn and false_fn must have the same type: {a.dtype.name}, "
                f"{b.dtype.name}\n  true_fn returned {a!r}, made at\n  {a.op.site}\n"
                f"  false_fn returned {b!r}, made at\n  {b.op.site}"
            )
