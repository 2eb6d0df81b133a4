"""Windows with holes, composed of dense ones, against ops that have holes themselves."""

import numpy as np
import pytest

import flowgraph.ops.operators  # noqa: F401  (tensors are sliced and multiplied)
from flowgraph.autodiff.gradients import gradients
from flowgraph.ops.convolution import conv1d, conv1d_transpose, conv2d, conv2d_transpose
from flowgraph.ops.core import constant, placeholder
from flowgraph.ops.depthwise import depthwise_conv2d_native
from flowgraph.ops.dilated import atrous_conv2d, atrous_conv2d_transpose, convolution
from flowgraph.ops.pool import pool
from flowgraph.ops.pooling import max_pool
from flowgraph.ops.pooling_3d import max_pool3d
from flowgraph.ops.separable import depthwise_conv2d, separable_conv2d
from flowgraph.runtime.session import Session

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((2, 7, 6, 3)).astype(np.float32)
W = RANDOM.standard_normal((3, 2, 3, 4)).astype(np.float32)


def run(tensors, feeds=None):
    with Session() as session:
        return session.run(tensors, feeds)


def first(x):
    return np.moveaxis(x, -1, 1)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("rate", [[1, 1], [2, 1], [2, 3]])
@pytest.mark.parametrize("shape", [None, [None, None, 6, 3]])
def test_convolution_with_holes(padding, rate, shape):
    x = constant(X) if shape is None else placeholder("float32", shape)
    result = convolution(x, W, padding, dilation_rate=rate)
    expected = conv2d(constant(X), W, 1, padding, dilations=rate)
    actual, wanted = run([result, expected], {} if shape is None else {x: X})
    np.testing.assert_allclose(actual, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_channels_may_come_first(padding):
    result = convolution(first(X), W, padding, dilation_rate=[2, 2], data_format="NCHW")
    actual, wanted = run([result, atrous_conv2d(X, W, 2, padding)])
    np.testing.assert_allclose(actual, first(wanted), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("data_format", ["NWC", "NCW"])
def test_a_sequence_is_an_image_of_height_one(data_format):
    filter = W[0]
    x = X[:, 0] if data_format == "NWC" else first(X[:, 0])
    dense = conv1d(x, filter, 2, "SAME", data_format=data_format)
    holes = convolution(x, filter, "VALID", dilation_rate=[2], data_format=data_format)
    image = conv2d(X[:, :1], filter[None], [1, 2], "SAME")
    spread = conv2d(X[:, :1], filter[None], 1, "VALID", dilations=[1, 2])
    dense, holes, image, spread = run([dense, holes, image, spread])
    arrange = (lambda y: y) if data_format == "NWC" else first
    np.testing.assert_allclose(dense, arrange(image[:, 0]), rtol=1e-5)
    np.testing.assert_allclose(holes, arrange(spread[:, 0]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("rate", "size"), [(1, (7, 6)), (2, (7, 6)), (3, (8, 10))])
def test_the_transpose_is_the_gradient(padding, rate, size):
    x = constant(RANDOM.standard_normal((2, *size, 3)).astype(np.float32))
    y = atrous_conv2d(x, W, rate, padding)
    dy = constant(RANDOM.standard_normal(y.shape.as_list()).astype(np.float32))
    transposed = atrous_conv2d_transpose(dy, W, [2, *size, 3], rate, padding)
    actual, wanted = run([transposed, gradients(y, x, dy)[0]])
    np.testing.assert_allclose(actual, wanted, rtol=1e-4, atol=1e-5)


def test_transposes_take_shapes_as_tensors():
    dy = RANDOM.standard_normal((2, 4, 3, 4)).astype(np.float32)
    sizes = placeholder("int32", [4])
    plain = conv2d_transpose(dy, W, sizes, 2)
    holes = atrous_conv2d_transpose(dy, W, sizes, 2, "SAME")
    listed = conv2d_transpose(dy, W, [2, 7, 6, 3], 2)
    assert plain.shape.as_list() == [None] * 4
    assert listed.shape.as_list() == [2, 7, 6, 3]
    actual, wanted = run([plain, listed], {sizes: [2, 7, 6, 3]})
    np.testing.assert_array_equal(actual, wanted)
    actual = run(holes, {sizes: [2, 4, 3, 3]})
    np.testing.assert_allclose(
        actual, run(atrous_conv2d_transpose(dy, W, [2, 4, 3, 3], 2, "SAME")), rtol=1e-5
    )


def test_the_transpose_over_a_sequence():
    dy = RANDOM.standard_normal((2, 3, 4)).astype(np.float32)
    sequence = conv1d_transpose(dy, W[0], [2, 6, 3], 2)
    image = conv2d_transpose(dy[:, None], W[:1], [2, 1, 6, 3], [1, 2])
    actual, wanted = run([sequence, image])
    np.testing.assert_allclose(actual, wanted[:, 0], rtol=1e-5)


@pytest.mark.parametrize("rate", [None, [2, 2]])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_channels_are_filtered_alone_and_then_mixed(rate, padding):
    deep = RANDOM.standard_normal((3, 2, 3, 2)).astype(np.float32)
    wide = RANDOM.standard_normal((1, 1, 6, 5)).astype(np.float32)
    ones = [1, 1, 1, 1]
    rates = ones if rate is None else [1, *rate, 1]
    direct = depthwise_conv2d_native(X, deep, ones, padding, dilations=rates)
    composed = depthwise_conv2d(X, deep, ones, padding, rate)
    mixed = separable_conv2d(X, deep, wide, ones, padding, rate)
    direct, composed, mixed = run([direct, composed, mixed])
    np.testing.assert_allclose(composed, direct, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mixed, direct @ wide[0, 0], rtol=1e-3, atol=1e-4)


def test_pooling_over_one_two_and_three_axes():
    volume = X.reshape(2, 7, 3, 2, 3)
    results = run(
        [
            pool(X[:, 0], [2], "MAX", "VALID", strides=[2]),
            max_pool(X[:, :1], [1, 2], [1, 2], "VALID"),
            pool(X, [2, 3], "MAX", "SAME", strides=[2, 1]),
            max_pool(X, [2, 3], [2, 1], "SAME"),
            pool(volume, [2, 1, 2], "MAX", "VALID"),
            max_pool3d(volume, [2, 1, 2], 1, "VALID"),
        ]
    )
    np.testing.assert_array_equal(results[0], results[1][:, 0])
    np.testing.assert_array_equal(results[2], results[3])
    np.testing.assert_array_equal(results[4], results[5])


def test_pooling_with_holes():
    largest, mean = run(
        [pool(X, [2, 2], kind, "VALID", dilation_rate=[2, 3]) for kind in ("MAX", "AVG")]
    )
    corners = np.stack([X[:, i : 5 + i, j : 3 + j] for i in (0, 2) for j in (0, 3)])
    np.testing.assert_array_equal(largest, corners.max(0))
    np.testing.assert_allclose(mean, corners.mean(0), rtol=1e-5, atol=1e-6)


def test_the_gradient_of_max_pooling_a_volume_goes_to_the_maxima():
    values = RANDOM.permutation(16).reshape(1, 4, 2, 2, 1).astype(np.float32)
    x = constant(values)
    dx = run(gradients(max_pool3d(x, 2, 2, "VALID"), x)[0])
    expected = np.zeros_like(values)
    for half in (slice(0, 2), slice(2, 4)):
        block = values[0, half]
        expected[0, half][block == block.max()] = 1
    np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: convolution(X, W[..., :2, :], "SAME"), "does not match corresponding dimension"),
        (lambda: convolution(X, W, "SAME", [2, 2], [2, 2]), "not supported in conjunction"),
        (lambda: convolution(X, W, "SAME", [2]), r"len\(strides\)=1 but should be 2"),
        (lambda: convolution(X, W, "SAME", [0, 1]), "all values of strides must be positive"),
        (lambda: convolution(X[0], W, "SAME"), "input tensor must have rank 4"),
        (lambda: convolution(X, W, "FOO", dilation_rate=[2, 2]), "Invalid padding method 'FOO'"),
        (lambda: pool(X, [2, 2], "SUM", "SAME"), "2-D SUM pooling is not supported"),
        (lambda: pool(X, [2, 2], "MAX", "SAME", [2, 2]), "SAME padding is not implemented"),
        (lambda: pool(X, [1, 2], "MAX", "SAME", strides=[2, 2]), "strides > window_shape"),
        (lambda: atrous_conv2d_transpose(X, W, [1] * 4, 0, "SAME"), "cannot be less than one"),
        (lambda: separable_conv2d(X, W, W, [1] * 4, "SAME"), "not compatible"),
    ],
)
def test_what_does_not_fit_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
