"""The ops of a `TensorArray`: a handle to its elements, and a flow that puts accesses in order.

The flow is a number that means nothing: an op that takes the flow of another runs after
it. It also carries gradients: those of elements are kept in an array of their own, one
for each call of `gradients`, and the gradient of a flow puts the accesses to it in order.
"""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array, DType
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies, get_default_graph, name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.building import apply, apply_all
from flowgraph.ops.checks import with_rank, with_rank_at_least
from flowgraph.ops.core import identity
from flowgraph.ops.elements import Elements
from flowgraph.shapes import TensorShape

Gradients = tuple[Tensor | None, ...]

_SCALAR = TensorShape.of(())
_HANDLE = TensorShape.of((2,))
_UNKNOWN = TensorShape.of(None)


class TensorArrayV3(Op):
    """A new array of elements."""

    signature = Signature("size: int32 -> handle: resource, flow: float32")
    is_stateful = True

    dtype: DType
    element_shape: TensorShape = _UNKNOWN
    dynamic_size: bool = False
    clear_after_read: bool = True
    identical_element_shapes: bool = False
    tensor_array_name: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 0)
        return _HANDLE, _SCALAR

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        name = self.tensor_array_name or operation.name

        def make(size: Array) -> tuple[Elements, Array]:
            elements = Elements(
                xp,
                name,
                self.dtype.numpy,
                int(size),
                self.element_shape,
                grows=self.dynamic_size,
                clears=self.clear_after_read,
                identical=self.identical_element_shapes,
            )
            return elements, xp.zeros((), "float32")

        return make

    gradient = Op.not_differentiable


class _Access(Op, abstract=True):
    """An op on the elements behind a handle."""

    is_stateful = True


class TensorArrayGradV3(_Access):
    """The array of the gradients of another's elements."""

    signature = Signature(
        "handle: resource, flow_in: float32 -> grad_handle: resource, flow_out: float32"
    )

    source: str

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return _HANDLE, _SCALAR

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        handle, flow = inputs
        return handle.gradient(self.source), flow

    gradient = Op.not_differentiable


class TensorArrayWriteV3(_Access):
    """Writes an element."""

    signature = Signature(
        "handle: resource, index: int32, value: T, flow_in: float32 -> flow_out: float32"
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, index, value, flow = inputs
        handle.write(int(index), value)
        return flow

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, index, value, _ = operation.inputs
        grad, flow = gradient_of(handle, dys[0])
        return None, None, read(grad, index, flow, value.dtype), dys[0]


class TensorArrayReadV3(_Access):
    """An element."""

    signature = Signature("handle: resource, index: int32, flow_in: float32 -> value: dtype")

    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 0)
        return (_UNKNOWN,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, index, _ = inputs
        return handle.read(int(index))

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, index, flow = operation.inputs
        grad, flow = gradient_of(handle, flow)
        return None, None, apply(TensorArrayWriteV3(), grad, index, dys[0], flow)


class TensorArrayGatherV3(_Access):
    """Elements, as the rows of one tensor."""

    signature = Signature("handle: resource, indices: int32, flow_in: float32 -> value: dtype")

    dtype: DType
    element_shape: TensorShape = _UNKNOWN

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, 1)
        return (_UNKNOWN,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, indices, _ = inputs
        return handle.gather(indices, self.element_shape)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, indices, flow = operation.inputs
        grad, flow = gradient_of(handle, flow)
        return None, None, apply(TensorArrayScatterV3(), grad, indices, dys[0], flow)


class TensorArrayScatterV3(_Access):
    """Writes the rows of a tensor as elements."""

    signature = Signature(
        "handle: resource, indices: int32, value: T, flow_in: float32 -> flow_out: float32"
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        indices = with_rank(inputs[1].shape, 1)
        value = with_rank_at_least(inputs[2].shape, 1)
        if value.sizes is not None:
            _merge_sizes(indices.as_list()[0], value.sizes[0])
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, indices, value, flow = inputs
        handle.scatter(indices, value)
        return flow

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, indices, value, _ = operation.inputs
        grad, flow = gradient_of(handle, dys[0])
        op = TensorArrayGatherV3(dtype=value.dtype.base_dtype)
        return None, None, apply(op, grad, indices, flow), dys[0]


class TensorArrayConcatV3(_Access):
    """The elements one after another along axis 0, and their lengths."""

    signature = Signature("handle: resource, flow_in: float32 -> value: dtype, lengths: int64")

    dtype: DType
    element_shape_except0: TensorShape = _UNKNOWN

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return _UNKNOWN, TensorShape.of((None,))

    def compute(self, xp: Any, *inputs: Any) -> Any:
        return inputs[0].concat(self.element_shape_except0)

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, flow = operation.inputs
        grad, flow = gradient_of(handle, flow)
        return None, apply(TensorArraySplitV3(), grad, dys[0], operation.outputs[1], flow)


class TensorArraySplitV3(_Access):
    """Writes pieces of a tensor as elements."""

    signature = Signature(
        "handle: resource, value: T, lengths: int64, flow_in: float32 -> flow_out: float32"
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[2].shape, 1)
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Any:
        handle, value, lengths, flow = inputs
        handle.split(xp.asarray(value), lengths)
        return flow

    def gradient(self, operation: Operation, *dys: Any) -> Gradients:
        handle, value, _, _ = operation.inputs
        grad, flow = gradient_of(handle, dys[0])
        op = TensorArrayConcatV3(dtype=value.dtype.base_dtype)
        return None, apply_all(op, grad, flow)[0], None, dys[0]


class TensorArraySizeV3(_Access):
    """How many elements there are."""

    signature = Signature("handle: resource, flow_in: float32 -> size: int32")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (_SCALAR,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.asarray(len(inputs[0]), "int32")

    gradient = Op.not_differentiable


class TensorArrayCloseV3(_Access):
    """Lets go of the elements."""

    signature = Signature("handle: resource ->")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def compute(self, xp: Any, *inputs: Any) -> tuple[Any, ...]:
        inputs[0].close()
        return ()

    gradient = Op.not_differentiable


def gradient_array(
    handle: Tensor, flow: Tensor, source: str, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Return the handle of the array of gradients, and a flow behind its making."""
    with name_scope(name, "TensorArrayGrad", [handle]):
        grad, _ = apply_all(TensorArrayGradV3(source=source), handle, flow, name=name)
        with control_dependencies([grad.op]):
            return grad, identity(flow, name="gradient_flow")


def gradient_of(handle: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Return the array of gradients of the call of `gradients` that is under way, and a flow."""
    scope = get_default_graph().root.get_name_scope()
    tokens = scope.split("/")
    places = [i for i, token in enumerate(tokens) if token.startswith("gradients")]
    if not places:
        raise ValueError(
            "Expected op/tensor name to start with gradients (excluding scope), got: "
            f"{scope}\n  each call of tf.gradients keeps the gradients of a TensorArray by the "
            "call's name, which must start with 'gradients'"
        )
    return gradient_array(handle, flow, "/".join(tokens[: places[-1] + 1]))


def read(handle: Tensor, index: Any, flow: Tensor, dtype: DType, name: str | None = None) -> Tensor:
    """Return an element."""
    return apply(TensorArrayReadV3(dtype=dtype.base_dtype), handle, index, flow, name=name)


def _merge_sizes(a: int | None, b: int | None) -> None:
    if None not in (a, b) and a != b:
        raise ValueError(f"Dimensions must be equal, but are {b} and {a}")
