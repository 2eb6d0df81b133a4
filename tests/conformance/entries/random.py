"""What the suite checks of the random ops: shapes, dtypes, refusals, and seeded values.

Values are recorded ones; `tests/unit/base/random_streams.tsv` holds many more of the streams.
"""

import ml_dtypes
import numpy as np

from flowgraph import dtypes
from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.random import (
    RandomStandardNormal,
    RandomUniform,
    RandomUniformInt,
    TruncatedNormal,
    random_uniform,
)
from flowgraph.ops.sampling import (
    Multinomial,
    RandomGamma,
    RandomGammaGrad,
    RandomPoissonV2,
    RandomShuffle,
)
from tests.conformance.entry import Bad, Entry, Sample

SEED = {"seed": 87654321, "seed2": 1}
SHAPE = np.array([2, 3], np.int32)
EMPTY = np.array([0, 3], np.int64)
SCALAR = np.array([], np.int32)
ONE = np.int32(1)


def refused_shapes(op, *parameters):
    """A shape that is no vector, and negative sizes, when built and when run."""
    return [
        Bad(op, (ONE, *parameters), ValueError, "^Shape must be rank 1 but is rank 0"),
        Bad(
            op,
            (np.array([2, -3], np.int32), *parameters),
            ValueError,
            "^Invalid value in tensor used for shape: -3",
        ),
        Bad(
            op,
            (np.array([2, -3], np.int32), *parameters),
            InvalidArgumentError,
            "^Dimension -3 must be >= 0",
            run=True,
        ),
        Bad(
            op,
            (np.array([[2]], np.int32), *parameters),
            InvalidArgumentError,
            r"^shape must be a vector of \{int32,int64\}, got shape \[1,1\]",
            run=True,
        ),
        Bad(op, ([1.5], *parameters), TypeError, "'shape' has DataType"),
    ]


def filling(op, float32, float64):
    """The entry of an op whose only input is a shape, with its first values."""
    samples = [
        Sample(op(dtype=dtypes.float32, **SEED), (SHAPE,), np.array(float32, np.float32)),
        Sample(op(dtype=dtypes.float64, **SEED), (SCALAR,), np.float64(float64)),
        Sample(op(dtype=dtypes.float16, **SEED), (np.array([5], np.int64),), None),
        Sample(op(dtype=dtypes.bfloat16, **SEED), (SHAPE,), None),
        Sample(op(dtype=dtypes.float32, **SEED), (EMPTY,), np.zeros((0, 3), np.float32)),
        Sample(op(dtype=dtypes.float32), (SHAPE,), None),
    ]
    return Entry(op, samples, refused_shapes(op(dtype=dtypes.float32, **SEED)))


ALPHA = np.array([0.5, 1.5], np.float32)
RATE = np.array([0.5, 15.0], np.float32)
LOGITS = np.array([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]], np.float32)
DRAWN = np.array([[2, 1, 1, 1, 0, 1], [2, 2, 2, 2, 2, 2]])
TEN = np.arange(10, dtype=np.int32)
SHUFFLED = np.array([7, 9, 3, 6, 5, 1, 8, 4, 0, 2], np.int32)

INTEGERS = [
    Sample(
        RandomUniformInt(**SEED),
        (np.array([4], np.int32), np.int32(-5), np.int32(5)),
        np.array([2, 4, -2, -3], np.int32),
    ),
    Sample(
        RandomUniformInt(**SEED),
        (np.array([4], np.int64), np.int64(-5), np.int64(5)),
        np.array([-4, 0, -4, -1]),
    ),
    # Nothing is drawn, so the bounds do not matter.
    Sample(RandomUniformInt(**SEED), (EMPTY, np.int32(3), np.int32(3)), np.zeros((0, 3), np.int32)),
    Sample(RandomUniformInt(), (SCALAR, np.int32(7), np.int32(8)), np.int32(7)),
]

# As TensorFlow 1.15.5 gives them, also far out in the tail.
AMOUNTS = np.array([[0.5, 2.0, 30.0, 130.0]])
SLOPES = np.array(
    [
        [46.679279405, 73.597799850, 100.76919569, 104.64507860],
        [0.42684249819, 0.95346270292, 2.8707017215, 4.2204229670],
        [0.026648709294, 0.079926684855, 0.51680906771, 1.1388044458],
    ]
)

ENTRIES = [
    filling(
        RandomUniform,
        [[0.2390374, 0.92039955, 0.050512433], [0.49574447, 0.8355223, 0.026470423]],
        0.9122999234504989,
    ),
    filling(
        RandomStandardNormal,
        [[-0.8113182, 1.4845988, 0.06532937], [-2.4427042, 0.0992484, 0.5912243]],
        0.24282754598505307,
    ),
    filling(
        TruncatedNormal,
        [[-0.8113182, 1.4845988, 0.06532937], [0.0992484, 0.6396971, 1.6108712]],
        0.24282754598505307,
    ),
    Entry(
        RandomUniformInt,
        INTEGERS,
        [
            *refused_shapes(RandomUniformInt(**SEED), np.int32(0), np.int32(1)),
            Bad(
                RandomUniformInt(**SEED),
                (SHAPE, np.int32(5), np.int32(5)),
                InvalidArgumentError,
                "^Need minval < maxval, got 5 >= 5",
                run=True,
            ),
            Bad(
                RandomUniformInt(**SEED),
                (SHAPE, np.int32(0), np.array([4, 5], np.int32)),
                ValueError,
                r"^maxval must be a scalar; got a tensor of shape \[2\]",
            ),
            Bad(
                RandomUniformInt(**SEED),
                (SHAPE, np.array([4], np.int32), np.int32(5)),
                InvalidArgumentError,
                r"^minval must be 0-D, got shape \[1\]",
                run=True,
            ),
            Bad(None, (SHAPE, 0, None, dtypes.int64), ValueError, "maxval", build=random_uniform),
        ],
    ),
    Entry(
        RandomGamma,
        [
            Sample(
                RandomGamma(**SEED),
                (np.array([2], np.int32), ALPHA),
                np.array([[0.3863765, 0.52468], [0.3703692, 0.7262812]], np.float32),
            ),
            Sample(RandomGamma(**SEED), (EMPTY, ALPHA), np.zeros((0, 3, 2), np.float32)),
            Sample(RandomGamma(**SEED), (SCALAR, np.float64(2.5)), None),
            Sample(RandomGamma(), (SHAPE, ALPHA.astype(np.float16)), None),
            Sample(RandomGamma(**SEED), (SHAPE, np.zeros((2, 0))), np.zeros((2, 3, 2, 0))),
        ],
        [
            *refused_shapes(RandomGamma(**SEED), ALPHA),
            Bad(
                RandomGamma(**SEED),
                (SHAPE, np.array([1.0, -1.0])),
                InvalidArgumentError,
                "^alpha must be positive and finite",
                run=True,
            ),
            Bad(
                RandomGamma(**SEED),
                (SHAPE, ALPHA.astype(ml_dtypes.bfloat16)),
                TypeError,
                "'alpha' has DataType bfloat16",
            ),
        ],
    ),
    Entry(
        RandomPoissonV2,
        [
            Sample(
                RandomPoissonV2(dtype=dtypes.float32, **SEED),
                (np.array([3], np.int32), RATE),
                np.array([[0, 14], [0, 13], [0, 19]], np.float32),
            ),
            Sample(
                RandomPoissonV2(**SEED),
                (np.array([3], np.int64), RATE.astype(np.float64)),
                np.array([[0, 14], [0, 13], [0, 19]]),
            ),
            Sample(RandomPoissonV2(dtype=dtypes.int32, **SEED), (SHAPE, np.int32(4)), None),
            Sample(RandomPoissonV2(dtype=dtypes.float16), (SCALAR, np.float16(4)), None),
            Sample(RandomPoissonV2(**SEED), (EMPTY, RATE), np.zeros((0, 3, 2), np.int64)),
        ],
        [
            *refused_shapes(RandomPoissonV2(**SEED), RATE),
            Bad(
                RandomPoissonV2(**SEED),
                (SHAPE, np.array([1.0, np.inf])),
                InvalidArgumentError,
                "^rate must be finite",
                run=True,
            ),
        ],
    ),
    Entry(
        Multinomial,
        [
            Sample(Multinomial(**SEED), (LOGITS, np.int32(6)), DRAWN),
            Sample(
                Multinomial(output_dtype=dtypes.int32, **SEED),
                (LOGITS.astype(np.float64), np.int32(6)),
                DRAWN.astype(np.int32),
            ),
            Sample(Multinomial(**SEED), (LOGITS.astype(np.float16), np.int32(6)), DRAWN),
            Sample(Multinomial(), (np.array([[0, 50]], np.int32), ONE), np.array([[1]])),
            Sample(Multinomial(**SEED), (LOGITS, np.int32(0)), np.zeros((2, 0), np.int64)),
            Sample(Multinomial(**SEED), (LOGITS[:0], np.int32(3)), np.zeros((0, 3), np.int64)),
        ],
        [
            Bad(
                Multinomial(**SEED),
                (LOGITS[0], ONE),
                ValueError,
                "^Shape must be rank 2 but is rank 1",
            ),
            Bad(
                Multinomial(**SEED),
                (LOGITS, np.array([1], np.int32)),
                ValueError,
                "^Shape must be rank 0 but is rank 1",
            ),
            Bad(
                Multinomial(**SEED),
                (LOGITS, np.int32(-3)),
                ValueError,
                "^Dimension size, given by scalar input 1, must be non-negative but is -3",
            ),
            Bad(Multinomial(**SEED), (np.array([[True]]), ONE), TypeError, "'logits' has DataType"),
            Bad(
                Multinomial(**SEED),
                (LOGITS[0], ONE),
                InvalidArgumentError,
                r"^logits should be a matrix, got shape \[3\]",
                run=True,
            ),
            Bad(
                Multinomial(**SEED),
                (LOGITS, np.array([3], np.int32)),
                InvalidArgumentError,
                r"^num_samples should be a scalar, got shape \[1\]",
                run=True,
            ),
            Bad(
                Multinomial(**SEED),
                (LOGITS, np.int32(-1)),
                InvalidArgumentError,
                "^num_samples should be nonnegative, got -1",
                run=True,
            ),
            Bad(
                Multinomial(**SEED),
                (LOGITS[:, :0], ONE),
                InvalidArgumentError,
                "^num_classes should be positive, got 0",
                run=True,
            ),
        ],
    ),
    Entry(
        RandomShuffle,
        [
            Sample(RandomShuffle(**SEED), (TEN,), SHUFFLED),
            Sample(
                RandomShuffle(**SEED),
                (np.stack([TEN, -TEN], 1).astype(np.float16),),
                np.stack([SHUFFLED, -SHUFFLED], 1).astype(np.float16),
            ),
            Sample(RandomShuffle(), (np.zeros((0, 2)),), np.zeros((0, 2))),
            Sample(RandomShuffle(), (np.float32(3),), np.float32(3)),
            Sample(RandomShuffle(), (np.array([[True, False]]),), np.array([[True, False]])),
            Sample(
                RandomShuffle(), (np.array([b"a", b"a"], object),), np.array([b"a"] * 2, object)
            ),
        ],
    ),
    Entry(
        RandomGammaGrad,
        [
            Sample(RandomGammaGrad(), (np.array([[0.01], [2.5], [100.0]]), AMOUNTS), SLOPES),
            Sample(
                RandomGammaGrad(),
                (np.float32([[0.01], [2.5], [100.0]]), AMOUNTS.astype(np.float32)),
                SLOPES.astype(np.float32),
            ),
            Sample(
                RandomGammaGrad(), (np.ones(3), np.ones((0, 3))), np.ones((0, 3)), rtol=0, atol=0
            ),
            Sample(RandomGammaGrad(), (np.float64(0.5), np.float64(0.0)), np.float64(0.0)),
        ],
        [
            Bad(
                RandomGammaGrad(),
                (np.ones(3), np.ones(2)),
                ValueError,
                "Dimensions must be equal, but are 3 and 2",
            ),
            Bad(RandomGammaGrad(), (np.float16(1), np.float16(1)), TypeError, "float16"),
        ],
    ),
]
