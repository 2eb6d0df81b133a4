"""Proximal methods: a gradient step, then a shrinking towards zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import colocate_with
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import constant
from flowgraph.ops.training import ApplyProximalAdagrad, ApplyProximalGradientDescent
from flowgraph.ops.training_sparse import (
    SparseApplyProximalAdagrad,
    SparseApplyProximalGradientDescent,
)
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class _Proximal(Optimizer):
    """What both methods share: a learning rate and two penalties."""

    def __init__(self, learning_rate: Any, l1: Any, l2: Any, use_locking: bool, name: str) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1 = l1
        self._l2 = l2

    def _prepare(self) -> None:
        parameters = (
            (self._learning_rate, "learning_rate"),
            (self._l1, "l1_regularization_strength"),
            (self._l2, "l2_regularization_strength"),
        )
        self._tensors = [converted(value, name) for value, name in parameters]


class ProximalGradientDescentOptimizer(_Proximal):
    """Gradient descent with the proximal map of L1 and L2 (Duchi and Singer, 2009).

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    l1_regularization_strength, l2_regularization_strength : float or Tensor
        Not negative.
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.ProximalGradientDescentOptimizer(0.1).minimize(tf.square(w))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        l1, l2 = l1_regularization_strength, l2_regularization_strength
        super().__init__(learning_rate, l1, l2, use_locking, name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyProximalGradientDescent(use_locking=self._use_locking)
        return update(op, var, *self._tensors, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyProximalGradientDescent(use_locking=self._use_locking)
        return update(op, var, *self._tensors, grad.values, grad.indices)


class ProximalAdagradOptimizer(_Proximal):
    """Adagrad with the proximal map of L1 and L2 (Duchi and Singer, 2009).

    The slot is ``"accumulator"``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    initial_accumulator_value : float
        Positive.
    l1_regularization_strength, l2_regularization_strength : float or Tensor
        Not negative.
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Raises
    ------
    ValueError
        If `initial_accumulator_value` is not positive.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.ProximalAdagradOptimizer(0.1).minimize(tf.square(w))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        l1, l2 = l1_regularization_strength, l2_regularization_strength
        super().__init__(learning_rate, l1, l2, use_locking, name)
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            with colocate_with(var):
                kind = var.dtype.base_dtype
                initial = constant(self._initial_accumulator_value, kind, var.shape)
            self._get_or_make_slot(var, initial, "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyProximalAdagrad(use_locking=self._use_locking)
        return update(op, var, self._slot(var, "accumulator"), *self._tensors, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyProximalAdagrad(use_locking=self._use_locking)
        slot = self._slot(var, "accumulator")
        return update(op, var, slot, *self._tensors, grad.values, grad.indices)
