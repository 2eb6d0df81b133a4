"""Multinomial distributions whose probabilities are drawn from a Dirichlet distribution."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.distributions.multivariate import Multivariate, checked_counts
from flowgraph.distributions.parameters import (
    as_counts,
    log_combinations,
    with_several_classes,
)
from flowgraph.distributions.reparameterization import NOT_REPARAMETERIZED
from flowgraph.distributions.seeds import salted_seed
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import one_hot
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sampling import multinomial, random_gamma
from flowgraph.ops.special_functions import lbeta
from flowgraph.ops.transcendental import log, sqrt


class DirichletMultinomial(Multivariate):
    """Distributions of how often each of n classes comes up in `total_count` draws.

    Parameters
    ----------
    total_count : Tensor or float
        ``[...]``: floats that are whole numbers.
    concentration : Tensor
        ``[..., n]``, positive: of the Dirichlet distribution of the probabilities.
    validate_args : bool
        Whether a run checks parameters and values.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    InvalidArgumentError
        When run with `validate_args`, for parameters and values that are none.

    Examples
    --------
    >>> counts = tf.distributions.DirichletMultinomial(4.0, [1.0, 3.0])
    >>> print(tf.Session().run(counts.mean()))
    [1. 3.]
    """

    def __init__(
        self,
        total_count: Any,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "DirichletMultinomial",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[total_count, concentration]) as name:
            self._total_count = convert_to_tensor(total_count, name="total_count")
            if validate_args:
                self._total_count = as_counts(self._total_count)
            tensor = convert_to_tensor(concentration, name="concentration")
            self._concentration = _checked(tensor) if validate_args else tensor
            self._total = reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._total_count, self._concentration],
            name=name,
        )

    @property
    def total_count(self) -> Tensor:
        """The number of draws."""
        return self._total_count

    @property
    def concentration(self) -> Tensor:
        """The parameters of the Dirichlet distribution."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sums of `concentration` over the last dimension."""
        return self._total

    def _rows(self) -> Tensor:
        return self._concentration

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        draws = cast(self.total_count, dtypes.int32)
        classes = self.event_shape_tensor()[0]
        rates = random_gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        logits = reshape(log(rates), [-1, classes])
        drawn = multinomial(logits, draws, seed=salted_seed(seed, "dirichlet_multinomial"))
        counts = reduce_sum(one_hot(drawn, depth=classes), -2)
        sizes = concat([[n], self.batch_shape_tensor(), [classes]], 0)
        return cast(reshape(counts, sizes), self.dtype)

    def _log_prob(self, counts: Tensor) -> Tensor:
        if self.validate_args:
            text = "counts last-dimension must sum to `self.total_count`"
            counts = checked_counts(counts, self.total_count, text)
        ordered = lbeta(self.concentration + counts) - lbeta(self.concentration)
        return ordered + log_combinations(self.total_count, counts)

    def _mean(self) -> Tensor:
        return self.total_count * (self.concentration / self._total[..., None])

    def _variance(self) -> Tensor:
        scale = self._scale()
        x = scale * self._mean()
        return x * (self.total_count * scale - x)

    def _covariance(self) -> Tensor:
        x = self._scale() * self._mean()
        return self._anticorrelated(x, x)

    def _scale(self) -> Tensor:
        total = self._total[..., None]
        return sqrt((1.0 + total / self.total_count) / (1.0 + total))


def _checked(concentration: Tensor) -> Tensor:
    concentration = with_several_classes(concentration)
    check = assert_positive(concentration, message="Concentration parameter must be positive.")
    return with_dependencies([check], concentration)  # type: ignore[no-any-return]
