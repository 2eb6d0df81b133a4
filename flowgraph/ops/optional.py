"""Optional values: what a branch that was not taken would have given."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.shapes import TensorShape


class Optional:
    """A value of several components, or none."""

    __slots__ = ("components",)

    def __init__(self, components: tuple[Any, ...] | None) -> None:
        self.components = components


class _OnOptionals(Op, abstract=True):
    """An op on optional values. They are no arrays: nothing is folded or merged."""

    is_stateful = True
    gradient = Op.not_differentiable

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)


class OptionalFromValue(_OnOptionals):
    """A value that is there."""

    signature = Signature("components: list(Toutput_types) -> optional: variant")

    def compute(self, xp: Any, *inputs: Any) -> Optional:
        return Optional(
            tuple([xp.array(x, copy=True) if hasattr(x, "shape") else x for x in inputs])
        )


class OptionalNone(_OnOptionals):
    """A value that is not there."""

    signature = Signature("-> optional: variant")

    def compute(self, xp: Any, *inputs: Any) -> Optional:
        return Optional(None)


class OptionalHasValue(_OnOptionals):
    """Whether a value is there."""

    signature = Signature("optional: variant -> has_value: bool")

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.asarray(inputs[0].components is not None)


class OptionalGetValue(_OnOptionals):
    """The components of a value that is there."""

    signature = Signature("optional: variant -> components: list(output_types)")

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return self.output_shapes

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        components = inputs[0].components
        if components is None:
            raise invalid("The given optional does not have a value.")
        return components  # type: ignore[no-any-return]
