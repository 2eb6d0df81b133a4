"""The ops of variables take references, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops import scatter, state
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = {
    op: "tests/unit/ops/test_state.py"
    for op in Op.declared.values()
    if op.__module__ in (state.__name__, scatter.__name__)
}
