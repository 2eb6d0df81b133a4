"""Random ops: values that TensorFlow computed, and whose stream it is that they continue.

The numbers were recorded from TensorFlow 2.21, which draws what 1.15 draws from the same two seeds.
"""

import numpy as np
import pytest

from flowgraph import dtypes, errors
from flowgraph.autodiff.gradients import gradients
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph, set_random_seed
from flowgraph.ops.arithmetic import add, subtract
from flowgraph.ops.core import constant, placeholder
from flowgraph.ops.random import get_seed, random_normal, random_uniform, truncated_normal
from flowgraph.ops.random_crop import random_crop
from flowgraph.ops.sampling import (
    categorical,
    multinomial,
    random_gamma,
    random_poisson,
    random_shuffle,
)
from flowgraph.runtime.session import Session


def run(tensor, feeds=None):
    with Session(graph=tensor.graph) as session:
        return session.run(tensor, feeds)


# What is built; the values of a session's first run and of its second.
SEEDED = {
    "uniform": (
        lambda: random_uniform([2, 2], -1, 3, seed=1),
        [[-0.043850422, 2.6815982], [-0.79795027, 0.98297787]],
        [[2.9136214, 2.0165205], [2.1819806, -0.69411135]],
    ),
    "uniform float64": (
        lambda: random_uniform([3], dtype=dtypes.float64, seed=1),
        [0.9122999234504989, 0.4040997484619626, 0.6841790844248057],
        [0.8118104455752739, 0.3810222875129172, 0.7164647175001912],
    ),
    "uniform float16": (
        lambda: random_uniform([3], dtype=dtypes.float16, seed=1),
        [0.1943, 0.913, 0.798],
        [0.293, 0.1172, 0.166],
    ),
    "uniform int32": (
        lambda: random_uniform([4], -5, 5, dtypes.int32, seed=1),
        [2, 4, -2, -3],
        [-4, 3, 4, -2],
    ),
    "uniform int64": (
        lambda: random_uniform([4], -5, 5, dtypes.int64, seed=1),
        [-4, 0, -4, -1],
        [4, 2, -5, 1],
    ),
    "normal": (
        lambda: random_normal([2, 3], stddev=1, seed=1),
        [[-0.8113182, 1.4845988, 0.06532937], [-2.4427042, 0.0992484, 0.5912243]],
        [[-0.67590594, 0.28665832, 0.3215887], [1.2124637, -0.8058571, -0.13349454]],
    ),
    "normal of broadcast parameters": (
        lambda: random_normal([2, 2], mean=[1.0, 2.0], stddev=[[0.5], [3.0]], seed=4),
        [[1.1481481, 1.9842933], [0.8358682, 2.1128955]],
        [[1.009509, 2.199628], [-1.3863857, -1.4599028]],
    ),
    "truncated normal": (
        lambda: truncated_normal([2, 3], stddev=0.1, seed=7),
        [[-0.0046945685, -0.12039024, 0.11668352], [0.11706205, 0.07166261, 0.05711335]],
        [[0.019957623, -0.12991974, -0.1324899], [0.02875599, -0.0915293, 0.015928648]],
    ),
    "shuffle": (
        lambda: random_shuffle(np.arange(10), seed=1),
        [7, 9, 3, 6, 5, 1, 8, 4, 0, 2],
        [5, 1, 8, 3, 0, 9, 4, 7, 2, 6],
    ),
    "shuffled rows": (
        lambda: random_shuffle([[1, 2], [3, 4], [5, 6]], seed=3),
        [[5, 6], [1, 2], [3, 4]],
        [[5, 6], [3, 4], [1, 2]],
    ),
    "multinomial": (
        lambda: multinomial([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]], 6, seed=1),
        [[2, 1, 1, 1, 0, 1], [2, 2, 2, 2, 2, 2]],
        [[1, 0, 1, 0, 0, 1], [2, 1, 2, 2, 2, 2]],
    ),
    "categorical": (
        lambda: categorical([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]], 6, dtypes.int32, seed=1),
        [[2, 1, 1, 1, 0, 1], [2, 2, 2, 2, 2, 2]],
        [[1, 0, 1, 0, 0, 1], [2, 1, 2, 2, 2, 2]],
    ),
    "gamma": (
        lambda: random_gamma([2], [0.5, 1.5], beta=[[2.0], [4.0]], seed=1),
        [
            [[0.19318825, 0.26234001], [3.6266528e-04, 0.061415955]],
            [[0.1851846, 0.36314061], [0.01928613, 0.042584933]],
        ],
        [
            [[0.015021577, 0.65742964], [0.017300962, 0.55923635]],
            [[0.048281476, 1.7063953], [0.03318332, 0.18551223]],
        ],
    ),
    "poisson": (
        lambda: random_poisson([0.5, 15.0], [3], seed=1),
        [[0, 14], [0, 13], [0, 19]],
        [[1, 14], [0, 18], [0, 20]],
    ),
}


@pytest.mark.parametrize("case", SEEDED)
def test_seeded_values(case):
    make, first, second = SEEDED[case]
    tensor = make()
    rtol = 1e-3 if tensor.dtype is dtypes.float16 else 1e-6
    with Session() as session:
        values = [session.run(tensor), session.run(tensor)]
    for value, expected in zip(values, (first, second), strict=True):
        assert value.dtype == tensor.dtype.numpy
        assert tensor.shape.is_compatible_with(value.shape)
        np.testing.assert_allclose(value.astype(float), expected, rtol=rtol, atol=1e-9)
    np.testing.assert_array_equal(run(tensor), values[0], "a new session starts again")


SEEDS = [
    (7, 1, [0.46037483, 0.9285182, 0.34555566]),
    (0, 0, [0.019757032, 0.0070421696, 0.18987215]),
]


@pytest.mark.parametrize(("graph_seed", "op_seed", "expected"), SEEDS)
def test_a_seeded_graph(graph_seed, op_seed, expected):
    set_random_seed(graph_seed)
    np.testing.assert_array_equal(
        run(random_uniform([3], seed=op_seed)), np.array(expected, np.float32)
    )


def test_seeds_are_taken_modulo():
    set_random_seed(1234)
    np.testing.assert_allclose(
        run(random_normal([3], seed=-1)), [-1.1962329, 0.54477656, -0.9577643], rtol=1e-6
    )


def test_a_graph_seed_alone():
    """The operations made so far count as the op's seed: 3 before RandomUniform, then 10.

    This is the rule of TensorFlow up to 1.15. Later ones number otherwise, so the values were
    recorded with these op seeds given.
    """
    set_random_seed(42)
    uniform, normal = random_uniform([3]), random_normal([3])
    assert [tensor.graph.get_operation_by_name(name).get_attr("seed2") for tensor, name in (
        (uniform, "random_uniform/RandomUniform"), (normal, "random_normal/RandomStandardNormal")
    )] == [3, 10]  # fmt: skip
    np.testing.assert_array_equal(
        run(uniform), np.array([0.63789964, 0.16047871, 0.19355309], np.float32)
    )
    np.testing.assert_allclose(run(normal), [0.520786, -0.6879559, 0.3075672], rtol=1e-6)


def test_get_seed():
    assert get_seed(None) == (None, None)
    assert get_seed(3) == (87654321, 3)
    constant(1.0)
    set_random_seed(5)
    assert [get_seed(seed) for seed in (3, None, -1, 2**31 - 1)] == [
        (5, 3),
        (5, 1),
        (5, 2147483646),
        (5, 0),
    ]
    set_random_seed(0)
    assert get_seed(0) == (0, 2**31 - 1)


def test_two_ops_with_the_same_seed_draw_the_same():
    a, b = random_uniform([3], seed=5), random_uniform([3], seed=5)
    with Session() as session:
        first, other = session.run([a, b])
        np.testing.assert_array_equal(first, other)
        session.run(a)
        assert not np.array_equal(*session.run([a, b])), "each has its own place in the stream"


def test_ops_without_a_seed_differ():
    a, b = random_uniform([3]), random_uniform([3])
    with Session() as session, Session() as another:
        values = [*session.run([a, b]), session.run(a), another.run(a)]
    assert len({value.tobytes() for value in values}) == 4


def test_ops_of_a_seeded_graph_differ():
    set_random_seed(1)
    a, b = random_uniform([3]), random_uniform([3])
    with Session() as session:
        assert not np.array_equal(*session.run([a, b]))


def test_one_run_draws_once():
    x = random_normal([4])
    with Session() as session:
        twice, difference = session.run([add(x, x), subtract(x, x)])
    assert np.all(twice != 0)
    np.testing.assert_array_equal(difference, np.zeros(4))


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (
            lambda: random_uniform([2], name="u"),
            ["u/shape", "u/min", "u/max", "u/RandomUniform", "u/sub", "u/mul", "u"],
        ),
        (
            lambda: random_uniform([2], 1, 5, dtypes.int32),
            [f"random_uniform{end}" for end in ("/shape", "/min", "/max", "")],
        ),
        (
            lambda: truncated_normal([2], name="t"),
            ["t/shape", "t/mean", "t/stddev", "t/TruncatedNormal", "t/mul", "t"],
        ),
        (
            lambda: random_normal([placeholder(dtypes.int32, [], "n"), 3], name="r"),
            [
                *("n", "r/shape/1", "r/shape", "r/mean", "r/stddev"),
                *("r/RandomStandardNormal", "r/mul", "r"),
            ],
        ),
        (
            lambda: random_shuffle([1, 2], seed=1),
            ["RandomShuffle/value", "RandomShuffle"],
        ),
        (
            lambda: multinomial([[1.0]], 2),
            [f"multinomial/{end}" for end in ("logits", "Multinomial/num_samples", "Multinomial")],
        ),
        (
            lambda: random_gamma([2], [1.0]),
            [
                f"random_gamma/{end}"
                for end in (
                    *("shape", "alpha", "beta", "zeros_like", "add"),
                    *("RandomGamma", "truediv", "Maximum/x", "Maximum"),
                )
            ],
        ),
    ],
)
def test_names(make, names):
    with Graph().as_default() as graph:
        make()
        assert [operation.name for operation in graph.get_operations()] == names


def test_static_shapes():
    rows = placeholder(dtypes.int32, [])
    anything = placeholder(dtypes.float32)
    shapes = [
        (random_uniform([rows, 3]), [None, 3]),
        (random_uniform(placeholder(dtypes.int32, [2])), [None, None]),
        (random_normal([]), []),
        (multinomial(placeholder(dtypes.float32, [None, 4]), rows), [None, None]),
        (multinomial(anything, 3), [None, 3]),
        (random_poisson(placeholder(dtypes.float32, [None, 2]), [3]), [3, None, 2]),
    ]
    assert [tensor.shape.as_list() for tensor, _ in shapes] == [shape for _, shape in shapes]
    unknown = [random_uniform(placeholder(dtypes.int32)), random_gamma([3], anything)]
    assert [tensor.shape.ndims for tensor in unknown] == [None, None]


def test_integer_dtypes_need_an_upper_bound():
    with pytest.raises(ValueError, match=r"^Must specify maxval for integer dtype tf\.int32"):
        random_uniform([2], dtype=dtypes.int32)
    with pytest.raises(ValueError, match=r"^Invalid dtype tf\.int8"):
        random_uniform([2], dtype=dtypes.int8)
    assert get_default_graph().get_operations() == []


def test_only_the_parameters_are_differentiated():
    scale = constant([2.0, 3.0])
    normal = random_normal([2], stddev=scale, seed=1)
    (slope,) = gradients(normal, scale)
    gamma = random_gamma([2], 1.5, beta=scale, seed=1)
    (by_rate,) = gradients(gamma, scale)
    with Session() as session:
        value, found = session.run([normal, slope])
        np.testing.assert_allclose(found, value / [2.0, 3.0], rtol=1e-6)
        value, found = session.run([gamma, by_rate])
        np.testing.assert_allclose(found, -value.sum(0) / [2.0, 3.0], rtol=1e-5)
    assert gradients(random_shuffle(scale), scale) == [None]


def test_gamma_numbers_move_with_their_shape_parameter_as_in_tensorflow():
    alpha = constant([0.5, 2.0, 7.0])
    numbers = random_gamma([2], alpha, beta=[1.0, 2.0, 3.0], seed=3)
    (found,) = gradients(numbers, alpha)
    with Session() as session:
        np.testing.assert_allclose(session.run(found), [0.27192035, 1.30986, 0.7341182], rtol=1e-6)


def test_shuffling_keeps_rows_and_leaves_the_input():
    value = np.arange(24.0).reshape(4, 3, 2)
    shuffled = run(random_shuffle(constant(value)))
    assert sorted(shuffled[:, 0, 0]) == [0, 6, 12, 18]
    np.testing.assert_array_equal(shuffled[np.argsort(shuffled[:, 0, 0])], value)
    assert run(random_shuffle(3)) == 3
    assert run(random_shuffle(np.zeros((0, 2)))).shape == (0, 2)


def test_a_shape_known_only_when_run():
    sizes = placeholder(dtypes.int32, [None])
    tensor = random_normal(sizes, seed=1)
    np.testing.assert_allclose(run(tensor, {sizes: [2, 1]}), [[-0.8113182], [1.4845988]], rtol=1e-6)
    with pytest.raises(errors.InvalidArgumentError, match=r"^Dimension -2 must be >= 0") as caught:
        run(tensor, {sizes: [-2]})
    assert caught.value.op.type == "RandomStandardNormal"


def grid():
    return constant(np.arange(30).reshape(5, 6))


def test_crop():
    first, other = random_crop(grid(), [2, 3], seed=1), random_crop(grid(), [2, 3], seed=3)
    assert first.shape.as_list() == [2, 3]
    with Session() as session:
        assert session.run(first).tolist() == [[0, 1, 2], [6, 7, 8]]
        for _ in range(2):
            assert session.run(other).tolist() == [[3, 4, 5], [9, 10, 11]]
        places = {session.run(first)[0, 0] for _ in range(20)}
        assert len(places) > 1
        assert session.run(random_crop(grid(), [5, 6])).shape == (5, 6)


def test_crop_names():
    random_crop(grid(), [2, 3], name="crop")
    names = [operation.name for operation in get_default_graph().get_operations()]
    assert names == [
        "Const",
        *(f"crop/{name}" for name in ("size", "Shape", "GreaterEqual", "Const", "All")),
        *(f"crop/Assert/{name}" for name in ("Const", "Assert/data_0", "Assert")),
        *(f"crop/{name}" for name in ("control_dependency", "sub", "add/y", "add", "Shape_1")),
        *(f"crop/random_uniform{end}" for end in ("/min", "/max", "")),
        "crop/mod",
        "crop",
    ]


def test_a_crop_of_too_little():
    image = placeholder(dtypes.float32, [None, None])
    with pytest.raises(
        errors.InvalidArgumentError,
        match=r"^assertion failed: \[Need value.shape >= size, got \] \[1 2\] \[2 2\]",
    ):
        run(random_crop(image, [2, 2]), {image: [[1.0, 2.0]]})
    with pytest.raises(ValueError, match=r"^Dimensions must be equal, but are 2 and 3"):
        random_crop(grid(), [1, 2, 3])
