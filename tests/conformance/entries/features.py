import numpy as np

from flowgraph import dtypes
from flowgraph.ops.bucketize import Bucketize
from flowgraph.ops.feature_cross import SparseCross
from tests.conformance.entry import Bad, Entry, Sample


def bucketized(values):
    return Sample(
        Bucketize(boundaries=(0.0, 2.0, 2.5)),
        (values,),
        lambda x: np.digitize(x, [0.0, 2.0, 2.5]).astype(np.int32),
    )


def int64(value):
    return np.array(value, np.int64)


def cross(sparse, dense, expected, integers=False, **attributes):
    """A sample over rows of features; no feature is a string in one row and a number in another."""

    def kind(values):
        return dtypes.string if isinstance(values[0], bytes) else dtypes.int64

    def array(values):
        return np.array(values, kind(np.ravel(values).tolist()).numpy)

    flat = [[value for row in rows for value in row] for rows in sparse]
    options = {"hashed_output": True, "num_buckets": 10, "hash_key": 956888297470, **attributes}
    op = SparseCross(
        **options,
        out_type=dtypes.int64 if options["hashed_output"] else dtypes.string,
        internal_type=dtypes.int64 if integers else dtypes.string,
        N=len(sparse),
        sparse_types=tuple(kind(values) for values in flat),
        dense_types=tuple(kind(np.ravel(rows).tolist()) for rows in dense),
    )
    inputs = (
        [int64([(i, j) for i, row in enumerate(rows) for j in range(len(row))]) for rows in sparse],
        [array(values) for values in flat],
        [int64([len(rows), max(map(len, rows))]) for rows in sparse],
        [array(rows) for rows in dense],
    )
    places = int64([(i, j) for i, row in enumerate(expected) for j in range(len(row))])
    values = [value for row in expected for value in row]
    shape = int64([len(expected), max(map(len, expected))])
    return Sample(op, inputs, (places, array(values), shape))


X, Y = b"x", b"y"

ENTRIES = [
    Entry(
        Bucketize,
        samples=[
            bucketized(np.float32([[-1.0, 0.0], [1.5, 9.0]])),
            bucketized(np.array(2.25)),
            bucketized(np.int32([-1, 0, 2, 3])),
            bucketized(np.empty((0, 2), np.float32)),
        ],
        bad=[
            Bad(
                Bucketize(boundaries=(1.0, 0.0)),
                (np.float32([1]),),
                ValueError,
                "Expected sorted boundaries",
            )
        ],
    ),
    Entry(
        SparseCross,
        # The hashes are TensorFlow 1.15's.
        samples=[
            cross([], [[[X], [Y]], [[b"1"], [b"2"]]], [[5], [4]]),
            cross([[[0], [2]]], [[[X], [Y]]], [[3], [4]], integers=True),
            cross([[[X, b"z"], [Y]]], [[[1], [2]]], [[7, 0], [2]], integers=True),
            cross(
                [[[X, b"z"], [Y]]],
                [[[b"1", b"2"], [b"3", b"4"]]],
                [[b"x_X_1", b"x_X_2", b"z_X_1", b"z_X_2"], [b"y_X_3", b"y_X_4"]],
                hashed_output=False,
            ),
            cross(
                [[[X, b"z"], [Y]]],
                [[[b"1"], [b"3"]]],
                [[563967728140821172, 8739077460402230169], [2222754639096807427]],
                num_buckets=0,
                hash_key=7,
            ),
        ],
    ),
]
