"""Ops that only order others: no_op, group, tuple, and identities of several tensors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with, control_dependencies, device, name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply_all, build, convert_to_tensor, identity
from flowgraph.shapes import TensorShape


class NoOp(Op):
    """Nothing: a place for control dependencies."""

    signature = Signature("->")
    host_memory = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return ()

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return ()

    gradient = Op.not_differentiable


def no_op(name: str | None = None) -> Operation:
    """Return an operation that does nothing.

    Parameters
    ----------
    name : str, optional

    Returns
    -------
    Operation
        Useful for its control dependencies.

    Examples
    --------
    >>> tf.no_op(name="nothing")
    <tf.Operation 'nothing' type=NoOp>
    """
    return build(NoOp(), (), name)


class IdentityN(Op):
    """Several tensors, each as it is."""

    signature = Signature("input: list(T) -> output: list(T)")

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return tuple(spec.shape for spec in inputs)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        # Copies: the memory plan follows views of a first input only.
        return tuple(xp.array(x) for x in inputs)

    def gradient(self, operation: Operation, *dys: Any) -> Sequence[Tensor | None]:
        return dys


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Return tensors of the same values as `input`, made by one operation.

    Parameters
    ----------
    input : list of Tensor
        They may differ in dtype and shape.
    name : str, optional

    Examples
    --------
    >>> [t.name for t in tf.identity_n([tf.constant(1.0), tf.constant([2])])]
    ['IdentityN:0', 'IdentityN:1']
    """
    return apply_all(IdentityN(), list(input), name=name)


def _flatten(inputs: Iterable[Any]) -> Iterator[Any]:
    for value in inputs:
        if isinstance(value, list | tuple):
            yield from _flatten(value)
        elif isinstance(value, dict):
            yield from _flatten(value[key] for key in sorted(value))
        else:
            yield value


def group(*inputs: Any, name: str | None = None, **kwargs: Any) -> Operation:
    """Return an operation that is done when all of `inputs` are.

    Parameters
    ----------
    *inputs : Operation, Tensor, Variable, or nested lists of them
    name : str, optional
        ``"group_deps"`` if left out.

    Raises
    ------
    ValueError
        For a keyword argument other than `name`.
    TypeError
        If an input is neither an operation nor a tensor.

    Notes
    -----
    Inputs on several devices make one ``NoOp`` per device and one over these.

    Examples
    --------
    >>> a, b = tf.constant(1.0), tf.constant(2.0)
    >>> tf.group(a, b, name="both")
    <tf.Operation 'both' type=NoOp>
    """
    if kwargs:
        raise ValueError("Unknown keyword arguments: " + ", ".join(kwargs))
    flat = list(_flatten(inputs))
    for value in flat:
        if not hasattr(value, "graph"):
            raise TypeError(
                f"Expected tf.group() expected Tensor arguments not '{value}' with type "
                f"'{type(value)}'"
            )
    with name_scope(name, "group_deps", flat) as scope:
        by_device: dict[str, list[Any]] = {}
        for value in flat:
            by_device.setdefault(value.device or "", []).append(value)
        if not flat:
            return no_op(scope)
        if len(by_device) == 1:
            ((place, values),) = by_device.items()
            return _after(values, place, scope)
        return _after([_after(by_device[place], place) for place in sorted(by_device)], "", scope)


def _after(values: list[Any], place: str, name: str | None = None) -> Operation:
    with control_dependencies([_tensor_or_operation(v) for v in values]), device(place):
        return no_op(name)


def _tensor_or_operation(value: Any) -> Any:
    return value.op if isinstance(value, IndexedSlices) else value


def with_dependencies(dependencies: Any, output_tensor: Any, name: str | None = None) -> Any:
    """Return the value of a tensor, available once `dependencies` have run.

    Parameters
    ----------
    dependencies : list of Operation or Tensor
    output_tensor : Tensor or IndexedSlices
    name : str, optional
        ``"control_dependency"`` if left out.

    Returns
    -------
    Tensor or IndexedSlices
        Of the kind of `output_tensor`.
    """
    with (
        name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope,
        colocate_with(_tensor_or_operation(output_tensor)),
        control_dependencies(dependencies),
    ):
        if isinstance(output_tensor, IndexedSlices):
            values = identity(output_tensor.values, name=scope)
            return IndexedSlices(values, output_tensor.indices, output_tensor.dense_shape)
        return identity(convert_to_tensor(output_tensor), name=scope)


def tuple_(
    tensors: Any, name: str | None = None, control_inputs: Any = None
) -> list[Tensor | IndexedSlices | Operation | None]:
    """Return tensors of the same values, none of which is available before all are computed.

    Parameters
    ----------
    tensors : list of Tensor, IndexedSlices, Operation or None
        ``None`` stays ``None``.
    name : str, optional
        ``"tuple"`` if left out.
    control_inputs : list of Operation or Tensor, optional
        What must have run, too.

    Raises
    ------
    ValueError
        If there is no tensor among `tensors`.
    TypeError
        If a control input is neither an operation nor a tensor.

    Examples
    --------
    >>> a, b = tf.tuple([tf.constant(1.0), tf.constant(2.0)])
    >>> a.name, b.name
    ('tuple/control_dependency:0', 'tuple/control_dependency_1:0')
    """
    with name_scope(name, "tuple", tensors):
        values = [
            v if v is None or isinstance(v, Tensor | IndexedSlices | Operation)
            else convert_to_tensor(v)
            for v in tensors
        ]  # fmt: skip
        gating = {_operation(v) for v in values if v is not None}
        for control in control_inputs or ():
            if not isinstance(control, Tensor | Operation):
                raise TypeError(f"Control input must be Operation or Tensor: {control}")
            gating.add(_operation(control))
        if not gating:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*sorted(gating, key=lambda operation: operation._id))
        return [
            v if v is None else gate if isinstance(v, Operation) else with_dependencies([gate], v)
            for v in values
        ]


def _operation(value: Tensor | IndexedSlices | Operation) -> Operation:
    return value if isinstance(value, Operation) else value.op
