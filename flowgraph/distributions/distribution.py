"""The base of all distributions: names, shapes, and what follows from what a subclass defines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph import dtypes
from flowgraph.distributions import kullback_leibler
from flowgraph.distributions.reparameterization import ReparameterizationType
from flowgraph.distributions.sample_shapes import as_vector, is_scalar, refine_shape, shape_tensor
from flowgraph.dtypes import DType
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import square
from flowgraph.ops.array import reshape
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.sparse import is_tensor
from flowgraph.ops.transcendental import exp, log, log1p, sqrt
from flowgraph.shapes import TensorShape, as_shape, unknown_shape


def _undefined(method: str) -> Callable[..., Any]:
    """Return what stands for a method that only subclasses can define."""

    def missing(self: Distribution, *arguments: Any) -> Any:
        raise NotImplementedError(f"{method} is not implemented: {type(self).__name__}")

    return missing


def _or_else(first: Callable[[], Tensor], second: Callable[[], Tensor]) -> Tensor:
    """Return what `first` gives, or `second` where the subclass does not define the first."""
    try:
        return first()
    except NotImplementedError as error:
        try:
            return second()
        except NotImplementedError:
            raise error from None


class Distribution:
    """A batch of distributions of one kind.

    A sample has the shape ``sample_shape + batch_shape + event_shape``: how many were asked
    for, one for each of the parameters, and what one draw is.

    A subclass defines what it can of ``_sample_n(n, seed)``, ``_log_prob(x)``, ``_prob(x)``,
    ``_log_cdf(x)``, ``_cdf(x)``, ``_log_survival_function(x)``, ``_survival_function(x)``,
    ``_quantile(p)``, ``_entropy()``, ``_mean()``, ``_mode()``, ``_stddev()``,
    ``_variance()``, ``_covariance()``, ``_batch_shape()``, ``_batch_shape_tensor()``,
    ``_event_shape()`` and ``_event_shape_tensor()``.

    Parameters
    ----------
    dtype : DType
        Of the samples.
    reparameterization_type : ReparameterizationType
        Whether gradients flow through samples.
    validate_args : bool
        Whether runs check the parameters and values given.
    allow_nan_stats : bool
        Whether a statistic that is undefined is NaN; if not, a run of it stops.
    parameters : dict, optional
        The arguments of the subclass, for `copy`.
    graph_parents : list of Tensor, optional
        The parameters as tensors.
    name : str, optional
        The scope of all that is made; the class's name by default. One that ends in ``/`` is
        entered as it is.

    Raises
    ------
    ValueError
        If one of `graph_parents` is no tensor.

    Examples
    --------
    >>> normal = tf.distributions.Normal(loc=[0.0, 1.0], scale=2.0)
    >>> normal
    <tfp.distributions.Normal 'Normal/' batch_shape=(2,) event_shape=() dtype=float32>
    >>> normal.sample(3)
    <tf.Tensor 'Normal/sample/Reshape:0' shape=(3, 2) dtype=float32>
    """

    def __init__(
        self,
        dtype: DType,
        reparameterization_type: ReparameterizationType,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any] | None = None,
        graph_parents: list[Any] | None = None,
        name: str | None = None,
    ) -> None:
        for i, parent in enumerate(graph_parents or []):
            if parent is None or not is_tensor(parent):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        if not name or name[-1] != "/":
            with name_scope(name or type(self).__name__) as name:
                pass
        self._dtype = dtype
        self._reparameterization_type = reparameterization_type
        self._allow_nan_stats = allow_nan_stats
        self._validate_args = validate_args
        self._parameters = parameters or {}
        self._graph_parents = list(graph_parents or [])
        self._name = name

    # -- what it was made with ------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name scope, with its slash."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of samples."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments it was made with."""
        return {
            key: value
            for key, value in self._parameters.items()
            if key != "self" and not key.startswith("__")
        }

    @property
    def reparameterization_type(self) -> ReparameterizationType:
        """Whether gradients flow through samples into the parameters."""
        return self._reparameterization_type

    @property
    def allow_nan_stats(self) -> bool:
        """Whether a statistic that is undefined is NaN."""
        return self._allow_nan_stats

    @property
    def validate_args(self) -> bool:
        """Whether runs check parameters and values."""
        return self._validate_args

    def copy(self, **override_parameters_kwargs: Any) -> Any:
        """Return a distribution of this kind with some arguments replaced.

        Examples
        --------
        >>> tf.distributions.Normal(0.0, 1.0).copy(scale=[1.0, 2.0]).batch_shape
        TensorShape([Dimension(2)])
        """
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    def __str__(self) -> str:
        shapes = [("batch_shape", self.batch_shape), ("event_shape", self.event_shape)]
        known = "".join(f", {key}={value}" for key, value in shapes if value.ndims is not None)
        kind = type(self).__name__
        return f'tfp.distributions.{kind}("{self.name}"{known}, dtype={self.dtype.name})'

    def __repr__(self) -> str:
        return (
            f"<tfp.distributions.{type(self).__name__} '{self.name}' "
            f"batch_shape={self.batch_shape} event_shape={self.event_shape} "
            f"dtype={self.dtype.name}>"
        )

    @contextmanager
    def _name_scope(self, name: str | None = None, values: Any = ()) -> Iterator[str]:
        with (
            name_scope(self.name),
            name_scope(name, values=[*values, *self._graph_parents]) as scope,
        ):
            yield scope

    # -- shapes ---------------------------------------------------------------------------------

    _param_shapes: Callable[..., Any] = staticmethod(_undefined("_param_shapes"))

    @classmethod
    def param_shapes(cls, sample_shape: Any, name: str = "DistributionParamShapes") -> Any:
        """Return the shapes of parameters that give samples of `sample_shape`, by name."""
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape: Any) -> dict[str, TensorShape]:
        """Return `param_shapes` as static shapes.

        Raises
        ------
        ValueError
            If `sample_shape` is not fully known.
        """
        if isinstance(sample_shape, TensorShape):
            if not sample_shape.is_fully_defined():
                raise ValueError("TensorShape sample_shape must be fully defined")
            sample_shape = sample_shape.as_list()
        found = {}
        for key, sizes in cls.param_shapes(sample_shape).items():
            value = sizes.static_value()
            if value is None:
                raise ValueError("sample_shape must be a fully-defined TensorShape or list/tuple")
            found[key] = TensorShape(value.tolist())
        return found

    _batch_shape_tensor = _undefined("batch_shape_tensor")
    _event_shape_tensor = _undefined("event_shape_tensor")

    def _batch_shape(self) -> TensorShape:
        return unknown_shape()

    def _event_shape(self) -> TensorShape:
        return unknown_shape()

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape of the batch of distributions."""
        return as_shape(self._batch_shape())

    @property
    def event_shape(self) -> TensorShape:
        """The static shape of one draw from one distribution."""
        return as_shape(self._event_shape())

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Return the shape of the batch, an int32 vector."""
        with self._name_scope(name):
            return shape_tensor(self.batch_shape, "batch_shape", self._batch_shape_tensor)

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Tensor:
        """Return the shape of one draw from one distribution, an int32 vector."""
        with self._name_scope(name):
            return shape_tensor(self.event_shape, "event_shape", self._event_shape_tensor)

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> Tensor:
        """Return whether it is one distribution."""
        with self._name_scope(name):
            found = is_scalar(self.batch_shape, self.batch_shape_tensor)
            return convert_to_tensor(found, name="is_scalar_batch")

    def is_scalar_event(self, name: str = "is_scalar_event") -> Tensor:
        """Return whether a draw is one number."""
        with self._name_scope(name):
            found = is_scalar(self.event_shape, self.event_shape_tensor)
            return convert_to_tensor(found, name="is_scalar_event")

    # -- samples --------------------------------------------------------------------------------

    _sample_n = _undefined("sample_n")

    def sample(
        self, sample_shape: Any = (), seed: int | None = None, name: str = "sample"
    ) -> Tensor:
        """Return independent samples.

        Parameters
        ----------
        sample_shape : Tensor, int or list of int
            How many for each distribution of the batch.
        seed : int, optional
            Draws the same numbers in every session. See `set_random_seed`.
        name : str

        Returns
        -------
        Tensor of shape ``sample_shape + batch_shape + event_shape``

        Raises
        ------
        ValueError
            If `sample_shape` is neither a scalar nor a vector.
        """
        with self._name_scope(name, [sample_shape]):
            sizes = convert_to_tensor(sample_shape, dtypes.int32, name="sample_shape")
            sizes, count = as_vector(sizes, "sample_shape")
            samples = self._sample_n(count, seed)
            rest = shape(samples)[1:]
            samples = reshape(samples, concat([sizes, rest], 0))
            refine_shape(samples, sizes, self.batch_shape, self.event_shape)
            return samples

    # -- functions of a value -------------------------------------------------------------------

    _log_prob = _undefined("log_prob")
    _prob = _undefined("prob")
    _log_cdf = _undefined("log_cdf")
    _cdf = _undefined("cdf")
    _log_survival_function = _undefined("log_survival_function")
    _survival_function = _undefined("survival_function")
    _quantile = _undefined("quantile")

    @contextmanager
    def _given(self, value: Any, name: str) -> Iterator[Tensor]:
        """Enter the scope of a function of a value, and give the value as a tensor."""
        with self._name_scope(name, [value]):
            yield convert_to_tensor(value, name="value", preferred_dtype=self.dtype)

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """Return the logarithm of the probability, or probability density, of a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._log_prob(x), lambda: log(self._prob(x)))

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """Return the probability, or probability density, of a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._prob(x), lambda: exp(self._log_prob(x)))

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Tensor:
        """Return the logarithm of the probability of at most a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._log_cdf(x), lambda: log(self._cdf(x)))

    def cdf(self, value: Any, name: str = "cdf") -> Tensor:
        """Return the probability of at most a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._cdf(x), lambda: exp(self._log_cdf(x)))

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Tensor:
        """Return the logarithm of the probability of more than a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._log_survival_function(x), lambda: log1p(-self.cdf(x)))

    def survival_function(self, value: Any, name: str = "survival_function") -> Tensor:
        """Return the probability of more than a value."""
        with self._given(value, name) as x:
            return _or_else(lambda: self._survival_function(x), lambda: 1.0 - self.cdf(x))

    def quantile(self, value: Any, name: str = "quantile") -> Tensor:
        """Return the number that is not exceeded with a probability of `value`."""
        with self._given(value, name) as x:
            return self._quantile(x)  # type: ignore[no-any-return]

    # -- statistics -----------------------------------------------------------------------------

    _entropy = _undefined("entropy")
    _mean = _undefined("mean")
    _variance = _undefined("variance")
    _stddev = _undefined("stddev")
    _covariance = _undefined("covariance")
    _mode = _undefined("mode")

    def entropy(self, name: str = "entropy") -> Tensor:
        """Return the entropy, in nats."""
        with self._name_scope(name):
            return self._entropy()  # type: ignore[no-any-return]

    def mean(self, name: str = "mean") -> Tensor:
        """Return the mean."""
        with self._name_scope(name):
            return self._mean()  # type: ignore[no-any-return]

    def variance(self, name: str = "variance") -> Tensor:
        """Return the variance of each element."""
        with self._name_scope(name):
            return _or_else(self._variance, lambda: square(self._stddev()))

    def stddev(self, name: str = "stddev") -> Tensor:
        """Return the standard deviation of each element."""
        with self._name_scope(name):
            return _or_else(self._stddev, lambda: sqrt(self._variance()))

    def covariance(self, name: str = "covariance") -> Tensor:
        """Return the covariances of the elements of one draw."""
        with self._name_scope(name):
            return self._covariance()  # type: ignore[no-any-return]

    def mode(self, name: str = "mode") -> Tensor:
        """Return the most probable value."""
        with self._name_scope(name):
            return self._mode()  # type: ignore[no-any-return]

    # -- two distributions ----------------------------------------------------------------------

    def _cross_entropy(self, other: Any) -> Tensor:
        return kullback_leibler.cross_entropy(self, other, self.allow_nan_stats)

    def cross_entropy(self, other: Any, name: str = "cross_entropy") -> Tensor:
        """Return ``-E[log(other.prob(x))]``, in nats."""
        with self._name_scope(name):
            return self._cross_entropy(other)

    def _kl_divergence(self, other: Any) -> Tensor:
        return kullback_leibler.kl_divergence(self, other, self.allow_nan_stats)

    def kl_divergence(self, other: Any, name: str = "kl_divergence") -> Tensor:
        """Return the divergence from `other`. See `tf.distributions.kl_divergence`."""
        with self._name_scope(name):
            return self._kl_divergence(other)
