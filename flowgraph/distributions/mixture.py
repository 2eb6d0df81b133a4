"""Mixtures: a draw is one of several distributions' draws."""

from __future__ import annotations

import functools
from typing import Any

from flowgraph.distributions.categorical import Categorical
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.reparameterization import NOT_REPARAMETERIZED
from flowgraph.distributions.seeds import salted_seed
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, square
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast, shape, size
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import one_hot
from flowgraph.ops.packing import stack
from flowgraph.ops.partitioning import dynamic_partition, dynamic_stitch
from flowgraph.ops.reduction import reduce_prod, reduce_sum
from flowgraph.ops.sequences import range as counted
from flowgraph.ops.softmax import log_softmax
from flowgraph.ops.statistics import reduce_logsumexp
from flowgraph.ops.transcendental import sqrt
from flowgraph.shapes import TensorShape


class Mixture(Distribution):
    """A mixture of distributions of any kinds.

    Parameters
    ----------
    cat : Categorical
        Of which component a draw is: as many classes as components.
    components : list of Distribution
        Of one dtype and of shapes that are compatible.
    validate_args : bool
        Passed on.
    allow_nan_stats : bool
        Passed on.
    use_static_graph : bool
        Whether all components are drawn for every sample, and one is chosen, instead of as many
        of each as are needed.
    name : str

    Raises
    ------
    TypeError
        If `cat` or `components` are of other types, or differ in dtype.
    ValueError
        If the number of components is another one than that of classes, or not known.

    Examples
    --------
    >>> distributions = tf.contrib.distributions
    >>> mixture = distributions.Mixture(
    ...     cat=distributions.Categorical(probs=[0.25, 0.75]),
    ...     components=[distributions.Normal(-4.0, 1.0), distributions.Normal(4.0, 1.0)],
    ... )
    >>> print(tf.Session().run(mixture.mean()))
    2.0
    """

    def __init__(
        self,
        cat: Any,
        components: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        use_static_graph: bool = False,
        name: str = "Mixture",
    ) -> None:
        parameters = dict(locals())
        if not isinstance(cat, Categorical):
            raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
        if not components:
            raise ValueError("components must be a non-empty list or tuple")
        if not isinstance(components, list | tuple):
            raise TypeError(f"components must be a list or tuple, but saw: {components}")
        if not all(isinstance(component, Distribution) for component in components):
            raise TypeError(
                f"all entries in components must be Distribution instances but saw: {components}"
            )
        dtype = components[0].dtype
        if not all(component.dtype == dtype for component in components):
            found = [(component.name, component.dtype) for component in components]
            raise TypeError(f"All components must have the same dtype, but saw dtypes: {found}")
        events, batch = components[0].event_shape, cat.batch_shape
        for component in components:
            events = events.merge_with(component.event_shape)
            batch = batch.merge_with(component.batch_shape)
        if events.ndims is None:
            raise ValueError(
                "Expected to know rank(event_shape) from components, but none of the components "
                "provide a static number of ndims"
            )
        with name_scope(name, values=[cat.logits]) as name:
            classes = cat.event_size.static_value()
            if classes is None:
                raise ValueError(
                    "Could not infer number of classes from cat and unable to compare this value "
                    "to the number of components passed in."
                )
            if int(classes) != len(components):
                raise ValueError(
                    f"cat.num_classes != len(components): {int(classes)} vs. {len(components)}"
                )
        self._cat = cat
        self._components = list(components)
        self._events = events
        self._batch = batch
        self._use_static_graph = use_static_graph
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[
                *cat._graph_parents, *(x for c in self._components for x in c._graph_parents)
            ],
            name=name,
        )  # fmt: skip

    @property
    def cat(self) -> Categorical:
        """Of which component a draw is."""
        return self._cat

    @property
    def components(self) -> list[Any]:
        """The distributions that are mixed."""
        return self._components

    @property
    def num_components(self) -> int:
        """How many there are."""
        return len(self._components)

    def _batch_shape_tensor(self) -> Tensor:
        return self._cat.batch_shape_tensor()

    def _batch_shape(self) -> TensorShape:
        return self._batch

    def _event_shape_tensor(self) -> Tensor:
        return self._components[0].event_shape_tensor()  # type: ignore[no-any-return]

    def _event_shape(self) -> TensorShape:
        return self._events  # type: ignore[no-any-return]

    def _weights(self) -> list[Tensor]:
        """Return the probabilities of the components, with axes for the parts of a draw."""
        probs = cast(self._cat.probs, self.dtype)
        found = []
        for i in range(self.num_components):
            weight = probs[..., i]
            for _ in range(self._events.ndims or 0):
                weight = weight[..., None]
            found.append(weight)
        return found

    def _weighted(self, values: list[Tensor]) -> Tensor:
        pairs = zip(self._weights(), values, strict=True)
        return functools.reduce(add, [weight * value for weight, value in pairs])

    def _mean(self) -> Tensor:
        return self._weighted([component.mean() for component in self._components])

    def _variance(self) -> Tensor:
        means = [component.mean() for component in self._components]
        within = [component.variance() for component in self._components]
        seconds = [v + square(mean) for v, mean in zip(within, means, strict=True)]
        return self._weighted(seconds) - square(self._weighted(means))

    def _stddev(self) -> Tensor:
        return sqrt(self._variance())

    def _log_weighted(self, values: list[Tensor]) -> Tensor:
        logs = log_softmax(self._cat.logits)
        each = [value + logs[..., i] for i, value in enumerate(values)]
        return reduce_logsumexp(stack(each), axis=[0])

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_weighted([component.log_prob(x) for component in self._components])

    def _log_cdf(self, x: Tensor) -> Tensor:
        return self._log_weighted([component.log_cdf(x) for component in self._components])

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Tensor:
        """Return what the entropy is at least: the mean of the components' entropies."""
        with self._name_scope(name):
            probs = self._cat.probs
            each = [probs[..., i] * c.entropy() for i, c in enumerate(self._components)]
            return functools.reduce(add, each)  # type: ignore[no-any-return]

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        kinds = self._cat.sample(n, seed=seed)
        if self._use_static_graph:
            return self._chosen(n, kinds, seed)
        flat = reshape(kinds, [-1])
        batch = reduce_prod(self.batch_shape_tensor())
        places = dynamic_partition(counted(size(flat)), flat, self.num_components)
        rows = []
        for place, component in zip(places, self._components, strict=True):
            count = size(place)
            seed = salted_seed(seed, "mixture")
            drawn = component.sample(count, seed=seed)
            # Of each draw for the whole batch, the element that is wanted.
            drawn = reshape(drawn, concat([[count * batch], self.event_shape_tensor()], 0))
            rows.append(gather(drawn, counted(count) * batch + place % batch))
        whole = dynamic_stitch(places, rows)
        sizes = concat([shape(kinds), self.event_shape_tensor()], 0)
        return reshape(whole, sizes)

    def _chosen(self, n: Any, kinds: Tensor, seed: int | None) -> Tensor:
        samples = []
        for component in self._components:
            seed = salted_seed(seed, "mixture")
            samples.append(component.sample(n, seed=seed))
        axes = self._events.ndims or 0
        mask = one_hot(kinds, self.num_components, dtype=self.dtype)
        mask = reshape(mask, concat([shape(mask), [1] * axes], 0)) if axes else mask
        return reduce_sum(stack(samples, axis=-1 - axes) * mask, axis=-1 - axes)


class MixtureSameFamily(Distribution):
    """A mixture of distributions that are one batch: its last axis is that of the components.

    Parameters
    ----------
    mixture_distribution : Categorical
        Of which component a draw is.
    components_distribution : Distribution
        Its batch shape ends with the number of components.
    validate_args : bool
        Passed on.
    allow_nan_stats : bool
        Passed on.
    name : str

    Raises
    ------
    ValueError
        If the distributions do not fit.

    Notes
    -----
    Samples do not depend on ``seed``, only on the seeds of the graph, as in TensorFlow.

    Examples
    --------
    >>> distributions = tf.contrib.distributions
    >>> mixture = distributions.MixtureSameFamily(
    ...     distributions.Categorical(probs=[0.25, 0.75]), distributions.Normal([-4.0, 4.0], 1.0)
    ... )
    >>> print(*tf.Session().run([mixture.mean(), mixture.variance()]))
    2.0 13.0
    """

    def __init__(
        self,
        mixture_distribution: Any,
        components_distribution: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MixtureSameFamily",
    ) -> None:
        parameters = dict(locals())
        mixture, components = mixture_distribution, components_distribution
        if not mixture.dtype.is_integer:
            raise ValueError(
                f"`mixture_distribution.dtype` ({mixture.dtype.name}) is not over integers"
            )
        if mixture.event_shape.ndims not in (None, 0):
            raise ValueError("`mixture_distribution` must have scalar `event_dim`s")
        outer = components.batch_shape[:-1]
        is_batch = mixture.batch_shape.ndims not in (None, 0)
        if is_batch and not mixture.batch_shape.is_compatible_with(outer):
            raise ValueError(
                f"`mixture_distribution.batch_shape` (`{mixture.batch_shape}`) is not compatible "
                f"with `components_distribution.batch_shape` (`{outer}`)"
            )
        known, wanted = mixture.logits.shape[-1].value, components.batch_shape[-1].value
        if known is not None and wanted is not None and known != wanted:
            raise ValueError(
                f"`mixture_distribution components` ({known}) does not equal "
                f"`components_distribution.batch_shape[-1]` ({wanted})"
            )
        self._mixture = mixture
        self._components = components
        self._axes = components.event_shape.ndims
        super().__init__(
            dtype=components.dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[*mixture._graph_parents, *components._graph_parents],
            name=name,
        )

    @property
    def mixture_distribution(self) -> Any:
        """Of which component a draw is."""
        return self._mixture

    @property
    def components_distribution(self) -> Any:
        """The distributions that are mixed."""
        return self._components

    def _batch_shape_tensor(self) -> Tensor:
        return self._components.batch_shape_tensor()[:-1]  # type: ignore[no-any-return]

    def _batch_shape(self) -> TensorShape:
        return self._components.batch_shape[:-1]  # type: ignore[no-any-return]

    def _event_shape_tensor(self) -> Tensor:
        return self._components.event_shape_tensor()  # type: ignore[no-any-return]

    def _event_shape(self) -> TensorShape:
        return self._components.event_shape  # type: ignore[no-any-return]

    def _padded(self, weights: Tensor) -> Tensor:
        """Return what there is for each component, with axes for the parts of a draw."""
        for _ in range(self._axes):
            weights = weights[..., None]
        return weights

    def _summed(self, values: Tensor) -> Tensor:
        return reduce_sum(values, axis=-1 - self._axes)

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        drawn = self._components.sample(n)
        kinds = self._mixture.sample(n)
        mask = one_hot(kinds, self._components.batch_shape_tensor()[-1], dtype=self.dtype)
        missing = (self._components.batch_shape.ndims - 1) - self._mixture.batch_shape.ndims
        for _ in range(missing):
            mask = mask[:, None]
        return self._summed(drawn * self._padded(mask))

    def _for_each(self, x: Tensor) -> Tensor:
        """Return a value with an axis for the components."""
        sizes = shape(x)
        rank = x.shape.ndims
        if rank is not None:
            before = rank - self._axes
            return reshape(x, concat([sizes[:before], [1], sizes[before:]], 0))
        count = size(sizes) - self._axes
        return reshape(x, concat([sizes[:count], [1], sizes[count:]], 0))

    def _log_weighted(self, values: Tensor) -> Tensor:
        return reduce_logsumexp(values + log_softmax(self._mixture.logits), axis=-1)

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._log_weighted(self._components.log_prob(self._for_each(x)))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return self._log_weighted(self._components.log_cdf(self._for_each(x)))

    def _mean(self) -> Tensor:
        return self._summed(self._padded(self._mixture.probs) * self._components.mean())

    def _variance(self) -> Tensor:
        probs = self._padded(self._mixture.probs)
        within = self._summed(probs * self._components.variance())
        mean = self._for_each(self._mean())
        return within + self._summed(probs * square(self._components.mean() - mean))

    def _covariance(self) -> Tensor:
        if self._axes != 1:
            raise NotImplementedError("covariance is not implemented")
        probs = self._mixture.probs[..., None, None]
        within = reduce_sum(probs * self._components.covariance(), axis=-3)
        apart = self._components.mean() - self._for_each(self._mean())
        between = probs * (apart[..., None] * apart[..., None, :])
        return within + reduce_sum(between, axis=-3)
