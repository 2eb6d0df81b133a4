"""Convolutions of NHWC images, and their two gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import numpy_networks


@dataclass(frozen=True)
class Shape:
    """Images of N x size x size x channels, a square kernel, filters."""

    n: int
    size: int
    channels: int
    kernel: int
    filters: int
    stride: int = 1

    @property
    def padding(self) -> tuple[int, int]:
        """The zeros before and after that ``SAME`` wants."""
        return numpy_networks.padding(self.size, self.kernel, self.stride)


SHAPES = {
    "3x3_64": Shape(32, 56, 64, 3, 64),
    "3x3_128": Shape(32, 28, 128, 3, 128),
    "5x5_32": Shape(128, 14, 32, 5, 64),
    "5x5_1": Shape(128, 28, 1, 5, 32),
    "1x1_64": Shape(32, 56, 64, 1, 256),
    "7x7_3": Shape(8, 224, 3, 7, 64, stride=2),
}


class Convolution(Case):
    """The convolution itself."""

    direction = "forward"
    tolerance = 1e-3  # Winograd's algorithm rounds more

    def __init__(self, name: str, shape: Shape) -> None:
        self.name, self.shape = f"conv{name}_{self.direction}", shape

    def data(self) -> tuple[Any, Any, Any]:
        """Return images, kernel and a gradient by the output."""
        numbers, shape = self.numbers(), self.shape
        out = -(-shape.size // shape.stride)
        return (
            numbers.standard_normal((shape.n, shape.size, shape.size, shape.channels), np.float32),
            numbers.standard_normal(
                (shape.kernel, shape.kernel, shape.channels, shape.filters), np.float32
            ),
            numbers.standard_normal((shape.n, out, out, shape.filters), np.float32),
        )

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        x, kernel, dy = [program.variable(value) for value in self.data()]
        stride = self.shape.stride
        y = tf.nn.conv2d(x, kernel, [1, stride, stride, 1], "SAME")
        return program.ops(self.tf1_wanted(tf, x, kernel, y, dy))

    def tf1_wanted(self, tf: Any, x: Any, kernel: Any, y: Any, dy: Any) -> Any:
        return y

    def torch(self, torch: Any) -> Work:
        x, kernel, dy = map(torch.from_numpy, self.data())
        x, dy = x.permute(0, 3, 1, 2), dy.permute(0, 3, 1, 2)
        kernel = kernel.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        return Work(lambda: self.torch_run(torch, x, kernel, dy))

    def torch_padded(self, torch: Any, x: Any) -> tuple[Any, int]:
        """Return the images and the padding left to do: torch pads alike on all sides only."""
        before, after = self.shape.padding
        if before == after:
            return x, before
        return torch.nn.functional.pad(x, (before, after, before, after)), 0

    def torch_run(self, torch: Any, x: Any, kernel: Any, dy: Any) -> Any:
        x, padding = self.torch_padded(torch, x)
        y = torch.nn.functional.conv2d(x, kernel, stride=self.shape.stride, padding=padding)
        return y.permute(0, 2, 3, 1)

    def torch_gradients(
        self, torch: Any, x: Any, kernel: Any, dy: Any, wanted: list[bool]
    ) -> tuple[Any, Any]:
        x, padding = self.torch_padded(torch, x)
        dx, dkernel, _ = torch.ops.aten.convolution_backward(
            dy, x, kernel, None, [self.shape.stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1,
            [*wanted, False],
        )  # fmt: skip
        if dx is not None and not padding:
            size, before = self.shape.size, self.shape.padding[0]
            dx = dx[:, :, before : before + size, before : before + size]
        return dx, dkernel

    def jax(self, jax: Any) -> Work:
        values = jax.device_put(self.data())
        stride = self.shape.stride

        def convolve(x: Any, kernel: Any) -> Any:
            return jax.lax.conv_general_dilated(
                x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        compiled = jax.jit(lambda x, kernel, dy: self.jax_wanted(jax, convolve, x, kernel, dy))
        return Work(lambda: compiled(*values).block_until_ready())

    def jax_wanted(self, jax: Any, convolve: Any, x: Any, kernel: Any, dy: Any) -> Any:
        return convolve(x, kernel)

    def numpy(self, numpy: Any) -> Work:
        x, kernel, dy = self.data()
        return Work(lambda: self.numpy_run(x, kernel, dy))

    def numpy_run(self, x: Any, kernel: Any, dy: Any) -> Any:
        return numpy_networks.convolve(x, kernel, self.shape.stride)


class InputGradient(Convolution):
    """The gradient by the images."""

    direction = "input"

    def tf1_wanted(self, tf: Any, x: Any, kernel: Any, y: Any, dy: Any) -> Any:
        return tf.gradients(y, x, dy)[0]

    def torch_run(self, torch: Any, x: Any, kernel: Any, dy: Any) -> Any:
        dx, _ = self.torch_gradients(torch, x, kernel, dy, [True, False])
        return dx.permute(0, 2, 3, 1)

    def jax_wanted(self, jax: Any, convolve: Any, x: Any, kernel: Any, dy: Any) -> Any:
        return jax.vjp(lambda x: convolve(x, kernel), x)[1](dy)[0]

    def numpy_run(self, x: Any, kernel: Any, dy: Any) -> Any:
        return numpy_networks.input_gradient(x.shape, kernel, dy, self.shape.stride)


class FilterGradient(Convolution):
    """The gradient by the kernel."""

    direction = "filter"

    def tf1_wanted(self, tf: Any, x: Any, kernel: Any, y: Any, dy: Any) -> Any:
        return tf.gradients(y, kernel, dy)[0]

    def torch_run(self, torch: Any, x: Any, kernel: Any, dy: Any) -> Any:
        _, dkernel = self.torch_gradients(torch, x, kernel, dy, [False, True])
        return dkernel.permute(2, 3, 1, 0)

    def jax_wanted(self, jax: Any, convolve: Any, x: Any, kernel: Any, dy: Any) -> Any:
        return jax.vjp(lambda kernel: convolve(x, kernel), kernel)[1](dy)[0]

    def numpy_run(self, x: Any, kernel: Any, dy: Any) -> Any:
        return numpy_networks.kernel_gradient(x, dy, self.shape.kernel, self.shape.stride)


CASES = [
    direction(name, shape)
    for name, shape in SHAPES.items()
    for direction in (Convolution, InputGradient, FilterGradient)
]
