"""What a watched run gave: every tensor's value, in the order of execution."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import OpError
from flowgraph.graph.operation import Operation
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.fetches import Fetches
from flowgraph.runtime.nonfinite import is_finite
from flowgraph.runtime.recording import Limits, Row, record

_WHOLE = Limits(elements=sys.maxsize, edge=0, turns=0)
_DEBUG_OP = "DebugIdentity"


class DebugTensorDatum:
    """One value of a watched run.

    Attributes
    ----------
    operation : Operation
    output_slot : int
    timestamp : int
        Microseconds since the run began, by the time that the operations took.
    """

    def __init__(self, row: Row, timestamp: int) -> None:
        self.operation: Operation = row.operation
        self.output_slot = int(row.name.rpartition(":")[2])
        self.timestamp = timestamp
        self._value: Array = np.asarray(row.value)

    @property
    def node_name(self) -> str:
        """The operation's name."""
        return self.operation.name

    @property
    def tensor_name(self) -> str:
        """The tensor's name."""
        return f"{self.node_name}:{self.output_slot}"

    @property
    def debug_op(self) -> str:
        """How it was watched: always ``"DebugIdentity"``, the value as it is."""
        return _DEBUG_OP

    @property
    def watch_key(self) -> str:
        """The tensor's name and how it was watched."""
        return f"{self.tensor_name}:{_DEBUG_OP}"

    @property
    def dump_size_bytes(self) -> int:
        """The size of the value."""
        return int(self._value.nbytes)

    def get_tensor(self) -> Array:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return f"{{DebugTensorDatum {self.watch_key} @ {self.timestamp}}}"


TensorFilter = Callable[[DebugTensorDatum, Array], Any]


def has_inf_or_nan(datum: DebugTensorDatum, tensor: Any) -> bool:
    """Whether a tensor has a NaN or an infinity in it: a filter for `run -f`.

    Parameters
    ----------
    datum : DebugTensorDatum
        Not looked at.
    tensor : array

    Examples
    --------
    >>> from flowgraph.inspect.debugger import has_inf_or_nan
    >>> has_inf_or_nan(None, np.float32([1, np.inf])), has_inf_or_nan(None, np.arange(3))
    (True, False)
    """
    return not is_finite(tensor)


class Dump:
    """The values of one watched run.

    Parameters
    ----------
    rows : sequence of Row

    Attributes
    ----------
    data : list of DebugTensorDatum
        In the order of execution.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.data: list[DebugTensorDatum] = []
        seconds = 0.0
        for row in rows:
            seconds += row.seconds or 0.0
            if row.value is not None and row.shape is not None:
                self.data.append(DebugTensorDatum(row, round(seconds * 1e6)))

    def only(self, name: str | None, kind: str | None, dtype: str | None) -> Dump:
        """Return the dump of the tensors whose names, op types and dtypes match."""
        kept = Dump(())
        for datum in self.data:
            has = (datum.node_name, datum.operation.type, datum.get_tensor().dtype.name)
            wanted = (name, kind, dtype)
            if all(w is None or re.match(w, h) for w, h in zip(wanted, has, strict=True)):
                kept.data.append(datum)
        return kept

    def find(self, passes: TensorFilter, exclude: str | None = None) -> list[DebugTensorDatum]:
        """Return the values that pass a filter.

        Parameters
        ----------
        passes : callable
            Of a datum and its value.
        exclude : str, optional
            A regular expression for names of operations to leave out.
        """
        return [
            datum
            for datum in self.data
            if not (exclude and re.match(exclude, datum.node_name))
            and passes(datum, datum.get_tensor())
        ]

    def of(self, operation: Operation) -> list[DebugTensorDatum]:
        """Return an operation's values."""
        return [datum for datum in self.data if datum.operation is operation]


def watched(sess: Any, fetches: Any, feed_dict: Any) -> tuple[Any, Dump, OpError | None]:
    """Run once on a session, with every tensor's value kept.

    Returns
    -------
    results : the structure of `fetches`
        ``None`` if the run failed.
    dump : Dump
        Empty if the run failed.
    error : OpError or None
        What the run failed with.
    """
    parsed = Fetches(sess.graph, fetches)
    fed = list(feeding.flatten(sess.graph, feed_dict or {}))
    request = parsed.request(tensor for tensor, _ in fed)
    try:
        recorder, results = record(request, sess._store, [value for _, value in fed], _WHOLE)
    except OpError as error:
        return None, Dump(()), error
    return parsed.rebuild(results), Dump(recorder.rows), None
