"""What the suite checks of the ops that order others."""

import numpy as np

from flowgraph.ops.control import IdentityN, NoOp
from tests.conformance.entry import Entry, Sample

X = np.array([[1.5, -2.0]], np.float32)
N = np.array([3, 4, 5], np.int32)

ENTRIES = [
    Entry(NoOp, [Sample(NoOp(), (), ())]),
    Entry(
        IdentityN,
        [
            Sample(IdentityN(), ([X, N],), lambda values: tuple(values)),
            Sample(IdentityN(), ([np.zeros((0, 2)), np.float64(2.5)],), lambda values: (*values,)),
        ],
    ),
]
