"""``debugprint``: what a tensor is computed from, as a tree of text."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body
from flowgraph.ops.sparse import SparseTensor

_WRAP = 30
"""So many levels deep the tree begins again at the left."""


class _Inside(NamedTuple):
    """A body of a branch or loop: its word, and what it computes."""

    operation: Operation
    word: str
    results: tuple[Tensor, ...]


class _Waited(NamedTuple):
    """An operation that is waited for."""

    operation: Operation


_Node = Tensor | Operation | _Inside | _Waited


class _Place(NamedTuple):
    """A node on its way to be printed."""

    node: _Node
    level: int
    first: str
    """What stands in front of its own line."""
    rest: str
    """And in front of the lines below it."""


def debugprint(fetches: Any, depth: int | None = None, file: TextIO | None = None) -> None:
    """Print what a tensor is computed from, as a tree: each operation above its inputs.

    Parameters
    ----------
    fetches : Tensor, Operation, Variable, or a nesting of them
    depth : int, optional
        How many levels of inputs to print below each of `fetches`; all of them if left out.
        Three dots mark where more was left out.
    file : file object, optional
        Where to print; standard output if left out.

    Raises
    ------
    TypeError
        If one of `fetches` is neither tensor nor operation.
    ValueError
        If `depth` is negative.

    Notes
    -----
    A line has the tensor's name, the op's type, dtype, static shape, and the line of the program
    that made it. What is used several times bears a number: ``#1`` where its inputs are printed,
    ``see #1`` elsewhere. ``^`` is waited for without giving a value. The graphs inside a branch
    or loop stand below it; what they take from outside is named behind ``=``. After every 30
    levels the tree goes on at the left, with the level's number. As in Theano's function of the
    same name, the whole graph is walked without recursion.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> y = tf.add(tf.exp(x, name="a"), tf.square(x, name="b"), name="y")
    >>> tf.debugprint(y)
    y  Add  float32 (?, 2)  <doctest ...>:1
    |-a  Exp  float32 (?, 2)  <doctest ...>:1
    | |-#1 x  Placeholder  float32 (?, 2)  <doctest ...>:1
    |-b  Square  float32 (?, 2)  <doctest ...>:1
      |-see #1 x
    """
    if depth is not None and depth < 0:
        raise ValueError(f"depth must not be negative, but is {depth}")
    roots = [node for fetch in nest.flatten(fetches) for node in _nodes(fetch)]
    for line in _lines(roots, depth):
        print(line, file=file or sys.stdout)


def _nodes(fetch: Any) -> list[_Node]:
    if isinstance(fetch, IndexedSlices):
        return [fetch.values, fetch.indices]
    if isinstance(fetch, SparseTensor):
        return [fetch.indices, fetch.values, fetch.dense_shape]
    element = fetch._as_graph_element() if hasattr(fetch, "_as_graph_element") else fetch
    if not isinstance(element, Tensor | Operation):
        raise TypeError(f"Can not convert a {type(fetch).__name__} into a Tensor or Operation.")
    return [element]


def _operation(node: _Node) -> Operation:
    if isinstance(node, Operation):
        return node
    return node.op if isinstance(node, Tensor) else node.operation


def _below(node: _Node) -> list[_Node]:
    """Return what stands below a node: inputs, what is waited for, and the graphs inside."""
    if isinstance(node, _Inside):
        return list(node.results)
    operation = _operation(node)
    insides = [
        _Inside(operation, word, tuple(results)) for word, _, _, results in operation.op.insides()
    ]
    return [*operation.inputs, *map(_Waited, operation.control_inputs), *insides]


def _key(node: _Node) -> Any:
    """Return what is printed once: an operation, or a graph inside one."""
    return node if isinstance(node, _Inside) else _operation(node)


def _shared(roots: list[_Node], depth: int | None) -> set[Any]:
    """Return what the tree comes to more than once."""
    uses = Counter(_key(node) for node in roots)
    waiting = deque((node, 0) for node in dict.fromkeys(roots))
    seen = set(uses)
    while waiting:
        node, level = waiting.popleft()
        if level == depth:
            continue
        for below in _below(node):
            key = _key(below)
            uses[key] += 1
            if key not in seen:
                seen.add(key)
                waiting.append((below, level + 1))
    return {key for key, count in uses.items() if count > 1}


def _lines(roots: list[_Node], depth: int | None) -> Iterator[str]:
    shared = _shared(roots, depth)
    numbers: dict[Any, int] = {}
    printed: set[Any] = set()
    captured: dict[Tensor, Tensor] = {}
    stack = [_Place(node, 0, "", "") for node in reversed(roots)]
    while stack:
        node, level, first, rest = stack.pop()
        key = _key(node)
        number = ""
        if key in shared:
            number = f"#{numbers.setdefault(key, len(numbers) + 1)} "
        if key in printed:
            yield f"{first}{_mark(node)}see {number}{_name(node)}"
            continue
        below = _below(node)
        cut = bool(below) and level == depth
        text = f"{_mark(node)}{number}{_described(node, captured)}"
        yield f"{first}{text}{' ...' if cut else ''}"
        if cut:  # where it is met again above this level, its inputs are printed
            continue
        printed.add(key)
        if isinstance(node, Tensor | Operation):
            captured.update(_captured(_operation(node)))
        stack += reversed(list(_placed(below, level + 1, rest)))


def _placed(nodes: list[_Node], level: int, prefix: str) -> Iterator[_Place]:
    for position, node in enumerate(nodes, 1):
        if level % _WRAP == 0:
            yield _Place(node, level, f"{level}> ", f"{level}> ")
        else:
            stem = "| " if position < len(nodes) else "  "
            yield _Place(node, level, f"{prefix}|-", prefix + stem)


def _mark(node: _Node) -> str:
    return "^" if isinstance(node, _Waited) else ""


def _name(node: _Node) -> str:
    if isinstance(node, _Inside):
        return f"{node.word}:"
    if isinstance(node, Tensor) and len(node.op._outputs) > 1:
        return node.name
    return _operation(node).name


def _described(node: _Node, captured: dict[Tensor, Tensor]) -> str:
    if isinstance(node, _Inside):
        return _name(node)
    operation = _operation(node)
    outputs = [node] if isinstance(node, Tensor) else operation.outputs
    forms = [f"{tensor.dtype.name} {tensor.shape}" for tensor in outputs]
    parts = [_name(node), operation.type, ", ".join(forms), operation.site.place]
    parts += [f"= {captured[tensor].name}" for tensor in outputs if tensor in captured]
    return "  ".join(filter(None, parts))


def _captured(operation: Operation) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the parameters of the graphs inside, with what stands for them outside."""
    for _, body, _, _ in operation.op.insides():
        if isinstance(body, Body):
            for outer, inner in body.captures.items():
                yield inner, outer
