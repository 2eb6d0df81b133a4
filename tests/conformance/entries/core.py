"""Identity, cast, shape and constants.

References: the inputs themselves, NumPy's conversions, and the arrays' own
shapes. Settled against TensorFlow by running the raw op of each type on these
samples.
"""

import numpy as np

from flowgraph import dtypes
from flowgraph.errors import UnimplementedError
from flowgraph.ops.constant import Const
from flowgraph.ops.core import (
    Cast,
    Identity,
    Placeholder,
    PlaceholderWithDefault,
    PreventGradient,
    Rank,
    Shape,
    Size,
    StopGradient,
)
from flowgraph.shapes import TensorShape
from tests.conformance.entry import Bad, Entry, Sample

MATRIX = np.array([[1.5, -2.5, 0.0], [3.25, 7.0, -1.0]], np.float32)
EMPTY = np.zeros((0, 3), np.float32)
TEXT = np.array([b"a", b""], object)


def itself(x):
    return x


ENTRIES = [
    Entry(
        Const,
        [
            Sample(Const(value=MATRIX, dtype=dtypes.float32), (), MATRIX),
            Sample(Const(value=EMPTY, dtype=dtypes.float32), (), EMPTY),
            Sample(Const(value=TEXT, dtype=dtypes.string), (), TEXT),
            Sample(Const(value=np.array(True), dtype=dtypes.bool), (), np.array(True)),
        ],
    ),
    Entry(
        Identity,
        [
            Sample(Identity(), (MATRIX,), itself),
            Sample(Identity(), (EMPTY,), itself),
            Sample(Identity(), (np.int32(3),), itself),
            Sample(Identity(), (TEXT,), itself),
        ],
    ),
    Entry(StopGradient, [Sample(StopGradient(), (MATRIX,), itself, differentiate=())]),
    Entry(PreventGradient, [Sample(PreventGradient("no"), (MATRIX,), itself, differentiate=())]),
    Entry(
        PlaceholderWithDefault,
        [
            Sample(PlaceholderWithDefault(TensorShape([None, 3])), (MATRIX,), itself),
            Sample(PlaceholderWithDefault(TensorShape(None)), (EMPTY,), itself),
        ],
        [
            Bad(
                PlaceholderWithDefault(TensorShape([4])),
                (MATRIX,),
                ValueError,
                "Shapes .* are not compatible",
            )
        ],
    ),
    Entry(
        Cast,
        [
            Sample(Cast(dtypes.int32), (MATRIX,), np.array([[1, -2, 0], [3, 7, -1]])),
            Sample(Cast(dtypes.float64), (MATRIX,), MATRIX.astype(float)),
            Sample(Cast(dtypes.float16), (MATRIX,), MATRIX, differentiate=()),
            Sample(Cast(dtypes.bfloat16), (MATRIX,), MATRIX, differentiate=()),
            Sample(Cast(dtypes.bool), (MATRIX,), MATRIX != 0),
            Sample(Cast(dtypes.float32), (np.array([True, False]),), np.array([1.0, 0.0])),
            Sample(Cast(dtypes.complex64), (MATRIX,), MATRIX.astype(complex)),
            Sample(Cast(dtypes.float32), (np.array([1 + 2j], np.complex64),), np.array([1.0])),
            Sample(Cast(dtypes.uint8), (np.array([3, 257], np.int32),), np.array([3, 1])),
            Sample(Cast(dtypes.int64), (EMPTY,), EMPTY),
        ],
        [
            Bad(
                Cast(dtypes.int32),
                (TEXT,),
                UnimplementedError,
                "Cast string to int32 is not supported",
                run=True,
            )
        ],
    ),
    Entry(
        Shape,
        [
            Sample(Shape(), (MATRIX,), np.array([2, 3])),
            Sample(Shape(dtypes.int64), (EMPTY,), np.array([0, 3])),
            Sample(Shape(), (np.float32(1),), np.array([], np.int32)),
        ],
    ),
    Entry(
        Size,
        [
            Sample(Size(), (MATRIX,), np.array(6)),
            Sample(Size(dtypes.int64), (EMPTY,), np.array(0)),
        ],
    ),
    Entry(
        Rank,
        [Sample(Rank(), (MATRIX,), np.array(2)), Sample(Rank(), (np.float32(1),), np.array(0))],
    ),
]

ELSEWHERE = {Placeholder: "tests/unit/runtime/test_session.py"}
