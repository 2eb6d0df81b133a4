"""Adagrad by dual averaging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import colocate_with
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add
from flowgraph.ops.core import cast, constant, convert_to_tensor, identity
from flowgraph.ops.training import ApplyAdagradDA
from flowgraph.ops.training_sparse import SparseApplyAdagradDA
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class AdagradDAOptimizer(Optimizer):
    """Adagrad by dual averaging, for sparse linear models (Duchi et al., 2011).

    Each step solves for the weights from the sums of all gradients and of their squares;
    the penalties grow with the step. Rows that a sparse gradient has not reached stay as
    initialized. The slots are ``"gradient_accumulator"`` and
    ``"gradient_squared_accumulator"``.

    Parameters
    ----------
    learning_rate : float or Tensor
    global_step : Variable
        The number of steps made so far, int64.
    initial_gradient_squared_accumulator_value : float
        Positive.
    l1_regularization_strength, l2_regularization_strength : float
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Raises
    ------
    ValueError
        If `initial_gradient_squared_accumulator_value` is not positive.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> steps = tf.train.get_or_create_global_step()
    >>> optimizer = tf.train.AdagradDAOptimizer(0.1, steps)
    >>> step = optimizer.minimize(tf.square(w), global_step=steps)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._global_step = global_step
        self._initial_squares = initial_gradient_squared_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            kind = var.dtype.base_dtype
            with colocate_with(var):
                total = constant(0.0, kind, var.shape)
                squares = constant(self._initial_squares, kind, var.shape)
            self._get_or_make_slot(var, total, "gradient_accumulator", self._name)
            self._get_or_make_slot(var, squares, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = converted(self._learning_rate, "learning_rate")
        with colocate_with(self._learning_rate_tensor):
            step = identity(convert_to_tensor(self._global_step))
            self._step_to_make = add(step, constant(1, step.dtype, name="add/y"), name="add")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyAdagradDA(use_locking=self._use_locking)
        return update(op, var, *self._sums(var), grad, *self._parameters(var))

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = SparseApplyAdagradDA(use_locking=self._use_locking)
        return update(op, var, *self._sums(var), grad.values, grad.indices, *self._parameters(var))

    def _sums(self, var: Any) -> tuple[Any, Any]:
        return (
            self._slot(var, "gradient_accumulator"),
            self._slot(var, "gradient_squared_accumulator"),
        )

    def _parameters(self, var: Any) -> tuple[Any, ...]:
        step = identity(self._step_to_make)
        kind = var.dtype.base_dtype
        l1, l2 = (cast(strength, kind) for strength in (self._l1, self._l2))
        return self._learning_rate_tensor, l1, l2, step
