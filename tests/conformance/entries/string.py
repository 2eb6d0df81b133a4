import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.string import StringJoin
from tests.conformance.entry import Bad, Entry, Sample


def strings(value):
    return np.array(value, dtype=object)


A = strings([b"a", b"", b"\xff\0"])
B = strings([b"x", b"yy", b"z"])

ENTRIES = [
    Entry(
        StringJoin,
        samples=[
            Sample(StringJoin(), ([A, B],), strings([b"ax", b"yy", b"\xff\0z"])),
            Sample(
                StringJoin(separator=", "),
                ([A, strings(b"s"), B],),
                strings([b"a, s, x", b", s, yy", b"\xff\0, s, z"]),
            ),
            Sample(StringJoin(separator="-"), ([strings(b"a"), strings(b"b")],), strings(b"a-b")),
            Sample(StringJoin(separator="-"), ([A],), A),
            Sample(
                StringJoin(),
                ([strings([[b"a"], [b"b"]]), strings(b"c")],),
                strings([[b"ac"], [b"bc"]]),
            ),
            Sample(
                StringJoin(), ([np.empty((0, 2), object), strings(b"c")],), np.empty((0, 2), object)
            ),
        ],
        bad=[
            Bad(StringJoin(), ([A, B[:2]],), ValueError, "must be equal, but are 3 and 2"),
            Bad(
                StringJoin(),
                ([A, B[:2]],),
                InvalidArgumentError,
                r"Input shapes do not match: \[2\] vs. \[3\]",
                run=True,
            ),
        ],
    ),
]
