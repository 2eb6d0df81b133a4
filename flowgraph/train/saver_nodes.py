"""The operations of a `Saver`, under the names that TensorFlow gives them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeGuard

from flowgraph import protos
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    colocate_with,
    control_dependencies,
    device,
    get_collection,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checkpointing import MergeV2Checkpoints, RestoreV2, SaveV2, ShardedFilename
from flowgraph.ops.control import group
from flowgraph.ops.core import (
    apply,
    apply_all,
    build,
    constant,
    identity,
    placeholder_with_default,
    shape,
)
from flowgraph.ops.string import string_join
from flowgraph.variables.assign import assign
from flowgraph.variables.partitioned_variable import PartitionedVariable
from flowgraph.variables.resource_variable import is_resource
from flowgraph.variables.variable import Variable

_VARIABLE_OPS = ("Variable", "VariableV2", "AutoReloadVariable")


class Saveable(Protocol):
    """What is saved as several tensors: a table.

    Attributes
    ----------
    name : str
    op : Operation
        What it belongs to.
    tensors : dict of str to Tensor
        What is saved, by the names it is saved under.
    """

    name: str
    op: Operation
    tensors: dict[str, Tensor]

    def restore(self, values: Sequence[Tensor]) -> Operation:
        """Return an operation that takes back what was saved."""
        ...


Saved = Tensor | list[Variable] | Saveable
"""A variable's reference, a resource variable or parts of a whole, or several tensors."""


def saveable_objects(scope: str | None = None) -> list[Any]:
    """Return what is saved where a program does not say: all global variables, and tables."""
    kinds = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
    return [item for kind in kinds for item in get_collection(kind, scope)]


def named_variables(var_list: Any) -> dict[str, Saved]:
    """Return what is to be saved by the names it is saved under, sorted.

    Parameters
    ----------
    var_list : list of Variable, or dict of str to Variable
        A list's are saved under their own names, and parts under the whole's.

    Raises
    ------
    TypeError
        If it holds something else.
    ValueError
        If two have one name, or one has two names.
    """
    if isinstance(var_list, dict):
        named = {name: _saved(var, _NOT_IN_DICT) for name, var in var_list.items()}
    elif isinstance(var_list, list | tuple | set | frozenset | PartitionedVariable):
        named = {}
        for variable in var_list:
            saved = _saved(variable, "Variable to save is not a Variable: {}")
            name = _own_name(saved)
            known = named.get(name)
            if _are_parts(known) and _are_parts(saved):
                known += saved
            elif known is not None and _are_parts(known) is not _are_parts(saved):
                raise ValueError(f"Mixing slices and non-slices with the same name: {name}")
            elif known is not None:
                raise ValueError(f"At least two variables have the same name: {name}")
            else:
                named[name] = saved
    else:
        raise TypeError(f"Variables to save should be passed in a dict or a list: {var_list}")
    seen: set[Operation] = set()
    for name in sorted(named):
        for operation in _operations(named[name]):
            if operation in seen:
                raise ValueError(f"The same saveable will be restored with two names: {name}")
            seen.add(operation)
    return {name: named[name] for name in sorted(named)}


def _are_parts(saved: Any) -> TypeGuard[list[Variable]]:
    return isinstance(saved, list) and saved[0]._get_save_slice_info() is not None


def _own_name(saved: Saved) -> str:
    if isinstance(saved, list):
        part = saved[0]._get_save_slice_info()
        return saved[0].op.name if part is None else part.full_name
    return saved.op.name if isinstance(saved, Tensor) else saved.name


def _operations(saved: Saved) -> list[Operation]:
    return [v.op for v in saved] if isinstance(saved, list) else [saved.op]


def _part(variable: Variable) -> str:
    """Return which part of a whole a variable is, as it is written in files."""
    part = variable._get_save_slice_info()
    return "" if part is None else part.spec


_NOT_IN_DICT = (
    "names_to_saveables must be a dict mapping string names to Tensors/Variables. "
    "Not a variable: {}"
)


def _saved(variable: Any, message: str) -> Saved:
    if isinstance(variable, PartitionedVariable):
        return list(variable)
    if isinstance(variable, list) and variable and all(isinstance(v, Variable) for v in variable):
        return list(variable)
    if isinstance(variable, Variable):
        is_part = variable._get_save_slice_info() is not None
        return [variable] if is_part or is_resource(variable) else variable._ref()
    if hasattr(variable, "tensors") and hasattr(variable, "restore"):
        saveable: Saveable = variable
        return saveable
    if isinstance(variable, Tensor) and variable.op.type in _VARIABLE_OPS:
        return variable
    raise TypeError(message.format(variable))


def build_saver(
    variables: dict[str, Saved],
    reshaped: bool = False,
    sharded: bool = False,
    name: str | None = None,
    filename: str | None = None,
) -> Any:
    """Add the operations that save and restore variables.

    Parameters
    ----------
    variables : dict of str to Saved
        By the names they are saved under, sorted.
    reshaped : bool
        Give what is restored the variable's shape.
    sharded : bool
        Write a file for each device.
    name : str, optional
        The scope, ``"save"`` if left out.
    filename : str, optional
        Where to save when nothing is fed.

    Returns
    -------
    SaverDef
        The names of what a session feeds and runs.
    """
    operations = [o for saved in variables.values() for o in _operations(saved)]
    with name_scope(name, "save", operations):
        default = placeholder_with_default(filename or "model", shape=(), name="filename")
        path = placeholder_with_default(default, shape=(), name="Const")
        if sharded:
            shards = _by_device(variables)
            saved = _save_sharded(path, shards)
            parts = []
            for place, held in shards.items():
                with device(place):
                    parts.append(group(*_restore(path, held, reshaped), name="restore_shard"))
            restored = group(*parts, name="restore_all")
        else:
            saved = _save(path, variables)
            restored = group(*_restore(path, variables, reshaped), name="restore_all")
    return protos.SaverDef(
        filename_tensor_name=path.name,
        save_tensor_name=saved.name,
        restore_op_name=restored.name,
        sharded=sharded,
    )


class _Stored(NamedTuple):
    """One tensor of a checkpoint: its name, the part of the whole that it is, and its value."""

    name: str
    part: str
    value: Tensor


def _stored(variables: dict[str, Saved]) -> list[_Stored]:
    stored = []
    for name, saved in variables.items():
        if isinstance(saved, Tensor):
            stored.append(_Stored(name, "", saved))
        elif isinstance(saved, list):
            stored += [_Stored(name, _part(v), v._snapshot) for v in saved]
        else:
            stored += [_Stored(key, "", tensor) for key, tensor in saved.tensors.items()]
    return stored


def _by_device(variables: dict[str, Saved]) -> dict[str, dict[str, Saved]]:
    groups: dict[str, dict[str, Saved]] = {}
    for name, saved in variables.items():
        if not isinstance(saved, list):
            groups.setdefault(saved.op.device or "", {})[name] = saved
            continue
        for variable in saved:
            parts = groups.setdefault(variable.device or "", {}).setdefault(name, [])
            parts.append(variable)  # type: ignore[union-attr]
    return {place: groups[place] for place in sorted(groups)}


def _save(path: Tensor, variables: dict[str, Saved]) -> Tensor:
    """Add the operation that writes one data file; return the path once it has."""
    names, parts, values = (list(column) for column in zip(*_stored(variables), strict=True))
    saving = build(SaveV2(), (path, names, parts, values))
    with control_dependencies([saving]), colocate_with(path.op):
        return identity(path, name="control_dependency")


def _save_sharded(path: Tensor, shards: dict[str, dict[str, Saved]]) -> Tensor:
    """Add what writes each device's file into a directory beside, and then moves them."""
    directory = string_join([path, f"_temp_{uuid.uuid4().hex}/part"])
    count = constant(len(shards), name="num_shards")
    prefixes, saved = [], []
    for shard, (place, variables) in enumerate(shards.items()):
        with device(_host_of(place)):
            prefixes.append(apply(ShardedFilename(), directory, shard, count))
            saved.append(_save(prefixes[-1], variables).op)
    with control_dependencies(saved), device(_host_of(place)):
        merging = build(MergeV2Checkpoints(), (prefixes, path))
        with control_dependencies([merging]):
            return identity(path)


def _host_of(place: str) -> str:
    """Return the CPU beside a device."""
    spec = DeviceSpec.from_string(place)
    return DeviceSpec(spec.job, spec.replica, spec.task, "CPU", 0).to_string()


def _restore(path: Tensor, variables: dict[str, Saved], reshaped: bool) -> list[Tensor | Operation]:
    """Add the operations that read a checkpoint and assign what they read."""
    names, parts, tensors = zip(*_stored(variables), strict=True)
    kinds = tuple(tensor.dtype.base_dtype for tensor in tensors)
    with device("/cpu:0"):
        values = iter(apply_all(RestoreV2(dtypes=kinds), path, list(names), list(parts)))
    restored: list[Tensor | Operation] = []
    for saved in variables.values():
        if isinstance(saved, Tensor):
            restored.append(_assigned(saved, next(values), reshaped))
        elif isinstance(saved, list):
            restored += [_assigned(v, next(values), reshaped) for v in saved]
        else:
            restored.append(saved.restore([next(values) for _ in saved.tensors]))
    return restored


def _assigned(variable: Any, value: Tensor, reshaped: bool) -> Any:
    """Give a variable, or what a reference refers to, what was read for it."""
    is_known = variable.shape.is_fully_defined()
    if reshaped:
        value = reshape(value, variable.shape.as_list() if is_known else shape(variable))
    if is_resource(variable):
        return variable.assign(identity(value), read_value=False)
    return assign(variable, value, validate_shape=is_known and not reshaped)
