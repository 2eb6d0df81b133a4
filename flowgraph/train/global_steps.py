"""The global step: how many steps of training have been made."""

from __future__ import annotations

import logging
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys, get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable import Variable

_log = logging.getLogger("tensorflow")
_READS = "global_step_read_op_cache"


def get_global_step(graph: Graph | None = None) -> Any:
    """Return the global step of a graph, or ``None``.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.

    Returns
    -------
    Variable, Tensor or None
        What the collection ``GraphKeys.GLOBAL_STEP`` holds, or else the tensor
        ``global_step:0``.

    Raises
    ------
    TypeError
        If it is not an integer scalar.

    Examples
    --------
    >>> tf.train.get_global_step() is None
    True
    >>> step = tf.train.create_global_step()
    >>> tf.train.get_global_step() is step
    True
    """
    graph = graph or get_default_graph()
    listed = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(listed) > 1:
        _log.error("Multiple tensors in global_step collection.")
        return None
    if listed:
        found = listed[0]
    else:
        try:
            found = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(found)
    return found


def create_global_step(graph: Graph | None = None) -> Variable:
    """Make the global step, an int64 variable that starts at 0.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.

    Raises
    ------
    ValueError
        If there is one already.

    Examples
    --------
    >>> tf.train.create_global_step()
    <tf.Variable 'global_step:0' shape=() dtype=int64_ref>
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), name_scope(""):
        step: Variable = get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=Zeros(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )
        return step


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """Return the global step of a graph, made where there is none.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.

    Examples
    --------
    >>> tf.train.get_or_create_global_step() is tf.train.get_or_create_global_step()
    True
    """
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def global_step_read(graph: Graph | None = None) -> Tensor | None:
    """Return a tensor with the value of the global step before a run's updates, made once.

    A run that also writes the step reads it first. ``None`` if the graph has no global step.
    """
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    if step is not None and not graph.get_collection(_READS):
        with graph.as_default(), name_scope(""), name_scope(f"{step.op.name}/"):
            value = step.initialized_value() if isinstance(step, Variable) else step
            graph.add_to_collection(_READS, value + 0)
    reads = graph.get_collection(_READS)
    return reads[0] if reads else None


def required_global_step_read(needed_by: str) -> Tensor:
    """Return `global_step_read`; RuntimeError if there is no global step."""
    read = global_step_read()
    if read is None:
        raise RuntimeError(f"Global step should be created to use {needed_by}.")
    return read


def assert_global_step(global_step_tensor: Any) -> None:
    """Raise unless a tensor can be the global step.

    Parameters
    ----------
    global_step_tensor : Variable or Tensor
        An integer scalar.

    Raises
    ------
    TypeError
        If it is not an integer scalar.

    Examples
    --------
    >>> tf.train.assert_global_step(tf.Variable(0, trainable=False))
    """
    if not isinstance(global_step_tensor, Variable | Tensor):
        raise TypeError(
            f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.'
        )
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(
            f'Existing "global_step" does not have integer type: {global_step_tensor.dtype!r}'
        )
    if global_step_tensor.shape.rank not in (None, 0):
        raise TypeError(f'Existing "global_step" is not scalar: {global_step_tensor.shape}')


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """Return the value of the global step in a session.

    Parameters
    ----------
    sess : Session
    global_step_tensor : Variable or Tensor

    Examples
    --------
    >>> step = tf.train.create_global_step()
    >>> with tf.Session() as session:
    ...     session.run(step.initializer)
    ...     tf.train.global_step(session, step)
    0
    """
    return int(sess.run(global_step_tensor))
