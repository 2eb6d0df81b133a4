"""Transpositions."""

from __future__ import annotations

from typing import Any

from benches.case import Program, Work
from benches.cases.differentiable import Function


class Transpose(Function):
    """A transposed copy, assigned to a variable in TensorFlow 1's way: else a view would do."""

    def __init__(self, name: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
        super().__init__(name)
        self.shapes, self.axes = (shape,), axes

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        (value,) = self.data()
        x = program.variable(value)
        target = program.variable(value.transpose(self.axes))
        return program.ops(tf.assign(target, tf.transpose(x, self.axes)))

    def in_torch(self, torch: Any, x: Any) -> Any:
        return x.permute(self.axes).contiguous()

    def in_jax(self, jax: Any, x: Any) -> Any:
        return x.transpose(self.axes)

    def in_numpy(self, numpy: Any, x: Any) -> Any:
        return numpy.ascontiguousarray(x.transpose(self.axes))


CASES = [
    Transpose("transpose_nhwc_nchw", (32, 56, 56, 64), (0, 3, 1, 2)),
    Transpose("transpose_2048", (2048, 2048), (1, 0)),
]
