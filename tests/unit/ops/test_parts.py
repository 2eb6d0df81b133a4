"""Kernels that cut large images into parts: their results are those for the whole."""

import numpy as np
import pytest

from flowgraph import parallel
from flowgraph.ops import (
    channels,
    convolution_kernels,
    patches,
    pooling_kernels,
    rounds,
    winograd,
)
from flowgraph.ops.windows import place

RANDOM = np.random.default_rng(5)


def draw(*sizes):
    return RANDOM.standard_normal(sizes).astype(np.float32)


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of a few rows, also of small images."""
    for module in (patches, channels, pooling_kernels):
        monkeypatch.setattr(module, "_TILE", 1 << 10)
    monkeypatch.setattr(patches, "_FEWEST_PATCHES", 1)


@pytest.fixture(params=[1, 3])
def threads(request):
    parallel.set_threads(request.param)
    yield request.param
    parallel.set_threads(0)


def nearly(result, expected, rounding=1e-6):
    np.testing.assert_allclose(result, expected, 0, rounding * np.abs(expected).max())


def laid(sizes, kernel, stride, dilation, padding):
    return [place(n, kernel, stride, dilation, padding) for n in sizes]


def convolved(x, filter, windows):
    """The convolution, element by element of the kernel."""
    padded = np.pad(x, [(0, 0), *((w.before, w.after + w.stride) for w in windows), (0, 0)])
    rows, columns = windows
    y = np.zeros((len(x), rows.output, columns.output, filter.shape[-1]), filter.dtype)
    for i, j in np.ndindex(filter.shape[:2]):
        first, second = i * rows.dilation, j * columns.dilation
        taken = padded[:, first :: rows.stride, second :: columns.stride]
        y += taken[:, : rows.output, : columns.output] @ filter[i, j]
    return y


def results(x, filter, dy, windows):
    y, dx, dw = np.empty_like(dy), np.empty_like(x), np.empty_like(filter)
    convolution_kernels.convolve(np, y, x, filter, windows)
    convolution_kernels.input_gradient(np, dx, dy, filter, windows)
    convolution_kernels.filter_gradient(np, dw, x, dy, windows)
    return y, dx, dw


def check_convolution(x, filter, windows, rounding):
    """Hold the convolution against sums, and its gradients against inner products with it."""
    wide, weights = x.astype(float), filter.astype(float)
    expected = convolved(wide, weights, windows)
    dy = draw(*expected.shape)
    y, dx, dw = results(x, filter, dy, windows)
    nearly(y, expected, rounding)
    size = np.abs(expected * dy).sum()
    for _ in range(3):
        change = RANDOM.standard_normal(x.shape)
        along = (convolved(change, weights, windows) * dy).sum()
        assert abs((change * dx).sum() - along) < rounding * size
        change = RANDOM.standard_normal(filter.shape)
        along = (convolved(wide, change, windows) * dy).sum()
        assert abs((change * dw).sum() - along) < rounding * size


@pytest.mark.parametrize("channels", [3, 8])
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(1, 1, 1), (1, 2, 1), (3, 1, 1), (3, 2, 1), (3, 1, 2)]
)
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_patches(small_parts, threads, channels, kernel, stride, dilation, padding):
    x, filter = draw(3, 17, 14, channels), draw(kernel, kernel, channels, 6)
    windows = laid(x.shape[1:3], kernel, stride, dilation, padding)
    assert len(patches.Patches(np, x, windows).parts) > 2
    check_convolution(x, filter, windows, 1e-5)


@pytest.mark.parametrize(
    ("images", "sizes"), [(2, (16, 16)), (3, (33, 30)), (50, (7, 5)), (1, (70, 9))]
)
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_winograd(monkeypatch, threads, images, sizes, kernel, padding):
    monkeypatch.setattr(winograd, "_FEWEST_PRODUCTS", 1)
    x, filter = draw(images, *sizes, 24), draw(kernel, kernel, 24, 16)
    windows = laid(sizes, kernel, 1, 1, padding)
    monkeypatch.delenv("FLOWGRAPH_EXACT", raising=False)
    assert winograd.fits(x, draw(1, 1, 1, 16), windows)
    check_convolution(x, filter, windows, 3e-5)


def test_exact_sums_can_be_asked_for(monkeypatch):
    x, y = draw(8, 32, 32, 32), draw(8, 32, 32, 32)
    windows = laid((32, 32), 3, 1, 1, "SAME")
    monkeypatch.delenv("FLOWGRAPH_EXACT", raising=False)
    assert winograd.fits(x, y, windows)
    monkeypatch.setenv("FLOWGRAPH_EXACT", "1")
    assert not winograd.fits(x, y, windows)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_number_of_threads_changes_no_bit(kernel):
    x, filter = draw(6, 40, 40, 32), draw(kernel, kernel, 32, 32)
    windows = laid((40, 40), kernel, 1, 1, "SAME")
    dy = draw(*x.shape)
    found = []
    for count in (1, 2, 5):
        parallel.set_threads(count)
        found.append(results(x, filter, dy, windows))
    parallel.set_threads(0)
    for first, *others in zip(*found, strict=True):
        for other in others:
            np.testing.assert_array_equal(other, first)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("rows", "columns"), [((2, 2), (2, 2)), ((3, 2), (2, 2)), ((2, 3), (1, 1))]
)
def test_max_pool_gradient_goes_to_the_first_largest(small_parts, threads, rows, columns, padding):
    x = RANDOM.integers(0, 3, (6, 9, 8, 5)).astype(np.float32)
    windows = [
        (axis, place(x.shape[axis], kernel, stride, padding=padding))
        for axis, (kernel, stride) in ((1, rows), (2, columns))
    ]
    (_, down), (_, across) = windows
    dy = draw(6, down.output, across.output, 5)
    expected = np.zeros_like(x)
    for n, i, j, c in np.ndindex(dy.shape):
        top, left = i * down.stride - down.before, j * across.stride - across.before
        places = [
            (a, b)
            for a in range(max(top, 0), min(top + down.kernel, down.size))
            for b in range(max(left, 0), min(left + across.kernel, across.size))
        ]
        a, b = max(places, key=lambda place: x[n, *place, c])  # the first, of equals
        expected[n, a, b, c] += dy[n, i, j, c]
    dx = np.full_like(x, np.nan)
    pooling_kernels.max_pool_gradient(np, x, dy, windows, -np.inf, dx)
    nearly(dx, expected)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_moments(small_parts, threads, data_format):
    x = draw(7, 6, 9, 5) + 100
    found = channels.Channels(np, x.shape, data_format)
    assert len(found.parts) > 3
    axes = (0, 1, 2) if data_format == "NHWC" else (0, 2, 3)
    mean, variance = found.moments(found.flat(x))
    nearly(mean, x.astype(float).mean(axes))
    nearly(variance, x.astype(float).var(axes), 1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64, np.complex64])
@pytest.mark.parametrize("ufunc", ["add", "subtract"])
@pytest.mark.parametrize("most", [1, 3, 400])
def test_many_updates_of_the_same_rows(monkeypatch, threads, dtype, ufunc, most):
    monkeypatch.setattr(rounds, "_LARGE", 1)
    monkeypatch.setattr(rounds, "_TILE", 1 << 9)
    rows = RANDOM.integers(0, most, 300)
    updates = RANDOM.integers(-9, 9, (300, 2, 3)).astype(dtype)
    target = RANDOM.integers(-9, 9, (400, 2, 3)).astype(dtype)
    expected = target.copy()
    getattr(np, ufunc).at(expected, rows, updates)
    rounds.combine_at(np, ufunc, target, rows, updates)
    np.testing.assert_array_equal(target, expected)


def test_sorting_positions():
    for rows in (np.array([5, 3, 5, 0, 3], np.int32), np.array([2**61, 3, 2**61, 3])):
        order, ordered = rounds._sorted(rows)
        np.testing.assert_array_equal(order, np.argsort(rows, kind="stable"))
        np.testing.assert_array_equal(ordered, rows[order])
