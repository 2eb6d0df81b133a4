"""Variables of models: listed as such, and under the names that contrib's layers give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import GraphKeys, add_to_collections
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.partitioned_variable import PartitionedVariable


def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
) -> Any:
    """Do what `tf.get_variable` does, and list the variable in ``MODEL_VARIABLES`` too.

    Parameters
    ----------
    name, shape, dtype, initializer, regularizer, trainable, collections
        Those of `tf.get_variable`.
    """
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=_listed(collections),
    )


def _listed(collections: Any) -> list[Any]:
    found = [*(collections or ()), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return list(dict.fromkeys(found))


def renaming(names: dict[str, str]) -> Callable[..., Any]:
    """Return a custom getter that makes model variables, some of them under other names."""

    def getter(getter: Callable[..., Any], name: str, **options: Any) -> Any:
        scope, slash, last = name.rpartition("/")
        options["collections"] = _listed(options.get("collections"))
        return getter(f"{scope}{slash}{names.get(last, last)}", **options)

    return getter


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """Return the collections that are given for a variable: those of its name, or of all.

    Parameters
    ----------
    variables_collections : list, or dict of str to list, optional
    name : str
        The variable's name.

    Examples
    --------
    >>> tf.contrib.layers.utils.get_variable_collections({"weights": ["kernels"]}, "weights")
    ['kernels']
    """
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def collections_of(collections: Any, name: str) -> list[Any]:
    """Return the collections given for the variable `name`: one list for all, or a dict."""
    return list(get_variable_collections(collections, name) or ())


def collect(variable: Any, collections: Any, name: str) -> None:
    """Add a variable, or its parts, to the collections given for variables of that name."""
    if variable is not None:
        parts = variable if isinstance(variable, PartitionedVariable) else [variable]
        for part in parts:
            add_to_collections(collections_of(collections, name), part)
