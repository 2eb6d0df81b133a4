"""Cases that are one function of arrays, by itself or with its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work


class Function(Case):
    """A function of arrays of float32: a subclass writes it for each library.

    With gradients, the output's gradient is given and those by all inputs are computed too. Images
    are NHWC; in torch, where they are permuted, this is its ``channels_last``.
    """

    shapes: tuple[tuple[int, ...], ...]
    """Of the inputs."""
    output: tuple[int, ...] = ()
    """The shape of the output, where gradients are asked for."""

    def __init__(self, name: str, gradients: bool = False) -> None:
        self.name, self.gradients = name, gradients

    def data(self) -> list[Any]:
        """Return the inputs, and the output's gradient if there are gradients."""
        numbers = self.numbers()
        shapes = [*self.shapes, self.output] if self.gradients else self.shapes
        return [numbers.standard_normal(shape, np.float32) for shape in shapes]

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        values = [program.variable(value) for value in self.data()]
        if not self.gradients:
            return program.ops(self.in_tf1(tf, *values))
        y = self.in_tf1(tf, *values[:-1])
        return program.ops(y, *tf.gradients(y, values[:-1], values[-1]))

    def torch(self, torch: Any) -> Work:
        values = [torch.from_numpy(value) for value in self.data()]
        if not self.gradients:
            return Work(lambda: self.in_torch(torch, *values))
        *inputs, dy = values
        for value in inputs:
            value.requires_grad_()

        def run() -> Any:
            y = self.in_torch(torch, *inputs)
            return [y.detach(), *torch.autograd.grad(y, inputs, dy)]

        return Work(run)

    def jax(self, jax: Any) -> Work:
        values = jax.device_put(self.data())

        def with_gradients(*values: Any) -> Any:
            y, pull = jax.vjp(lambda *inputs: self.in_jax(jax, *inputs), *values[:-1])
            return [y, *pull(values[-1])]

        def alone(*values: Any) -> Any:
            return [self.in_jax(jax, *values)]

        compiled = jax.jit(with_gradients if self.gradients else alone)
        return Work(lambda: jax.block_until_ready(compiled(*values)))

    def numpy(self, numpy: Any) -> Work:
        values = self.data()
        if not self.gradients:
            return Work(lambda: self.in_numpy(numpy, *values))
        return Work(lambda: self.in_numpy_with_gradients(numpy, *values))

    def in_tf1(self, tf: Any, *inputs: Any) -> Any:
        raise NotImplementedError

    def in_torch(self, torch: Any, *inputs: Any) -> Any:
        raise NotImplementedError

    def in_jax(self, jax: Any, *inputs: Any) -> Any:
        raise NotImplementedError

    def in_numpy(self, numpy: Any, *inputs: Any) -> Any:
        raise NotImplementedError

    def in_numpy_with_gradients(self, numpy: Any, *inputs: Any) -> Any:
        raise NotImplementedError
