"""Networks in plain NumPy: layers with their gradients, as one writes them by hand."""

from __future__ import annotations

from typing import Any

import numpy as np


def patches(x: Any, size: int, stride: int = 1) -> Any:
    """Return the windows of NHWC images, ``SAME`` padded, as rows of height, width, channel."""
    n, height, width, channels = x.shape
    rows, columns = -(-height // stride), -(-width // stride)
    x = np.pad(x, [(0, 0), padding(height, size, stride), padding(width, size, stride), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2))
    windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(n * rows * columns, size * size * channels)


def padding(length: int, size: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after, as ``SAME`` wants them."""
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def convolve(x: Any, kernel: Any, stride: int = 1) -> Any:
    """Return the convolution of NHWC images with an HWIO kernel."""
    size, _, channels, filters = kernel.shape
    rows = x.reshape(-1, channels) if size == 1 else patches(x, size, stride)
    shape = (x.shape[0], -(-x.shape[1] // stride), -(-x.shape[2] // stride), filters)
    return (rows @ kernel.reshape(-1, filters)).reshape(shape)


def kernel_gradient(x: Any, dy: Any, size: int, stride: int = 1) -> Any:
    """Return the gradient of a convolution by its kernel."""
    rows = x.reshape(-1, x.shape[3]) if size == 1 else patches(x, size, stride)
    return (rows.T @ dy.reshape(-1, dy.shape[3])).reshape(size, size, x.shape[3], dy.shape[3])


def input_gradient(shape: tuple[int, ...], kernel: Any, dy: Any, stride: int = 1) -> Any:
    """Return the gradient of a convolution by its input."""
    n, height, width, channels = shape
    size, _, _, filters = kernel.shape
    _, rows, columns, _ = dy.shape
    pads = padding(height, size, stride), padding(width, size, stride)
    parts = dy.reshape(-1, filters) @ kernel.reshape(-1, filters).T
    parts = parts.reshape(n, rows, columns, size, size, channels)
    dx = np.zeros((n, height + sum(pads[0]), width + sum(pads[1]), channels), np.float32)
    for i in range(size):
        for j in range(size):
            dx[:, i : i + stride * rows : stride, j : j + stride * columns : stride] += parts[
                :, :, :, i, j
            ]
    return dx[:, pads[0][0] : pads[0][0] + height, pads[1][0] : pads[1][0] + width]


def max_pool(x: Any) -> Any:
    """Return the maxima of windows of 2 x 2."""
    top = np.maximum(x[:, ::2, ::2], x[:, ::2, 1::2])
    return np.maximum(top, np.maximum(x[:, 1::2, ::2], x[:, 1::2, 1::2]))


def max_pool_gradient(x: Any, y: Any, dy: Any) -> Any:
    """Return the gradient, which goes to the first maximum of a window."""
    dx, left = np.empty_like(x), np.ones(y.shape, bool)
    for i in range(2):
        for j in range(2):
            chosen = left & (x[:, i::2, j::2] == y)
            dx[:, i::2, j::2] = dy * chosen
            left &= ~chosen
    return dx


def cross_entropy(logits: Any, labels: Any) -> tuple[Any, Any]:
    """Return the losses of sparse labels, and their gradients by the logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    losses = np.log(sums[:, 0]) - shifted[rows, labels]
    slopes = exps / sums
    slopes[rows, labels] -= 1
    return losses, slopes


class Adam:
    """Adam (Kingma and Ba, 2015), as TensorFlow writes it: arrays are changed in place."""

    def __init__(self, parameters: list[Any], rate: float) -> None:
        self.parameters, self.rate, self.count = parameters, rate, 0
        self.first = [np.zeros_like(each) for each in parameters]
        self.second = [np.zeros_like(each) for each in parameters]

    def step(self, slopes: list[Any]) -> None:
        """Change the parameters."""
        self.count += 1
        rate = np.float32(self.rate * np.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count))
        for p, m, v, g in zip(self.parameters, self.first, self.second, slopes, strict=True):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            p -= rate * m / (np.sqrt(v) + np.float32(1e-8))
