"""Which function gives the gradient of an operation: the op's own, or one a program registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flowgraph import ops, source
from flowgraph.autodiff.node_counts import NODES, Count
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation

GradientFunction = Callable[..., Any]
"""From an operation and its outputs' gradients to its inputs' gradients."""


class Rule(NamedTuple):
    """How to differentiate an operation.

    Attributes
    ----------
    function : callable
        ``function(operation, *dys)`` gives one gradient or ``None`` for each input.
    broadcasts : bool
        The gradients have the output's shape and are still to be summed to the inputs'.
    takes_missing : bool
        ``None`` is passed for an output that nothing flows back to, instead of zeros.
    nodes : int or callable, optional
        How many nodes TensorFlow makes, where the function makes another number of them.
    """

    function: GradientFunction
    broadcasts: bool = False
    takes_missing: bool = False
    nodes: Count | None = None


_registered: dict[str, tuple[GradientFunction | None, source.Site]] = {}


class RegisterGradient:
    """Decorate a function that gives the gradient of an op type.

    Parameters
    ----------
    op_type : str
        The type of an op that has no gradient, or a name to use in
        `Graph.gradient_override_map`.

    Raises
    ------
    TypeError
        If `op_type` is not a string.
    KeyError
        If that type has a gradient already.

    Examples
    --------
    >>> @tf.RegisterGradient("HalfOfIdentity")
    ... def _half(op, dy):
    ...     return dy * 0.5
    >>> x = tf.constant([3.0])
    >>> with tf.get_default_graph().gradient_override_map({"Identity": "HalfOfIdentity"}):
    ...     y = tf.identity(x)
    >>> tf.Session().run(tf.gradients(y, x))
    [array([0.5], dtype=float32)]
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: GradientFunction) -> GradientFunction:
        """Register `f` and return it."""
        _register(self._op_type, f)
        return f


def NotDifferentiable(op_type: str) -> None:
    """Declare that no gradient flows through an op type.

    Parameters
    ----------
    op_type : str

    Raises
    ------
    TypeError
        If `op_type` is not a string.
    KeyError
        If that type has a gradient already.
    """
    if not isinstance(op_type, str):
        raise TypeError("op_type must be a string")
    _register(op_type, None)


NoGradient = NotDifferentiable


def _register(op_type: str, function: GradientFunction | None) -> None:
    declared = ops.declared(op_type)
    if op_type in _registered:
        site = _registered[op_type][1]
        before = f"in {site.function} {site.filename}:{site.line}"
    elif declared is not None and declared.gradient is not Op.gradient:
        before = "with the op itself"
    else:
        _registered[op_type] = (function, source.here())
        return
    raise KeyError(
        f"Registering two gradient with name '{op_type}'! (Previous registration was {before})"
    )


def rule(operation: Operation) -> Rule | None:
    """Return how to differentiate `operation`; ``None`` if no gradient flows through it.

    Raises
    ------
    LookupError
        If nobody has said how.
    """
    override = (operation.annotations or {}).get("_gradient_op_type")
    name = override or operation.type
    if name in _registered:
        function = _registered[name][0]
        return None if function is None else Rule(function)
    op = operation.op
    declared = ops.declared(override) if override else type(op)
    if declared is None or declared.gradient is Op.gradient:
        raise LookupError(_undefined(operation, override))
    if declared.gradient is Op.not_differentiable:
        return None
    gradient = declared.gradient
    return Rule(
        lambda operation, *dys: gradient(op, operation, *dys),
        declared.broadcasts,
        declared.takes_missing_gradients,
        nodes=NODES.get(declared.type),
    )


def _undefined(operation: Operation, override: str | None) -> str:
    text = f"No gradient defined for operation '{operation.name}' (op type: {operation.type})"
    if override:
        text += f"\n  gradient_override_map asks for '{override}', which is not registered"
    return (
        f"{text}\n  built at\n  {operation.site}\n"
        "  hint: tf.stop_gradient before it makes it a constant; tf.RegisterGradient gives it one"
    )
