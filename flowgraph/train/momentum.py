"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.training import ApplyMomentum
from flowgraph.ops.training_sparse import SparseApplyMomentum
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class MomentumOptimizer(Optimizer):
    """Gradient descent with momentum (Polyak, 1964).

    ``accum = momentum * accum + gradient``, ``w -= learning_rate * accum``. The slot is
    ``"momentum"``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    momentum : float, Tensor or callable
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str
    use_nesterov : bool
        Use the gradient at the place that momentum leads to (Sutskever et al., 2013).

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.MomentumOptimizer(0.125, 0.5).minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     session.run(step)
    ...     print(session.run(w))
    0.4375
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = converted(self._learning_rate, "learning_rate")
        self._momentum_tensor = converted(self._momentum, "momentum")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyMomentum(use_locking=self._use_locking, use_nesterov=self._use_nesterov)
        slot = self._slot(var, "momentum")
        return update(op, var, slot, self._learning_rate_tensor, grad, self._momentum_tensor)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyMomentum(use_locking=self._use_locking, use_nesterov=self._use_nesterov)
        slot = self._slot(var, "momentum")
        rate, momentum = self._learning_rate_tensor, self._momentum_tensor
        return update(op, var, slot, rate, grad.values, grad.indices, momentum)
