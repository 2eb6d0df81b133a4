"""The optimizers' updates act on variables, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops import training, training_sparse
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = {
    op: "tests/unit/ops/test_training.py"
    for op in Op.declared.values()
    if op.__module__ in (training.__name__, training_sparse.__name__)
}
