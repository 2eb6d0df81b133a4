"""Training by an optimizer outside of the graph, such as SciPy's."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from flowgraph.autodiff.gradients import gradients
from flowgraph.dtypes import Array
from flowgraph.graph.scope import get_default_session
from flowgraph.ops.array import reshape
from flowgraph.ops.core import placeholder
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.joining import concat
from flowgraph.variables.collections import trainable_variables

_log = logging.getLogger("tensorflow")


def _sizes(variable: Any) -> tuple[int, ...]:
    return tuple(variable.shape.as_list())


def _gradients(value: Any, variables: Sequence[Any]) -> list[Any]:
    found: Sequence[Any] = gradients(value, variables)
    return [zeros_like(v) if g is None else g for v, g in zip(variables, found, strict=True)]


def _packed(tensors: Sequence[Any]) -> Any:
    """Return all elements of tensors as one vector."""
    rows = [reshape(tensor, [-1]) for tensor in tensors]
    return concat(rows, 0) if len(rows) > 1 else rows[0]


def _in_float64(function: Callable[[Array], list[Any]]) -> Callable[[Array], Array]:
    """Return a function that gives its one value as SciPy wants it."""
    return lambda x: np.atleast_1d(np.asarray(function(x)[0], np.float64))


class ExternalOptimizerInterface:
    """The base of optimizers outside of the graph: all variables are one vector to them.

    A subclass defines `_minimize`, which is given the vector at the start and functions of
    such vectors, and returns the vector at the end.

    Parameters
    ----------
    loss : Tensor
        A scalar.
    var_list : list of Variable, optional
        What to change; all trainable variables if left out.
    equalities, inequalities : list of Tensor, optional
        Scalars to be 0, and not to be negative.
    var_to_bounds : dict of Variable to pair, optional
        The least and largest value of the elements, as numbers or arrays.
    **optimizer_kwargs
        For the optimizer itself.
    """

    def __init__(
        self,
        loss: Any,
        var_list: Iterable[Any] | None = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: dict[Any, Any] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        self._loss = loss
        self._equalities = list(equalities or ())
        self._inequalities = list(inequalities or ())
        self._vars = trainable_variables() if var_list is None else list(var_list)
        self._packed_bounds = None if var_to_bounds is None else self._pack_bounds(var_to_bounds)
        self._update_placeholders = [placeholder(var.dtype.base_dtype) for var in self._vars]
        self._var_updates = [
            var.assign(reshape(value, _sizes(var)))
            for var, value in zip(self._vars, self._update_placeholders, strict=True)
        ]
        loss_gradients = _gradients(loss, self._vars)
        equality_gradients = [_gradients(each, self._vars) for each in self._equalities]
        inequality_gradients = [_gradients(each, self._vars) for each in self._inequalities]
        self.optimizer_kwargs = optimizer_kwargs
        self._packed_var = _packed(self._vars)
        self._packed_loss_grad = _packed(loss_gradients)
        self._packed_equality_grads = [_packed(each) for each in equality_gradients]
        self._packed_inequality_grads = [_packed(each) for each in inequality_gradients]
        counts = [int(np.prod(_sizes(var), dtype=np.int64)) for var in self._vars]
        ends = list(itertools.accumulate(counts, initial=0))
        self._packing_slices = [slice(*pair) for pair in itertools.pairwise(ends)]

    def _pack_bounds(self, var_to_bounds: dict[Any, Any]) -> list[tuple[Any, Any]]:
        sides: tuple[list[Any], list[Any]] = ([], [])
        for var in self._vars:
            bounds = var_to_bounds.get(var, (-np.inf, np.inf))
            for side, bound in zip(sides, bounds, strict=True):
                side.extend(np.broadcast_to(bound, _sizes(var)).flat)
        return list(zip(*sides, strict=True))

    def minimize(
        self,
        session: Any = None,
        feed_dict: dict[Any, Any] | None = None,
        fetches: Sequence[Any] | None = None,
        step_callback: Callable[[Array], Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Minimize the loss, and give the variables their values at the end.

        Parameters
        ----------
        session : Session, optional
            The default session if left out. Variables must have been initialized.
        feed_dict : dict, optional
            For each evaluation.
        fetches : list, optional
            What else to evaluate with the loss, for `loss_callback`.
        step_callback : callable, optional
            Called with the vector after each of the optimizer's steps.
        loss_callback : callable, optional
            Called with the values of `fetches` at each evaluation of the loss.
        **run_kwargs
            For the last run, which sets the variables.
        """
        session = session or get_default_session()
        feeds, others = feed_dict or {}, list(fetches or ())

        def function(tensors: list[Any], callback: Callable[..., Any] | None = None) -> Any:
            return self._function(tensors, session, feeds, others, callback)

        final = self._minimize(
            initial_val=session.run(self._packed_var),
            loss_grad_func=function([self._loss, self._packed_loss_grad], loss_callback),
            equality_funcs=[function([each]) for each in self._equalities],
            equality_grad_funcs=[function([each]) for each in self._packed_equality_grads],
            inequality_funcs=[function([each]) for each in self._inequalities],
            inequality_grad_funcs=[function([each]) for each in self._packed_inequality_grads],
            packed_bounds=self._packed_bounds,
            step_callback=step_callback or (lambda x: None),
            optimizer_kwargs=self.optimizer_kwargs,
        )
        values = [final[part] for part in self._packing_slices]
        feeding = dict(zip(self._update_placeholders, values, strict=True))
        session.run(self._var_updates, feed_dict=feeding, **run_kwargs)

    def _function(
        self,
        tensors: list[Any],
        session: Any,
        feed_dict: dict[Any, Any],
        fetches: list[Any],
        callback: Callable[..., Any] | None,
    ) -> Callable[[Array], list[Any]]:
        """Return a function of the vector that evaluates tensors at it."""

        def evaluate(x: Array) -> list[Any]:
            at = {
                var: x[part].reshape(_sizes(var))
                for var, part in zip(self._vars, self._packing_slices, strict=True)
            }
            values = session.run([*tensors, *fetches], feed_dict=at | feed_dict)
            if callback is not None:
                callback(*values[len(tensors) :])
            return values[: len(tensors)]  # type: ignore[no-any-return]

        return evaluate

    def _minimize(
        self,
        initial_val: Array,
        loss_grad_func: Callable[[Array], list[Any]],
        equality_funcs: list[Callable[[Array], list[Any]]],
        equality_grad_funcs: list[Callable[[Array], list[Any]]],
        inequality_funcs: list[Callable[[Array], list[Any]]],
        inequality_grad_funcs: list[Callable[[Array], list[Any]]],
        packed_bounds: list[tuple[Any, Any]] | None,
        step_callback: Callable[[Array], Any],
        optimizer_kwargs: dict[str, Any],
    ) -> Array:
        raise NotImplementedError(
            "To use ExternalOptimizerInterface, subclass from it and implement the _minimize() "
            "method."
        )


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Training by `scipy.optimize.minimize`, by default with L-BFGS-B.

    Parameters
    ----------
    loss, var_list, equalities, inequalities, var_to_bounds
        As for `ExternalOptimizerInterface`. Constraints need a method that takes them, such
        as ``"SLSQP"``.
    **optimizer_kwargs
        Arguments of `scipy.optimize.minimize`, such as ``method`` and ``options``.

    Raises
    ------
    ValueError
        In `minimize`, if `optimizer_kwargs` has what the class itself passes on.

    Examples
    --------
    >>> w = tf.Variable([5.0, -3.0])
    >>> optimizer = tf.contrib.opt.ScipyOptimizerInterface(tf.reduce_sum(tf.square(w - 1.0)))
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     optimizer.minimize(session)
    ...     print(session.run(w).round(3))
    [1. 1.]
    """

    def _minimize(
        self,
        initial_val: Array,
        loss_grad_func: Callable[[Array], list[Any]],
        equality_funcs: list[Callable[[Array], list[Any]]],
        equality_grad_funcs: list[Callable[[Array], list[Any]]],
        inequality_funcs: list[Callable[[Array], list[Any]]],
        inequality_grad_funcs: list[Callable[[Array], list[Any]]],
        packed_bounds: list[tuple[Any, Any]] | None,
        step_callback: Callable[[Array], Any],
        optimizer_kwargs: dict[str, Any],
    ) -> Array:
        from scipy import optimize

        def loss_and_gradient(x: Array) -> tuple[Any, Array]:
            loss, gradient = loss_grad_func(x)
            return loss, gradient.astype("float64")

        options = dict(optimizer_kwargs)
        method = options.pop("method", "L-BFGS-B")
        constraints = [
            {"type": kind, "fun": _in_float64(function), "jac": _in_float64(derivative)}
            for kind, functions, derivatives in (
                ("eq", equality_funcs, equality_grad_funcs),
                ("ineq", inequality_funcs, inequality_grad_funcs),
            )
            for function, derivative in zip(functions, derivatives, strict=True)
        ]
        own = {
            "jac": True,
            "callback": step_callback,
            "method": method,
            "constraints": constraints,
            "bounds": packed_bounds,
        }
        for name in own.keys() & options.keys():
            if name == "bounds":
                raise ValueError("Bounds must be set using the var_to_bounds argument")
            raise ValueError(
                f"Optimizer keyword arg '{name}' is set automatically and cannot be injected "
                "manually"
            )
        start = initial_val.astype("float64")
        result = optimize.minimize(loss_and_gradient, start, **own, **options)
        lines = [f"  Message: {result.message}", f"  Objective function value: {result.fun:f}"]
        if hasattr(result, "nit"):
            lines.append(f"  Number of iterations: {result.nit}")
        if hasattr(result, "nfev"):
            lines.append(f"  Number of functions evaluations: {result.nfev}")
        _log.info("\n".join(["Optimization terminated with:", *lines]))
        return result["x"]
