"""The ops of staging areas share what a session keeps, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops import staging
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = {
    op: "tests/unit/ops/test_staging.py"
    for op in Op.declared.values()
    if op.__module__ == staging.__name__
}
