"""Strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid
from flowgraph.ops.core import apply
from flowgraph.ops.merging import merge_shapes
from flowgraph.shapes import TensorShape


class StringJoin(Op):
    """Strings joined element by element; scalars are joined to every element."""

    signature = Signature("inputs: N*string -> output: string")

    separator: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shape = TensorShape.of(())
        for spec in inputs:
            if spec.shape.sizes is None:
                return (TensorShape.of(None),)
            if spec.shape.sizes:
                shape = merge_shapes(shape, spec.shape) if shape.sizes else spec.shape
        return (shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        separator = self.separator.encode()
        sizes = sorted({np.shape(x) for x in inputs if np.ndim(x)})
        if len(sizes) > 1:
            raise invalid(
                f"Input shapes do not match: {bracketed(sizes[0])} vs. {bracketed(sizes[1])}"
            )
        shape = sizes[0] if sizes else ()
        columns = [np.broadcast_to(np.asarray(x, object), shape).reshape(-1) for x in inputs]
        joined = np.empty(len(columns[0]), dtype=object)
        joined[:] = [separator.join(row) for row in zip(*columns, strict=True)]
        return joined.reshape(shape)

    gradient = Op.not_differentiable


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Join strings element by element.

    Parameters
    ----------
    inputs : list of Tensor
        Strings of one shape. Scalars are joined to every element.
    separator : str
        What stands between them.
    name : str, optional

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> tf.Session().run(tf.strings.join([["a", "b"], "c"], separator="-"))
    array([b'a-c', b'b-c'], dtype=object)
    """
    return apply(StringJoin(separator=separator), list(inputs), name=name)
