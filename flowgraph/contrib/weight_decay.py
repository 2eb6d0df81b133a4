"""Weights that decay beside the loss and its gradient: AdamW and its relatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import no_op
from flowgraph.ops.gathering import gather
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.updates import converted
from flowgraph.variables.assign import scatter_add


class DecoupledWeightDecayExtension(Optimizer):
    """A first base of an optimizer: before each update, ``w -= weight_decay * w``.

    The decay has no part in moments and learning rates (Loshchilov and Hutter, 2017,
    arXiv:1711.05101); one that is scheduled like the rate must be given as a tensor or a
    function. Gradients are those before the decay. A sparse gradient decays the rows that it
    has.

    Parameters
    ----------
    weight_decay : float, Tensor or callable
    **kwargs
        Those of the optimizer that is the other base.

    Examples
    --------
    >>> class Decaying(tf.contrib.opt.DecoupledWeightDecayExtension,
    ...                tf.train.GradientDescentOptimizer):
    ...     pass
    >>> w = tf.Variable(8.0)
    >>> step = Decaying(weight_decay=0.25, learning_rate=0.5).minimize(2 * w)
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(session.run(w))
    5.0
    """

    def __init__(self, weight_decay: Any, **kwargs: Any) -> None:
        self._weight_decay = weight_decay
        self._decay_variables: frozenset[Any] | None = None
        super().__init__(**kwargs)

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
        decay_var_list: Iterable[Any] | None = None,
    ) -> Operation:
        """Return an operation that makes a step. See `tf.train.Optimizer.minimize`.

        Parameters
        ----------
        loss, global_step, var_list, gate_gradients, aggregation_method
        colocate_gradients_with_ops, name, grad_loss
            As there.
        decay_var_list : list of Variable, optional
            Which variables decay; all if left out.
        """
        self._decay_variables = _chosen(decay_var_list)
        return super().minimize(
            loss,
            global_step,
            var_list,
            gate_gradients,
            aggregation_method,
            colocate_gradients_with_ops,
            name,
            grad_loss,
        )

    def apply_gradients(
        self,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
        decay_var_list: Iterable[Any] | None = None,
    ) -> Operation:
        """Return an operation that makes a step. See `tf.train.Optimizer.apply_gradients`.

        Parameters
        ----------
        grads_and_vars, global_step, name
            As there.
        decay_var_list : list of Variable, optional
            Which variables decay; those given to `minimize`, or all, if left out.
        """
        if decay_var_list is not None:
            self._decay_variables = _chosen(decay_var_list)
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _prepare(self) -> None:
        self._weight_decay_tensor = converted(self._weight_decay, "weight_decay")
        super()._prepare()

    def _decays(self, var: Any) -> bool:
        return self._decay_variables is None or var in self._decay_variables

    def _rate(self) -> Any:
        # A function has been called once, by `_prepare`.
        given = self._weight_decay
        return self._weight_decay_tensor if callable(given) else given

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        if self._decays(var):
            decay = var.assign_sub(self._rate() * var, self._use_locking)
        else:
            decay = no_op()
        with control_dependencies([decay]):
            return super()._apply_dense(grad, var)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        if self._decays(var):
            change = -self._rate() * gather(var, grad.indices)
            decay: Any = scatter_add(var, grad.indices, change, self._use_locking)
        else:
            decay = no_op()
        with control_dependencies([decay]):
            return super()._apply_sparse(grad, var)


def _chosen(variables: Iterable[Any] | None) -> frozenset[Any] | None:
    """Return variables as a set; none at all for nothing, which means every variable."""
    return frozenset(variables or ()) or None


def extend_with_decoupled_weight_decay(base_optimizer: type[Any]) -> type[Any]:
    """Return a class of optimizers that decays weights too.

    Parameters
    ----------
    base_optimizer : type
        A subclass of `tf.train.Optimizer`.

    Returns
    -------
    type
        Its first parameter is ``weight_decay``; the others are those of `base_optimizer`,
        by keyword. See `DecoupledWeightDecayExtension`.

    Examples
    --------
    >>> AdagradW = tf.contrib.opt.extend_with_decoupled_weight_decay(tf.train.AdagradOptimizer)
    >>> AdagradW(0.01, learning_rate=0.5).get_name()
    'Adagrad'
    """
    name = "OptimizerWithDecoupledWeightDecay"
    return type(name, (DecoupledWeightDecayExtension, base_optimizer), {})


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with weights that decay (Loshchilov and Hutter, 2017).

    Parameters
    ----------
    weight_decay
        See `DecoupledWeightDecayExtension`.
    learning_rate, momentum, use_locking, name, use_nesterov
        See `tf.train.MomentumOptimizer`.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            momentum=momentum,
            use_locking=use_locking,
            name=name,
            use_nesterov=use_nesterov,
        )


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with weights that decay (Loshchilov and Hutter, 2017).

    Parameters
    ----------
    weight_decay
        See `DecoupledWeightDecayExtension`.
    learning_rate, beta1, beta2, epsilon, use_locking, name
        See `tf.train.AdamOptimizer`.

    Examples
    --------
    >>> w = tf.Variable(1.0)
    >>> step = tf.contrib.opt.AdamWOptimizer(0.25, 0.125).minimize(tf.square(w))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     session.run(step)
    ...     print(round(float(session.run(w)), 4))
    0.625
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            use_locking=use_locking,
            name=name,
        )
