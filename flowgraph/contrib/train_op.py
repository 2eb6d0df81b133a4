"""The training op of `tf.contrib.training` and slim: one run of it makes a step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    control_dependencies,
    get_collection,
    get_collection_ref,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import check_numerics as checked
from flowgraph.ops.clip import clip_by_norm, global_norm
from flowgraph.ops.constant import constant
from flowgraph.ops.control import no_op, with_dependencies
from flowgraph.summary.recording import histogram, scalar
from flowgraph.train.global_steps import get_or_create_global_step
from flowgraph.train.optimizer import Optimizer
from flowgraph.variables.collections import trainable_variables

_log = logging.getLogger("tensorflow")
_GLOBAL_STEP = 0
GradsAndVars = list[tuple[Any, Any]]


def _replaced(gradient: Any, function: Callable[[Any], Any]) -> Any:
    """Return a function's value of a gradient, of the values of a sparse one."""
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(function(gradient.values), gradient.indices, gradient.dense_shape)
    return function(gradient)


def clip_gradient_norms(gradients_to_variables: GradsAndVars, max_norm: Any) -> GradsAndVars:
    """Scale down the gradients whose norm is larger than a limit, each by itself.

    Parameters
    ----------
    gradients_to_variables : list of (gradient, variable)
    max_norm : float

    Examples
    --------
    >>> v = tf.Variable(0.0)
    >>> gradients = [(tf.constant([3.0, 4.0]), v)]
    >>> [(clipped, _)] = tf.contrib.training.clip_gradient_norms(gradients, 1.0)
    >>> print(tf.Session().run(clipped))
    [0.6 0.8]
    """
    return [
        (g if g is None else _replaced(g, lambda values: clip_by_norm(values, max_norm)), v)
        for g, v in gradients_to_variables
    ]


def clip_gradient_norms_fn(max_norm: Any) -> Callable[[GradsAndVars], GradsAndVars]:
    """Return `clip_gradient_norms` with a given limit, for ``transform_grads_fn``.

    Examples
    --------
    >>> clip = tf.contrib.training.clip_gradient_norms_fn(1.0)
    >>> clip([])
    []
    """
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


def multiply_gradients(grads_and_vars: GradsAndVars, gradient_multipliers: Any) -> GradsAndVars:
    """Multiply the gradients of some variables.

    Parameters
    ----------
    grads_and_vars : list of (gradient, variable)
    gradient_multipliers : dict
        Factors by variable, or by the name of its operation.

    Raises
    ------
    ValueError
        If an argument is something else, or a gradient to be multiplied is ``None``.

    Examples
    --------
    >>> v = tf.Variable(0.0, name="v")
    >>> gradients = [(tf.constant(3.0), v)]
    >>> [(doubled, _)] = tf.contrib.training.multiply_gradients(gradients, {"v": 2.0})
    >>> print(tf.Session().run(doubled))
    6.0
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    result = []
    for gradient, variable in grads_and_vars:
        keys = [key for key in (variable, variable.op.name) if key in gradient_multipliers]
        if keys:
            if gradient is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = gradient_multipliers[keys[0]]
            if not isinstance(factor, Tensor):
                factor = constant(factor, dtype=gradient.dtype)
            gradient = _replaced(gradient, factor.__rmul__)
        result.append((gradient, variable))
    return result


def add_gradients_summaries(grads_and_vars: GradsAndVars) -> list[Tensor]:
    """Make summaries of gradients: for each a histogram and its norm.

    Parameters
    ----------
    grads_and_vars : list of (gradient, variable)

    Returns
    -------
    list of Tensor

    Examples
    --------
    >>> v = tf.Variable(0.0, name="v")
    >>> [s.op.name for s in tf.contrib.training.add_gradients_summaries([(tf.constant(3.0), v)])]
    ['v_gradient', 'v_gradient_norm']
    """
    return gradient_summaries(grads_and_vars, "_")


def gradient_summaries(grads_and_vars: GradsAndVars, separator: str) -> list[Tensor]:
    """Make summaries of gradients, named after the variables."""
    summaries = []
    for gradient, variable in grads_and_vars:
        name = variable.op.name
        if gradient is None:
            _log.info("Var %s has no gradient", name)
            continue
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        summaries.append(histogram(f"{name}{separator}gradient", values))
        summaries.append(scalar(f"{name}{separator}gradient_norm", global_norm([values])))
    return summaries


def create_train_op(
    total_loss: Any,
    optimizer: Optimizer,
    global_step: Any = _GLOBAL_STEP,
    update_ops: Sequence[Any] | None = None,
    variables_to_train: Sequence[Any] | None = None,
    transform_grads_fn: Callable[[GradsAndVars], GradsAndVars] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: int | None = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Tensor:
    """Return a tensor that makes a training step when it is run, and has the loss's value.

    Parameters
    ----------
    total_loss : Tensor
    optimizer : Optimizer
    global_step : Variable, optional
        Counted up by the step: the graph's, made where there is none, unless given;
        ``None`` for none.
    update_ops : list of Operation, optional
        Run before the loss is computed; by default what ``GraphKeys.UPDATE_OPS`` holds.
    variables_to_train : list of Variable, optional
        All that are trainable if left out.
    transform_grads_fn : callable, optional
        From the gradients, with their variables, to those to apply.
    summarize_gradients : bool
        Make summaries of the gradients.
    gate_gradients, aggregation_method, colocate_gradients_with_ops
        Those of `Optimizer.compute_gradients`.
    check_numerics : bool
        Fail when the loss is not finite.

    Raises
    ------
    ValueError
        If a variable to train is not trainable, or there is none.
    InvalidArgumentError
        When run: if the loss is not finite.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> sgd = tf.train.GradientDescentOptimizer(0.25)
    >>> train = tf.contrib.training.create_train_op(tf.square(w), sgd)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(train), sess.run(train))
    1.0 0.25
    """
    if global_step is _GLOBAL_STEP:
        global_step = get_or_create_global_step()
    listed = dict.fromkeys(get_collection(GraphKeys.UPDATE_OPS))
    updates = listed if update_ops is None else dict.fromkeys(update_ops)
    if not listed.keys() <= updates.keys():
        _log.warning("create_train_op is not given all of GraphKeys.UPDATE_OPS")
    if updates:
        with control_dependencies(list(updates)):
            barrier = no_op(name="update_barrier")
        total_loss = with_dependencies([barrier], total_loss)
    if variables_to_train is None:
        variables_to_train = trainable_variables()
    elif not all(v in trainable_variables() for v in variables_to_train):
        raise ValueError("variables_to_train has a variable that is not trainable")
    if not variables_to_train:
        raise ValueError("There are no variables to train")
    gradients = optimizer.compute_gradients(
        total_loss,
        variables_to_train,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn is not None:
        gradients = transform_grads_fn(gradients)
    if summarize_gradients:
        with name_scope("summarize_grads"):
            add_gradients_summaries(gradients)
    applied = optimizer.apply_gradients(gradients, global_step=global_step)
    with name_scope("train_op"):
        if check_numerics:
            total_loss = checked(total_loss, "LossTensor is inf or nan")
        train_op: Tensor = with_dependencies([applied], total_loss)
    if train_op not in get_collection_ref(GraphKeys.TRAIN_OP):
        add_to_collection(GraphKeys.TRAIN_OP, train_op)
    return train_op
