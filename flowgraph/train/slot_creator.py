"""Slots: variables that an optimizer or a moving average keeps beside another variable."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import colocate_with
from flowgraph.ops.core import shape
from flowgraph.ops.filling import zeros
from flowgraph.shapes import as_shape
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.resource_variable import is_resource
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Variable:
    """Return a new slot of `primary` with an initial value.

    Parameters
    ----------
    primary : Variable or Tensor
    val : Tensor
        The initial value.
    name : str
        The slot is named after `primary` and this.
    colocate_with_primary : bool
        Place it beside `primary`.
    """
    validate = val.shape.is_fully_defined()
    return _create(primary, name, colocate_with_primary, initializer=val, validate_shape=validate)


def create_slot_with_initializer(
    primary: Any,
    initializer: Any,
    shape: Any,
    dtype: Any,
    name: str,
    colocate_with_primary: bool = True,
) -> Variable:
    """Return a new slot of `primary` that an initializer fills.

    Parameters
    ----------
    primary : Variable or Tensor
    initializer : Initializer
    shape : TensorShape
    dtype : DType
    name : str
        The slot is named after `primary` and this.
    colocate_with_primary : bool
        Place it beside `primary`.
    """
    known = as_shape(shape)
    return _create(
        primary,
        name,
        colocate_with_primary,
        initializer=initializer,
        shape=known,
        dtype=as_dtype(dtype).base_dtype,
        validate_shape=known.is_fully_defined(),
    )


def create_zeros_slot(
    primary: Any, name: str, dtype: Any = None, colocate_with_primary: bool = True
) -> Variable:
    """Return a new slot of the shape of `primary`, at first zero.

    Parameters
    ----------
    primary : Variable or Tensor
    name : str
        The slot is named after `primary` and this.
    dtype : DType, optional
        That of `primary` if left out.
    colocate_with_primary : bool
        Place it beside `primary`.
    """
    kind = primary.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
    if primary.shape.is_fully_defined():
        return create_slot_with_initializer(
            primary, Zeros(), primary.shape, kind, name, colocate_with_primary
        )
    initial = getattr(primary, "initialized_value", lambda: primary)()
    return create_slot(primary, zeros(shape(initial), kind), name, colocate_with_primary)


def _create(primary: Any, name: str, beside: bool, **options: Any) -> Variable:
    placed: AbstractContextManager[None] = colocate_with(primary) if beside else nullcontext()
    with variable_scope(None, f"{primary.op.name}/{name}") as scope, placed:
        scope.set_partitioner(None)  # a part's slot is not divided further
        kind = is_resource(primary)
        slot: Variable = get_variable("", trainable=False, use_resource=kind, **options)
    part = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if part is not None and slot.shape.ndims != 0:
        own = slot.op.name.removeprefix(f"{primary.op.name}/")
        slot._set_save_slice_info(part.of_slot(own, len(slot.shape.as_list())))
    return slot
