"""Adadelta: steps as large as the steps before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.training import ApplyAdadelta
from flowgraph.ops.training_sparse import SparseApplyAdadelta
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class AdadeltaOptimizer(Optimizer):
    """Adadelta (Zeiler, 2012).

    The gradient is scaled by the running size of the steps over that of the gradients. The
    slots are ``"accum"`` and ``"accum_update"``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
        1 gives the method of the paper.
    rho : float, Tensor or callable
        Decay of the running means.
    epsilon : float, Tensor or callable
        Added to both means.
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.AdadeltaOptimizer(1.0).minimize(tf.square(w))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _prepare(self) -> None:
        parameters = ((self._lr, "lr"), (self._rho, "rho"), (self._epsilon, "epsilon"))
        self._tensors = [converted(value, name) for value, name in parameters]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdadelta(use_locking=self._use_locking)
        return update(op, var, *self._means(var), *self._tensors, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyAdadelta(use_locking=self._use_locking)
        return update(op, var, *self._means(var), *self._tensors, grad.values, grad.indices)

    def _means(self, var: Any) -> tuple[Any, Any]:
        return self._slot(var, "accum"), self._slot(var, "accum_update")
