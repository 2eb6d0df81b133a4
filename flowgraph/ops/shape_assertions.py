"""Assertions on ranks, dtypes and order, decided while the graph is built where possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import comparison
from flowgraph.ops.array import reshape
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.control import no_op, with_dependencies
from flowgraph.ops.core import convert_to_tensor, rank, shape
from flowgraph.ops.indexing import strided_slice
from flowgraph.ops.reduction import reduce_all


def _prefix(message: str | None) -> str:
    return f"{message}.  " if message else ""


def _check_rank(
    scope: str, words: str, x: Any, ranks: list[Any],
    fits: Callable[[int, list[int]], bool], test: Callable[[Tensor, list[Tensor]], Tensor],
    data: Any, summarize: int | None, message: str | None, name: str | None,
) -> Operation:  # fmt: skip
    with name_scope(name, scope, [x, *ranks, data]):
        x = convert_to_tensor(x, name="x")
        wanted = [convert_to_tensor(r, name="rank") for r in ranks]
        lead = _prefix(message)
        if data is None:
            data = [
                lead, f"Tensor {x.name} must have rank {words}".rstrip(), *wanted,
                "Received shape: ", shape(x),
            ]  # fmt: skip
        for r in wanted:
            assert_type(r, dtypes.int32)
        values = [r.static_value() for r in wanted]
        if any(v is not None and v.ndim for v in values):
            raise ValueError("Rank must be a scalar.")
        known = [int(v) for v in values if v is not None]
        have = x.shape.rank
        if len(known) == len(wanted) and have is not None:
            if not fits(have, known):
                text = f"{words} {known[0] if scope != 'assert_rank_in' else tuple(known)}"
                raise ValueError(
                    f"{lead}Tensor {x.name} must have rank {text.strip()}.  "
                    f"Received rank {have}, shape {x.shape}"
                )
            return no_op("static_checks_determined_all_ok")
        condition = test(rank(x), wanted)
        unknown = [r for r, value in zip(wanted, values, strict=True) if value is None]
        for r in unknown:
            text = "Rank must be a scalar. Received rank: "
            check = assert_rank(r, 0, data=[text, r])
            condition = with_dependencies([check], condition)
        return assert_that(condition, data, summarize)


def assert_rank(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Return an operation that stops the run unless `x` has the given rank.

    Parameters
    ----------
    x : Tensor
    rank : int or Tensor
        A scalar.
    data : list of Tensor, optional
        What the error message shows.
    summarize : int, optional
        Show so many elements of each; 3 if left out.
    message : str, optional
        Begins the error message.
    name : str, optional

    Raises
    ------
    ValueError
        If the static shape shows another rank.
    InvalidArgumentError
        When run: if the rank is another.

    Examples
    --------
    >>> tf.assert_rank(tf.zeros([2, 3]), 2).type
    'NoOp'
    """
    return _check_rank(
        "assert_rank", "", x, [rank], lambda have, wanted: have == wanted[0],
        lambda have, wanted: comparison.equal(have, wanted[0]),
        data, summarize, message, name,
    )  # fmt: skip


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Return an operation that stops the run unless `x` has the given rank or a higher one.

    Parameters
    ----------
    x, rank, data, summarize, message, name
        As for `assert_rank`.

    Raises
    ------
    ValueError
        If the static shape shows a lower rank.
    InvalidArgumentError
        When run: if the rank is lower.
    """
    return _check_rank(
        "assert_rank_at_least", "at least", x, [rank], lambda have, wanted: have >= wanted[0],
        lambda have, wanted: comparison.greater_equal(have, wanted[0]),
        data, summarize, message, name,
    )  # fmt: skip


def assert_rank_in(
    x: Any,
    ranks: Iterable[Any],
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Return an operation that stops the run unless the rank of `x` is one of `ranks`.

    Parameters
    ----------
    x : Tensor
    ranks : list of int or Tensor
    data, summarize, message, name
        As for `assert_rank`.

    Raises
    ------
    ValueError
        If the static shape shows another rank.
    InvalidArgumentError
        When run: if the rank is another.
    """

    def among(have: Tensor, wanted: list[Tensor]) -> Tensor:
        tests = [comparison.equal(one, have) for one in wanted]
        result = tests[0]
        for test in tests[1:]:
            result = comparison.logical_or(result, test)
        return result

    return _check_rank(
        "assert_rank_in", "in", x, list(ranks), lambda have, wanted: have in wanted, among,
        data, summarize, message, name,
    )  # fmt: skip


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> Operation:
    """Raise unless a tensor has a dtype.

    Parameters
    ----------
    tensor : Tensor
    tf_type : DType
    message : str, optional
        Begins the error message.
    name : str, optional

    Returns
    -------
    Operation
        It does nothing: the check is made at once.

    Raises
    ------
    TypeError
        If the dtype is another.

    Examples
    --------
    >>> tf.assert_type(tf.constant(1.0), tf.float32).type
    'NoOp'
    """
    with name_scope(name, "assert_type", [tensor]):
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted = as_dtype(tf_type)
        if tensor.dtype is not wanted:
            raise TypeError(
                f"{_prefix(message)}{tensor.name} must be of type {wanted!r}; got {tensor.dtype!r}"
            )
        return no_op("statically_determined_correct_type")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """Raise unless `x` has an integer dtype.

    Parameters
    ----------
    x : Tensor
    message : str, optional
        Begins the error message.
    name : str, optional

    Raises
    ------
    TypeError
        If the dtype is another.

    Examples
    --------
    >>> tf.assert_integer([1, 2]).type
    'NoOp'
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(
                f'{_prefix(message)}Expected "x" to be integer type.  Found: {x.name} of dtype '
                f"{x.dtype!r}"
            )
        return no_op("statically_determined_was_integer")


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """Return `tensor`; raise unless its static shape is that of a scalar.

    Parameters
    ----------
    tensor : Tensor
    name : str, optional
    message : str, optional
        Begins the error message.

    Raises
    ------
    ValueError
        If the static shape is another, or not known.

    Examples
    --------
    >>> tf.assert_scalar(tf.constant(3.0)).shape
    TensorShape([])
    """
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.shape.rank != 0:
            raise ValueError(
                f"{_prefix(message)}Expected scalar shape for {tensor.name}, saw shape: "
                f"{tensor.shape}."
            )
        return tensor  # type: ignore[no-any-return]


def assert_proper_iterable(values: Any) -> None:
    """Raise unless `values` is a list or another iterable: no tensor, array or string.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(values, Tensor | np.ndarray | bytes | str):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> DType:
    """Return the floating-point dtype that tensors share; float32 if there are none.

    Parameters
    ----------
    tensors : list of Tensor, optional
    dtype : DType, optional
        The one they must have.

    Raises
    ------
    ValueError
        If they differ, or their dtype is no floating-point one.

    Examples
    --------
    >>> tf.debugging.assert_same_float_dtype([tf.constant(1.0), tf.constant(2.0)])
    tf.float32
    """
    wanted = None if dtype is None else as_dtype(dtype)
    first: Tensor | None = None
    for tensor in tensors or ():
        if wanted is None:
            first, wanted = tensor, tensor.dtype.base_dtype
        elif tensor.dtype.base_dtype is not wanted.base_dtype:
            other = "" if first is None else f" as {first.name}"
            raise ValueError(
                f"{tensor.name}, type={tensor.dtype}, must be of the same type ({wanted}){other}."
            )
    wanted = dtypes.float32 if wanted is None else wanted
    if not wanted.is_floating:
        raise ValueError(f"Expected floating point type, got {wanted}.")
    return wanted


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of integers, floating-point or complex numbers.

    Examples
    --------
    >>> tf.is_numeric_tensor(tf.constant(1)), tf.is_numeric_tensor(tf.constant("1"))
    (True, False)
    """
    if not isinstance(tensor, Tensor):
        return False
    kind = tensor.dtype.base_dtype
    return kind.is_integer or kind.is_floating or kind.is_complex


def _steps(x: Any, test: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    flat = reshape(convert_to_tensor(x, name="x"), [-1])
    later = strided_slice(flat, [1], [0], [1], end_mask=1)
    earlier = strided_slice(flat, [0], [-1], [1])
    return reduce_all(test(earlier, later))


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Return whether no element is smaller than the one before it, in row-major order.

    Parameters
    ----------
    x : Tensor
        Fewer than two elements never decrease.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.is_non_decreasing([1, 1, 2])))
    True
    """
    with name_scope(name, "is_non_decreasing", [x]):
        return _steps(x, comparison.less_equal)


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Return whether every element is greater than the one before it, in row-major order.

    Parameters
    ----------
    x : Tensor
        Fewer than two elements always increase.
    name : str, optional

    Examples
    --------
    >>> print(tf.Session().run(tf.is_strictly_increasing([1, 1, 2])))
    False
    """
    with name_scope(name, "is_strictly_increasing", [x]):
        return _steps(x, comparison.less)
