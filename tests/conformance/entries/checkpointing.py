"""The ops of checkpoints read and write files, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops import checkpointing
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = {
    op: "tests/unit/ops/test_checkpointing.py"
    for op in Op.declared.values()
    if op.__module__ == checkpointing.__name__
}
