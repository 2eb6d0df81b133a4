"""Local response normalization: each channel divided by a power of its neighbours' energy."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, with_rank
from flowgraph.ops.core import apply
from flowgraph.ops.merging import merge_shapes
from flowgraph.shapes import TensorShape

_TYPES = Types((dtypes.float16, dtypes.bfloat16, dtypes.float32), default=dtypes.float32)


class _LocalResponse(Op, abstract=True):
    depth_radius: int = 5
    bias: float = 1.0
    alpha: float = 1.0
    beta: float = 0.5

    def _window_sums(self, xp: Any, x: Array) -> Array:
        """Sum over the neighbouring channels: a product with a band of ones."""
        place = xp.arange(x.shape[-1])
        band = xp.abs(place - place[:, None]) <= self.depth_radius
        return xp.matmul(x, band.astype(x.dtype))

    def _energy(self, xp: Any, x: Array) -> Array:
        return self._window_sums(xp, x * x) * np.float32(self.alpha) + np.float32(self.bias)


class LRN(_LocalResponse):
    """x / (bias + alpha * sum of x² over 2 * depth_radius + 1 channels) ** beta."""

    signature = Signature("input: T -> output: T", T=_TYPES)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, 4),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        if x.ndim != 4:
            raise invalid("in must be 4-dimensional")
        wide = x.astype(np.float32, copy=False)
        y = wide * xp.power(self._energy(xp, wide), np.float32(-self.beta))
        return y.astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = LRNGrad(self.depth_radius, self.bias, self.alpha, self.beta)
        return (apply(op, dys[0], operation.inputs[0], operation.outputs[0]),)


class LRNGrad(_LocalResponse):
    """The gradient of `LRN`."""

    signature = Signature("input_grads: T, input_image: T, output_image: T -> output: T", T=_TYPES)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shape = with_rank(inputs[0].shape, 4)
        for other in inputs[1:]:
            shape = merge_shapes(shape, other.shape)
        return (shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        if any(x.ndim != 4 or x.shape != inputs[0].shape for x in inputs):
            raise invalid("input_grads, input_image, and out_image should have the same shape")
        dy, x, y = (t.astype(np.float32, copy=False) for t in inputs)
        energy = self._energy(xp, x)
        dx = dy * xp.power(energy, np.float32(-self.beta))
        spread = self._window_sums(xp, dy * y / energy)
        dx -= x * spread * np.float32(2 * self.alpha * self.beta)
        return dx.astype(inputs[0].dtype, copy=False)


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """Divide each channel by a power of its neighbours' energy [1]_.

    Parameters
    ----------
    input : Tensor
        Of shape ``[batch, height, width, channels]``: float16, bfloat16 or float32.
    depth_radius : int
        How many channels on each side count.
    bias, alpha, beta : float
        The divisor is ``(bias + alpha * sum(neighbours ** 2)) ** beta``.
    name : str, optional

    References
    ----------
    .. [1] A. Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks,
       2012, section 3.3

    Examples
    --------
    >>> tf.Session().run(tf.nn.lrn([[[[3.0, 4.0]]]], bias=0.0))
    array([[[[0.6, 0.8]]]], dtype=float32)
    """
    op = LRN(int(depth_radius), float(bias), float(alpha), float(beta))
    return apply(op, input, name=name)
