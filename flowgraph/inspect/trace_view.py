"""``Session.trace``: a run step by step, as rows, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.inspect import tables
from flowgraph.runtime.parts import PARTS
from flowgraph.runtime.recording import Limits, Row, record

_VALUE = 20
_HEADER = ("", "form", "value", "min", "mean", "max", "time")
_LEFT = 3


class Trace:
    """What every operation gave in one run.

    Iterating gives its rows in the order of execution, what was fed first. ``trace["fc/add:0"]``
    is the row of a tensor, ``trace["fc/add"]`` that of an operation's first output; tensors and
    operations are keys too.

    Attributes
    ----------
    fetched : object
        What ``Session.run`` returns.
    rows : tuple of Row
        See `flowgraph.runtime.recording.Row`.
    left_out : dict of str to int
        How many turns of a loop were not recorded.
    """

    def __init__(self, rows: Iterable[Row], fetched: Any, left_out: Mapping[str, int]) -> None:
        self.rows = tuple(rows)
        self.fetched = fetched
        self.left_out = dict(left_out)
        self._by_name: dict[str, list[Row]] = {}
        for row in self.rows:
            self._by_name.setdefault(row.name, []).append(row)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: Any) -> Row:
        return self.all(key)[0]

    def all(self, key: Any) -> list[Row]:
        """Return the rows of a tensor or operation: several, if a loop has run it.

        Raises
        ------
        KeyError
            If the run did not need it.
        """
        name = key if isinstance(key, str) else key.name
        found = self._by_name.get(name) or self._by_name.get(f"{name}:0")
        if found is None:
            raise KeyError(f"the run had no {name!r}")
        return found

    @property
    def seconds(self) -> float:
        """What the operations took together."""
        return sum(row.seconds or 0.0 for row in self.rows if not row.inside)

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as plain Python values."""
        return {
            "rows": [_plain(row) for row in self.rows],
            "seconds": self.seconds,
            "left_out": self.left_out,
        }

    def _lines(self) -> Iterator[tuple[str, ...]]:
        """Yield the cells of the table: the parts one after another, each a tree of scopes."""
        for part in PARTS:
            rows = [row for row in self.rows if row.part == part]
            if rows:
                yield (part,)
                yield from _tree(rows)
        for name, turns in self.left_out.items():
            yield (f"{name}: {turns} more turns",)

    def __str__(self) -> str:
        return tables.text(_HEADER, list(self._lines()), _LEFT)

    def __repr__(self) -> str:
        return f"<Trace of {len(self.rows)} rows, {tables.seconds(self.seconds)}>"

    def _repr_html_(self) -> str:
        return tables.markup(_HEADER, list(self._lines()), _LEFT)


def trace(
    session: Any,
    fetches: Any,
    feed_dict: Any = None,
    *,
    elements: int = 100,
    edge: int = 3,
    inside: bool = False,
    turns: int = 10,
) -> Trace:
    """Run once, and return what every operation gave.

    The graph runs as it was written: no operation is folded away, merged or fused. Variables
    change as in any run.

    Parameters
    ----------
    session : Session
    fetches : any nesting of fetches
    feed_dict : dict, optional
    elements : int
        Values of at most so many elements are kept whole.
    edge : int
        Of larger ones, so many elements from the beginning and from the end.
    inside : bool
        Also go into branches and loops.
    turns : int
        Of each loop, into the first so many turns.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If a limit is negative, or `turns` is zero.
    tf.errors.OpError
        If an operation fails.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> y = tf.exp(x, name="y")
    >>> trace = tf.Session().trace(y, {x: [0.0, 1000.0]})
    >>> trace.fetched
    array([ 1., inf], dtype=float32)
    >>> [row.name for row in trace], trace["y"].infinities, trace["y"].maximum
    (['x:0', 'y:0'], 1, 1.0)
    """
    if elements < 0 or edge < 0 or turns < 1:
        raise ValueError("elements and edge must not be negative, and turns must be positive")
    route = session._route(fetches, feed_dict, None)
    values = route.values(feed_dict) if feed_dict else ()
    limits = Limits(elements, edge, turns if inside else 0)
    recorder, results = record(route.executor.request, session._store, values, limits)
    return Trace(recorder.rows, route.rebuild(results), recorder.left_out)


def _tree(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of rows, those of a scope together below its name."""
    root: dict[Any, Any] = {}
    for row in rows:
        node = root
        for word in _path(row):
            node = node.setdefault(f"{word}/", {})
        name = row.name.rpartition("/")[2]
        while name in node:
            name += " again"
        node[name] = row
    yield from _branches(root, 1)


def _branches(node: dict[Any, Any], depth: int) -> Iterator[tuple[str, ...]]:
    indent = "  " * depth
    for key, value in node.items():
        words = [key]
        while isinstance(value, dict) and len(value) == 1:  # a scope of one thing takes no line
            ((key, value),) = value.items()
            words.append(key)
        name = "".join(words)
        if isinstance(value, Row):
            yield (f"{indent}{name}", *_cells(value))
        else:
            yield (f"{indent}{name}",)
            yield from _branches(value, depth + 1)


def _path(row: Row) -> list[str]:
    """Return the scopes of a row: those around a loop stand in front of its turns."""
    path: list[str] = []
    seen: list[str] = []
    for place in row.inside:
        scopes, _, word = place.rpartition("/")
        path += [*_below(scopes, seen), word]
        seen = scopes.split("/") if scopes else []
    return path + _below(row.name.rpartition("/")[0], seen)


def _below(scopes: str, seen: list[str]) -> list[str]:
    """Return the scopes that are not those seen already."""
    words = scopes.split("/") if scopes else []
    return words[len(seen) :] if words[: len(seen)] == seen else words


def _cells(row: Row) -> tuple[str, ...]:
    time = "" if row.seconds is None else tables.seconds(row.seconds)
    ranges = [tables.number(value) for value in (row.minimum, row.mean, row.maximum)]
    return _form(row), _value(row), *ranges, time


def _form(row: Row) -> str:
    if row.dtype is None:
        return row.operation.type
    if row.shape is None:
        return row.dtype
    return f"{row.dtype}[{','.join(map(str, row.shape))}]"


def _value(row: Row) -> str:
    """Return the value in a line; of one that is not finite, how much of it."""
    counts = ((row.nans, "NaN"), (row.infinities, "Inf"))
    wrong = [f"{count} {word}" for count, word in counts if count]
    if wrong and row.shape:
        shown = f"{', '.join(wrong)} of {np.prod(row.shape)}"
    elif row.value is not None:
        shown = _line(row.value)
    elif row.first is not None and row.last is not None:
        shown = f"{_line(row.first)[:-1]} ... {_line(row.last)[1:]}"
    else:
        shown = row.note
    return shown if len(shown) <= _VALUE else f"{shown[: _VALUE - 3]}..."


def _line(value: Array) -> str:
    with np.printoptions(precision=3, suppress=True, threshold=20, edgeitems=2):
        return " ".join(str(value).split())


def _plain(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "op": row.operation.type,
        "part": row.part,
        "inside": list(row.inside),
        "dtype": row.dtype,
        "shape": None if row.shape is None else list(row.shape),
        "value": _listed(row.value),
        "first": _listed(row.first),
        "last": _listed(row.last),
        "min": row.minimum,
        "mean": row.mean,
        "max": row.maximum,
        "nans": row.nans,
        "infinities": row.infinities,
        "seconds": row.seconds,
        "line": row.operation.site.place,
        "note": row.note,
    }


def _listed(value: Array | None) -> Any:
    return None if value is None else value.tolist()
