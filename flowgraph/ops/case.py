"""``case``: the first of several conditions that holds decides what runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import less_equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.constant import constant
from flowgraph.ops.core import cast
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str | None = "case",
) -> Any:
    """Return what the function of the first condition that holds builds.

    Parameters
    ----------
    pred_fn_pairs : list of (Tensor, callable), or dict
        Bool scalars with functions that return the same structure of tensors. A plain dict
        is taken in order of the conditions' names.
    default : callable, optional
        For when no condition holds; without it that is an error.
    exclusive : bool
        Several conditions that hold are an error.
    strict : bool
        Keep a list or tuple of one; else its element is returned.
    name : str, optional

    Returns
    -------
    Tensor or structure of Tensor

    Raises
    ------
    TypeError
        If a condition is no bool tensor, or a function is not callable.
    InvalidArgumentError
        When run: if no condition holds and there is no default, or several and `exclusive`.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [])
    >>> y = tf.case([(x < 0.0, lambda: -x), (x < 1.0, lambda: x * 10.0)], default=lambda: x)
    >>> print(*[tf.Session().run(y, {x: value}) for value in (-2.0, 0.5, 3.0)])
    2.0 5.0 3.0
    """
    pairs = _pairs(pred_fn_pairs)
    with name_scope(name, "case", [[pred for pred, _ in pairs]]):
        checks = [_check_at_most(1, pairs, "Input error: exclusive=True")] if exclusive else []
        if default is None:
            default, pairs = _last_as_default(pairs)
        result = default
        with control_dependencies(checks) if checks else nullcontext():
            for pred, function in reversed(pairs):
                result = _either(pred, function, result, strict)
            return result()


def _either(pred: Any, function: Any, otherwise: Any, strict: bool) -> Callable[[], Any]:
    return lambda: cond(pred, true_fn=function, false_fn=otherwise, strict=strict, name="cond")


def _pairs(given: Any) -> list[tuple[Tensor, Callable[[], Any]]]:
    if not isinstance(given, list | tuple | Mapping):
        raise TypeError("fns must be a list, tuple, or dict")
    pairs: Any = given
    if isinstance(given, OrderedDict):
        pairs = list(given.items())
    elif isinstance(given, Mapping):
        pairs = sorted(given.items(), key=lambda pair: str(pair[0].name))
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError("Each entry in pred_fn_pairs must be a 2-tuple")
        pred, function = pair
        if not isinstance(pred, Tensor):
            raise TypeError(f"pred must be a Tensor, got: {pred}")
        if pred.dtype.base_dtype is not dtypes.bool:
            raise TypeError(f"pred must be Tensor of type bool: {pred.name}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred.op.name}:{pred.value_index} must be callable.")
    return list(pairs)


def _last_as_default(pairs: list[Any]) -> tuple[Callable[[], Any], list[Any]]:
    """Return the last function, which checks that its condition holds, and the pairs before."""
    if not pairs:
        raise ValueError("case needs a condition, or a default")
    *others, (pred, function) = pairs

    def run() -> Any:
        what = f"Implementation error: selected default action #{len(others)} was called, but "
        checks = [
            _check_at_most(0, others, f"{what}some of other predicates are True: "),
            assert_that(
                pred,
                [
                    "Input error: None of conditions evaluated as True:",
                    stack([each for each, _ in pairs], name="preds_c"),
                ],
                summarize=len(pairs),
            ),
        ]
        with control_dependencies([check for check in checks if check is not None]):
            return function()

    return run, others


def _check_at_most(count: int, pairs: list[Any], what: str) -> Operation | None:
    """Return an operation that stops the run if more conditions hold."""
    if not pairs:
        return None
    preds = [pred for pred, _ in pairs]
    packed = stack(preds, name="preds_c")
    true = reduce_sum(cast(packed, dtypes.int32), name="num_true_conds")
    condition = less_equal(true, constant(count, name="n_true_conds"))
    names = ", ".join(pred.name for pred in preds)
    text = f"{what}: more than {count} conditions ({names}) evaluated as True:"
    return assert_that(condition, [text, packed], summarize=len(preds))
