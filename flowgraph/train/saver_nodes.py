"""The operations of a `Saver`, under the names that TensorFlow gives them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Protocol

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


Saved = Tensor | Saveable
"""A variable's reference, or what is saved as several tensors."""


def saveable_objects(scope: str | None = None) -> list[Any]:
    """Return what is saved where a program does not say: all global variables, and tables."""
    kinds = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.SAVEABLE_OBJECTS)
    return [item for kind in kinds for item in get_collection(kind, scope)]


def named_variables(var_list: Any) -> dict[str, Saved]:
    """Return the references of variables by the names they are saved under, sorted.

    Parameters
    ----------
    var_list : list of Variable, or dict of str to Variable
        A list's are saved under their own names.

    Raises
    ------
    TypeError
        If it holds something else.
    ValueError
        If two have one name, or one has two names.
    """
    if isinstance(var_list, dict):
        named = {name: _reference(var, _NOT_IN_DICT) for name, var in var_list.items()}
    elif isinstance(var_list, list | tuple | set | frozenset):
        named = {}
        for variable in var_list:
            reference = _reference(variable, "Variable to save is not a Variable: {}")
            name = reference.op.name if isinstance(reference, Tensor) else reference.name
            if name in named:
                raise ValueError(f"At least two variables have the same name: {name}")
            named[name] = reference
    else:
        raise TypeError(f"Variables to save should be passed in a dict or a list: {var_list}")
    seen: set[Operation] = set()
    for name in sorted(named):
        if named[name].op in seen:
            raise ValueError(f"The same saveable will be restored with two names: {name}")
        seen.add(named[name].op)
    return {name: named[name] for name in sorted(named)}


_NOT_IN_DICT = (
    "names_to_saveables must be a dict mapping string names to Tensors/Variables. "
    "Not a variable: {}"
)


def _reference(variable: Any, message: str) -> Saved:
    if isinstance(variable, Variable):
        return variable._ref()
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
    variables : dict of str to Tensor
        References by the names they are saved under, sorted.
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
    with name_scope(name, "save", [saved.op for saved in variables.values()]):
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


def _tensors(variables: dict[str, Saved]) -> dict[str, Tensor]:
    """Return the tensors to save, by the names they are saved under."""
    tensors: dict[str, Tensor] = {}
    for name, saved in variables.items():
        tensors.update({name: saved} if isinstance(saved, Tensor) else saved.tensors)
    return tensors


def _by_device(variables: dict[str, Saved]) -> dict[str, dict[str, Saved]]:
    groups: dict[str, dict[str, Saved]] = {}
    for name, reference in variables.items():
        groups.setdefault(reference.op.device or "", {})[name] = reference
    return {place: groups[place] for place in sorted(groups)}


def _save(path: Tensor, variables: dict[str, Saved]) -> Tensor:
    """Add the operation that writes one data file; return the path once it has."""
    tensors = _tensors(variables)
    names = list(tensors)
    saving = build(SaveV2(), (path, names, [""] * len(names), list(tensors.values())))
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
    tensors = _tensors(variables)
    names = list(tensors)
    kinds = tuple(tensor.dtype.base_dtype for tensor in tensors.values())
    with device("/cpu:0"):
        values = apply_all(RestoreV2(dtypes=kinds), path, names, [""] * len(names))
    read = dict(zip(names, values, strict=True))
    assigned: list[Tensor | Operation] = []
    for name, reference in variables.items():
        if not isinstance(reference, Tensor):
            assigned.append(reference.restore([read[part] for part in reference.tensors]))
            continue
        value = read[name]
        is_known = reference.shape.is_fully_defined()
        if reshaped:
            size = reference.shape.as_list() if is_known else shape(reference)
            value = reshape(value, size)
        checked = is_known and not reshaped
        assigned.append(assign(reference, value, validate_shape=checked))
    return assigned
