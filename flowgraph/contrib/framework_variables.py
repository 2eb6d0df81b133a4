"""Finding variables of a graph by scope and name, and choosing those to restore."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flowgraph.graph.scope import GraphKeys, add_to_collection, get_collection


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """Return variables by the beginning and the end of their names.

    Parameters
    ----------
    scope : str or VariableScope, optional
        A regular expression that names must match from their beginning.
    suffix : str, optional
        How names end.
    collection : str

    Examples
    --------
    >>> with tf.variable_scope("fc"):
    ...     w, b = tf.get_variable("w", [2]), tf.get_variable("b", [2])
    >>> [v.op.name for v in tf.contrib.framework.get_variables("fc", suffix="w")]
    ['fc/w']
    """
    pattern = getattr(scope, "name", scope)
    if suffix is not None:
        pattern = f"{pattern or ''}.*{suffix}{'' if ':' in suffix else ':'}"
    return get_collection(collection, pattern)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return variables of models. See `get_variables`.

    Examples
    --------
    >>> _ = tf.contrib.layers.fully_connected(tf.ones([1, 2]), 3, scope="fc")
    >>> [v.op.name for v in tf.contrib.framework.get_model_variables()]
    ['fc/weights', 'fc/biases']
    """
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return variables that are trained. See `get_variables`.

    Examples
    --------
    >>> w, b = tf.Variable(1.0, name="w"), tf.Variable(1.0, trainable=False)
    >>> tf.contrib.framework.get_trainable_variables() == [w]
    True
    """
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """Return local variables. See `get_variables`.

    Examples
    --------
    >>> tf.contrib.framework.get_local_variables()
    []
    """
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """Return variables by the end of their names. See `get_variables`.

    Examples
    --------
    >>> w, b = tf.Variable(1.0, name="w"), tf.Variable(1.0, name="b")
    >>> tf.contrib.framework.get_variables_by_suffix("b") == [b]
    True
    """
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """Return variables by their names without scopes.

    Parameters
    ----------
    given_name : str
    scope : str or VariableScope, optional
        As for `get_variables`.

    Examples
    --------
    >>> with tf.variable_scope("fc"):
    ...     w, raw = tf.get_variable("w", [2]), tf.get_variable("raw_w", [2])
    >>> tf.contrib.framework.get_variables_by_name("w") == [w]
    True
    """
    return get_variables(scope, f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Any:
    """Return the variable of a name.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> tf.contrib.framework.get_unique_variable("w") is w
    True
    """
    candidates = get_variables(var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


def get_variables_to_restore(
    include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Any]:
    """Return the variables of some scopes, without those of others.

    Parameters
    ----------
    include : list of str, optional
        All if left out.
    exclude : list of str, optional

    Raises
    ------
    TypeError
        If an argument is no list.

    Examples
    --------
    >>> w, b = tf.Variable(1.0, name="w"), tf.Variable(1.0, name="b")
    >>> tf.contrib.framework.get_variables_to_restore(exclude=["b"]) == [w]
    True
    """
    for name, given in (("include", include), ("exclude", exclude)):
        if given is not None and not isinstance(given, list | tuple):
            raise TypeError(f"{name} must be a list or a tuple.")
    scopes: Sequence[str | None] = [None] if include is None else include
    found = [variable for scope in scopes for variable in get_variables(scope)]
    dropped = {variable for scope in exclude or () for variable in get_variables(scope)}
    return [variable for variable in found if variable not in dropped]


def get_variable_full_name(var: Any) -> str:
    """Return a variable's name in checkpoints.

    Examples
    --------
    >>> tf.contrib.framework.get_variable_full_name(tf.Variable(1.0, name="w"))
    'w'
    """
    return str(var.op.name)


def filter_variables(
    var_list: Sequence[Any],
    include_patterns: Sequence[str] | None = None,
    exclude_patterns: Sequence[str] | None = None,
    reg_search: bool = True,
) -> list[Any]:
    """Choose variables by regular expressions.

    Parameters
    ----------
    var_list : list of Variable
    include_patterns : list of str, optional
        One of them has to be found in the name; all variables if left out.
    exclude_patterns : list of str, optional
        None of them may be.
    reg_search : bool
        Look anywhere in the name, not just at its beginning.

    Examples
    --------
    >>> w, b = tf.Variable(1.0, name="w"), tf.Variable(1.0, name="b")
    >>> tf.contrib.framework.filter_variables([w, b], exclude_patterns=["b"]) == [w]
    True
    """
    found = re.search if reg_search else re.match

    def has(variable: Any, patterns: Sequence[str]) -> bool:
        return any(found(pattern, variable.op.name) for pattern in patterns)

    return [
        variable
        for variable in var_list
        if (include_patterns is None or has(variable, include_patterns))
        and not has(variable, exclude_patterns or ())
    ]


def add_model_variable(var: Any) -> None:
    """List a variable as one of a model.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> tf.contrib.framework.add_model_variable(w)
    >>> tf.contrib.framework.get_model_variables() == [w]
    True
    """
    if var not in get_collection(GraphKeys.MODEL_VARIABLES):
        add_to_collection(GraphKeys.MODEL_VARIABLES, var)
