"""Kernels written by hand, on the shim: sizes that the conformance suite's samples do not reach."""

import itertools

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, Target, convolution, launches
from flowgraph.backends.cuda.convolution import Convolution
from flowgraph.dtypes import as_dtype, bfloat16
from flowgraph.graph.op import Op
from flowgraph.ops import declare_all
from tests.unit.backends.cuda.device import COMPILER, Device
from tests.unit.backends.cuda.steps import SMALL, Case, assert_near, computed

if COMPILER is None:
    pytest.skip("there is no C++ compiler", allow_module_level=True)

declare_all()
OPS = Op.declared
HALVES = (np.float16, bfloat16.numpy)


def draw(*shape, dtype=np.float32):
    return np.asarray(np.random.RandomState(sum(shape)).randn(*shape)).astype(dtype)


def case(name, inputs, hosts=(), **attributes):
    """A step with outputs of the forms that its op computes."""
    op = OPS[name](**attributes)
    results = computed(op, *inputs)
    results = results if isinstance(results, tuple) else (results,)
    return Case(op, inputs, [(np.shape(y), y.dtype) for y in results], hosts)


def ints(*values):
    return np.array(values, np.int32)


CASES = {}

# -- running totals and ranks: rows that one thread serves, and rows that a block does -------------
for shape, exclusive, reverse in itertools.product(
    [(2, 700), (3, 300, 2), (700,), (600, 5), (4000, 2)], (False, True), (False, True)
):  # fmt: skip
    attributes = {"exclusive": exclusive, "reverse": reverse}
    key = f"{shape}-{exclusive}-{reverse}"
    axis = np.array(1 if len(shape) == 3 or shape[0] == 2 else 0, np.int32)
    CASES[f"Cumsum-{key}"] = case(
        "Cumsum", [draw(*shape, dtype=np.float64), axis], [1], **attributes
    )
    factors = 1 + draw(*shape, dtype=np.float64) / 100
    CASES[f"Cumprod-{key}"] = case("Cumprod", [factors, axis], [1], **attributes)
for length, k in ((3, 3), (300, 7), (1500, 40), (70, 0)):
    x = np.round(draw(5, length) * 4)  # with ties
    x[:, 1] = np.nan
    x[1, :3] = -np.inf
    CASES[f"TopKV2-{length}-{k}"] = case("TopKV2", [x, np.array(k, np.int32)], [1])
CASES["BiasAdd-NCHW"] = case("BiasAdd", [draw(2, 3, 4, 5), draw(3)], data_format="NCHW")

# -- rows ----------------------------------------------------------------------------------------
for classes, dtype in itertools.product((3, 1500), (np.float32, np.float64, *HALVES)):
    x, labels = draw(9, classes, dtype=dtype), np.abs(draw(9, classes, dtype=dtype))
    key = f"{classes}-{np.dtype(dtype)}"
    CASES[f"Softmax-{key}"] = case("Softmax", [x])
    CASES[f"LogSoftmax-{key}"] = case("LogSoftmax", [x])
    CASES[f"cross-entropy-{key}"] = case("SoftmaxCrossEntropyWithLogits", [x, labels])
    CASES[f"sparse-cross-entropy-{key}"] = case(
        "SparseSoftmaxCrossEntropyWithLogits", [x, np.arange(9) % classes]
    )
for shape, axis in (((3, 2000), 1), ((9, 5), 1), ((4, 30, 6), 1), ((30, 6), 0)):
    for name in ("ArgMax", "ArgMin"):
        x = np.round(draw(*shape) * 2)
        CASES[f"{name}-{shape}"] = case(name, [x, np.array(axis, np.int32)], [1])
TABLE = draw(50, 6)
for axis, dtype in itertools.product((0, 1), (np.float32, np.float16, np.int8)):
    indices = np.arange(12).reshape(3, 4) % TABLE.shape[axis]
    inputs = [(TABLE * 9).astype(dtype), indices, np.array(axis)]
    CASES[f"GatherV2-{axis}-{np.dtype(dtype)}"] = case("GatherV2", inputs, [2])
for shape, axes in (
    ((40, 70), (1, 0)), ((3, 33, 40), (0, 2, 1)), ((3, 5, 7, 4), (0, 3, 1, 2)),
    ((3, 5, 7, 4), (2, 1, 0, 3)), ((2, 3, 4, 5, 6), (4, 2, 0, 3, 1)), ((7, 40, 3), (2, 1, 0)),
    ((2, 3, 2, 3, 2, 3), (1, 0, 3, 2, 5, 4)),
):  # fmt: skip
    for dtype in (np.float32, np.float16, np.int8, np.float64):
        x = (draw(*shape) * 9).astype(dtype)
        CASES[f"Transpose-{shape}-{np.dtype(dtype)}"] = case("Transpose", [x, ints(*axes)], [1])

# -- images --------------------------------------------------------------------------------------
for (size, stride), padding, dtype in itertools.product(
    ((2, 2), (3, 2), (3, 1), (2, 3)), ("SAME", "VALID"), (np.float32, *HALVES)
):
    pooling = {"ksize": (1, size, size, 1), "strides": (1, stride, stride, 1), "padding": padding}
    x = np.round(draw(2, 7, 8, 5) * 2).astype(dtype)  # with ties
    key = f"{size}-{stride}-{padding}-{np.dtype(dtype)}"
    CASES[f"MaxPool-{key}"] = largest = case("MaxPool", [x], **pooling)
    y = computed(largest.op, x)
    dy = draw(*y.shape, dtype=dtype)
    CASES[f"MaxPoolGrad-{key}"] = case("MaxPoolGrad", [x, y, dy], **pooling)
    CASES[f"AvgPoolGrad-{key}"] = case("AvgPoolGrad", [ints(*x.shape), dy], [0], **pooling)
for size, stride, dilation, padding in (
    (3, 1, 1, "SAME"), (3, 2, 1, "SAME"), (2, 2, 1, "VALID"), (3, 1, 2, "SAME"),
    (1, 1, 1, "SAME"), (1, 2, 1, "VALID"),
):  # fmt: skip
    rule = {
        "strides": (1, stride, stride, 1), "padding": padding,
        "dilations": (1, dilation, dilation, 1),
    }  # fmt: skip
    x, f, g = draw(3, 9, 8, 4), draw(size, size, 4, 6), draw(size, size, 4, 2)
    key = f"{size}-{stride}-{dilation}-{padding}"
    for name, filter in (("Conv2D", f), ("DepthwiseConv2dNative", g)):
        CASES[f"{name}-{key}"] = forward = case(name, [x, filter], **rule)
        dy = draw(*forward.results[0].shape)
        CASES[f"{name}BackpropInput-{key}"] = case(
            f"{name}BackpropInput", [ints(*x.shape), filter, dy], [0], **rule
        )
        CASES[f"{name}BackpropFilter-{key}"] = case(
            f"{name}BackpropFilter", [x, ints(*filter.shape), dy], [1], **rule
        )
for shape, layout in (((4, 9, 8, 40), "NHWC"), ((30, 6, 7, 3), "NHWC"), ((3, 5, 16, 20), "NCHW")):
    for dtype in (np.float32, *HALVES):
        channels = shape[3 if layout == "NHWC" else 1]
        vectors = [draw(channels) + i for i in range(3)] + [np.abs(draw(channels)) + 1]
        for training in (True, False):
            key = f"{shape}-{training}-{np.dtype(dtype)}"
            rule = {"data_format": layout, "is_training": training}
            x, dy = (draw(*shape) + 3).astype(dtype), draw(*shape, dtype=dtype)[::-1]
            CASES[f"FusedBatchNormV2-{key}"] = forward = case(
                "FusedBatchNormV2", [x, *vectors], **rule
            )
            used = computed(forward.op, x, *vectors)[3:5]
            CASES[f"FusedBatchNormGradV2-{key}"] = case(
                "FusedBatchNormGradV2", [dy, x, vectors[0], *used], **rule
            )


@pytest.fixture(scope="module")
def device():
    return Device(item for c in (*CASES.values(), WRONG, NAN, PARTS) for item in c.work)


def expected(c):
    """What the op computes; in float32 for shorter numbers, and rounded then."""
    wide = [x.astype(np.float32) if x.dtype in HALVES else x for x in c.inputs]
    results = computed(c.op, *wide)
    results = results if isinstance(results, tuple) else (results,)
    return [y.astype(own.dtype) for y, own in zip(results, c.results, strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_a_kernel(device, name):
    c = CASES[name]
    for actual, y in zip(c.run(device), expected(c), strict=True):
        assert_near(actual, y, 2e-5 if actual.dtype == np.float32 else None)


WRONG = Case(
    OPS["SparseSoftmaxCrossEntropyWithLogits"](), [draw(4, 3), ints(0, -1, 3, 2)],
    [((4,), np.float32), ((4, 3), np.float32)],
)  # fmt: skip


def test_a_label_of_no_class_gives_nan(device):
    loss, gradient = WRONG.run(device)
    np.testing.assert_array_equal(np.isnan(loss), [False, True, True, False])
    np.testing.assert_array_equal(np.isnan(gradient).all(1), np.isnan(loss))


NAN = Case(
    OPS["GatherV2"](), [draw(4, 3), ints(0, -1, 4, 3), np.array(0)], [((4, 3), np.float32)], [2]
)


def test_a_row_that_does_not_exist_is_zero(device):
    (rows,) = NAN.run(device)
    np.testing.assert_array_equal(rows[[0, 3]], NAN.inputs[0][[0, 3]])
    assert (rows[[1, 2]] == 0).all()


def in_parts():
    """Convolutions of which only some images' patches are held at once."""
    patch = pytest.MonkeyPatch()
    patch.setattr(convolution, "_PATCHES", 2 * 6 * 5 * 3 * 3 * 4)
    try:
        x, filter = draw(5, 6, 5, 4), draw(3, 3, 4, 2)
        rule = {"strides": (1, 1, 1, 1), "padding": "SAME"}
        return case("Conv2DBackpropFilter", [x, ints(*filter.shape), draw(5, 6, 5, 2)], [1], **rule)
    finally:
        patch.undo()


PARTS = in_parts()


def test_patches_in_parts(device):
    assert [type(item).__name__ for item in PARTS.work] == ["Launch", "Product"] * 3
    (actual,) = PARTS.run(device)
    assert_near(actual, expected(PARTS)[0], 1e-5)


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_cudnn_is_asked_where_it_is_there(layout):
    shapes = ((2, 8, 8, 3), (2, 4, 4, 6))
    if layout == "NCHW":
        shapes = [(n, c, h, w) for n, h, w, c in shapes]
    x, y = (Operand(shape, np.float32) for shape in shapes)
    strides = (1, 2, 2, 1) if layout == "NHWC" else (1, 1, 2, 2)
    op = OPS["Conv2D"](strides=strides, padding="SAME", data_format=layout)
    filter = Operand((3, 3, 3, 6), np.float32)
    turn, asked = launches(op, [x, filter], [y], Target(has_cudnn=True))
    assert turn.arguments[-2:] == (filter, asked.filter)
    assert asked.filter.shape == (6, 3, 3, 3)
    assert isinstance(asked, Convolution)
    assert (asked.kind, asked.is_nchw) == ("forward", layout == "NCHW")
    assert [(w.before, w.after) for w in asked.windows] == [(0, 1), (0, 1)]


def test_images_with_channels_before_are_turned_around_patches():
    x, y = Operand((2, 3, 8, 8), np.float32), Operand((2, 6, 8, 8), np.float32)
    op = OPS["Conv2D"](strides=(1, 1, 1, 1), padding="SAME", data_format="NCHW")
    work = launches(op, [x, Operand((3, 3, 3, 6), np.float32)], [y], SMALL)
    names = [getattr(item, "function", "product") for item in work]
    assert names == [
        "transpose_planes_int32", "patches_float32", "product", "transpose_planes_int32"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Softmax", "MaxPool", "Transpose"])
def test_complex_numbers_and_strings_are_left_to_the_op(name):
    attributes = {"ksize": (1,) * 4, "strides": (1,) * 4, "padding": "SAME"}
    op = OPS[name](**(attributes if name == "MaxPool" else {}))
    x = Operand((1, 1, 1, 1), np.complex128)
    assert launches(op, [x, x][: 1 + (name == "Transpose")], [x], SMALL) is None
    assert as_dtype(x.dtype).is_complex
