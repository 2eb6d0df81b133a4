"""Generated reductions, on the shim, against the ops' own `compute`."""

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand
from flowgraph.backends.cuda.groups import Formula, Formulas
from flowgraph.backends.cuda.reductions import Computed, along
from flowgraph.dtypes import as_dtype, bfloat16
from flowgraph.ops.reduction import Max, Mean, Min, Prod, Sum
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case, assert_near, computed

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)

SHAPES = [
    ((3000,), (0,)),
    ((9, 700), (1,)),
    ((9, 40), (1,)),
    ((9, 3000), (1,)),
    ((3000, 9), (0,)),
    ((700, 33), (0,)),
    ((5, 600, 40), (1,)),
    ((6, 5, 40, 7), (0, 1, 2)),
    ((6, 5, 4, 7), (0, 2)),
    ((6, 5, 4, 7), (1, 3)),
    ((6, 1, 4), (1,)),
    ((6, 4), ()),
    ((1, 1), (0, 1)),
]


def draw(shape, dtype):
    values = np.random.RandomState(len(shape)).randn(*shape)
    return (values * 3 if np.dtype(dtype).kind == "i" else values).astype(dtype)


def case(op, x, axes):
    y = computed(op, x, np.array(axes, np.int32))
    return Case(op, [x, np.array(axes, np.int32)], [(np.shape(y), y.dtype)], hosts=[1])


CASES = [case(Sum(), draw(shape, "float32"), axes) for shape, axes in SHAPES]
for dtype in ("float16", bfloat16.numpy, "float64", "int32", "int64"):
    for op in (Sum(), Max(), Min(), Prod(), *([] if np.dtype(dtype).kind == "i" else [Mean()])):
        CASES += [case(op, draw(shape, dtype), axes) for shape, axes in SHAPES[1:3] + SHAPES[6:7]]
CASES += [case(Mean(keep_dims=True), draw(shape, "float32"), axes) for shape, axes in SHAPES[3:9]]
CASES += [case(op, draw((4, 0), "float32"), (1,)) for op in (Sum(), Prod(), Mean())]


def computed_sum(sizes, shapes, axes):
    """The sum of a product of arrays that are broadcast: operands, arrays, target and launches."""
    arrays = [draw(shape, "float32") for shape in shapes]
    inputs = [Operand(array.shape, array.dtype) for array in arrays]
    product = Formula("({0} * {1})", (0, 1), as_dtype("float32"))
    group = Formulas((product,), 2, (2,))
    y = Operand(np.sum(np.zeros(sizes), axes).shape, np.float32)
    source = Computed(group, sizes, np.dtype(np.float32), inputs)
    return inputs, arrays, y, axes, along("Sum", source, set(axes), y, SMALL)


FUSED = [
    computed_sum((9, 700), [(9, 700), (700,)], (1,)),
    computed_sum((9, 3000), [(9, 1), (9, 3000)], (1,)),
    computed_sum((700, 33), [(700, 33), (33,)], (0,)),
    computed_sum((6, 5, 40, 7), [(5, 1, 7), (6, 1, 40, 1)], (0, 2)),
]


@pytest.fixture(scope="module")
def device():
    launches = [item for f in FUSED for item in f[-1]]
    return Device([*(item for c in CASES for item in c.work), *launches])


@pytest.mark.parametrize(("inputs", "arrays", "y", "axes", "work"), FUSED)
def test_what_a_group_makes_is_reduced(device, inputs, arrays, y, axes, work):
    made = np.empty(y.shape, y.dtype)
    memory = {id(o): a for o, a in zip(inputs, arrays, strict=True)}
    device.run(work, memory | {id(y): made})
    expected = (arrays[0].astype(np.float64) * arrays[1]).sum(axes)
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_reduction(device, number):
    c = CASES[number]
    (actual,) = c.run(device)
    expected = computed(c.op, *c.inputs)
    if actual.dtype.name in ("float16", "bfloat16"):
        wide = computed(c.op, c.inputs[0].astype(np.float32), c.inputs[1])
        expected = wide.astype(actual.dtype)
    assert_near(actual, expected, 3e-5 if actual.dtype == np.float32 else None)


def test_it_repeats(device):
    first, second = CASES[0].run(device)[0].copy(), CASES[0].run(device)[0]
    assert first.tobytes() == second.tobytes()
