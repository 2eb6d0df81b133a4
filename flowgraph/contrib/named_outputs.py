"""Outputs of layers in collections, under the names of their scopes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from flowgraph.graph.scope import (
    add_to_collections,
    get_collection,
    get_default_graph,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import conditional


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Tensor:
    """Add a tensor to collections, under a name.

    Parameters
    ----------
    collections : str or list of str, optional
        Nothing is done without one.
    alias : str
        The name; a slash at its end is dropped.
    outputs : Tensor

    Returns
    -------
    Tensor
        `outputs`.

    Examples
    --------
    >>> net = tf.constant(1.0, name="net")
    >>> _ = tf.contrib.layers.utils.collect_named_outputs("ends", "first/layer", net)
    >>> list(tf.contrib.layers.utils.convert_collection_to_dict("ends"))
    ['first/layer']
    """
    if collections:
        append_tensor_alias(outputs, alias)
        add_to_collections(collections, outputs)
    collected: Tensor = outputs
    return collected


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Give a tensor one more name, and return it. A slash at the end is dropped."""
    aliases = vars(tensor).setdefault("aliases", [])
    aliases.append(alias.removesuffix("/"))
    return tensor


def get_tensor_aliases(tensor: Any) -> list[str]:
    """Return the names given to a tensor, or else that of its operation."""
    found: list[str] | None = vars(tensor).get("aliases")
    return [tensor.name.removesuffix(":0")] if found is None else found


def gather_tensors_aliases(tensors: Iterable[Any]) -> list[str]:
    """Return the names given to tensors, in their order."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def convert_collection_to_dict(
    collection: str, clear_collection: bool = False
) -> OrderedDict[str, Any]:
    """Return the tensors of a collection by their names.

    Parameters
    ----------
    collection : str
    clear_collection : bool
        Whether to empty the collection then.

    Returns
    -------
    OrderedDict of str to Tensor
        A tensor without a name given to it is under that of its operation.
    """
    found = OrderedDict(
        (alias, tensor)
        for tensor in get_collection(collection)
        for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        get_default_graph().clear_collection(collection)
    return found


def last_dimension(shape: Any, min_rank: int = 1) -> int:
    """Return the last dimension of a shape.

    Parameters
    ----------
    shape : TensorShape
    min_rank : int

    Raises
    ------
    ValueError
        If it is not known, or the rank is not, or is below `min_rank`.

    Examples
    --------
    >>> tf.contrib.layers.utils.last_dimension(tf.TensorShape([None, 5]))
    5
    """
    if shape.ndims is None:
        raise ValueError("dims of shape must be known but is None")
    if shape.ndims < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {shape.ndims}")
    value: int | None = shape[-1].value
    if value is None:
        raise ValueError(f"dimension -1 of shape must be known but is None: {shape}")
    return value


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """Return what `fn1` gives if `pred` holds, and else what `fn2` gives. See `tf.cond`."""
    return conditional.smart_cond(pred, fn1, fn2, name)
