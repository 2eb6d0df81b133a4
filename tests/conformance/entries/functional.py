"""The ops that hold graphs are tested as control flow, over whole programs."""

from flowgraph.ops.functional import If, While
from flowgraph.ops.history import (
    AddHistoryCotangents,
    HistoryCotangent,
    HistoryCotangentItem,
    HistoryItem,
    NoHistoryCotangents,
)

ENTRIES: list = []

ELSEWHERE = {
    If: "tests/unit/ops/test_cond.py",
    While: "tests/unit/ops/test_while_loop.py",
    HistoryItem: "tests/unit/ops/test_while_loop.py",
    AddHistoryCotangents: "tests/unit/ops/test_control_flow_gradients.py",
    HistoryCotangent: "tests/unit/ops/test_control_flow_gradients.py",
    HistoryCotangentItem: "tests/unit/ops/test_control_flow_gradients.py",
    NoHistoryCotangents: "tests/unit/ops/test_control_flow_gradients.py",
}
