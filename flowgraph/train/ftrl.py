"""FTRL-Proximal: follow the regularised leader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import colocate_with
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import constant
from flowgraph.ops.training import ApplyFtrl, ApplyFtrlV2
from flowgraph.ops.training_sparse import SparseApplyFtrl, SparseApplyFtrlV2
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class FtrlOptimizer(Optimizer):
    """FTRL-Proximal, for sparse linear models (McMahan et al., 2013).

    The slots are ``"accum"``, the sum of squared gradients, and ``"linear"``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    learning_rate_power : float
        Not positive: how the rate falls with ``accum``. 0 keeps it fixed.
    initial_accumulator_value : float
        Not negative.
    l1_regularization_strength, l2_regularization_strength : float
        Not negative: penalties that keep weights small, and with L1 zero.
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str
    accum_name, linear_name : str, optional
        Part of the slots' names; `name` if left out.
    l2_shrinkage_regularization_strength : float
        Not negative: an L2 penalty on the loss, not on the solution.

    Raises
    ------
    ValueError
        If a parameter has the wrong sign.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.train.FtrlOptimizer(0.1).minimize(tf.square(w))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> sess.run(w) < 1
    np.True_
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        _require(initial_accumulator_value, "initial_accumulator_value", "positive")
        _require(learning_rate_power, "learning_rate_power", "negative")
        _require(l1_regularization_strength, "l1_regularization_strength", "positive")
        _require(l2_regularization_strength, "l2_regularization_strength", "positive")
        shrinkage = l2_shrinkage_regularization_strength
        _require(shrinkage, "l2_shrinkage_regularization_strength", "positive")
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1 = l1_regularization_strength
        self._l2 = l2_regularization_strength
        self._l2_shrinkage = shrinkage
        self._accum_name = accum_name or name
        self._linear_name = linear_name or name

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            with colocate_with(var):
                kind = var.dtype.base_dtype
                initial = constant(self._initial_accumulator_value, kind, var.shape)
            self._get_or_make_slot(var, initial, "accum", self._accum_name)
            self._zeros_slot(var, "linear", self._linear_name)

    def _prepare(self) -> None:
        parameters = [
            (self._learning_rate, "learning_rate"),
            (self._l1, "l1_regularization_strength"),
            (self._l2, "l2_regularization_strength"),
            (self._l2_shrinkage, "l2_shrinkage_regularization_strength"),
            (self._learning_rate_power, "learning_rate_power"),
        ]
        tensors = [converted(value, name) for value, name in parameters]
        if self._l2_shrinkage <= 0.0:
            del tensors[3]
        self._tensors = tensors

    def _sums(self, var: Any) -> tuple[Any, Any]:
        return self._slot(var, "accum"), self._slot(var, "linear")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = (ApplyFtrl if self._l2_shrinkage <= 0.0 else ApplyFtrlV2)(
            use_locking=self._use_locking
        )
        return update(op, var, *self._sums(var), grad, *self._tensors)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        op = (SparseApplyFtrl if self._l2_shrinkage <= 0.0 else SparseApplyFtrlV2)(
            use_locking=self._use_locking
        )
        return update(op, var, *self._sums(var), grad.values, grad.indices, *self._tensors)


def _require(value: float, name: str, sign: str) -> None:
    if value < 0.0 if sign == "positive" else value > 0.0:
        raise ValueError(f"{name} {value:f} needs to be {sign} or zero")
