"""Activations and initializers by name, as layers take them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flowgraph.ops.activation import elu, selu, softplus, softsign
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.rectification import relu
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import exp, sigmoid, tanh
from flowgraph.variables import initializers
from flowgraph.variables.matrix_initializers import Identity, Orthogonal

ZEROS = initializers.Zeros()
ONES = initializers.Ones()


def hard_sigmoid(x: Any) -> Any:
    """Return ``0.2 * x + 0.5``, at least 0 and at most 1."""
    return clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


_ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "elu": elu,
    "exponential": exp,
    "hard_sigmoid": hard_sigmoid,
    "linear": lambda x: x,
    "relu": relu,
    "selu": selu,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "tanh": tanh,
}

_INITIALIZERS: dict[str, Callable[[], Any]] = {
    "zeros": initializers.Zeros,
    "ones": initializers.Ones,
    "constant": initializers.Constant,
    "glorot_uniform": initializers.GlorotUniform,
    "glorot_normal": initializers.GlorotNormal,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
    "variance_scaling": initializers.VarianceScaling,
    "orthogonal": Orthogonal,
    "identity": Identity,
    "random_uniform": functools.partial(initializers.RandomUniform, -0.05, 0.05),
    "random_normal": functools.partial(initializers.RandomNormal, 0.0, 0.05),
    "truncated_normal": functools.partial(initializers.TruncatedNormal, 0.0, 0.05),
}


def activation_of(given: Any) -> Callable[..., Any] | None:
    """Return the activation given as a function, by name, or not at all."""
    if isinstance(given, str):
        if given not in _ACTIVATIONS:
            raise ValueError(f"Unknown activation function:{given}")
        return _ACTIVATIONS[given]
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    raise TypeError(f"Could not interpret activation function identifier: {given}")


def initializer_of(given: Any) -> Any:
    """Return the initializer given as an object, a class, by name, or not at all."""
    if isinstance(given, str):
        if given not in _INITIALIZERS:
            raise ValueError(f"Unknown initializer:{given}")
        return _INITIALIZERS[given]()
    if given is None or callable(given):
        return given() if isinstance(given, type) else given
    raise ValueError(f"Could not interpret initializer identifier: {given}")


def function_of(kind: str, given: Any) -> Callable[[Any], Any] | None:
    """Return a regularizer or constraint, which only a function can state."""
    if isinstance(given, str | dict):
        raise NotImplementedError(f"a {kind} by name: {given!r}")
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    raise ValueError(f"Could not interpret {kind} identifier: {given}")
