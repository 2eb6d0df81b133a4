"""Optimizers that change Adam: Nadam, AdaMax, and Adam that leaves rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with, control_dependencies, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import square
from flowgraph.ops.control import group
from flowgraph.ops.core import cast
from flowgraph.ops.gathering import gather
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.training import ApplyAdam, ApplyAdaMax
from flowgraph.ops.transcendental import sqrt
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.updates import update
from flowgraph.variables.assign import assign, scatter_add, scatter_sub, scatter_update


class NadamOptimizer(AdamOptimizer):
    """Adam with Nesterov's momentum (Dozat, 2016). Parameters as for `tf.train.AdamOptimizer`.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.contrib.opt.NadamOptimizer(0.125).minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(round(float(session.run(w)), 4))
    0.7625
    """

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdam(use_locking=self._use_locking, use_nesterov=True)
        powers = self._get_beta_accumulators()
        rates = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        return update(op, var, self._slot(var, "m"), self._slot(var, "v"), *powers, *rates, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        rate, beta1, beta2, epsilon = self._corrected_rates(var)
        locking = self._use_locking
        m = self._slot(var, "m")
        scaled = grad.values * (1 - beta1)
        decayed = assign(m, m * beta1, use_locking=locking)
        with control_dependencies([decayed]):
            m_t = scatter_add(m, grad.indices, scaled, use_locking=locking)
            ahead = scaled + beta1 * gather(m_t, grad.indices)
        v = self._slot(var, "v")
        squares = (grad.values * grad.values) * (1 - beta2)
        decayed = assign(v, v * beta2, use_locking=locking)
        with control_dependencies([decayed]):
            v_t = scatter_add(v, grad.indices, squares, use_locking=locking)
        root = sqrt(gather(v_t, grad.indices))
        change = scatter_add(
            var, grad.indices, -rate * ahead / (root + epsilon), use_locking=locking
        )
        return group(change, ahead, v_t)


class LazyAdamOptimizer(AdamOptimizer):
    """Adam whose sparse updates leave all other rows and their moments as they are.

    That is faster for large embeddings, and gives other numbers than
    `tf.train.AdamOptimizer`, whose moments decay in all rows. Parameters as there.

    Examples
    --------
    >>> rows = tf.Variable([[1.0], [1.0]])
    >>> loss = tf.reduce_sum(tf.square(tf.gather(rows, [0])))
    >>> step = tf.contrib.opt.LazyAdamOptimizer(0.125).minimize(loss)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(session.run(rows).round(4).tolist())
    [[0.875], [1.0]]
    """

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        rate, beta1, beta2, epsilon = self._corrected_rates(var)
        rows, locking = grad.indices, self._use_locking
        m, v = self._slot(var, "m"), self._slot(var, "v")
        moved = beta1 * gather(m, rows) + (1 - beta1) * grad.values
        m_t = scatter_update(m, rows, moved, use_locking=locking)
        moved = beta2 * gather(v, rows) + (1 - beta2) * square(grad.values)
        v_t = scatter_update(v, rows, moved, use_locking=locking)
        mean, root = gather(m_t, rows), sqrt(gather(v_t, rows)) + epsilon
        change = scatter_sub(var, rows, rate * mean / root, use_locking=locking)
        return group(change, m_t, v_t)


class AdaMaxOptimizer(AdamOptimizer):
    """Adam with the largest recent gradient in place of its mean square.

    With ``t`` steps made::

        m = beta1 * m + (1 - beta1) * gradient
        v = max(beta2 * v, abs(gradient))
        w -= learning_rate / (1 - beta1**t) * m / (v + epsilon)

    This is algorithm 2 of Kingma and Ba (2015), but for the epsilon. A sparse gradient
    moves the rows that it has. Parameters as for `tf.train.AdamOptimizer`.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.contrib.opt.AdaMaxOptimizer(0.125).minimize(tf.square(w))
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
        name: str = "AdaMax",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _power(self) -> Any:
        return self._get_non_slot_variable("beta1_power", get_default_graph())

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        first = min(var_list, key=lambda var: var.name)
        self._create_non_slot_variable(self._beta1, "beta1_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdaMax(use_locking=self._use_locking)
        rates = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        slots = (self._slot(var, "m"), self._slot(var, "v"))
        return update(op, var, *slots, self._power(), *rates, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        kind = var.dtype.base_dtype
        power = cast(self._power().value(), kind)
        rates = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        rate, beta1, beta2, epsilon = (cast(t, kind) for t in rates)
        rows, locking = grad.indices, self._use_locking
        m, v = self._slot(var, "m"), self._slot(var, "v")
        mean = gather(m, rows) * beta1 + grad.values * (1 - beta1)
        with control_dependencies([mean]):
            m_t = scatter_update(m, rows, mean, use_locking=locking)
        largest = maximum(gather(v, rows) * beta2, magnitude(grad.values))
        with control_dependencies([largest]):
            v_t = scatter_update(v, rows, largest, use_locking=locking)
        step = -rate / (1 - power) * (mean / (largest + epsilon))
        with control_dependencies([step]):
            change = scatter_add(var, rows, step, use_locking=locking)
        return group(change, m_t, v_t)

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Operation:
        with control_dependencies(update_ops):
            power = self._power()
            with colocate_with(power):
                moved = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return group(*update_ops, moved, name=name_scope)
