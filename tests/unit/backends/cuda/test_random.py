"""Philox on the shim against the CPU's streams: the same bits, run after run."""

import itertools

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, launches
from flowgraph.dtypes import as_dtype, bfloat16
from flowgraph.ops.random import (
    RandomStandardNormal,
    RandomUniform,
    RandomUniformInt,
    TruncatedNormal,
)
from flowgraph.random_streams import PhiloxStream
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)

SEEDS = (87654321, 2**40 + 5)
METHODS = {RandomUniform: "uniform", RandomStandardNormal: "normal",
           TruncatedNormal: "truncated_normal"}  # fmt: skip


def filling(kind, dtype, shape):
    op = kind(seed=SEEDS[0], seed2=SEEDS[1], dtype=as_dtype(dtype))
    return Case(op, [np.array(shape, np.int32)], [(shape, dtype)], hosts=[0])


def integers(dtype, low, high):
    op = RandomUniformInt(seed=SEEDS[0], seed2=SEEDS[1])
    inputs = [np.array([5, 3], np.int32), np.array(low, dtype), np.array(high, dtype)]
    return Case(op, inputs, [((5, 3), dtype)], hosts=[0, 1, 2])


FILLS = [
    (kind, filling(kind, dtype, shape))
    for kind, dtype, shape in itertools.product(
        METHODS, (np.float32, np.float64, np.float16, bfloat16.numpy), ((301,), (3, 2))
    )
]
INTEGERS = [
    integers(np.int32, -5, 1000), integers(np.int32, -(2**31), 2**31 - 1),
    integers(np.int64, -3, 10**12),
]  # fmt: skip


def state():
    return np.array([*SEEDS, 0], np.uint64)


@pytest.fixture(scope="module")
def device():
    return Device(item for c in (*[c for _, c in FILLS], *INTEGERS) for item in c.work)


@pytest.mark.parametrize(("kind", "case"), FILLS)
def test_a_distribution(device, kind, case):
    on_device, stream = state(), PhiloxStream(*SEEDS)
    for _ in range(3):
        (actual,) = case.run(device, on_device)
        expected = getattr(stream, METHODS[kind])(actual.shape, actual.dtype)
        if actual.dtype == np.float64 and kind is not RandomUniform:
            # NumPy and the C library round double logarithms and sines differently.
            np.testing.assert_allclose(actual, expected, rtol=1e-14)
        else:
            assert actual.tobytes() == expected.tobytes()


@pytest.mark.parametrize("case", INTEGERS)
def test_integers(device, case):
    on_device, stream = state(), PhiloxStream(*SEEDS)
    bounds = [int(x) for x in case.inputs[1:]]
    for _ in range(2):
        (actual,) = case.run(device, on_device)
        np.testing.assert_array_equal(actual, stream.uniform_int((5, 3), *bounds, actual.dtype))


def test_an_empty_draw_leaves_the_stream_where_it_is():
    assert filling(RandomUniform, np.float32, (0, 3)).work == []


def test_a_shape_that_only_a_run_knows_is_left_to_the_op():
    op = RandomUniform(dtype=as_dtype("float32"))
    shape, out = Operand((1,), np.int32), Operand((3,), np.float32)
    assert launches(op, [shape], [out], SMALL) is None
