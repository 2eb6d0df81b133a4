"""Setting variables from checkpoints and from values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from flowgraph.contrib.framework_variables import get_unique_variable
from flowgraph.dtypes import Array
from flowgraph.ops.control import group
from flowgraph.ops.core import placeholder
from flowgraph.train.checkpoint_reader import load_checkpoint
from flowgraph.train.saver import Saver

_log = logging.getLogger("tensorflow")


def _by_name(var_list: Any) -> dict[str, Any]:
    if isinstance(var_list, dict):
        return dict(var_list)
    return {variable.op.name: variable for variable in var_list}


def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """Return a function of a session that restores variables in it.

    Parameters
    ----------
    model_path : str
        A checkpoint.
    var_list : list of Variable, or dict of str to Variable
        What to restore; a dict says under which names it was saved.
    ignore_missing_vars : bool
        Leave out what the checkpoint does not have, with a warning.
    reshape_variables : bool
        Restore tensors of as many elements but another shape.

    Returns
    -------
    callable or None
        ``None`` if nothing is left to restore.

    Raises
    ------
    ValueError
        If there are no variables.

    Examples
    --------
    >>> import os, tempfile
    >>> w, path = tf.Variable(3.0), os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> restore = tf.contrib.framework.assign_from_checkpoint_fn(path, [w])
    >>> with tf.Session() as sess:
    ...     restore(sess)
    ...     print(sess.run(w))
    3.0
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        reader = load_checkpoint(model_path)
        variables = _by_name(var_list)
        for name in [name for name in variables if not reader.has_tensor(name)]:
            _log.warning("Variable %s missing in checkpoint %s", name, model_path)
            del variables[name]
        if not variables:
            _log.warning("No Variables to restore")
            return None
        var_list = variables
    saver = Saver(var_list, reshape=reshape_variables)
    return lambda session: saver.restore(session, model_path)


def _assigned(pairs: Iterator[tuple[Any, Array]]) -> tuple[Any, dict[Any, Array]]:
    """Return an operation that assigns fed values, and what to feed."""
    assignments, feeds = [], {}
    for variable, value in pairs:
        name = f"placeholder/{variable.op.name}"
        fed = placeholder(variable.dtype.base_dtype, variable.shape, name=name)
        assignments.append(variable.assign(fed))
        feeds[fed] = value
    return group(*assignments), feeds


def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Any, dict[Any, Array]]:
    """Return an operation that sets variables to what a checkpoint has, and what to feed it.

    Parameters
    ----------
    model_path, var_list, ignore_missing_vars
        As for `assign_from_checkpoint_fn`.

    Raises
    ------
    ValueError
        If the checkpoint lacks a variable, or has it with another shape.

    Examples
    --------
    >>> import os, tempfile
    >>> w, path = tf.Variable(3.0), os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> assign, feeds = tf.contrib.framework.assign_from_checkpoint(path, [w])
    >>> with tf.Session() as sess:
    ...     sess.run(assign, feeds)
    ...     print(sess.run(w))
    3.0
    """
    reader = load_checkpoint(model_path)

    def pairs() -> Iterator[tuple[Any, Array]]:
        for name, variable in _by_name(var_list).items():
            if not reader.has_tensor(name):
                text = f"Checkpoint is missing variable [{name}]"
                if not ignore_missing_vars:
                    raise ValueError(text)
                _log.warning(text)
                continue
            value = reader.get_tensor(name)
            if variable.shape.as_list() != list(value.shape):
                raise ValueError(
                    f"Total size of new array must be unchanged for {name} lh_shape: "
                    f"[{value.shape}], rh_shape: [{variable.shape.as_list()}]"
                )
            yield variable, value

    return _assigned(pairs())


def assign_from_values(var_names_to_values: dict[str, Any]) -> tuple[Any, dict[Any, Array]]:
    """Return an operation that sets variables to values, and what to feed it.

    Parameters
    ----------
    var_names_to_values : dict of str to array

    Raises
    ------
    ValueError
        If there is no variable of a name.

    Examples
    --------
    >>> w = tf.Variable(3.0, name="w")
    >>> assign, feeds = tf.contrib.framework.assign_from_values({"w": 4.0})
    >>> with tf.Session() as sess:
    ...     sess.run(assign, feeds)
    ...     print(sess.run(w))
    4.0
    """
    items = var_names_to_values.items()
    return _assigned((get_unique_variable(name), value) for name, value in items)


def assign_from_values_fn(var_names_to_values: dict[str, Any]) -> Callable[[Any], None]:
    """Return a function of a session that sets variables in it to values.

    Parameters
    ----------
    var_names_to_values : dict of str to array

    Raises
    ------
    ValueError
        If there is no variable of a name.

    Examples
    --------
    >>> w = tf.Variable(3.0, name="w")
    >>> with tf.Session() as sess:
    ...     tf.contrib.framework.assign_from_values_fn({"w": 4.0})(sess)
    ...     print(sess.run(w))
    4.0
    """
    assign, feeds = assign_from_values(var_names_to_values)

    def set_values(session: Any) -> None:
        session.run(assign, feeds)

    return set_values
