"""``optimize_loss``: a training op with its learning rate, clipping and summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import GraphKeys, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.clip import clip_by_global_norm, global_norm
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.random import truncated_normal
from flowgraph.ops.shape_assertions import assert_scalar
from flowgraph.summary.recording import histogram, scalar
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.global_steps import assert_global_step, get_global_step
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.rmsprop import RMSPropOptimizer
from flowgraph.variables.collections import trainable_variables
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant
from flowgraph.variables.variable_scope import variable_scope

OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Optimizer]] = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": lambda learning_rate: MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}
"""The optimizers that `optimize_loss` knows by name."""

OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]
"""The summaries that `optimize_loss` makes if it is asked to."""

_BY_DEFAULT = ("loss", "learning_rate", "global_gradient_norm")
GradsAndVars = list[tuple[Any, Any]]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: dict[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Sequence[Any] | None = None,
    variables: Sequence[Any] | None = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Tensor:
    """Return a tensor that makes a training step when it is run, and has the loss's value.

    Parameters
    ----------
    loss : Tensor
        Of shape ``[]``.
    global_step : Variable, optional
        The graph's if ``None``.
    learning_rate : float or Tensor, optional
        A number becomes a variable.
    optimizer : str, type, Optimizer or callable
        One of `OPTIMIZER_CLS_NAMES`, a class, an optimizer, or a function that makes one
        of the learning rate, or of nothing where there is none.
    gradient_noise_scale : float, optional
        Add normal noise of this deviation to the gradients.
    gradient_multipliers : dict, optional
        Factors of gradients, by variable or its name.
    clip_gradients : float or callable, optional
        The norm that all gradients together have at most, or a function that changes them.
    learning_rate_decay_fn : callable, optional
        From the learning rate and the global step to the learning rate.
    update_ops : list of Operation, optional
        Run before; by default what ``GraphKeys.UPDATE_OPS`` holds.
    variables : list of Variable, optional
        What to train; all that are trainable if left out.
    name : str, optional
        The variable scope, ``"OptimizeLoss"`` if left out.
    summaries : list of str, optional
        Of `OPTIMIZER_SUMMARIES`.
    colocate_gradients_with_ops : bool
    increment_global_step : bool

    Raises
    ------
    ValueError
        If an argument is something else, or a learning rate or global step is missing.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.get_or_create_global_step()
    >>> train = tf.contrib.layers.optimize_loss(tf.square(w), step, 0.25, "SGD")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(train), sess.run(train))
    1.0 0.25
    """
    loss = convert_to_tensor(loss)
    assert_scalar(loss)
    if global_step is None:
        global_step = get_global_step()
    else:
        assert_global_step(global_step)
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        updates = get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
        if updates:
            loss = with_dependencies(list(dict.fromkeys(updates)), loss)
        rate = None if learning_rate is None else _rate(learning_rate)
        wanted = _BY_DEFAULT if summaries is None else summaries
        for each in wanted:
            if each not in OPTIMIZER_SUMMARIES:
                raise ValueError(
                    f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided "
                    f"{each}."
                )
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in wanted:
                scalar("learning_rate", rate)
        opt = _optimizer(optimizer, rate)
        gradients: GradsAndVars = opt.compute_gradients(
            loss,
            trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            gradients = [(_noisy(g, gradient_noise_scale), v) for g, v in gradients]
        if gradient_multipliers is not None:
            gradients = _multiplied(gradients, gradient_multipliers)
        shows_norm = "global_gradient_norm" in wanted or "gradient_norm" in wanted
        if shows_norm:
            scalar("global_norm/gradient_norm", global_norm([g for g, _ in gradients]))
        if isinstance(clip_gradients, float):
            clipped, _ = clip_by_global_norm([g for g, _ in gradients], clip_gradients)
            gradients = [(g, v) for g, (_, v) in zip(clipped, gradients, strict=True)]
        elif callable(clip_gradients):
            gradients = clip_gradients(gradients)
        elif clip_gradients is not None:
            raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")
        if "loss" in wanted:
            scalar("loss", loss)
        _summarize(gradients, wanted)
        if clip_gradients is not None and shows_norm:
            scalar("global_norm/clipped_gradient_norm", global_norm([g for g, _ in gradients]))
        counted = global_step if increment_global_step else None
        applied = opt.apply_gradients(gradients, global_step=counted, name="train")
        return with_dependencies([applied], loss)  # type: ignore[no-any-return]


def _rate(given: Any) -> Any:
    if isinstance(given, Tensor) and given.shape.ndims == 0:
        return given
    if not isinstance(given, float):
        raise ValueError(
            f"Learning rate should be 0d Tensor or float. Got {given} of type {type(given)}"
        )
    if given < 0.0:
        raise ValueError(f"Invalid learning_rate {given}.")
    return get_variable("learning_rate", [], trainable=False, initializer=Constant(given))


def _optimizer(given: Any, rate: Any) -> Optimizer:
    needs = "Learning rate is None, but should be specified if optimizer is"
    if isinstance(given, str):
        if rate is None:
            raise ValueError(f"{needs} string ({given}).")
        if given not in OPTIMIZER_CLS_NAMES:
            names = ", ".join(OPTIMIZER_CLS_NAMES)
            raise ValueError(f"Optimizer name should be one of [{names}], you provided {given}.")
        return OPTIMIZER_CLS_NAMES[given](learning_rate=rate)
    if isinstance(given, type) and issubclass(given, Optimizer):
        if rate is None:
            raise ValueError(f"{needs} class ({given}).")
        return given(learning_rate=rate)  # type: ignore[call-arg]
    if isinstance(given, Optimizer):
        return given
    if callable(given):
        made = given() if rate is None else given(rate)
        if not isinstance(made, Optimizer):
            raise ValueError(
                f"Unrecognized optimizer: function should return subclass of Optimizer. Got {made}."
            )
        return made
    raise ValueError(
        "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of "
        f"Optimizer or function with one argument. Got {given}."
    )


def _noisy(gradient: Any, scale: float) -> Any:
    if gradient is None:
        return None
    sparse = isinstance(gradient, IndexedSlices)
    noise = truncated_normal(gradient.dense_shape if sparse else gradient.shape) * scale
    return convert_to_tensor(gradient) + noise


def _multiplied(gradients: GradsAndVars, factors: dict[Any, Any]) -> GradsAndVars:
    result = []
    for gradient, variable in gradients:
        keys = [key for key in (variable, variable.name) if key in factors]
        if keys and gradient is not None:
            factor = cast(factors[keys[0]], gradient.dtype)
            if isinstance(gradient, IndexedSlices):
                values = gradient.values * factor
                gradient = IndexedSlices(values, gradient.indices, gradient.dense_shape)
            else:
                gradient = gradient * factor
        result.append((gradient, variable))
    return result


def _summarize(gradients: GradsAndVars, wanted: Sequence[str]) -> None:
    for gradient, variable in gradients:
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        if values is None:
            continue
        name = variable.name.replace(":", "_")
        if "gradients" in wanted:
            histogram(f"gradients/{name}", values)
        if "gradient_norm" in wanted:
            scalar(f"gradient_norm/{name}", global_norm([values]))
