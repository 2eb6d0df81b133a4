"""A chain of elementwise functions of a large array."""

from __future__ import annotations

from typing import Any

from benches.cases.differentiable import Function


class Elementwise(Function):
    """tanh(a x + b) sigmoid(x) - x x of 4 million numbers."""

    shapes = ((4_000_000,), (), ())
    output = (4_000_000,)

    def in_tf1(self, tf: Any, x: Any, a: Any, b: Any) -> Any:
        return tf.tanh(x * a + b) * tf.sigmoid(x) - x * x

    def in_torch(self, torch: Any, x: Any, a: Any, b: Any) -> Any:
        return torch.tanh(x * a + b) * torch.sigmoid(x) - x * x

    def in_jax(self, jax: Any, x: Any, a: Any, b: Any) -> Any:
        return jax.numpy.tanh(x * a + b) * jax.nn.sigmoid(x) - x * x

    def in_numpy(self, numpy: Any, x: Any, a: Any, b: Any) -> Any:
        return numpy.tanh(x * a + b) / (1 + numpy.exp(-x)) - x * x


CASES = [Elementwise("elementwise_4m")]
