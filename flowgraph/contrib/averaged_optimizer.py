"""Training that keeps moving averages, and checkpoints that hold them as the weights."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies
from flowgraph.ops.control import group
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.saver import Saver
from flowgraph.variables.collections import global_variables


class MovingAverageOptimizer(Optimizer):
    """An optimizer that keeps moving averages of what another trains.

    Parameters
    ----------
    opt : Optimizer
        Does the training.
    average_decay : float or Tensor
    num_updates : Variable or Tensor, optional
        See `tf.train.ExponentialMovingAverage`.
    sequential_update : bool
        Move the averages after the step, and not beside it.

    Examples
    --------
    >>> w = tf.Variable(1.0, name="w")
    >>> descent = tf.train.GradientDescentOptimizer(0.5)
    >>> step = tf.contrib.opt.MovingAverageOptimizer(descent, 0.5).minimize(w)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(session.run([w, "w/ExponentialMovingAverage:0"]))
    [np.float32(0.5), np.float32(0.75)]
    """

    def __init__(
        self,
        opt: Optimizer,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        super().__init__(False, opt.get_name())
        self._optimizer = opt
        self._averages = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._is_sequential = sequential_update
        self._swapped: dict[str, str] | None = None

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Return what the other optimizer's method of that name returns."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Operation:
        """Return an operation that makes a step and moves the averages.

        Parameters and errors as for `tf.train.Optimizer.apply_gradients`.
        """
        step = self._optimizer.apply_gradients(grads_and_vars, global_step=global_step, name=name)
        trained = [variable for gradient, variable in grads_and_vars if gradient is not None]
        with control_dependencies([step] if self._is_sequential else []):
            averaged = self._averages.apply(trained)
        names = {v.op.name: self._averages.average_name(v) for v in trained}
        self._swapped = names | {average: name for name, average in names.items()}
        return group(step, averaged, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Saver:
        """Return a saver that writes averages under their variables' names, and the reverse.

        What it saved is restored into another graph with averages as weights; restored by
        itself, all comes back in its own place.

        Parameters
        ----------
        var_list : list of Variable, or dict of str to Variable, optional
            All global variables if left out.
        name : str
        **kwargs
            Arguments of `tf.train.Saver`.

        Raises
        ------
        RuntimeError
            Before `apply_gradients` or `minimize`.
        ValueError
            If one of a pair is not among the variables.
        """
        if self._swapped is None:
            raise RuntimeError(
                "Must call apply_gradients or minimize before creating the swapping_saver"
            )
        variables = global_variables() if var_list is None else var_list
        if not isinstance(variables, dict):
            variables = {variable.op.name: variable for variable in variables}
        places = {self._swapped.get(key, key) for key in variables}
        missing = sorted(places - set(variables))
        if missing:
            raise ValueError(
                f"Variable to swap {missing[0]} is not part of variables to save. "
                "This breaks MovingAverageOptimizer."
            )
        swapped = {key: variables[self._swapped.get(key, key)] for key in variables}
        return Saver(swapped, name=name, **kwargs)
