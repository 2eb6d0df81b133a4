"""Plain gradient descent."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.core import cast
from flowgraph.ops.training import ApplyGradientDescent
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted, update


class GradientDescentOptimizer(Optimizer):
    """Gradient descent: ``w -= learning_rate * gradient``.

    Parameters
    ----------
    learning_rate : float, Tensor or callable
    use_locking : bool
        Keep updates of concurrent runs apart.
    name : str

    Examples
    --------
    >>> w = tf.Variable([1.0, 2.0])
    >>> step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w)))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     session.run(w)
    array([0.8, 1.6], dtype=float32)
    """

    def __init__(
        self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _prepare(self) -> None:
        self._learning_rate_tensor = converted(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        op = ApplyGradientDescent(use_locking=self._use_locking)
        return update(op, var, self._learning_rate_tensor, grad)

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        delta = IndexedSlices(
            multiply(grad.values, rate, name="mul"), grad.indices, grad.dense_shape
        )
        return var.scatter_sub(delta, use_locking=self._use_locking)
