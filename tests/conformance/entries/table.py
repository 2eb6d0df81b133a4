"""Tables are kept by sessions, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops import table
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = {
    op: "tests/unit/ops/test_table.py"
    for op in Op.declared.values()
    if op.__module__ == table.__name__
}
