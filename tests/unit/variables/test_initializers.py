"""Initializers: values for given seeds as TensorFlow draws them, and what is refused."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.runtime.session import Session
from flowgraph.variables.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    Initializer,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    UniformUnitScaling,
    VarianceScaling,
    Zeros,
    fans,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from flowgraph.variables.matrix_initializers import Identity, Orthogonal

# The first three elements of a matrix of [3, 4] and of a filter of [2, 2, 3, 4].
DRAWN = [
    (RandomUniform(-1.0, 2.0, seed=7), [0.45182288, 0.51860917, -0.23456872], 1),
    (RandomUniform(0, 100, seed=7, dtype=dtypes.int32), [87, 87, 25], 1),
    (RandomNormal(1.0, 2.0, seed=7), [0.9061086, -1.4078047, 3.3336704], 1),
    (TruncatedNormal(0.0, 0.1, seed=7), [-0.0046945685, -0.12039024, 0.11668352], 1),
    (UniformUnitScaling(1.5, seed=7), [-0.048177123, 0.018609166, -0.7345687], 0.5),
    (VarianceScaling(2.0, "fan_in", "normal", 7), [-0.043576483, -1.1175005, 1.0830936], 0.5),
    (
        VarianceScaling(2.0, "fan_out", "untruncated_normal", 7),
        [-0.033195611, -0.85128748, 0.82507706],
        0.5,
    ),
    (VarianceScaling(1.0, "fan_avg", "Uniform", 7), [-0.029735565, 0.011485815, -0.45338565], 0.5),
    (GlorotUniform(seed=7), [-0.029735565, 0.011485815, -0.45338565], 0.5),
    (GlorotNormal(seed=7), [-0.028527504, -0.73157585, 0.70905125], 0.5),
    (lecun_normal(7), [-0.030813226, -0.79019225, 0.76586288], 0.5),
    (lecun_uniform(7), [-0.032118082, 0.012406111, -0.48971248], 0.5),
    (he_normal(7), [-0.043576483, -1.1175005, 1.0830936], 0.5),
    (he_uniform(7), [-0.045421839, 0.017544866, -0.69255799], 0.5),
]


def value(initializer, shape, dtype=None):
    with Session() as session:
        return session.run(initializer(shape, dtype))


@pytest.mark.parametrize(("initializer", "expected", "ratio"), DRAWN)
def test_values_are_tensorflow_s(initializer, expected, ratio):
    matrix, filters = value(initializer, [3, 4]), value(initializer, [2, 2, 3, 4])
    assert matrix.shape == (3, 4)
    assert filters.shape == (2, 2, 3, 4)
    np.testing.assert_allclose(matrix.ravel()[:3], expected, rtol=2e-6)
    np.testing.assert_allclose(filters.ravel()[:3], np.multiply(expected, ratio), rtol=2e-6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([3, 4], [-0.04770374, 1.1895244, -1.4472883]),
        ([2, 2, 3, 4], [-0.05416274, -1.01154995, 0.60919791]),
    ],
)
def test_orthogonal_values_are_tensorflow_s(shape, expected):
    found = value(Orthogonal(2.0, seed=7), shape)
    np.testing.assert_allclose(found.ravel()[:3], expected, rtol=2e-5)
    flat = found.reshape(-1, shape[-1])
    small = flat @ flat.T if len(flat) < shape[-1] else flat.T @ flat
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_identity():
    assert value(Identity(2.0), [2, 3]).tolist() == [[2, 0, 0], [0, 2, 0]]


def test_constants():
    assert value(Zeros(), [2]).tolist() == [0, 0]
    assert value(Zeros(dtypes.string), [2]).tolist() == [b"", b""]
    assert value(Ones(dtypes.int32), [2]).dtype == np.int32
    assert value(Ones(), [2], dtypes.bool).tolist() == [True, True]
    assert value(Constant([1, 2]), [3]).tolist() == [1, 2, 2]
    assert value(Constant(np.eye(2)), [2, 2], dtypes.float64).tolist() == [[1, 0], [0, 1]]


def test_constants_of_a_verified_shape():
    initializer = Constant([1, 2], verify_shape=True)
    with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(3,\), got \(2,\)"):
        initializer([3])
    assert initializer([3], verify_shape=False).shape.as_list() == [3]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([], (1, 1)), ([5], (5, 5)), ([3, 4], (3, 4)), ([2, 5, 3, 4], (30, 40)), ([0, 4], (0, 4))],
)
def test_fans(sizes, expected):
    assert fans(sizes) == expected


def test_shapes_without_elements():
    assert value(GlorotUniform(), [0, 4]).shape == (0, 4)
    assert value(UniformUnitScaling(), [0]).shape == (0,)


def test_dtype_of_the_call_comes_first():
    assert value(RandomNormal(), [2], dtypes.float64).dtype == np.float64
    assert value(RandomNormal(dtype=dtypes.float64), [2]).dtype == np.float64


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Constant(Ones()([1])), TypeError, "^Invalid type for initial value: "),
        (lambda: VarianceScaling(scale=0), ValueError, "^`scale` must be positive float.$"),
        (lambda: VarianceScaling(mode="x"), ValueError, "Invalid `mode` argument:"),
        (lambda: VarianceScaling(distribution="x"), ValueError, "Invalid `distribution` argument:"),
        (
            lambda: RandomNormal(dtype=dtypes.int32),
            ValueError,
            "^Expected floating point type, got",
        ),
        (lambda: Orthogonal(dtype=dtypes.int32), ValueError, "^Expected floating point type, got"),
        (lambda: Orthogonal()([2]), ValueError, "must be at least two-dimensional$"),
        (lambda: Identity()([2]), ValueError, "can only be used for 2D matrices.$"),
        (lambda: Initializer().value([1], dtypes.float32), NotImplementedError, "^$"),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("initializer", "config"),
    [
        (Zeros(), {"dtype": "float32"}),
        (Constant(3, dtypes.int32), {"value": 3, "dtype": "int32"}),
        (RandomUniform(1, 2, 3), {"minval": 1, "maxval": 2, "seed": 3, "dtype": "float32"}),
        (TruncatedNormal(1, 2, 3), {"mean": 1, "stddev": 2, "seed": 3, "dtype": "float32"}),
        (UniformUnitScaling(2.0, 3), {"factor": 2.0, "seed": 3, "dtype": "float32"}),
        (
            he_normal(3),
            {
                "scale": 2.0,
                "mode": "fan_in",
                "distribution": "truncated_normal",
                "seed": 3,
                "dtype": "float32",
            },
        ),
        (GlorotNormal(3), {"seed": 3, "dtype": "float32"}),
        (GlorotUniform(3), {"seed": 3, "dtype": "float32"}),
        (Orthogonal(2.0, 3), {"gain": 2.0, "seed": 3, "dtype": "float32"}),
        (Identity(2.0), {"gain": 2.0, "dtype": "float32"}),
        (Initializer(), {}),
    ],
)
def test_configurations(initializer, config):
    assert initializer.get_config() == config
    assert type(initializer).from_config(config).get_config() == config
