"""Bernoulli distributions."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.parameters import as_events, logits_and_probs
from flowgraph.distributions.reparameterization import NOT_REPARAMETERIZED
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.comparison import less
from flowgraph.ops.core import cast, identity
from flowgraph.ops.filling import ones_like
from flowgraph.ops.loss import sigmoid_cross_entropy_with_logits
from flowgraph.ops.random import random_uniform
from flowgraph.ops.transcendental import sigmoid


class Bernoulli(Univariate):
    """Distributions of 1, with probability `probs`, and 0.

    Parameters
    ----------
    logits : Tensor, optional
        Log-odds of 1.
    probs : Tensor, optional
        Probabilities of 1. Exactly one of the two is given.
    dtype : DType
        Of the samples.
    validate_args : bool
        Whether a run checks probabilities and values.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    ValueError
        If both or neither of `logits` and `probs` are given.
    TypeError
        If they are no floats.
    InvalidArgumentError
        When run with `validate_args`, for probabilities and values that are none.

    Examples
    --------
    >>> coin = tf.distributions.Bernoulli(probs=0.25)
    >>> print(*tf.Session().run([coin.mean(), coin.variance(), coin.mode()]))
    0.25 0.1875 0
    """

    _parameter_names = ("logits",)

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Bernoulli",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            self._logits, self._probs = logits_and_probs(
                logits, probs, validate_args, multidimensional=False, name=name
            )
        super().__init__(
            dtype=dtypes.as_dtype(dtype),
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=name,
        )

    @property
    def logits(self) -> Tensor:
        """The log-odds of 1."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of 1."""
        return self._probs

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        drawn = random_uniform(self._sample_shape(n), seed=seed, dtype=self.probs.dtype)
        return cast(less(drawn, self.probs), self.dtype)

    def _log_prob(self, event: Tensor) -> Tensor:
        if self.validate_args:
            event = as_events(event, dtypes.bool)
        logits = self.logits
        event = cast(event, logits.dtype)
        is_known = event.shape.is_fully_defined() and logits.shape.is_fully_defined()
        if not (is_known and event.shape == logits.shape):
            logits, event = ones_like(event) * logits, ones_like(logits) * event
        return -sigmoid_cross_entropy_with_logits(labels=event, logits=logits)

    def _entropy(self) -> Tensor:
        return -self.logits * (sigmoid(self.logits) - 1) + softplus(-self.logits)

    def _mean(self) -> Tensor:
        return identity(self.probs)

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self.probs)

    def _mode(self) -> Tensor:
        return cast(self.probs > 0.5, self.dtype)


@RegisterKL(Bernoulli, Bernoulli)
def _divergence(a: Bernoulli, b: Bernoulli, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_bernoulli_bernoulli", [a.logits, b.logits]):
        if_one = softplus(-b.logits) - softplus(-a.logits)
        if_zero = softplus(b.logits) - softplus(a.logits)
        return sigmoid(a.logits) * if_one + sigmoid(-a.logits) * if_zero
