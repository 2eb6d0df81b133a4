"""``Timeline``: a traced run in the form that Chrome's trace viewer and Perfetto read.

The format is that of the Trace Event Format of the Chromium project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LABEL = re.compile(r"(.*) = (.*?)\((.*)\)")
_INDENT = 4


@dataclass
class _Value:
    """A tensor that an operation made: `_Event` of its maker, number, and last use."""

    name: str
    number: int
    maker: _Event
    output: Any
    last_use: int


@dataclass
class _Event:
    """An operation that ran, and where its bar is drawn."""

    stats: Any
    name: str
    op: str
    inputs: list[str]
    device: _Device
    lane: int

    @property
    def start(self) -> int:
        return int(self.stats.all_start_micros)

    @property
    def end(self) -> int:
        return self.start + int(self.stats.all_end_rel_micros)

    @property
    def last(self) -> int:
        """The last microsecond that it ran in."""
        return max(self.start, self.end - 1)

    @property
    def place(self) -> dict[str, int]:
        return {"pid": self.device.compute, "tid": self.lane}

    def bar(self) -> dict[str, Any]:
        """Return the event that draws the operation."""
        return {
            "ph": "X",
            "cat": "Op",
            "name": self.op,
            **self.place,
            "ts": self.start,
            "dur": self.end - self.start,
            "args": {
                "name": self.name,
                "op": self.op,
                **{f"input{n}": name for n, name in enumerate(self.inputs)},
            },
        }


@dataclass
class _Device:
    """A device's bars, with the processes that the viewer groups them in."""

    name: str
    compute: int
    tensors: int
    events: list[_Event] = field(default_factory=list)


class Timeline:
    """The steps of a traced run on a time axis.

    Parameters
    ----------
    step_stats : StepStats
        From the ``RunMetadata`` of a run with ``RunOptions.FULL_TRACE``.
    graph : None
        The labels in `step_stats` name each operation's inputs already.

    Raises
    ------
    NotImplementedError
        For a `graph`.

    Examples
    --------
    >>> import json
    >>> from flowgraph.runtime.timeline import Timeline
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> y = tf.exp(x, name="y")
    >>> options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    >>> _ = tf.Session().run(y, {x: [1.0]}, options=options, run_metadata=metadata)
    >>> trace = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())
    >>> [event["args"] for event in trace["traceEvents"] if event["ph"] == "X"]
    [{'name': 'y', 'op': 'Exp', 'input0': 'x'}]
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        if graph is not None:
            raise NotImplementedError("Timeline with graph")
        self._devices: list[_Device] = []
        for stats in step_stats.dev_stats:
            first = 1 + 2 * len(self._devices)  # process 0 shows the memory
            device = _Device(stats.device, first, first + 1)
            device.events = list(_events(stats.node_stats, device))
            self._devices.append(device)
        self._events = [event for device in self._devices for event in device.events]
        self._values = self._made()

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """Return the trace as JSON.

        Parameters
        ----------
        show_dataflow : bool
            Draw arrows from where a tensor is made to where it is used.
        show_memory : bool
            Show each tensor, and how much memory they take together.
        """
        events = [_process("Allocators", 0)]
        for device in self._devices:
            events.append(_process(f"{device.name} Compute", device.compute))
            events.append(_process(f"{device.name} Tensors", device.tensors))
        events += [event.bar() for event in self._events]
        if show_dataflow:
            events += self._arrows()
        if show_memory:
            events += self._lives()
            events += self._memory()
        return json.dumps({"traceEvents": events}, indent=_INDENT)

    def _made(self) -> dict[str, _Value]:
        """Return the tensors by name; an operation's first output goes without a number."""
        values: dict[str, _Value] = {}
        for event in self._events:
            for n, output in enumerate(event.stats.output):
                name = f"{event.name}:{n}" if n else event.name
                values[name] = _Value(name, len(values), event, output, event.end)
        for event in self._events:
            for name in event.inputs:
                if name in values:
                    values[name].last_use = max(values[name].last_use, event.last)
        return values

    def _arrows(self) -> Iterator[dict[str, Any]]:
        """Draw arrows between lanes: in one lane the order says it."""
        number = 0
        for event in self._events:
            for name in event.inputs:
                if name not in self._values or self._values[name].maker.place == event.place:
                    continue
                maker = self._values[name].maker
                for phase, end, moment in (("s", maker, maker.end), ("t", event, event.start)):
                    about = {"cat": "DataFlow", "name": name, "id": number}
                    yield {"ph": phase, **about, **end.place, "ts": moment}
                number += 1

    def _lives(self) -> Iterator[dict[str, Any]]:
        """Show when each tensor comes into being, what it is, and when it was last used."""
        for value in self._values.values():
            about = {"cat": "Tensor", "name": value.name, "id": value.number}
            place = {"pid": value.maker.device.tensors, "tid": value.maker.lane}
            text = str(value.output.tensor_description).replace('"', "")
            shown = {"snapshot": {"tensor_description": text}}
            yield {"ph": "N", **about, **place, "ts": value.maker.start}
            yield {"ph": "O", **about, **place, "ts": value.maker.last, "args": shown}
            yield {"ph": "D", **about, **place, "tid": 0, "ts": value.last_use}

    def _memory(self) -> Iterator[dict[str, Any]]:
        """Show what each allocator holds: at the same moment, more comes before less."""
        changes: dict[str, list[tuple[int, int]]] = {}
        for value in self._values.values():
            allocation = value.output.tensor_description.allocation_description
            size = int(allocation.requested_bytes)
            changes.setdefault(allocation.allocator_name, []).extend(
                ((value.maker.start, -size), (value.last_use, size))
            )
        for name, moments in changes.items():
            held = 0
            for moment, less in sorted(moments):
                held -= less
                place = {"cat": "Memory", "name": name, "pid": 0, "tid": 0}
                yield {"ph": "C", **place, "ts": moment, "args": {name: held}}


def _process(name: str, number: int) -> dict[str, Any]:
    return {"name": "process_name", "ph": "M", "pid": number, "args": {"name": name}}


def _events(nodes: Any, device: _Device) -> Iterator[_Event]:
    """Yield the bars of a device, those that overlap in different lanes."""
    lanes: list[int] = []  # when the last bar of each ends
    for stats in nodes:
        found = _LABEL.fullmatch(stats.timeline_label)
        _, op, inputs = found.groups() if found else ("", "unknown", "")
        start = int(stats.all_start_micros)
        free = (number for number, end in enumerate(lanes) if end < start)
        lane = next(free, len(lanes))
        lanes[lane : lane + 1] = [start + int(stats.all_end_rel_micros)]
        names = list(filter(None, inputs.split(", ")))
        yield _Event(stats, stats.node_name, op, names, device, lane)
