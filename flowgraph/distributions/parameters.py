"""Parameters of discrete distributions: logits or probabilities, and what counts must be."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import (
    assert_equal,
    assert_greater_equal,
    assert_less_equal,
    assert_near,
    assert_non_negative,
)
from flowgraph.ops.control import no_op, with_dependencies
from flowgraph.ops.core import cast, constant, convert_to_tensor, shape
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.shape_assertions import assert_rank_at_least
from flowgraph.ops.softmax import softmax
from flowgraph.ops.special_functions import lgamma
from flowgraph.ops.transcendental import log, log1p, sigmoid


def logits_and_probs(
    logits: Any,
    probs: Any,
    validate_args: bool,
    multidimensional: bool,
    name: str,
) -> tuple[Tensor, Tensor]:
    """Return both, of which one is given.

    Parameters
    ----------
    logits : Tensor or None
        Log-odds, or with `multidimensional` log-probabilities up to a constant.
    probs : Tensor or None
    validate_args : bool
        Whether a run checks that the probabilities are such.
    multidimensional : bool
        Whether the last dimension is that of the classes.
    name : str
        The name scope.

    Raises
    ------
    ValueError
        If both or neither are given.
    TypeError
        If they are no floats.
    """
    with name_scope(name, values=[probs, logits]):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = convert_to_tensor(logits, name="logits")
            if not logits.dtype.is_floating:
                raise TypeError("logits must having floating type.")
            if not multidimensional:
                return logits, sigmoid(logits, name="probs")
            if validate_args:
                logits = with_several_classes(logits)
            return logits, softmax(logits, name="probs")
        probs = convert_to_tensor(probs, name="probs")
        if not probs.dtype.is_floating:
            raise TypeError("probs must having floating type.")
        if validate_args:
            probs = _checked_probs(probs, multidimensional)
        with name_scope("logits"):
            if multidimensional:
                return log(probs), probs
            return log(probs) - log1p(-1.0 * probs), probs


def _checked_probs(probs: Tensor, multidimensional: bool) -> Tensor:
    with name_scope("validate_probs"):
        one = constant(1.0, probs.dtype)
        checks = [assert_non_negative(probs)]
        if multidimensional:
            probs = with_several_classes(probs)
            text = "probs does not sum to 1."
            checks.append(assert_near(reduce_sum(probs, -1), one, message=text))
        else:
            text = "probs has components greater than 1."
            checks.append(assert_less_equal(probs, one, message=text))
        return with_dependencies(checks, probs)  # type: ignore[no-any-return]


def _greatest_integer(dtype: DType) -> int:
    """Return up to where all integers are values of a dtype."""
    if dtype.is_bool:
        return 1
    if dtype.is_floating:
        return int(2 ** (np.finfo(dtype.numpy).nmant + 1))
    return int(np.iinfo(dtype.numpy).max)


def with_several_classes(parameter: Tensor) -> Tensor:
    """Return a parameter of a categorical distribution, checked to have two classes or more.

    Raises
    ------
    ValueError
        If it has not, or more than its dtype can count.
    """
    with name_scope("embed_check_categorical_event_shape", values=[parameter]):
        x = convert_to_tensor(parameter, name="categorical_param")
        limit = _greatest_integer(x.dtype.base_dtype)
        text = "A categorical-distribution parameter must have at least"
        sizes = x.shape.sizes
        if sizes == ():
            raise ValueError(f"{text} 1 dimension.")
        if sizes is not None and sizes[-1] is not None:
            if sizes[-1] < 2:
                raise ValueError(f"{text} 2 events.")
            if sizes[-1] > limit:
                raise ValueError(
                    f"Number of classes exceeds `dtype` precision, i.e., {x.dtype.name} implies "
                    f"shape ({sizes[-1]}) cannot exceed {limit}."
                )
            return x
        count = shape(x, name="x_shape")[-1]
        too_many = (
            f"Number of classes exceeds `dtype` precision, i.e., {x.dtype.name} dtype cannot "
            f"exceed {limit} shape."
        )
        checks = [
            assert_rank_at_least(x, 1, message=f"{text} 1 dimension."),
            assert_greater_equal(shape(x)[-1], 2, message=f"{text} 2 events."),
            assert_less_equal(count, limit, message=too_many),
        ]
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


_INTEGERS = {
    dtypes.float16: dtypes.int16,
    dtypes.float32: dtypes.int32,
    dtypes.float64: dtypes.int64,
}


def _assert_integers(x: Tensor, message: str, integers: DType | None = None) -> Any:
    """Return a check that floats are whole numbers."""
    with name_scope("assert_integer_form", values=[x, None]):
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_integer:
            return no_op()
        whole = cast(cast(x, integers or _INTEGERS[x.dtype.base_dtype]), x.dtype)
        return assert_equal(x, whole, message=message, name="assert_integer_form")


def as_counts(value: Any) -> Tensor:
    """Return a value, checked when run to be whole numbers that are not negative."""
    with name_scope("embed_check_nonnegative_integer_form", values=[value]):
        x = convert_to_tensor(value, name="x")
        checks = [assert_non_negative(x, message=f"'{x}' must be non-negative.")]
        if not x.dtype.is_integer:
            checks.append(_assert_integers(x, f"'{x}' cannot contain fractional components."))
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def as_events(value: Any, target: DType) -> Tensor:
    """Return a value, checked when run to be whole numbers from 0 that `target` holds."""
    with name_scope("embed_check_casting_closed", values=[value]):
        x = convert_to_tensor(value, name="x")
        checks = [assert_non_negative(x, message="Elements must be non-negative.")]
        if x.dtype.is_floating:
            text = f"Elements must be {target.name}-equivalent."
            checks.append(_assert_integers(x, text, target))
        elif _greatest_integer(x.dtype) > (limit := _greatest_integer(target)):
            text = f"Elements cannot exceed {limit}."
            checks.append(assert_less_equal(x, limit, message=text))
        return with_dependencies(checks, x)  # type: ignore[no-any-return]


def log_combinations(n: Any, counts: Any, name: str = "log_combinations") -> Tensor:
    """Return the logarithm of how many ways there are to split `n` draws into `counts`.

    Parameters
    ----------
    n : Tensor
        Floats.
    counts : Tensor
        ``[..., classes]``, summing to `n`.
    """
    with name_scope(name, values=[n, counts]):
        n = convert_to_tensor(n, name="n")
        counts = convert_to_tensor(counts, name="counts")
        orders = lgamma(n + 1)
        within = reduce_sum(lgamma(counts + 1), axis=[-1])
        return orders - within
