"""The files that a SavedModel takes with it, such as vocabularies."""

from __future__ import annotations

import filecmp
import itertools
import logging
import os
import shutil
from collections.abc import Iterable
from typing import Any

from flowgraph import protos
from flowgraph.dtypes import string
from flowgraph.graph.scope import add_to_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.saved_model.keys import ASSETS_DIRECTORY, ASSETS_KEY
from flowgraph.saved_model.tensor_information import scoped

_log = logging.getLogger("tensorflow")


def add_assets(tensors: Iterable[Any] | None, export_dir: str) -> None:
    """Copy the files that constants of the default graph name, and note which is whose.

    Parameters
    ----------
    tensors : list of Tensor, optional
        Constants, each the path of a file.
    export_dir : str
        The SavedModel's directory.

    Raises
    ------
    TypeError
        If one is no constant of one text.
    ValueError
        If a path is empty.
    """
    if tensors is None:
        _log.info("No assets to save.")
    sources: dict[str, str] = {}
    for tensor in tensors or ():
        source = _path(tensor)
        name = _unused_name(source, sources)
        sources[name] = source
        definition = protos.AssetFileDef(filename=name)
        definition.tensor_info.name = tensor.name
        packed = protos.CollectionDef.AnyList().value.add()
        packed.Pack(definition)
        add_to_collection(ASSETS_KEY, packed)
    if not sources:
        _log.info("No assets to write.")
        return
    directory = os.path.join(export_dir, ASSETS_DIRECTORY)
    os.makedirs(directory, exist_ok=True)
    for name, source in sources.items():
        target = os.path.join(directory, name)
        if not os.path.exists(target):  # several graphs may have the same
            shutil.copyfile(source, target)
    _log.info("Assets written to: %s", directory)


def _path(tensor: Any) -> str:
    if not isinstance(tensor, Tensor):
        raise TypeError("Asset path tensor must be a Tensor.")
    if tensor.op.type != "Const":
        raise TypeError("Asset path tensor must be of type constant.")
    if tensor.dtype is not string:
        raise TypeError("Asset path tensor must be of dtype string.")
    value = tensor.op.op.value  # type: ignore[attr-defined]
    if value.size != 1:
        raise TypeError("Asset path tensor must be a scalar.")
    path = value.item()
    if not path:
        raise ValueError(f"Invalid asset filepath tensor {tensor}")
    return os.fsdecode(path)


def _unused_name(source: str, sources: dict[str, str]) -> str:
    """Return the name for a copy: a file's own, but with a number where another has it."""
    base = os.path.basename(source)
    other = sources.get(base)
    if other is None or other == source or filecmp.cmp(source, other, shallow=False):
        return base
    numbered = (f"{base}_{i}" for i in itertools.count(1))
    return next(name for name in numbered if name not in sources)


def asset_feeds(export_dir: str, meta_graph: Any, import_scope: str | None) -> dict[str, str]:
    """Return where the assets of a loaded graph are, by the names of their tensors.

    Parameters
    ----------
    export_dir : str
        The SavedModel's directory.
    meta_graph : MetaGraphDef
    import_scope : str or None
        The name scope that the graph was put under.
    """
    found = list(meta_graph.asset_file_def)
    if not found and ASSETS_KEY in meta_graph.collection_def:
        for packed in meta_graph.collection_def[ASSETS_KEY].any_list.value:
            definition = protos.AssetFileDef()
            packed.Unpack(definition)
            found.append(definition)
    return {
        scoped(asset.tensor_info.name, import_scope): os.path.join(
            export_dir, ASSETS_DIRECTORY, asset.filename
        )
        for asset in found
    }
