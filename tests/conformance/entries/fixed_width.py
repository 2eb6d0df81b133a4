"""Entries of counting in bins of one width."""

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.fixed_width import HistogramFixedWidth
from tests.conformance.entry import Bad, Entry, Sample

VALUES = np.float32([-1.0, 0.0, 1.5, 2.0, 4.5, 15.0])
LIMITS = np.float32([0.0, 5.0])
FIVE = np.int32(5)


def counts(values, limits, nbins):
    inside = np.clip(values.reshape(-1), limits[0], limits[1])
    return np.histogram(inside, int(nbins), tuple(limits))[0].astype(np.int32)


ENTRIES = [
    Entry(
        HistogramFixedWidth,
        [
            Sample(HistogramFixedWidth(), (VALUES, LIMITS, FIVE), counts, ()),
            Sample(HistogramFixedWidth(), (VALUES.reshape(2, 3), LIMITS, np.int32(3)), counts, ()),
            Sample(HistogramFixedWidth(), (VALUES[:0], LIMITS, FIVE), np.zeros(5, np.int32), ()),
            Sample(
                HistogramFixedWidth(dtype=dtypes.int64),
                (np.int64([1, 2, 3, 9]), np.int64([0, 5]), np.int32(3)),
                np.int64([1, 2, 1]),
                (),
            ),
            Sample(
                HistogramFixedWidth(),
                (VALUES.astype(float), LIMITS.astype(float), FIVE),
                counts,
                (),
            ),
        ],
        [
            Bad(
                HistogramFixedWidth(),
                (VALUES, LIMITS, np.int32(0)),
                ValueError,
                "Requires nbins > 0: 0",
            ),
            Bad(
                HistogramFixedWidth(),
                (VALUES, LIMITS[:1], FIVE),
                ValueError,
                "Dimension must be 2 but is 1",
            ),
            Bad(
                HistogramFixedWidth(),
                (VALUES, LIMITS[::-1], FIVE),
                InvalidArgumentError,
                r"value_range should satisfy .*, but got .\[5, 0\]",
                run=True,
            ),
        ],
    ),
]
