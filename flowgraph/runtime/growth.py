"""A graph that grows at each turn of the user's loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flowgraph.cautions import GrowingGraphWarning, caution
from flowgraph.graph.operation import Operation
from flowgraph.source import Site

_SUSPICIOUS = 20
"""How often a line has to add operations between runs. A loop of fewer turns does no harm."""


class Growth:
    """Counts from which lines a graph grew between the runs of a session."""

    def __init__(self) -> None:
        self._times: Counter[Site] = Counter()

    def note(self, operations: Iterable[Operation]) -> None:
        """Take note of the operations that were added between two runs."""
        last = {operation.site: operation for operation in operations}
        self._times.update(last.keys())
        for site, operation in last.items():
            if self._times[site] == _SUSPICIOUS:
                caution(GrowingGraphWarning, _message(operation, site), site)


def _message(operation: Operation, site: Site) -> str:
    return (
        f"The graph grows between runs: for the {_SUSPICIOUS}th time this line added operations, "
        f"this time {operation.type} '{operation.name}'\n  {site}\n"
        "  hint: runs get slower and memory fills. Build the graph once, above the loop, and feed "
        "placeholders; graph.finalize() makes such a line an error"
    )
