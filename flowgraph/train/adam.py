"""Adam: steps from running moments of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with, control_dependencies, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import group
from flowgraph.ops.core import cast
from flowgraph.ops.training import ApplyAdam
from flowgraph.ops.transcendental import sqrt
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update
from flowgraph.variables.assign import assign, assign_sub, scatter_add


class AdamOptimizer(Optimizer):
    """Adam (Kingma and Ba, 2015).

    With ``t`` steps made, ``m`` and ``v`` the running means of the gradient and its square::

        w -= learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + epsilon)

    This is the paper's form before section 2.1: its epsilon is here ``epsilon`` over
    ``sqrt(1 - beta2**t)``. The slots are ``"m"`` and ``"v"``; a sparse gradient moves
    every row, since the moments of all rows decay.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    beta1, beta2 : float, Tensor or callable
        Decay of the running means.
    epsilon : float, Tensor or callable
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.AdamOptimizer(0.125).minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(round(float(session.run(w)), 4))
    0.875
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        """Return the variables that hold ``beta1**t`` and ``beta2**t``."""
        graph = get_default_graph()
        return (
            self._get_non_slot_variable("beta1_power", graph),
            self._get_non_slot_variable("beta2_power", graph),
        )

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        first = min(var_list, key=lambda var: var.name)
        self._create_non_slot_variable(self._beta1, "beta1_power", first)
        self._create_non_slot_variable(self._beta2, "beta2_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = converted(self._lr, "learning_rate")
        self._beta1_t = converted(self._beta1, "beta1")
        self._beta2_t = converted(self._beta2, "beta2")
        self._epsilon_t = converted(self._epsilon, "epsilon")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdam(use_locking=self._use_locking)
        powers = self._get_beta_accumulators()
        rates = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        return update(op, var, self._slot(var, "m"), self._slot(var, "v"), *powers, *rates, grad)

    def _corrected_rates(self, var: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the rate, both betas and epsilon in a variable's dtype.

        The rate makes up for moments that began at zero.
        """
        kind = var.dtype.base_dtype
        beta1_power, beta2_power = (cast(p.value(), kind) for p in self._get_beta_accumulators())
        lr, beta1, beta2, epsilon = (
            cast(t, kind) for t in (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        )
        rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
        return rate, beta1, beta2, epsilon

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        rate, beta1, beta2, epsilon = self._corrected_rates(var)
        m = self._decayed(self._slot(var, "m"), beta1, grad.values * (1 - beta1), grad.indices)
        scaled = (grad.values * grad.values) * (1 - beta2)
        v = self._decayed(self._slot(var, "v"), beta2, scaled, grad.indices)
        step = rate * m / (sqrt(v) + epsilon)
        change = assign_sub(var, step, use_locking=self._use_locking)
        return group(change, m, v)

    def _decayed(self, moment: Any, beta: Tensor, values: Tensor, rows: Tensor) -> Tensor:
        """Decay a moment in all rows, then add `values` to some."""
        decayed = assign(moment, moment * beta, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            return scatter_add(moment, rows, values, use_locking=self._use_locking)

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Operation:
        with control_dependencies(update_ops):
            beta1_power, beta2_power = self._get_beta_accumulators()
            with colocate_with(beta1_power):
                powers = [
                    power.assign(power * beta, use_locking=self._use_locking)
                    for power, beta in ((beta1_power, self._beta1_t), (beta2_power, self._beta2_t))
                ]
        return group(*update_ops, *powers, name=name_scope)
