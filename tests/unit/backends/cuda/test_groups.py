"""Fused groups, on the shim: broadcasts, vectors of four, dtypes, several results."""

import re

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, launches, source
from flowgraph.backends.cuda.groups import LARGE
from flowgraph.backends.cuda.products import Product
from flowgraph.dtypes import as_dtype, bfloat16
from flowgraph.ops.arithmetic import AddV2, Mul, Square, Sub
from flowgraph.ops.bias import BiasAdd
from flowgraph.ops.core import Cast
from flowgraph.ops.linalg import MatMul
from flowgraph.ops.rectification import Relu
from flowgraph.ops.transcendental import Exp, Sigmoid, Tanh
from flowgraph.plan.fused import Fused, Joined, Member
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case, assert_near

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)


def fused(sizes, dtype, steps, count, results):
    """A group of (op, inputs) over one dtype, or (op, inputs, dtype)."""
    members = []
    for op, inputs, *own in steps:
        kind = as_dtype(own[0] if own else dtype)
        members.append(
            Member(None, op, CAST if isinstance(op, Cast) else getattr(op, "c", ""), inputs, kind)
        )
    return Fused(tuple(members), count, results, sizes)


CAST = "(({T}){0})"
CHAIN = [(Mul(), (0, 1)), (AddV2(), (4, 2)), (Tanh(), (5,)), (Sub(), (6, 3)), (Square(), (7,))]
SHAPES = [
    ((6, 8), [(6, 8), (8,), (6, 1), ()]),
    ((6, 7), [(6, 7), (7,), (6, 1), ()]),
    ((5, 3, 4), [(5, 1, 4), (3, 1), (5, 3, 1), (1, 1, 4)]),
    ((2, 3, 4, 5), [(3, 1, 5), (2, 1, 4, 1), (4, 5), (2, 3, 4, 5)]),
    ((2, 1, 8), [(2, 1, 8), (8,), (1,), (1, 8)]),
    ((1030,), [(1030,), (1,), (), (1030,)]),
    ((4, 300), [(1, 1), (), (1,), (1, 1)]),
    ((), [(), (), (), ()]),
]


def case(sizes, shapes, dtype, alignment):
    draw = np.random.RandomState(len(sizes)).randn
    op = fused(sizes, np.dtype(dtype), CHAIN, 4, (5, 8))
    inputs = [np.asarray(draw(*shape)).astype(dtype) for shape in shapes]
    return Case(op, inputs, [(sizes, dtype)] * 2, alignment=alignment)


CASES = [
    case(sizes, shapes, dtype, alignment)
    for sizes, shapes in SHAPES
    for dtype in (np.float32, np.float16)
    for alignment in (16, 4)
]
CASES += [case(*SHAPES[n], dtype, 16) for n in (0, 3) for dtype in (np.float64, bfloat16.numpy)]
MIXED = Case(
    fused(
        (4, 8), np.float32,
        [(Cast(as_dtype("float32")), (0,)), (Exp(), (2,)), (Mul(), (3, 1)),
         (Cast(as_dtype("float64")), (4,), np.float64), (Cast(as_dtype("int64")), (4,), np.int64),
         (Cast(as_dtype("int8")), (6,), np.int8)],
        2, (4, 5, 6, 7),
    ),
    [np.arange(8).astype(np.float16) / 4, np.linspace(-3, 3, 32, dtype=np.float32).reshape(4, 8)],
    [((4, 8), dtype) for dtype in (np.float32, np.float64, np.int64, np.int8)],
)  # fmt: skip


@pytest.fixture(scope="module")
def device():
    return Device(item for c in (*CASES, MIXED) for item in c.work)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_chain(device, number):
    c = CASES[number]
    expected = c.op.compute(np, *c.inputs)
    for actual, y in zip(c.run(device), expected, strict=True):
        assert_near(actual, np.broadcast_to(np.asarray(y, actual.dtype), actual.shape), 3e-6
                    if actual.dtype == np.float32 else None)  # fmt: skip


def test_a_group_of_several_dtypes(device):
    made, wide, whole, narrow = MIXED.run(device)
    expected = np.exp(MIXED.inputs[0].astype(np.float32)) * MIXED.inputs[1]
    np.testing.assert_allclose(made, expected, rtol=1e-6)
    np.testing.assert_array_equal(wide, made.astype(np.float64))
    np.testing.assert_array_equal(whole, made.astype(np.int64))
    np.testing.assert_array_equal(narrow, whole.astype(np.int8))


def text_of(sizes, shapes, dtype=np.float32, alignment=16):
    (item,) = case(sizes, shapes, dtype, alignment).work
    return item.text


def test_sizes_are_no_part_of_the_code():
    assert text_of((6, 8), [(6, 8), (8,), (6, 1), ()]) == text_of(
        (2, 12), [(2, 12), (12,), (2, 1), ()]
    )


@pytest.mark.parametrize(
    ("sizes", "alignment", "is_wide"),
    [((6, 8), 16, True), ((6, 8), 4, False), ((8, 6), 16, False), ((24, 2), 16, False)],
)
def test_four_are_loaded_at_once_where_sizes_and_addresses_allow(sizes, alignment, is_wide):
    shapes = [sizes, sizes[1:], (sizes[0], 1), ()]
    assert ("four<" in text_of(sizes, shapes, alignment=alignment)) is is_wide


def test_an_index_has_64_bits_for_large_arrays_only():
    for rows, kind in ((1, "int"), (LARGE, "long long")):
        op = fused((rows,), np.float32, [(Sigmoid(), (0,))], 1, (1,))
        x = [Operand((rows,), np.float32) for _ in range(2)]
        (item,) = launches(op, x[:1], x[1:], SMALL)
        assert re.search(f"typedef {kind} index_t", item.text)


def test_one_text_for_the_kernels_of_a_plan():
    chains = [item for c in CASES[:2] for item in c.work]
    text = source([*chains, *chains])
    assert text == source(chains)
    assert text.count("__global__ void") == len({item.function for item in chains})


# -- products ----------------------------------------------------------------------------------


@pytest.mark.parametrize("clips", [False, True])
def test_bias_and_relu_join_a_product(clips):
    a, b, bias, out = (Operand(shape, np.float32) for shape in ((2, 4), (2, 3), (1, 3), (4, 3)))
    steps = [(MatMul(True), (0, 1)), (BiasAdd(), (3, 2)), (Relu(), (4,))][: 2 + clips]
    group = fused((4, 3), np.float32, steps, 3, (2 + len(steps),))
    op = Joined(group.members, group.count, group.results, group.sizes)
    (found,) = launches(op, [a, b, bias], [out], SMALL)
    assert found == Product(
        "float32", 4, 3, 2, a, b, out, transpose_a=True, bias=bias, has_relu=clips
    )
