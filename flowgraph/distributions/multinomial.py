"""Multinomial distributions."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.distributions.multivariate import Multivariate, checked_counts
from flowgraph.distributions.parameters import as_counts, log_combinations, logits_and_probs
from flowgraph.distributions.reparameterization import NOT_REPARAMETERIZED
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.core import cast, convert_to_tensor, identity
from flowgraph.ops.filling import ones_like
from flowgraph.ops.joining import concat
from flowgraph.ops.mapping import map_fn
from flowgraph.ops.masking import one_hot
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sampling import multinomial
from flowgraph.ops.softmax import log_softmax


class Multinomial(Multivariate):
    """Distributions of how often each of n classes comes up in `total_count` draws.

    Parameters
    ----------
    total_count : Tensor or float
        ``[...]``: floats that are whole numbers.
    logits : Tensor, optional
        ``[..., n]``: log-probabilities of the classes, up to a constant.
    probs : Tensor, optional
        ``[..., n]``: probabilities. Exactly one of the two is given.
    validate_args : bool
        Whether a run checks parameters and values.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    ValueError
        If both or neither of `logits` and `probs` are given.
    TypeError
        If they are no floats, or `total_count` is of another dtype.
    InvalidArgumentError
        When run with `validate_args`, for parameters and values that are none.

    Examples
    --------
    >>> counts = tf.distributions.Multinomial(total_count=4.0, probs=[0.25, 0.75])
    >>> print(tf.Session().run(counts.mean()))
    [1. 3.]
    """

    def __init__(
        self,
        total_count: Any,
        logits: Any = None,
        probs: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Multinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, logits, probs]) as name:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = as_counts(self._total_count)
            self._logits, self._probs = logits_and_probs(
                logits, probs, validate_args, multidimensional=True, name=name
            )
            self._expected = self._total_count[..., None] * self._probs
        super().__init__(
            dtype=self._probs.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._logits, self._probs],
            name=name,
        )

    @property
    def total_count(self) -> Tensor:
        """The number of draws."""
        return self._total_count

    @property
    def logits(self) -> Tensor:
        """The log-probabilities of the classes, up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities of the classes."""
        return self._probs

    def _rows(self) -> Tensor:
        return self._expected

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        draws = cast(self.total_count, dtypes.int32)
        classes = self.event_shape_tensor()[0]
        draws = ones_like(self.logits[..., 0], dtype=draws.dtype) * draws
        logits = ones_like(draws[..., None], dtype=self.logits.dtype) * self.logits
        rows = [reshape(logits, [-1, classes]), n * reshape(draws, [-1])]

        def counted(row: Any) -> Tensor:
            drawn = reshape(multinomial(row[0][None, ...], row[1], seed), [n, -1])
            return reduce_sum(one_hot(drawn, depth=classes), axis=-2)

        counts = transpose(map_fn(counted, rows, dtype=self.dtype), perm=[1, 0, 2])
        return reshape(counts, concat([[n], self.batch_shape_tensor(), [classes]], 0))

    def _log_prob(self, counts: Tensor) -> Tensor:
        each = reduce_sum(self._checked(counts) * log_softmax(self.logits), -1)
        return each - self._log_normalization(counts)

    def _log_normalization(self, counts: Tensor) -> Tensor:
        return -log_combinations(self.total_count, self._checked(counts))

    def _checked(self, counts: Tensor) -> Tensor:
        text = "counts must sum to `self.total_count`"
        return checked_counts(counts, self.total_count, text) if self.validate_args else counts

    def _mean(self) -> Tensor:
        return identity(self._expected)

    def _variance(self) -> Tensor:
        return self._expected - self._expected * self._probs_of_each()

    def _covariance(self) -> Tensor:
        return self._anticorrelated(self._expected, self._probs_of_each())

    def _probs_of_each(self) -> Tensor:
        return self.probs * ones_like(self.total_count)[..., None]
