"""The ops of files read and write them, which samples cannot state."""

from flowgraph.graph.op import Op
from flowgraph.ops.file import MatchingFiles, ReadFile, WriteFile
from tests.conformance.entry import Entry

ENTRIES: list[Entry] = []

ELSEWHERE: dict[type[Op], str] = dict.fromkeys(
    (MatchingFiles, ReadFile, WriteFile), "tests/unit/ops/test_file.py"
)
