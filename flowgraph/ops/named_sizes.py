"""Assertions on shapes whose sizes have names, decided while the graph is built where possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.control import group
from flowgraph.ops.core import constant, convert_to_tensor, rank, shape
from flowgraph.ops.shape_assertions import assert_rank, assert_rank_in


class _Known(NamedTuple):
    """The size that a name stands for: a number or a tensor, and where it was found."""

    size: Any
    source: str


class _Wanted(NamedTuple):
    """A tensor, the sizes it is to have, and those it has, as numbers or tensors."""

    tensor: Tensor
    symbols: tuple[Any, ...]
    is_rank_certain: bool
    sizes: list[Any]


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Return an operation that stops the run unless tensors have shapes that fit together.

    Parameters
    ----------
    shapes : dict or list of (Tensor, shape)
        A shape is a sequence of sizes: a number, ``None`` or ``"."`` for any, or a name such as
        ``"N"``, which stands for one size throughout. ``()`` and sequences of one size also accept
        scalars, as in TensorFlow 1.15.
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
        If the static shapes show that they do not fit.
    InvalidArgumentError
        When run: if they do not fit.

    Examples
    --------
    >>> x, y = tf.zeros([2, 3]), tf.zeros([4])
    >>> tf.debugging.assert_shapes([(x, ("N", "Q")), (y, (4,))]).type
    'NoOp'
    >>> tf.debugging.assert_shapes([(x, ("N", "Q")), (y, ("N",))], message="batch")
    Traceback (most recent call last):
    ValueError: batch.  Specified by tensor zeros:0 dimension 0.  Tensor zeros_1:0 dimension 0 must
    have size 2.  Received size 4, shape (4,)
    """
    lead = f"{message or ''}.  "
    pairs = list(shapes.items()) if isinstance(shapes, dict) else list(shapes)
    with name_scope(name, "assert_shapes", [pairs, data]):
        tensors = [(convert_to_tensor(x), wanted) for x, wanted in pairs]
        checked = [_wanted(x, wanted, lead) for x, wanted in tensors]
        checks: list[Operation] = []
        for item in checked:
            check = assert_rank if item.is_rank_certain else assert_rank_in
            length = len(item.symbols)
            ranks: Any = length if item.is_rank_certain else [0, 1]
            checks.append(
                check(
                    item.tensor, ranks, data=data, summarize=summarize, message=message, name=name
                )
            )
        known: dict[Any, _Known] = {}
        for item in checked:
            for test, told in _tests(item, known, message):
                shown = [*told, shape(item.tensor)] if data is None else data
                checks.append(assert_that(test, shown, summarize))
        return group(*checks)


def _wanted(tensor: Tensor, wanted: Any, lead: str) -> _Wanted:
    if not hasattr(wanted, "__iter__") and not hasattr(wanted, "__getitem__"):
        raise ValueError(
            f"{lead}Tensor {tensor.name}.  Specified shape must be an iterable.  An iterable has "
            f"the attribute `__iter__` or `__getitem__`.  Received specified shape: {wanted}"
        )
    symbols = tuple(wanted)
    is_certain = len(symbols) > 1
    found = shape(tensor)
    if tensor.shape.sizes is None:
        is_scalar = equal(rank(tensor), 0)
        found = cond(is_scalar, lambda: constant([1]), lambda: found)
        sizes: list[Any] = [found] * max(len(symbols), 1)  # each is cut out where it is needed
    else:
        static = tensor.shape.sizes or (1,)
        sizes = [found[i] if n is None else n for i, n in enumerate(static)]
    return _Wanted(tensor, symbols or (1,), is_certain, sizes)


def _tests(
    item: _Wanted, known: dict[Any, _Known], message: str | None
) -> Iterator[tuple[Tensor, list[Any]]]:
    """Give the tests that are left for the run, and what to say where one fails.

    Raises
    ------
    ValueError
        If a static size is another.
    """
    lead = f"{message or ''}.  "
    for axis, (symbol, size) in enumerate(zip(item.symbols, item.sizes, strict=False)):
        if symbol is None or symbol == ".":
            continue
        if isinstance(size, Tensor) and size.shape.rank != 0:
            size = size[axis]
        if isinstance(symbol, int):
            fixed = _Known(symbol, "Specified explicitly")
        elif symbol not in known:
            source = f"Specified by tensor {item.tensor.name} dimension {axis}"
            known[symbol] = _Known(size, source)
            continue
        else:
            fixed = known[symbol]
        if isinstance(size, int) and isinstance(fixed.size, int):
            if size == fixed.size:
                continue
            raise ValueError(
                f"{lead}{fixed.source}.  Tensor {item.tensor.name} dimension {axis} must have size "
                f"{fixed.size}.  Received size {size}, shape {item.tensor.shape}"
            )
        actual, other = (constant(n) if isinstance(n, int) else n for n in (size, fixed.size))
        told = [
            message or "", fixed.source, f"Tensor {item.tensor.name} dimension", axis,
            "must have size", fixed.size, "Received shape: ",
        ]  # fmt: skip
        yield equal(actual, other), told
