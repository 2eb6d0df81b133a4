"""RMSProp: gradients scaled by their running mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.filling import ones_like
from flowgraph.ops.training import ApplyCenteredRMSProp, ApplyRMSProp
from flowgraph.ops.training_sparse import SparseApplyCenteredRMSProp, SparseApplyRMSProp
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update
from flowgraph.variables.initializers import Ones


class RMSPropOptimizer(Optimizer):
    """RMSProp (Tieleman and Hinton, 2012), with momentum.

    ``mom = momentum * mom + learning_rate * gradient / sqrt(mean_square + epsilon)``,
    ``w -= mom``. The slots are ``"rms"``, at first ones, ``"momentum"`` and, if centered,
    ``"mg"``, the mean gradient.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    decay : float, Tensor or callable
        Decay of the running means.
    momentum : float, Tensor or callable
    epsilon : float, Tensor or callable
    use_locking : bool
        Keep updates of concurrent runs apart.
    centered : bool
        Scale by the variance instead of the mean square (Graves, 2013).
    name : str

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.RMSPropOptimizer(0.1).minimize(tf.square(w))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            if var.shape.is_fully_defined():
                self._get_or_make_slot_with_initializer(
                    var, Ones(), var.shape, var.dtype.base_dtype, "rms", self._name
                )
            else:
                initial = ones_like(var.initialized_value())
                self._get_or_make_slot(var, initial, "rms", self._name)
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        parameters = (
            (self._learning_rate, "learning_rate"),
            (self._decay, "decay"),
            (self._momentum, "momentum"),
            (self._epsilon, "epsilon"),
        )
        self._tensors = [converted(value, name) for value, name in parameters]

    def _means(self, var: Any) -> list[Any]:
        names = ("mg", "rms", "momentum") if self._centered else ("rms", "momentum")
        return [self._slot(var, name) for name in names]

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = (ApplyCenteredRMSProp if self._centered else ApplyRMSProp)(
            use_locking=self._use_locking
        )
        return update(op, var, *self._means(var), *self._tensors, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = (SparseApplyCenteredRMSProp if self._centered else SparseApplyRMSProp)(
            use_locking=self._use_locking
        )
        return update(op, var, *self._means(var), *self._tensors, grad.values, grad.indices)
