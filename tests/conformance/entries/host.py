"""What the suite checks of the ops that call, print and stop."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.assertions import Assert, CheckNumerics
from flowgraph.ops.host import PyFunc, PyFuncStateless
from flowgraph.ops.printing import Print, PrintV2, StringFormat
from tests.conformance.entry import Bad, Entry, Sample

X = np.array([[1.5, -2.0], [0.0, 4.0]], np.float32)


def text(value):
    return np.array(value, dtype=object)


ENTRIES = [
    Entry(
        StringFormat,
        [
            Sample(StringFormat(), ([X],), text(b"[[1.5 -2]\n [0 4]]")),
            Sample(
                StringFormat(template="a{}b{}", placeholder="{}", summarize=1),
                ([np.arange(5), np.float64(0.5)],),
                text(b"a[0 ... 4]b0.5"),
            ),
            Sample(StringFormat(template="none"), ([],), text(b"none")),
        ],
        [Bad(StringFormat(), ([],), ValueError, "num placeholders in template and num inputs")],
    ),
    Entry(
        CheckNumerics,
        [
            Sample(CheckNumerics(message="m"), (X,), lambda x: x),
            Sample(CheckNumerics(message="m"), (X.astype(np.float64),), lambda x: x),
            Sample(CheckNumerics(message="m"), (X.astype(np.float16),), lambda x: x),
            Sample(CheckNumerics(message="m"), (np.zeros((0, 3), np.float32),), lambda x: x),
            Sample(CheckNumerics(message="m"), (np.float32(2),), lambda x: x),
        ],
        [
            Bad(
                CheckNumerics(message="m"),
                (np.array([1, np.nan], np.float32),),
                InvalidArgumentError,
                "m : Tensor had NaN values",
                run=True,
            ),
            Bad(
                CheckNumerics(message="m"),
                (np.array([-np.inf], np.float64),),
                InvalidArgumentError,
                "m : Tensor had Inf values",
                run=True,
            ),
            Bad(
                CheckNumerics(message="m"),
                (np.array([np.inf, np.nan], np.float32),),
                InvalidArgumentError,
                "m : Tensor had Inf and NaN values",
                run=True,
            ),
        ],
    ),
    Entry(
        Assert,
        [
            Sample(Assert(), (np.array(True), [X]), ()),
            Sample(Assert(summarize=1), (np.array(True), [X, text(b"s")]), ()),
        ],
        [
            Bad(
                Assert(),
                (np.array(False), [np.arange(5), text(b"s")]),
                InvalidArgumentError,
                r"assertion failed: \[0 1 2\.\.\.\] \[s\]",
                run=True,
            ),
            Bad(Assert(), (np.array([True, True]), [X]), ValueError, "Shape must be rank 0 but is"),
        ],
    ),
]

# They call the user's function or write to a stream, which samples cannot state.
ELSEWHERE = {
    PyFunc: "tests/unit/ops/test_host.py",
    PyFuncStateless: "tests/unit/ops/test_host.py",
    Print: "tests/unit/ops/test_printing.py",
    PrintV2: "tests/unit/ops/test_printing.py",
}
