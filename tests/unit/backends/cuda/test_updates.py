"""Optimizers, scatters and segment sums, on the shim, against the ops' own `compute`."""

import itertools

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, launches
from flowgraph.backends.cuda.rows import sort
from flowgraph.dtypes import as_dtype, bfloat16
from flowgraph.graph.op import Op
from flowgraph.ops import declare_all
from flowgraph.ops.gathering import UnsortedSegmentSum
from flowgraph.ops.state import Cell
from flowgraph.shapes import TensorShape
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case, assert_near, computed

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)

declare_all()
OPS = Op.declared
RANDOM = np.random.RandomState(5)
SCALARS = {
    "lr": 0.1, "alpha": 0.1, "momentum": 0.8, "rho": 0.9, "epsilon": 1e-2, "beta1": 0.9,
    "beta2": 0.99, "beta1_power": 0.81, "beta2_power": 0.98, "l1": 0.05, "l2": 0.1,
    "l2_shrinkage": 0.1, "lr_power": -0.5,
}  # fmt: skip
DENSE = {
    "ApplyGradientDescent": [{}],
    "ApplyMomentum": [{}, {"use_nesterov": True}],
    "ApplyAdagrad": [{}, {"update_slots": False}],
    "ApplyAdadelta": [{}],
    "ApplyAdam": [{}, {"use_nesterov": True}],
    "ApplyRMSProp": [{}],
    "ApplyCenteredRMSProp": [{}],
    "ApplyFtrl": [{}],
    "ApplyFtrlV2": [{}],
    "ApplyProximalGradientDescent": [{}],
    "ApplyProximalAdagrad": [{}],
}
SPARSE = {
    f"Sparse{name}": options
    for name, options in DENSE.items()
    if name not in ("ApplyGradientDescent", "ApplyAdam")
}


def array(name, shape, dtype):
    values = np.asarray(RANDOM.randn(*shape))
    if name in ("accum", "accum_update", "ms", "v"):
        values = np.asarray(np.abs(values) + 1)
    return np.asarray(values * (0.1 if name == "mg" else 1), dtype)


def update(op, dtype, shape, rows=None):
    """The step of an optimizer; with `rows`, on these rows of the variable."""
    inputs = []
    for argument in op.signature.inputs:
        if argument.is_ref:
            inputs.append(array(argument.name, shape, dtype))
        elif argument.name == "indices":
            inputs.append(rows)
        elif argument.name in ("grad", "delta"):
            inputs.append(array("grad", shape if rows is None else (len(rows), *shape[1:]), dtype))
        else:
            inputs.append(np.array(SCALARS[argument.name], dtype))
    return Case(op, inputs, [])


def expected(case):
    """The references after the op's own `compute`."""
    arguments, cells = [], []
    for argument, value in zip(case.op.signature.inputs, case.inputs, strict=True):
        if argument.is_ref:
            kind = as_dtype(value.dtype)
            cell = Cell("v", kind, TensorShape(value.shape), np, lambda: None)
            cell.write(value)
            cells.append(cell)
            arguments.append(cell)
        else:
            arguments.append(value)
    computed(case.op, *arguments)
    return [cell.array for cell in cells]


DTYPES = [np.float32, np.float64, np.float16, bfloat16.numpy]
CASES = {}
for (name, options), dtype in itertools.product(DENSE.items(), DTYPES):
    for n, option in enumerate(options):
        CASES[f"{name}-{n}-{np.dtype(dtype)}"] = update(OPS[name](**option), dtype, (5, 8))
CASES["ApplyAdam-scalar"] = update(OPS["ApplyAdam"](), np.float32, ())
CASES["ApplyAdam-odd"] = update(OPS["ApplyAdam"](), np.float32, (7, 3))
for (name, options), kind in itertools.product(SPARSE.items(), (np.int32, np.int64)):
    for n, option in enumerate(options):
        rows = np.array([6, 0, 3], kind)
        op = OPS[name](**option)
        CASES[f"{name}-{n}-{np.dtype(kind)}"] = update(op, np.float32, (7, 3, 2), rows)
ROWS = np.array([[6, 0, 3, 6], [6, 2, 0, 0]], np.int32)
for name, dtype in itertools.product(
    ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max"), (np.float32, np.int32, np.float16)
):
    if name != "Div" or dtype != np.int32:
        table = (RANDOM.randn(7, 5) * 4).astype(dtype)
        given = (RANDOM.rand(2, 4, 5) * 4 + 1).astype(dtype)
        for n, updates in enumerate([given, given[0, 0, 0]]):
            op = OPS[f"Scatter{name}"]()
            CASES[f"Scatter{name}-{n}-{np.dtype(dtype)}"] = Case(op, [table, ROWS, updates], [])
MANY = RANDOM.randint(0, 700, 9000)
TABLE, UPDATES = np.zeros((700, 2), np.float32), RANDOM.randn(9000, 2).astype(np.float32)
CASES["ScatterAdd-many"] = Case(OPS["ScatterAdd"](), [TABLE, MANY, UPDATES], [])


@pytest.fixture(scope="module")
def device():
    cases = (*CASES.values(), *SEGMENTS, OUTSIDE, DOUBLE)
    return Device([*(item for c in cases for item in c.work), *(i for s in SORTS for i in s[3])])


@pytest.mark.parametrize("name", CASES)
def test_an_update(device, name):
    c = CASES[name]
    c.run(device)
    references = [i for i, a in enumerate(c.op.signature.inputs) if a.is_ref]
    for i, after in zip(references, expected(c), strict=True):
        assert_near(c.changed[i], after, 1e-5 if after.dtype == np.float32 else None)
    for i, before in enumerate(c.inputs):
        assert i in references or c.changed[i].tobytes() == before.tobytes()


def segments(count, number, dtype=np.float32):
    ids = np.random.RandomState(number).randint(-1, number, count)
    data = np.random.RandomState(count).randn(count, 3).astype(dtype)
    inputs = [data, ids, np.array(number, np.int32)]
    return Case(UnsortedSegmentSum(), inputs, [((number, 3), dtype)], hosts=[2])


SEGMENTS = [segments(300, 7), segments(8200, 40), segments(5, 300, np.float64)]
OUTSIDE = Case(
    OPS["ScatterAdd"](), [TABLE[:4].copy(), np.array([-1, 4, 2]), UPDATES[:3].copy()], []
)
DOUBLE = update(OPS["SparseApplyMomentum"](), np.float64, (4, 3), np.array([2, 2, 0, 2]))


def sorting(count, limit, dtype):
    """Indices, some of no row, and their sort: launches, keys and order."""
    indices = np.random.RandomState(count).randint(-2, limit + 2, count).astype(dtype)
    return (indices, limit, given := Operand(indices.shape, dtype), *sort(given, limit))


SORTS = [
    sorting(count, limit, dtype)
    for count, limit in ((1, 3), (700, 40), (8193, 3), (9000, 700), (20000, 70000))
    for dtype in (np.int32, np.int64)
]


@pytest.mark.parametrize(("indices", "limit", "given", "work", "keys", "order"), SORTS)
def test_a_sort(device, indices, limit, given, work, keys, order):
    cleaned = np.where((indices < 0) | (indices >= limit), limit, indices)
    expected = np.argsort(cleaned, kind="stable")
    made = np.empty(keys.shape, keys.dtype), np.empty(order.shape, order.dtype)
    device.run(work, {id(given): indices, id(keys): made[0], id(order): made[1]})
    np.testing.assert_array_equal(made[0], cleaned[expected])
    np.testing.assert_array_equal(made[1], expected)


@pytest.mark.parametrize("case", SEGMENTS)
def test_sums_of_segments(device, case):
    (actual,) = case.run(device)
    wide = computed(case.op, case.inputs[0].astype(np.float64), *case.inputs[1:])
    np.testing.assert_allclose(actual, wide, rtol=1e-5, atol=1e-4)


def test_rows_that_do_not_exist_are_left_alone(device):
    OUTSIDE.run(device)
    assert (OUTSIDE.changed[0][[0, 1, 3]] == 0).all()
    np.testing.assert_array_equal(OUTSIDE.changed[0][2], UPDATES[2])


def test_equal_rows_are_updated_one_after_the_other(device):
    DOUBLE.run(device)
    var, accum = (x.copy() for x in DOUBLE.inputs[:2])
    for row, grad in zip(DOUBLE.inputs[4], DOUBLE.inputs[3], strict=True):
        accum[row] = accum[row] * 0.8 + grad
        var[row] -= 0.1 * accum[row]
    np.testing.assert_allclose(DOUBLE.changed[0], var, rtol=1e-12)
    np.testing.assert_allclose(DOUBLE.changed[1], accum, rtol=1e-12)


def test_a_repeated_sum_has_the_same_bits(device):
    first = CASES["ScatterAdd-many"]
    first.run(device)
    before = first.changed[0].tobytes()
    first.run(device)
    assert first.changed[0].tobytes() == before


@pytest.mark.parametrize("dtype", [np.complex64, np.int8])
def test_other_dtypes_are_left_to_the_op(dtype):
    var = Operand((4,), dtype)
    op = OPS["ApplyGradientDescent"]()
    assert launches(op, [var, Operand((), dtype), Operand((4,), dtype)], [], SMALL) is None
