"""Every declared op has an entry, or names the file that tests it."""

from pathlib import Path

from flowgraph.graph.op import Op
from tests.conformance.suite import ELSEWHERE, ENTRIES

ROOT = Path(__file__).parents[2]


def test_every_declared_op_has_one_entry_with_samples():
    with_entry = [entry.op.type for entry in ENTRIES]
    elsewhere = {op.type for op in ELSEWHERE}
    declared = {name for name, op in Op.declared.items() if op.__module__.startswith("flowgraph.")}
    missing = sorted(declared - set(with_entry) - elsewhere)
    assert not missing, f"ops without a conformance entry: {missing}"
    assert len(set(with_entry)) == len(with_entry), "an op has two entries"
    empty = [entry.op.type for entry in ENTRIES if not entry.samples]
    assert not empty, f"entries without samples: {empty}"


def test_what_is_tested_elsewhere_is_named_there():
    for op, where in ELSEWHERE.items():
        text = (ROOT / where).read_text().lower().replace("_", "")
        names = {op.type.lower(), op.__name__.lower()}
        assert any(name in text for name in names), f"{where} does not mention {op.type}"
