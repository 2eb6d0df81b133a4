"""Writing tensors to checkpoints and reading them back."""

from __future__ import annotations

import difflib
from typing import Any

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array, DType
from flowgraph.errors import NotFoundError, OpError
from flowgraph.formats.bundle_writer import Item, merge_bundles, write_bundle
from flowgraph.formats.checkpoint import CheckpointFile, open_checkpoint
from flowgraph.formats.tensor_parts import Part, parse
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.shapes import TensorShape

_SHOWN = 20
"""How many names a hint lists."""

_RUNTIME_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


class SaveV2(Op):
    """Write tensors to a checkpoint of one data file, one after another."""

    signature = Signature(
        "prefix: string, tensor_names: string, shape_and_slices: string, tensors: list(dtypes) ->"
    )
    is_stateful = True
    host_inputs = (0, 1, 2)
    any_memory = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _checked_inputs(*inputs[:3])
        return ()

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        dtypes = [tensor.dtype.base_dtype for tensor in operation.inputs[3:]]
        to_host = resources.devices.to_host

        def save(prefix: Array, names: Array, slices: Array, *arrays: Array) -> tuple[()]:
            if len(names) != len(arrays):
                raise invalid(f"Got {len(names)} tensor names but {len(arrays)} tensors")
            described = zip(_described(names, slices), dtypes, arrays, strict=True)
            items = (  # none is in host memory before it is its turn
                Item(name, kind, to_host(array), part) for (name, part), kind, array in described
            )
            write_bundle(_string(prefix), items)
            return ()

        return save


class StoredTensor:
    """A tensor in a checkpoint.

    Parameters
    ----------
    checkpoint : CheckpointFile
    name : str
    part : Part, optional
        What of it is meant; all if left out.

    Attributes
    ----------
    dtype : numpy.dtype
    shape : tuple of int
    """

    def __init__(self, checkpoint: CheckpointFile, name: str, part: Part | None = None) -> None:
        self._checkpoint = checkpoint
        self._where = name, part
        self._loaded: Array | None = None
        self.dtype = checkpoint.dtype(name).numpy
        self.shape = part.size if part else checkpoint.shape(name)

    def read(self, out: Array | None = None) -> Array:
        """Return the value, in the memory of `out` if that is given."""
        return self._checkpoint.read(*self._where, out)

    def check(self) -> None:
        """Raise what `read` would raise."""
        self._checkpoint.check(*self._where)

    def load(self) -> None:
        """Read the value for `taken`."""
        self._loaded = self.read()

    def taken(self) -> Array | None:
        """Return the value that was loaded, which is the caller's now; ``None`` if none was."""
        value, self._loaded = self._loaded, None
        return value


class RestoreV2(Op):
    """Read tensors from a checkpoint."""

    signature = Signature(
        "prefix: string, tensor_names: string, shape_and_slices: string -> tensors: list(dtypes)"
    )
    is_stateful = True
    host_inputs = (0, 1, 2)

    dtypes: tuple[DType, ...]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _checked_inputs(*inputs)
        slices = inputs[2].static_value()
        if slices is None or len(slices) != len(self.dtypes):
            return (shapes.unknown_shape(),) * len(self.dtypes)
        parts = [parse(text.decode()) for text in slices]
        return tuple(TensorShape.of(part.size if part else None) for part in parts)

    def compute(self, xp: Any, *inputs: Array) -> list[Any]:
        return [stored.read() for stored in self.stored(*inputs)]

    def stored(self, *inputs: Array) -> list[StoredTensor]:
        """Return the tensors, found and of the right dtypes, but not read."""
        prefix, names, slices = inputs
        if len(names) != len(self.dtypes):
            raise invalid(f"Got {len(names)} tensor names, but {len(self.dtypes)} expected dtypes.")
        checkpoint = open_checkpoint(_string(prefix))
        wanted = list(zip(_described(names, slices), self.dtypes, strict=True))
        for (name, part), dtype in wanted:
            _check_stored(checkpoint, name, part, dtype)
        return [StoredTensor(checkpoint, name, part) for (name, part), _ in wanted]

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        prefix, names, _ = inputs
        if isinstance(prefix, Tensor):
            return None
        try:
            stored = open_checkpoint(_string(prefix)).names()
        except OpError:  # the error that is being explained
            return None
        return _difference([name.decode() for name in names], stored)


class MergeV2Checkpoints(Op):
    """Make checkpoints one, by moving their data files."""

    signature = Signature("checkpoint_prefixes: string, destination_prefix: string ->")
    is_stateful = True
    host_inputs = (0, 1)

    delete_old_dirs: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[0].shape, 1)
        with_rank(inputs[1].shape, 0)
        return ()

    def compute(self, xp: Any, *inputs: Array) -> tuple[()]:
        prefixes, destination = inputs
        merge_bundles([p.decode() for p in prefixes], _string(destination), self.delete_old_dirs)
        return ()


class ShardedFilename(Op):
    """The name of one of several files."""

    signature = Signature("basename: string, shard: int32, num_shards: int32 -> filename: string")
    host_inputs = (0, 1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            with_rank(spec.shape, 0)
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        basename, shard, shards = inputs
        return _scalar(f"{_string(basename)}-{int(shard):05d}-of-{int(shards):05d}")


class ShardedFilespec(Op):
    """A pattern of the names of several files."""

    signature = Signature("basename: string, num_shards: int32 -> filename: string")
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in inputs:
            with_rank(spec.shape, 0)
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        basename, shards = inputs
        return _scalar(f"{_string(basename)}-?????-of-{int(shards):05d}")


def _checked_inputs(prefix: Spec, names: Spec, slices: Spec) -> None:
    with_rank(prefix.shape, 0)
    with_rank(names.shape, 1).merge_with(with_rank(slices.shape, 1))


def _string(value: Any) -> str:
    text = np.asarray(value, dtype=object)[()]
    return text.decode() if isinstance(text, bytes) else str(text)


def _scalar(text: str) -> Array:
    result = np.empty((), dtype=object)
    result[()] = text.encode()
    return result


def _described(names: Array, slices: Array) -> list[tuple[str, Part | None]]:
    """Return the name and the part that each tensor is stored as."""
    if len(names) != len(slices):
        raise invalid(
            "tensor_names and shape_and_slices have different number of elements: "
            f"{len(names)} vs. {len(slices)}"
        )
    described = []
    for name, text in zip(names, slices, strict=True):
        try:
            described.append((name.decode(), parse(text.decode())))
        except ValueError as error:
            message = f"Could not parse the slice {text.decode()!r} of {name.decode()}: {error}"
            raise invalid(message) from error
    return described


def _check_stored(checkpoint: CheckpointFile, name: str, part: Part | None, dtype: DType) -> None:
    """Raise unless a tensor can be read as it is wanted."""
    if name not in checkpoint:
        raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
    stored = checkpoint.dtype(name)
    if stored is not dtype:
        expected, found = (_RUNTIME_NAMES.get(kind.name, kind.name) for kind in (dtype, stored))
        raise invalid(
            f"tensor_name = {name}; expected dtype {expected} does not equal original dtype {found}"
        )
    shape = checkpoint.shape(name)
    if part is not None and part.shape != shape:
        raise invalid(
            f"tensor_name = {name}; shape in shape_and_slice spec {bracketed(part.shape)} does not "
            f"match the shape stored in checkpoint: {bracketed(shape)}"
        )


def _difference(wanted: list[str], stored: list[str]) -> str | None:
    """Say which names only the graph has, which only the checkpoint has, and which are alike."""
    missing = sorted(set(wanted) - set(stored))
    if not missing:
        return None
    spare = sorted(set(stored) - set(wanted))
    lines = ["these names are not the same in the graph and in the checkpoint"]
    for name in missing[:_SHOWN]:
        close = _closest(name, spare or stored)
        lines.append(f"    only in the graph: {name}" + (f"  (closest: {close})" if close else ""))
    lines += [f"    only in the checkpoint: {name}" for name in spare[:_SHOWN]]
    hidden = len(missing[_SHOWN:]) + len(spare[_SHOWN:])
    if hidden:
        lines.append(f"    and {hidden} more")
    numbered = [name for name in missing if _unnumbered(name) in stored]
    if numbered:
        lines.append(
            f"    {numbered[0]} is the second {_unnumbered(numbered[0])} of its graph: were the "
            "variables made twice, as by a notebook's cell that ran again? "
            "tf.reset_default_graph() before it starts over"
        )
    return "\n".join(lines)


def _closest(name: str, others: list[str]) -> str | None:
    if _unnumbered(name) in others:
        return _unnumbered(name)
    return next(iter(difflib.get_close_matches(name, others, n=1)), None)


def _unnumbered(name: str) -> str:
    """Return a name without the number that made it unique, in any of its scopes."""
    parts = [
        head if head and tail.isdigit() else part
        for part in name.split("/")
        for head, _, tail in [part.rpartition("_")]
    ]
    return "/".join(parts)
