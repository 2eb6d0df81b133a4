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
class _Event:
    """An operation that ran, and where its bar is drawn."""

    stats: Any
    name: str
    op: str
    inputs: list[str]
    process: int
    lane: int

    @property
    def start(self) -> int:
        return int(self.stats.all_start_micros)

    @property
    def end(self) -> int:
        return self.start + int(self.stats.all_end_rel_micros)

    def bar(self) -> dict[str, Any]:
        """Return the event that draws the operation."""
        inputs = {f"input{n}": name for n, name in enumerate(self.inputs)}
        return {
            "ph": "X",
            "cat": "Op",
            "name": self.op,
            "pid": self.process,
            "tid": self.lane,
            "ts": self.start,
            "dur": self.end - self.start,
            "args": {"name": self.name, "op": self.op, **inputs},
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
            device.events = list(_events(stats.node_stats, first))
            self._devices.append(device)

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
        for device in self._devices:
            events += [event.bar() for event in device.events]
        if show_dataflow:
            events += self._arrows()
        if show_memory:
            events += self._memory()
        return json.dumps({"traceEvents": events}, indent=_INDENT)

    def _makers(self) -> dict[str, tuple[_Device, _Event]]:
        pairs = ((device, event) for device in self._devices for event in device.events)
        return {event.name: (device, event) for device, event in pairs}

    def _arrows(self) -> Iterator[dict[str, Any]]:
        makers, number = self._makers(), 0
        for device in self._devices:
            for event in device.events:
                for name in event.inputs:
                    if name not in makers:
                        continue
                    _, maker = makers[name]
                    ends = ("s", maker, maker.end), ("t", event, event.start)
                    for phase, place, moment in ends:
                        yield {
                            "name": name,
                            "ph": phase,
                            "cat": "DataFlow",
                            "id": number,
                            "pid": place.process,
                            "tid": place.lane,
                            "ts": moment,
                        }
                    number += 1

    def _memory(self) -> Iterator[dict[str, Any]]:
        makers = self._makers()
        last_use = {name: event.end for name, (_, event) in makers.items()}
        for device in self._devices:
            for event in device.events:
                for name in event.inputs:
                    if name in last_use:
                        last_use[name] = max(last_use[name], event.end)
        changes: list[tuple[int, str, int]] = []
        for number, (name, (device, event)) in enumerate(makers.items()):
            place = {"cat": "Tensor", "name": name, "pid": device.tensors, "tid": 0, "id": number}
            yield {"ph": "N", **place, "ts": event.start}
            for output in event.stats.output:
                text = str(output.tensor_description).replace('"', "")
                shown = {"snapshot": {"tensor_description": text}}
                yield {"ph": "O", **place, "ts": event.end, "args": shown}
                allocation = output.tensor_description.allocation_description
                size, allocator = int(allocation.requested_bytes), allocation.allocator_name
                changes.append((event.start, allocator, size))
                changes.append((last_use[name], allocator, -size))
            yield {"ph": "D", **place, "ts": last_use[name]}
        held: dict[str, int] = {}
        for moment, allocator, size in sorted(changes):
            held[allocator] = held.get(allocator, 0) + size
            place = {"cat": "Memory", "name": allocator, "pid": 0, "tid": 0}
            yield {"ph": "C", **place, "ts": moment, "args": {allocator: held[allocator]}}


def _process(name: str, number: int) -> dict[str, Any]:
    return {"name": "process_name", "ph": "M", "pid": number, "args": {"name": name}}


def _events(nodes: Any, process: int) -> Iterator[_Event]:
    """Yield the bars of a device, those that overlap in different lanes."""
    lanes: list[int] = []  # when the last bar of each ends
    for stats in sorted(nodes, key=lambda stats: int(stats.all_start_micros)):
        found = _LABEL.fullmatch(stats.timeline_label)
        name, op, inputs = found.groups() if found else (stats.node_name, "unknown", "")
        start = int(stats.all_start_micros)
        free = (number for number, end in enumerate(lanes) if end <= start)
        lane = next(free, len(lanes))
        lanes[lane : lane + 1] = [start + int(stats.all_end_rel_micros)]
        # Inputs are named node:output; a caret marks one that only has to run before.
        names = [each.split(":")[0].lstrip("^") for each in filter(None, inputs.split(", "))]
        yield _Event(stats, name, op, names, process, lane)
