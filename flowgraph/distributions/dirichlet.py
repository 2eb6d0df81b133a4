"""Dirichlet distributions."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.multivariate import Multivariate
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.statistics import nan_where_undefined, refused_where_undefined
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_less, assert_near, assert_positive
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.filling import ones
from flowgraph.ops.reduction import reduce_all, reduce_sum
from flowgraph.ops.sampling import random_gamma
from flowgraph.ops.shape_assertions import assert_rank_at_least
from flowgraph.ops.special_functions import digamma, lbeta
from flowgraph.ops.transcendental import rsqrt
from flowgraph.ops.xlogy import xlogy


class Dirichlet(Multivariate):
    """Distributions of n probabilities that sum to 1.

    The density is ``prod(x**(c - 1)) / beta(c)``, c standing for `concentration`.

    Parameters
    ----------
    concentration : Tensor
        ``[..., n]``, positive.
    validate_args : bool
        Whether a run checks parameters and values.
    allow_nan_stats : bool
        Whether the mode is NaN where a concentration is 1 or less; if not, a run of it stops.
    name : str

    Raises
    ------
    InvalidArgumentError
        When run, for what is refused above.

    Examples
    --------
    >>> dirichlet = tf.distributions.Dirichlet([1.0, 2.0, 1.0])
    >>> print(tf.Session().run(dirichlet.mean()))
    [0.25 0.5  0.25]
    """

    def __init__(
        self,
        concentration: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Dirichlet",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration]) as name:
            tensor = convert_to_tensor(concentration, name="concentration")
            self._concentration = _checked(tensor) if validate_args else tensor
            self._total = reduce_sum(self._concentration, -1)
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._total],
            name=name,
        )

    @property
    def concentration(self) -> Tensor:
        """How much mass there is near each corner."""
        return self._concentration

    @property
    def total_concentration(self) -> Tensor:
        """The sums over the last dimension."""
        return self._total

    def _rows(self) -> Tensor:
        return self._concentration

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        drawn = random_gamma([n], self.concentration, dtype=self.dtype, seed=seed)
        return drawn / reduce_sum(drawn, -1, keepdims=True)

    def _log_prob(self, x: Tensor) -> Tensor:
        if self.validate_args:
            text = "sample last-dimension must sum to `1`"
            checks = [
                assert_positive(x, message="samples must be positive"),
                assert_near(ones([], dtype=self.dtype), reduce_sum(x, -1), message=text),
            ]
            x = with_dependencies(checks, x)
        return reduce_sum(xlogy(self.concentration - 1.0, x), -1) - lbeta(self.concentration)

    def _classes(self) -> Tensor:
        return cast(self.event_shape_tensor()[0], self.dtype)

    def _entropy(self) -> Tensor:
        concentration, total = self.concentration, self._total
        classes = self._classes()
        return (
            lbeta(concentration)
            + (total - classes) * digamma(total)
            - reduce_sum((concentration - 1.0) * digamma(concentration), axis=-1)
        )

    def _mean(self) -> Tensor:
        return self.concentration / self._total[..., None]

    def _mode(self) -> Tensor:
        classes = self._classes()
        mode = (self.concentration - 1.0) / (self._total[..., None] - classes)
        if self.allow_nan_stats:
            # TensorFlow 1.15's, whose condition lacks the last dimension.
            is_defined = reduce_all(self.concentration > 1.0, axis=-1)
            return nan_where_undefined(is_defined, mode, shape(mode))
        text = "Mode undefined when any concentration <= 1"
        return refused_where_undefined(mode, (self.concentration, text))

    def _variance(self) -> Tensor:
        scale = self._scale()
        x = scale * self._mean()
        return x * (scale - x)

    def _covariance(self) -> Tensor:
        x = self._scale() * self._mean()
        return self._anticorrelated(x, x)

    def _scale(self) -> Tensor:
        return rsqrt(1.0 + self._total[..., None])


def _checked(concentration: Tensor) -> Tensor:
    text = "Concentration parameter must"
    checks = [
        assert_positive(concentration, message=f"{text} be positive."),
        assert_rank_at_least(concentration, 1, message=f"{text} have >=1 dimensions."),
        assert_less(1, shape(concentration)[-1], message=f"{text} have event_size >= 2."),
    ]
    return with_dependencies(checks, concentration)  # type: ignore[no-any-return]


@RegisterKL(Dirichlet, Dirichlet)
def _divergence(a: Dirichlet, b: Dirichlet, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_dirichlet_dirichlet", [a.concentration, b.concentration]):
        total = digamma(reduce_sum(a.concentration, axis=-1, keepdims=True))
        expected = digamma(a.concentration) - total
        each = reduce_sum((a.concentration - b.concentration) * expected, axis=-1)
        return each - lbeta(a.concentration) + lbeta(b.concentration)
