"""What cuDNN is asked for, against a stand-in for its package."""

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, cudnn
from flowgraph.backends.cuda.convolution import Convolution
from flowgraph.ops.windows import place
from tests.fake_cupy.cudnn import TIMES
from tests.fake_cupy.cudnn import package as module


def convolution(kind="forward", dtype=np.float32, is_nchw=False, stride=2, padding="SAME"):
    windows = tuple(place(n, 3, stride, 1, padding) for n in (8, 7))
    rows, columns = (w.output for w in windows)
    x, y = ((2, 8, 7, 5), (2, rows, columns, 6))
    if is_nchw:
        x, y = ((n, c, h, w) for n, h, w, c in (x, y))
    arrays = [Operand(shape, dtype) for shape in (x, (6, 3, 3, 5), y)]
    return Convolution(kind, windows, is_nchw, *arrays)


@pytest.mark.parametrize(
    ("kind", "function", "inputs"),
    [("forward", "fprop", "xf"), ("input", "dgrad", "yf"), ("filter", "wgrad", "xy")],
)
def test_the_three_convolutions(kind, function, inputs):
    package = module()
    plan = cudnn.Library(package).convolution(convolution(kind))
    (graph,) = package.graphs
    sizes = {"x": [2, 5, 8, 7], "f": [6, 5, 3, 3], "y": [2, 6, 4, 4]}
    strides = {"x": [280, 1, 35, 5], "f": [45, 1, 15, 5], "y": [96, 1, 24, 6]}
    assert graph.kind == function
    assert graph.asked["rule"] == ([0, 1], [1, 1], [2, 2], [1, 1])
    (made,) = set("xfy") - set(inputs)
    for name, tensor in zip((*inputs, made), (*graph.asked["inputs"], graph.result), strict=True):
        assert tensor.given["dim"] == sizes[name]
        assert tensor.given["stride"] == strides[name]
        assert tensor.given["data_type"] == "float"
    assert graph.result.given["is_output"]
    assert graph.steps == [
        "validate", "build", ("a", "fallback"), ("without", "tensor core", "down"), "check",
        ("plan", 0), ("plan", 1),
    ]  # fmt: skip
    plan.run(100, 200, 300, 400, stream=9)
    addresses, workspace, handle = graph.ran
    assert sorted(addresses.values()) == [100, 200, 300]
    assert addresses[id(graph.result)] == {"x": 100, "f": 200, "y": 300}[made]
    assert (workspace, handle, package.streams, plan.workspace) == (400, 11, [(11, 9)], 640)


def test_channels_before_rows():
    package = module()
    cudnn.Library(package).convolution(convolution(is_nchw=True))
    image, filter = package.graphs[0].asked["inputs"]
    assert image.given["stride"] == [280, 56, 7, 1]
    assert filter.given["stride"] == [45, 1, 15, 5]


def test_a_border_that_no_window_reaches_does_not_count():
    key = cudnn.key_of(convolution(padding="VALID", stride=3))
    assert (key.before, key.after) == ((0, 0), (0, 0))
    assert list(key.y[2:]) == [(8 - 3) // 3 + 1, (7 - 3) // 3 + 1]


@pytest.mark.parametrize(
    ("dtype", "options", "without"),
    [
        (np.float32, (True, False), None),
        (np.float16, (False, False), None),
        (np.float16, (False, True), ("any order",)),
        (np.float32, (False, True), ("tensor core", "down", "any order")),
        (np.float64, (True, False), None),
    ],
)
def test_which_engines_are_left_out(dtype, options, without):
    package = module()
    cudnn.Library(package).convolution(convolution(dtype=dtype), *options)
    (graph,) = package.graphs
    refused = [step[1:] for step in graph.steps if step[0] == "without"]
    assert refused == ([] if without is None else [without])
    wide = "double" if dtype == np.float64 else "float"
    assert graph.given["compute_data_type"] == wide


def test_a_plan_is_made_once():
    package = module()
    library = cudnn.Library(package)
    assert library.convolution(convolution()) is library.convolution(convolution())
    assert library.convolution(convolution()) is not library.convolution(convolution(stride=1))
    assert len(package.graphs) == 2
    assert library.convolution(convolution(), True) is not library.convolution(convolution())
    assert len(package.graphs) == 3
    assert cudnn.key_of(convolution(), True) != cudnn.key_of(convolution())
    assert cudnn.key_of(convolution(), False, True) != cudnn.key_of(convolution())
    half = convolution(dtype=np.float16)
    assert cudnn.key_of(half, True) == cudnn.key_of(half)


def test_what_cudnn_cannot_do_has_no_plan():
    assert cudnn.Library(module(refuses=True)).convolution(convolution()) is None


def test_without_the_package_there_is_no_library(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cudnn", None)
    assert cudnn.find() is None


def test_the_fastest_of_some_algorithms_is_taken():
    package, tried = module(), []

    def timed(nbytes, run):
        assert nbytes == [4 * 2 * 8 * 7 * 5, 4 * 6 * 9 * 5, 4 * 2 * 4 * 4 * 6, 640]
        run(1, 2, 3, 4, 5)
        (graph,) = package.graphs
        tried.append(graph.index)
        if graph.index == 2:
            raise MemoryError
        return TIMES[graph.index]

    plan = cudnn.Library(package, timed).convolution(convolution())
    assert tried == [1, 2, 4]
    plan.run(1, 2, 3, 4, 5)
    assert package.graphs[0].index == 4
