"""Convolution of volumes, and its adjoints: TensorFlow's backprop ops."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.broadcasting import shape_n
from flowgraph.ops.convolution_rules import Convolution, Forward, ToFilter, ToInput
from flowgraph.ops.core import FLOATS, INDEX, apply, shape


class _Attributes(Convolution, abstract=True):
    data_format: str = "NDHWC"
    dilations: tuple[int, ...] = (1, 1, 1, 1, 1)


class Conv3D(_Attributes, Forward):
    """Cross-correlation of volumes with a filter."""

    signature = Signature("input: T, filter: T -> output: T", T=FLOATS)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, filter = operation.inputs
        x_sizes, filter_sizes = shape_n([x, filter])
        return (
            apply(self.with_op(Conv3DBackpropInputV2), x_sizes, filter, dys[0]),
            apply(self.with_op(Conv3DBackpropFilterV2), x, filter_sizes, dys[0]),
        )


class Conv3DBackpropInputV2(_Attributes, ToInput):
    """The gradient of `Conv3D` with respect to its input; also the transposed convolution."""

    signature = Signature(
        "input_sizes: Tshape, filter: T, out_backprop: T -> output: T", T=FLOATS, Tshape=INDEX
    )

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, filter, dy = operation.inputs
        return (
            None,
            apply(self.with_op(Conv3DBackpropFilterV2), dys[0], shape(filter), dy),
            apply(self.with_op(Conv3D), dys[0], filter),
        )


class Conv3DBackpropFilterV2(_Attributes, ToFilter):
    """The gradient of `Conv3D` with respect to its filter."""

    signature = Signature("input: T, filter_sizes: int32, out_backprop: T -> output: T", T=FLOATS)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x, _, dy = operation.inputs
        return (
            apply(self.with_op(Conv3DBackpropInputV2), shape(x), dys[0], dy),
            None,
            apply(self.with_op(Conv3D), x, dys[0]),
        )
