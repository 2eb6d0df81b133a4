"""The Kullback-Leibler divergence, by rules registered for pairs of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import is_nan, logical_not
from flowgraph.ops.core import identity
from flowgraph.ops.reduction import reduce_any

_RULES: dict[tuple[type, type], Callable[..., Tensor]] = {}


class RegisterKL:
    """Register the decorated function as the divergence of two kinds of distribution.

    Parameters
    ----------
    dist_cls_a, dist_cls_b : type
        Subclasses have the rule too, unless one is registered nearer to both of them.

    Raises
    ------
    TypeError
        If what is decorated is not callable.
    ValueError
        If there is a rule for the pair.

    Examples
    --------
    >>> class Sure(tf.distributions.Normal):
    ...     pass
    >>> @tf.distributions.RegisterKL(Sure, Sure)
    ... def divergence(a, b, name=None):
    ...     return tf.constant(0.0, name=name)
    """

    def __init__(self, dist_cls_a: type, dist_cls_b: type) -> None:
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn: Callable[..., Tensor]) -> Callable[..., Tensor]:
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _RULES:
            a, b = (kind.__name__ for kind in self._key)
            raise ValueError(f"KL({a} || {b}) has already been registered to: {_RULES[self._key]}")
        _RULES[self._key] = kl_fn
        return kl_fn


def _nearest_rule(a: type, b: type) -> Callable[..., Tensor] | None:
    """Return the rule of the pair of base classes that takes the fewest steps up."""
    found = [
        (steps_a + steps_b, steps_a, rule)
        for steps_a, base_a in enumerate(a.__mro__)
        for steps_b, base_b in enumerate(b.__mro__)
        if (rule := _RULES.get((base_a, base_b))) is not None
    ]
    return min(found, key=lambda entry: entry[:2])[-1] if found else None


def kl_divergence(
    distribution_a: Any,
    distribution_b: Any,
    allow_nan_stats: bool = True,
    name: str | None = None,
) -> Tensor:
    """Return how far one distribution diverges from another: ``E_a[log(a(x) / b(x))]``.

    Parameters
    ----------
    distribution_a, distribution_b : Distribution
    allow_nan_stats : bool
        Whether the result may hold NaN; if not, a run that gives one stops.
    name : str, optional

    Returns
    -------
    Tensor
        Of the batch shape.

    Raises
    ------
    NotImplementedError
        If no rule is registered for the pair.
    InvalidArgumentError
        When run, for a NaN that is not allowed.

    Examples
    --------
    >>> a = tf.distributions.Normal(0.0, 1.0)
    >>> b = tf.distributions.Normal(2.0, 1.0)
    >>> print(tf.Session().run(tf.distributions.kl_divergence(a, b)))
    2.0
    """
    kinds = (type(distribution_a), type(distribution_b))
    rule = _nearest_rule(*kinds)
    if rule is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{kinds[0].__name__} and distribution_b type {kinds[1].__name__}"
        )
    with name_scope("KullbackLeibler"):
        divergence = rule(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return divergence
        divergence = identity(divergence, name="kl")
        text = (
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned "
            "NaN values (and was called with allow_nan_stats=False). Values:"
        )
        is_fine = logical_not(reduce_any(is_nan(divergence)))
        with control_dependencies([assert_that(is_fine, [text, divergence])]):
            return identity(divergence, name="checked_kl")


def cross_entropy(
    ref: Any, other: Any, allow_nan_stats: bool = True, name: str | None = None
) -> Tensor:
    """Return ``-E_ref[log(other(x))]``: the entropy of `ref` and its divergence from `other`."""
    with name_scope(name, "cross_entropy"):
        return ref.entropy() + kl_divergence(ref, other, allow_nan_stats=allow_nan_stats)  # type: ignore[no-any-return]
