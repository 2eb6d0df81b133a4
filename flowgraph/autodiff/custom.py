"""Functions that bring their own gradient."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import IdentityN
from flowgraph.ops.core import apply_all, convert_to_tensor
from flowgraph.ops.filling import zeros_like


class _CustomGradient(IdentityN, abstract=True):
    """A function's results, arguments and variables, with the function's own gradient."""

    type = "IdentityN"
    takes_missing_gradients = True

    grad_fn: Callable[..., Any]
    results: int
    arguments: int
    variables: tuple[Any, ...]

    def attributes(self) -> dict[str, Any]:
        return {}

    def gradient(self, operation: Operation, *dys: Any) -> Sequence[Tensor | None]:
        given = [
            zeros_like(y) if dy is None else dy
            for y, dy in zip(operation.outputs[: self.results], dys, strict=False)
        ]
        by_variables: Sequence[Any] = ()
        if self.variables:
            dxs, by_variables = self.grad_fn(*given, variables=list(self.variables))
        else:
            dxs = self.grad_fn(*given)
        by_arguments = _as_list(dxs)
        if len(by_arguments) != self.arguments:
            raise ValueError(
                f"custom_gradient: the gradient function gives {len(by_arguments)} gradients for "
                f"{self.arguments} arguments"
            )
        if len(by_variables) != len(self.variables):
            raise ValueError(
                "Must return gradient for each variable from @custom_gradient grad_fn."
            )
        return [None] * self.results + by_arguments + list(by_variables)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function so that its gradient is computed as the function says.

    Parameters
    ----------
    f : callable
        ``f(*args)`` returns its result, a tensor or a list of them, and a function
        ``grad_fn(*dys)`` from the gradients of the results to those of the arguments. If `f`
        reads trainable variables, ``grad_fn(*dys, variables)`` returns two lists: the
        gradients of the arguments, and of the variables.

    Returns
    -------
    callable
        Takes tensors or what converts to them, and returns the result alone.

    Raises
    ------
    ValueError
        If the decorated function is called with keyword arguments, or ``grad_fn`` gives the
        wrong number of gradients.
    TypeError
        If `f` reads variables and ``grad_fn`` has no argument ``variables``.

    Examples
    --------
    >>> @tf.custom_gradient
    ... def log1pexp(x):
    ...     e = tf.exp(x)
    ...     def grad(dy):
    ...         return dy * (1 - 1 / (1 + e))
    ...     return tf.log(1 + e), grad
    >>> x = tf.constant([100.0])
    >>> tf.Session().run(tf.gradients(log1pexp(x), x))
    [array([1.], dtype=float32)]
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when "
                "eager execution is enabled."
            )
        arguments = [convert_to_tensor(x) for x in args]
        graph = get_default_graph()
        before = len(graph.get_operations())
        result, grad_fn = f(*arguments)
        variables = _variables_read(graph, graph.get_operations()[before:], args)
        if variables and not _takes_variables(grad_fn):
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, then grad_fn must "
                "accept a 'variables' keyword argument."
            )
        results = [convert_to_tensor(y) for y in _as_list(result)]
        op = _CustomGradient(
            grad_fn=grad_fn,
            results=len(results),
            arguments=len(arguments),
            variables=tuple(variables),
        )
        tensors = [*results, *arguments, *map(convert_to_tensor, variables)]
        outputs = apply_all(op, tensors)[: len(results)]
        return type(result)(outputs) if isinstance(result, list | tuple) else outputs[0]

    return decorated


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _variables_read(
    graph: Graph, operations: Sequence[Operation], args: Sequence[Any]
) -> list[Any]:
    """Return the trainable variables, other than `args`, that `operations` read."""
    read = {tensor.op for operation in operations for tensor in operation.inputs}
    # A variable's value passes through the identity that was made with the variable.
    read |= {tensor.op for operation in read for tensor in operation.inputs}
    variables = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    return [v for v in variables if v.op in read and not any(v is argument for argument in args)]


def _takes_variables(function: Callable[..., Any]) -> bool:
    specification = inspect.getfullargspec(function)
    names = specification.args + specification.kwonlyargs
    return "variables" in names or specification.varkw is not None
