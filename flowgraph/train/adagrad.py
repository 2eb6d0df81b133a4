"""Adagrad: rates that fall with the squared gradients seen so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import cast, constant, shape
from flowgraph.ops.filling import fill
from flowgraph.ops.training import ApplyAdagrad
from flowgraph.ops.training_sparse import SparseApplyAdagrad
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update
from flowgraph.variables.initializers import Constant


class AdagradOptimizer(Optimizer):
    """Adagrad (Duchi et al., 2011).

    ``accumulator += gradient**2``, ``w -= learning_rate * gradient / sqrt(accumulator)``. The
    slot is ``"accumulator"``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    initial_accumulator_value : float
        Positive.
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
    >>> optimizer = tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.5)
    >>> step = optimizer.minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(session.run(optimizer.get_slot(w, "accumulator")))
    4.5
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            kind = var.dtype.base_dtype
            if var.shape.is_fully_defined():
                initial: Any = Constant(self._initial_accumulator_value, dtype=kind)
                self._get_or_make_slot_with_initializer(
                    var, initial, var.shape, kind, "accumulator", self._name
                )
            else:
                value = cast(constant(self._initial_accumulator_value), kind)
                initial = fill(shape(var.initialized_value()), value)
                self._get_or_make_slot(var, initial, "accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = converted(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdagrad(use_locking=self._use_locking)
        slot = self._slot(var, "accumulator")
        return update(op, var, slot, self._learning_rate_tensor, grad)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyAdagrad(use_locking=self._use_locking)
        slot = self._slot(var, "accumulator")
        return update(op, var, slot, self._learning_rate_tensor, grad.values, grad.indices)
