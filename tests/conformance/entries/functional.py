"""The ops that hold graphs are tested as control flow, over whole programs."""

from flowgraph.ops.functional import HistoryItem, If, While

ENTRIES: list = []

ELSEWHERE = {
    If: "tests/unit/ops/test_control_flow.py",
    While: "tests/unit/ops/test_control_flow.py",
    HistoryItem: "tests/unit/ops/test_control_flow.py",
}
