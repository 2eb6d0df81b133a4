"""A bias and a rectifier, as behind a convolution."""

from __future__ import annotations

from typing import Any

from benches.cases.differentiable import Function


class BiasRelu(Function):
    """32 images of 56 x 56 x 64."""

    shapes = ((32, 56, 56, 64), (64,))
    output = (32, 56, 56, 64)
    tolerance = 1e-3

    def in_tf1(self, tf: Any, x: Any, bias: Any) -> Any:
        return tf.nn.relu(tf.nn.bias_add(x, bias))

    def in_torch(self, torch: Any, x: Any, bias: Any) -> Any:
        return torch.relu(x + bias)

    def in_jax(self, jax: Any, x: Any, bias: Any) -> Any:
        return jax.nn.relu(x + bias)

    def in_numpy(self, numpy: Any, x: Any, bias: Any) -> Any:
        return numpy.maximum(x + bias, 0)

    def in_numpy_with_gradients(self, numpy: Any, x: Any, bias: Any, dy: Any) -> Any:
        y = numpy.maximum(x + bias, 0)
        dx = dy * (y > 0)
        return y, dx, dx.sum((0, 1, 2))


CASES = [BiasRelu("bias_relu"), BiasRelu("bias_relu_gradients", gradients=True)]
