"""Categorical distributions."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.parameters import (
    as_events,
    logits_and_probs,
    with_several_classes,
)
from flowgraph.distributions.reparameterization import NOT_REPARAMETERIZED
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.core import cast, constant, convert_to_tensor, identity, rank, shape
from flowgraph.ops.cross_entropy import sparse_softmax_cross_entropy_with_logits
from flowgraph.ops.filling import ones, ones_like, zeros_like
from flowgraph.ops.joining import concat
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.ranking import argmax
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.sampling import multinomial
from flowgraph.ops.selection import where
from flowgraph.ops.softmax import log_softmax, softmax
from flowgraph.shapes import TensorShape


class Categorical(Distribution):
    """Distributions of the class numbers 0 to ``n - 1``.

    Parameters
    ----------
    logits : Tensor, optional
        ``[..., n]``: log-probabilities up to a constant.
    probs : Tensor, optional
        ``[..., n]``: probabilities. Exactly one of the two is given.
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
        If both or neither of `logits` and `probs` are given, or there is no last dimension.
    TypeError
        If they are no floats.
    InvalidArgumentError
        When run with `validate_args`, for probabilities and values that are none.

    Examples
    --------
    >>> dice = tf.distributions.Categorical(probs=[0.5, 0.25, 0.25])
    >>> print(*tf.Session().run([dice.prob(1), dice.mode()]))
    0.25 0
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = dtypes.int32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[logits, probs]) as name:
            self._logits, self._probs = logits_and_probs(
                logits, probs, validate_args, multidimensional=True, name=name
            )
            if validate_args:
                self._logits = with_several_classes(self._logits)
            self._measure()
        super().__init__(
            dtype=dtypes.as_dtype(dtype),
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._logits, self._probs],
            name=name,
        )

    def _measure(self) -> None:
        """Set the rank and shape of the batch and the number of classes, as tensors."""
        static = self._logits.shape.with_rank_at_least(1)
        batch, classes = static[:-1], None
        if static.ndims is None:
            with name_scope("batch_rank"):
                self._batch_rank = rank(self._logits) - 1
        else:
            classes = static.as_list()[-1]
            count = static.ndims - 1
            self._batch_rank = convert_to_tensor(count, dtypes.int32, name="batch_rank")
        sizes = shape(self._logits, name="logits_shape")
        if classes is None:
            with name_scope("event_size"):
                self._event_size = sizes[self._batch_rank]
        else:
            self._event_size = convert_to_tensor(classes, dtypes.int32, name="event_size")
        if batch.is_fully_defined():
            self._batch_sizes = constant(batch.as_list(), dtypes.int32, name="batch_shape")
        else:
            with name_scope("batch_shape"):
                self._batch_sizes = sizes[:-1]

    @property
    def event_size(self) -> Tensor:
        """The number of classes."""
        return self._event_size

    @property
    def logits(self) -> Tensor:
        """The log-probabilities, up to a constant."""
        return self._logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._probs

    def _batch_shape_tensor(self) -> Tensor:
        return identity(self._batch_sizes)

    def _batch_shape(self) -> TensorShape:
        return self.logits.shape[:-1]  # type: ignore[no-any-return]

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtypes.int32)

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        logits = self.logits
        if logits.shape.ndims != 2:
            logits = reshape(logits, [-1, self.event_size])
        kind = dtypes.int64 if self.dtype.size > 4 else dtypes.int32
        drawn = multinomial(logits, n, seed=seed, output_dtype=kind)
        rows = transpose(drawn)
        return cast(reshape(rows, concat([[n], self.batch_shape_tensor()], 0)), self.dtype)

    def _beside(self, k: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return class numbers, and values of all classes for each of them."""
        k = convert_to_tensor(k, name="k")
        if self.validate_args:
            k = as_events(k, dtypes.int32)
        if k.dtype.is_floating:
            k = cast(k, dtypes.int32)
        elif not k.dtype.is_integer:
            raise TypeError(
                f"`value` should have integer `dtype` or `self.dtype` ({self.dtype.base_dtype})"
            )
        batch = values.shape[:-1] if values.shape.ndims is not None else values.shape
        is_known = batch.is_fully_defined() and k.shape.is_fully_defined()
        if not (is_known and batch == k.shape):
            values = values * ones_like(k[..., None], dtype=values.dtype)
            k = k * ones(shape(values)[:-1], dtype=k.dtype)
            if values.shape.ndims is not None:
                k.set_shape(values.shape[:-1])
        return k, values

    def _log_prob(self, k: Tensor) -> Tensor:
        k, logits = self._beside(k, self.logits)
        return -sparse_softmax_cross_entropy_with_logits(labels=k, logits=logits)

    def _cdf(self, k: Tensor) -> Tensor:
        k, probs = self._beside(k, self.probs)
        rows = reshape(probs, (-1, self.event_size))
        is_below = sequence_mask(reshape(k, [-1]), self.event_size)
        total = reduce_sum(where(is_below, rows, zeros_like(rows)), axis=-1)
        return reshape(total, shape(k))

    def _entropy(self) -> Tensor:
        return -reduce_sum(log_softmax(self.logits) * self.probs, axis=-1)

    def _mode(self) -> Tensor:
        mode = cast(argmax(self.logits, axis=self._batch_rank), self.dtype)
        mode.set_shape(self.batch_shape)
        return mode


@RegisterKL(Categorical, Categorical)
def _divergence(a: Categorical, b: Categorical, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_categorical_categorical", [a.logits, b.logits]):
        difference = log_softmax(a.logits) - log_softmax(b.logits)
        return reduce_sum(softmax(a.logits) * difference, axis=-1)
