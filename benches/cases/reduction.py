"""Sums and means."""

from __future__ import annotations

from typing import Any

from benches.cases.differentiable import Function


class Mean(Function):
    """The mean over some axes."""

    tolerance = 1e-3

    def __init__(self, name: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
        super().__init__(name)
        self.shapes, self.axes = (shape,), axes

    def in_tf1(self, tf: Any, x: Any) -> Any:
        return tf.reduce_mean(x, self.axes)

    def in_torch(self, torch: Any, x: Any) -> Any:
        return x.mean(self.axes)

    def in_jax(self, jax: Any, x: Any) -> Any:
        return x.mean(self.axes)

    def in_numpy(self, numpy: Any, x: Any) -> Any:
        return x.mean(self.axes)


CASES = [
    Mean("mean_of_channels", (32, 56, 56, 64), (0, 1, 2)),
    Mean("mean_of_rows", (4096, 1000), (1,)),
    Mean("mean_of_columns", (4096, 1000), (0,)),
]
