"""Max pooling of images."""

from __future__ import annotations

from typing import Any

from benches.cases import numpy_networks
from benches.cases.differentiable import Function


class MaxPool(Function):
    """Windows of 2 x 2 of 32 images of 56 x 56 x 64."""

    shapes = ((32, 56, 56, 64),)
    output = (32, 28, 28, 64)

    def in_tf1(self, tf: Any, x: Any) -> Any:
        return tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")

    def in_torch(self, torch: Any, x: Any) -> Any:
        return torch.nn.functional.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)

    def in_jax(self, jax: Any, x: Any) -> Any:
        window = (1, 2, 2, 1)
        return jax.lax.reduce_window(x, -jax.numpy.inf, jax.lax.max, window, window, "SAME")

    def in_numpy(self, numpy: Any, x: Any) -> Any:
        return numpy_networks.max_pool(x)

    def in_numpy_with_gradients(self, numpy: Any, x: Any, dy: Any) -> Any:
        y = numpy_networks.max_pool(x)
        return y, numpy_networks.max_pool_gradient(x, y, dy)


CASES = [MaxPool("max_pool"), MaxPool("max_pool_gradients", gradients=True)]
