"""Batch normalisation (Ioffe and Szegedy, 2015)."""

from __future__ import annotations

from typing import Any

from benches.cases.differentiable import Function

EPSILON = 1e-3


class BatchNorm(Function):
    """32 images of 56 x 56 x 64 in training."""

    shapes = ((32, 56, 56, 64), (64,), (64,))
    output = (32, 56, 56, 64)
    tolerance = 1e-3

    def in_tf1(self, tf: Any, x: Any, scale: Any, offset: Any) -> Any:
        return tf.nn.fused_batch_norm(x, scale, offset, epsilon=EPSILON)[0]

    def in_torch(self, torch: Any, x: Any, scale: Any, offset: Any) -> Any:
        y = torch.nn.functional.batch_norm(
            x.permute(0, 3, 1, 2), None, None, scale, offset, True, eps=EPSILON
        )
        return y.permute(0, 2, 3, 1)

    def in_jax(self, jax: Any, x: Any, scale: Any, offset: Any) -> Any:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        return (x - mean) * (scale * jax.lax.rsqrt(variance + EPSILON)) + offset

    def in_numpy(self, numpy: Any, x: Any, scale: Any, offset: Any) -> Any:
        return self._normalised(numpy, x)[0] * scale + offset

    def in_numpy_with_gradients(self, numpy: Any, x: Any, scale: Any, offset: Any, dy: Any) -> Any:
        normal, deviation = self._normalised(numpy, x)
        dscale, doffset = (dy * normal).sum((0, 1, 2)), dy.sum((0, 1, 2))
        count = numpy.float32(x.size // x.shape[-1])
        dx = (dy - doffset / count - normal * (dscale / count)) * (scale / deviation)
        return normal * scale + offset, dx, dscale, doffset

    def _normalised(self, numpy: Any, x: Any) -> tuple[Any, Any]:
        centred = x - x.mean((0, 1, 2))
        deviation = numpy.sqrt(numpy.square(centred).mean((0, 1, 2)) + numpy.float32(EPSILON))
        return centred / deviation, deviation


CASES = [BatchNorm("batch_norm"), BatchNorm("batch_norm_gradients", gradients=True)]
