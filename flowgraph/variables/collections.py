"""Lists of a graph's variables, and operations that initialize or check them."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    colocate_with,
    device,
    get_collection,
    get_default_graph,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.comparison import logical_not
from flowgraph.ops.control import group, no_op
from flowgraph.ops.core import Rank, apply, constant
from flowgraph.ops.masking import boolean_mask
from flowgraph.ops.packing import stack
from flowgraph.ops.state import VariableV2
from flowgraph.variables.assign import is_variable_initialized
from flowgraph.variables.variable import Variable


def global_variables(scope: str | None = None) -> list[Variable]:
    """Return the variables of the default graph, without local ones.

    Parameters
    ----------
    scope : str, optional
        A regular expression that names must match from their start.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> [v.name for v in tf.global_variables()]
    ['w:0']
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Variable]:
    """Return what `global_variables` does, which replaces this name.

    Examples
    --------
    >>> v = tf.Variable(1.0)
    >>> tf.all_variables() == [v]
    True
    """
    return global_variables()


def local_variables(scope: str | None = None) -> list[Variable]:
    """Return the variables that are not saved, such as counters. See `global_variables`.

    Examples
    --------
    >>> group = [tf.GraphKeys.LOCAL_VARIABLES]
    >>> v = tf.Variable(0, trainable=False, collections=group)
    >>> tf.local_variables() == [v]
    True
    """
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Variable]:
    """Return the variables in ``GraphKeys.MODEL_VARIABLES``. See `global_variables`.

    Examples
    --------
    >>> v = tf.Variable(1.0, collections=[tf.GraphKeys.MODEL_VARIABLES])
    >>> tf.model_variables() == [v]
    True
    """
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Variable]:
    """Return the variables that optimizers change by default. See `global_variables`.

    Examples
    --------
    >>> w, step = tf.Variable(1.0, name="w"), tf.Variable(0, trainable=False)
    >>> [v.name for v in tf.trainable_variables()]
    ['w:0']
    """
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Variable]:
    """Return the variables whose moving averages are kept. See `global_variables`.

    Examples
    --------
    >>> v = tf.Variable(1.0)
    >>> update = tf.train.ExponentialMovingAverage(0.9).apply([v])
    >>> tf.moving_average_variables() == [v]
    True
    """
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """Return an operation that initializes variables.

    Parameters
    ----------
    var_list : list of Variable
    name : str

    Notes
    -----
    It does not initialize variables made later.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.variables_initializer([w]))
    ...     print(session.run(w))
    1.0
    """
    if var_list:
        return group(*[v.initializer for v in var_list], name=name)
    return no_op(name)


def initialize_variables(var_list: Any, name: str = "init") -> Operation:
    """Return what `variables_initializer` does, which replaces this name.

    Examples
    --------
    >>> v = tf.Variable(1.0)
    >>> tf.initialize_variables([v]).name
    'init'
    """
    return variables_initializer(var_list, name)


def global_variables_initializer() -> Operation:
    """Return an operation that initializes the variables made so far.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     print(session.run(w))
    1.0
    """
    return variables_initializer(global_variables())


def initialize_all_variables() -> Operation:
    """Return what `global_variables_initializer` does, which replaces this name.

    Examples
    --------
    >>> tf.initialize_all_variables().name
    'init'
    """
    return global_variables_initializer()


def local_variables_initializer() -> Operation:
    """Return an operation that initializes the local variables made so far.

    Examples
    --------
    >>> tf.local_variables_initializer().name
    'init'
    """
    return variables_initializer(local_variables())


def initialize_local_variables() -> Operation:
    """Return what `local_variables_initializer` does, which replaces this name.

    Examples
    --------
    >>> tf.initialize_local_variables().name
    'init'
    """
    return local_variables_initializer()


def _listed_or_found() -> list[Any]:
    """Return the listed variables, or else the references of all that are in the graph."""
    listed = global_variables() + local_variables()
    if listed:
        return listed
    operations = get_default_graph().get_operations()
    return [o.outputs[0] for o in operations if isinstance(o.op, VariableV2)]


def report_uninitialized_variables(
    var_list: Any = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """Return the names of the variables that have no value.

    Parameters
    ----------
    var_list : list of Variable, optional
        By default all global and local variables.
    name : str

    Returns
    -------
    Tensor
        A string vector.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> tf.Session().run(tf.report_uninitialized_variables())
    array([b'w'], dtype=object)
    """
    variables = _listed_or_found() if var_list is None else var_list
    with name_scope(name):
        initialized = [is_variable_initialized(v) for v in variables]
        with device("/cpu:0"):
            if not variables:
                return constant([], dtype=dtypes.string)
            missing = logical_not(stack(initialized))
            names = constant([v.op.name for v in variables])
            return boolean_mask(names, missing)


class _RankOfRead(Rank, abstract=True):
    """A rank that is not known before the value has been read."""

    type = "Rank"
    is_stateful = True

    def value_from_shapes(self, *inputs: Spec) -> None:
        return None


def assert_variables_initialized(var_list: Any = None) -> Tensor | None:
    """Return a tensor whose evaluation fails unless all variables have a value.

    Parameters
    ----------
    var_list : list of Variable, optional
        By default all global and local variables.

    Returns
    -------
    Tensor or None
        ``None`` if there are no variables.

    Raises
    ------
    tf.errors.FailedPreconditionError
        At run time, if one has no value.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> try:
    ...     tf.Session().run(tf.assert_variables_initialized())
    ... except tf.errors.FailedPreconditionError as error:
    ...     print(str(error).splitlines()[0])
    Attempting to use uninitialized value w
    """
    variables = _listed_or_found() if var_list is None else var_list
    ranks = []
    for variable in variables:
        with colocate_with(variable.op):
            ranks.append(apply(_RankOfRead(), variable))
    if len(ranks) < 2:
        return ranks[0] if ranks else None
    return stack(ranks)
