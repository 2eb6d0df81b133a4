"""Batch normalization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.scope import colocate_with, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ONES, ZEROS, function_of, initializer_of
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.layers.training_phase import in_training, known_phase
from flowgraph.ops.array import reshape
from flowgraph.ops.core import cast, constant, convert_to_tensor
from flowgraph.ops.moments import moments
from flowgraph.ops.normalization import batch_normalization as normalize
from flowgraph.ops.normalization import fused_batch_norm
from flowgraph.shapes import TensorShape, as_shape
from flowgraph.variables.assign import assign_sub
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization

_HALVES = (dtypes.float16, dtypes.bfloat16)


class BatchNormalization(Layer):
    """Batch normalization [1]_. Parameters, errors and notes as for `batch_normalization`.

    Attributes
    ----------
    gamma, beta : Variable or None
        The scale and the offset.
    moving_mean, moving_variance : Variable
    axis : list of int
        The axes that have statistics of their own; not negative once the layer is built.
    fused : bool
        Whether one op does it all; settled when the layer is built.

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, Batch Normalization, 2015, https://arxiv.org/abs/1502.03167

    Examples
    --------
    >>> layer = tf.layers.BatchNormalization(momentum=0.9)
    >>> layer(tf.ones([2, 3]), training=True)
    <tf.Tensor 'batch_normalization/batchnorm/add_1:0' shape=(2, 3) dtype=float32>
    >>> [update.name for update in layer.updates]
    ['batch_normalization/AssignMovingAvg', 'batch_normalization/AssignMovingAvg_1']
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = ZEROS,
        gamma_initializer: Any = ONES,
        moving_mean_initializer: Any = ZEROS,
        moving_variance_initializer: Any = ONES,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if renorm:
            raise NotImplementedError("batch normalization with renorm")
        if virtual_batch_size is not None:
            raise NotImplementedError("batch normalization with virtual_batch_size")
        if adjustment is not None:
            raise NotImplementedError("batch normalization with adjustment")
        super().__init__(trainable, name, **kwargs)
        if not isinstance(axis, int | list | tuple):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis: Any = axis if isinstance(axis, int) else list(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializer_of(beta_initializer)
        self.gamma_initializer = initializer_of(gamma_initializer)
        self.moving_mean_initializer = initializer_of(moving_mean_initializer)
        self.moving_variance_initializer = initializer_of(moving_variance_initializer)
        self.beta_regularizer = function_of("regularizer", beta_regularizer)
        self.gamma_regularizer = function_of("regularizer", gamma_regularizer)
        self.beta_constraint = function_of("constraint", beta_constraint)
        self.gamma_constraint = function_of("constraint", gamma_constraint)
        # These change renormalization, and without it nothing.
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.fused = fused
        self.gamma: Any = None
        self.beta: Any = None

    # -- variables ------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        shape = as_shape(input_shape)
        if shape.sizes is None:
            raise ValueError("Input has undefined rank:", shape)
        rank = len(shape.sizes)
        self.axis = _checked_axes(self.axis, rank)
        sizes = {axis: shape.sizes[axis] for axis in self.axis}
        if None in sizes.values():
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", shape)
        fused_layout = {1: "NCHW", 3: "NHWC"}.get(self.axis[0]) if len(self.axis) == 1 else None
        self.fused = self.fused is not False and rank == 4 and fused_layout is not None
        self._data_format = fused_layout or "NHWC"
        self.input_spec = InputSpec(ndim=rank, axes=sizes)
        if len(self.axis) == 1:
            self._parameter_shape = (sizes[self.axis[0]],)
        else:
            self._parameter_shape = tuple(sizes.get(axis, 1) for axis in range(rank))
        self._build_scale_and_offset()
        with self._undivided():
            self.moving_mean = self._moving("moving_mean", self.moving_mean_initializer)
            self.moving_variance = self._moving("moving_variance", self.moving_variance_initializer)
        self.built = True

    def _build_scale_and_offset(self) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                "gamma",
                self._parameter_shape,
                dtype=self._parameter_dtype(),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                trainable=True,
            )
        elif self.fused:
            self._one = constant(1.0, self._parameter_dtype(), self._parameter_shape)
        if self.center:
            self.beta = self.add_weight(
                "beta",
                self._parameter_shape,
                dtype=self._parameter_dtype(),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                trainable=True,
            )
        elif self.fused:
            self._zero = constant(0.0, self._parameter_dtype(), self._parameter_shape)

    def _parameter_dtype(self) -> DType:
        kind = as_dtype(self._dtype or dtypes.float32)
        return dtypes.float32 if kind in _HALVES else kind

    @contextmanager
    def _undivided(self) -> Iterator[None]:
        """Make variables without the scope's partitioner: a moving average is one variable."""
        scope = self._scope
        partitioner = None if scope is None else scope.partitioner
        if scope is not None:
            scope.set_partitioner(None)
        yield
        if scope is not None:
            scope.set_partitioner(partitioner)

    def _moving(self, name: str, initializer: Any) -> Any:
        return self.add_weight(
            name,
            self._parameter_shape,
            dtype=self._parameter_dtype(),
            initializer=initializer,
            trainable=False,
            synchronization=VariableSynchronization.ON_READ,
            aggregation=VariableAggregation.MEAN,
        )

    # -- operations -----------------------------------------------------------------------------

    def call(self, inputs: Any, training: Any = False) -> Tensor:  # type: ignore[override]
        if self.fused:
            return self._with_one_op(inputs, training)
        return self._in_steps(inputs, training)

    def _with_one_op(self, inputs: Any, training: Any) -> Tensor:
        gamma = self.gamma if self.scale else self._one
        beta = self.beta if self.center else self._zero
        shared: dict[str, Any] = {"epsilon": self.epsilon, "data_format": self._data_format}

        def with_batch() -> Any:
            return fused_batch_norm(inputs, gamma, beta, **shared)

        def with_moving() -> Any:
            moving: dict[str, Any] = {
                "mean": self.moving_mean,
                "variance": self.moving_variance,
            }
            return fused_batch_norm(inputs, gamma, beta, is_training=False, **moving, **shared)

        output, mean, variance = in_training(training, with_batch, with_moving)
        # Where it turns out not to be training, the momentum of 1 changes nothing.
        phase = known_phase(training)
        if phase is None:
            momentum = in_training(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = convert_to_tensor(self.momentum)
        if phase is not False:
            self.add_update(_moved(self.moving_mean, mean, momentum))
            self.add_update(_moved(self.moving_variance, variance, momentum))
        return output  # type: ignore[no-any-return]

    def _in_steps(self, inputs: Any, training: Any) -> Tensor:
        rank = inputs.shape.ndims
        reduced = [axis for axis in range(rank) if axis not in self.axis]
        kept = [size if axis in self.axis else 1 for axis, size in enumerate(inputs.shape.sizes)]
        is_last = len(self.axis) == 1 and reduced == list(range(rank - 1))

        def aligned(parameter: Any) -> Any:
            if parameter is None or parameter.shape.ndims == rank or is_last:
                return parameter
            return reshape(parameter, kept)

        scale, offset = aligned(self.gamma), aligned(self.beta)
        mean, variance = self.moving_mean, self.moving_variance
        if known_phase(training) is not False:
            widened = cast(inputs, self._parameter_dtype())
            batch_mean, batch_variance = moments(widened, reduced, keep_dims=len(self.axis) > 1)
            mean = in_training(training, lambda: batch_mean, mean.value)
            variance = in_training(training, lambda: batch_variance, variance.value)
            for average, used in ((self.moving_mean, mean), (self.moving_variance, variance)):
                self._update(training, average, used)
        mean, variance = cast(mean, inputs.dtype), cast(variance, inputs.dtype)
        offset = None if offset is None else cast(offset, inputs.dtype)
        scale = None if scale is None else cast(scale, inputs.dtype)
        return normalize(inputs, aligned(mean), aligned(variance), offset, scale, self.epsilon)

    def _update(self, training: Any, average: Any, used: Any) -> None:
        def moved() -> Tensor:
            return _moved(average, used, self.momentum)

        self.add_update(in_training(training, moved, average.value))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        return as_shape(input_shape)


def _checked_axes(axis: Any, rank: int) -> list[int]:
    axes = [axis] if isinstance(axis, int) else axis
    axes = [one + rank if one < 0 else one for one in axes]
    for one in axes:
        if not 0 <= one < rank:
            raise ValueError(f"Invalid axis: {one}")
    if len(axes) != len(set(axes)):
        raise ValueError(f"Duplicate axis: {axes}")
    return axes


def _moved(average: Any, value: Any, momentum: Any) -> Tensor:
    """Return `average` after ``average -= (average - value) * (1 - momentum)``."""
    with (
        name_scope(None, "AssignMovingAvg", [average, value, momentum]) as scope,
        colocate_with(average.op),
    ):
        rate = convert_to_tensor(1.0 - momentum, name="decay")
        rate = cast(rate, average.dtype.base_dtype)
        change = (average - cast(value, average.dtype.base_dtype)) * rate
        return assign_sub(average, change, name=scope)


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = ZEROS,
    gamma_initializer: Any = ONES,
    moving_mean_initializer: Any = ZEROS,
    moving_variance_initializer: Any = ONES,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Tensor:
    """Normalize to mean 0 and variance 1, then scale and shift [1]_.

    Parameters
    ----------
    inputs : Tensor
        Floating point, of known rank.
    axis : int or list of int
        The axes that keep statistics of their own: that of the channels.
    momentum : float or Tensor
        How much of the moving averages a training step keeps.
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`.
    beta_initializer, gamma_initializer : Initializer or str
    moving_mean_initializer, moving_variance_initializer : Initializer or str
    beta_regularizer, gamma_regularizer : callable, optional
        Give losses, added to ``GraphKeys.REGULARIZATION_LOSSES``.
    beta_constraint, gamma_constraint : callable, optional
        What optimizers apply to the values after each step.
    training : bool or bool Tensor
        Use the statistics of the batch; else the moving averages.
    trainable : bool
        Whether optimizers change `beta` and `gamma` by default. Without it the moving
        averages are not updated either.
    name : str, optional
        The variable scope. By default ``"batch_normalization"``, ...
    reuse : bool or AUTO_REUSE, optional
        Whether the variables of that name must exist already.
    renorm, virtual_batch_size, adjustment
        Not supported.
    renorm_clipping, renorm_momentum
        Used with `renorm` only.
    fused : bool, optional
        Use one op for all where it can be, which is the default: for inputs of rank 4 with
        `axis` 1 or 3. It takes no float64.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the size along `axis` is not known, or `axis` is out of range.
    NotImplementedError
        For `renorm`, `virtual_batch_size` and `adjustment`.

    Notes
    -----
    The updates of the moving averages are in ``GraphKeys.UPDATE_OPS``, and have to be run
    with each step. The fused op updates the variance with the unbiased one.

    References
    ----------
    .. [1] S. Ioffe and C. Szegedy, Batch Normalization, 2015, https://arxiv.org/abs/1502.03167

    Examples
    --------
    >>> y = tf.layers.batch_normalization(tf.ones([2, 3]), training=True)
    >>> y
    <tf.Tensor 'batch_normalization/batchnorm/add_1:0' shape=(2, 3) dtype=float32>
    >>> updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    >>> with tf.control_dependencies(updates):
    ...     train = tf.no_op()
    """
    layer = BatchNormalization(
        axis,
        momentum,
        epsilon,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        moving_mean_initializer,
        moving_variance_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
        renorm,
        renorm_clipping,
        renorm_momentum,
        fused,
        trainable,
        virtual_batch_size,
        adjustment,
        name,
        _reuse=reuse,
        _scope=name,
    )
    return layer(inputs, training=training)  # type: ignore[no-any-return]
