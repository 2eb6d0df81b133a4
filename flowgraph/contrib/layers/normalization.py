"""Batch normalization under contrib's names and defaults."""

from __future__ import annotations

from typing import Any

from flowgraph.contrib.arguments import add_arg_scope
from flowgraph.contrib.model_variables import (
    collect,
    collections_of,
    model_variable,
    renaming,
)
from flowgraph.contrib.named_outputs import collect_named_outputs
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collections,
    control_dependencies,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ONES, ZEROS
from flowgraph.layers.normalization import BatchNormalization
from flowgraph.layers.training_phase import in_training, known_phase
from flowgraph.ops.array import reshape
from flowgraph.ops.core import constant, convert_to_tensor, identity, shape
from flowgraph.ops.moments import moments
from flowgraph.ops.normalization import batch_normalization, fused_batch_norm
from flowgraph.train.moving_averages import assign_moving_average
from flowgraph.variables.variable_scope import variable_scope

_NAMES = ("beta", "gamma", "moving_mean", "moving_variance")


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Tensor:
    """Normalize to mean 0 and variance 1, then scale and shift.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, ..., channels)``, floating point.
    decay : float or Tensor
        How much of the moving averages a training step keeps.
    center, scale : bool
        Whether there is an offset, `beta`, and a scale, `gamma`.
    epsilon : float
        Added to the variance.
    activation_fn : callable, optional
    param_initializers : dict of str to callable, optional
        By ``"beta"``, ``"gamma"``, ``"moving_mean"``, ``"moving_variance"``.
    param_regularizers : dict of str to callable, optional
        By ``"beta"`` and ``"gamma"``.
    updates_collections : str, list of str, or None
        Where to list the updates of the moving averages. With ``None`` the output waits
        for them.
    is_training : bool or bool Tensor
        Use the statistics of the batch; else the moving averages.
    reuse, variables_collections, outputs_collections, trainable, scope
        See `fully_connected`. The scope is by default ``"BatchNorm"``, made unique.
    fused : bool, optional
        Use one op for all where it can be, which is the default.
    data_format : {"NHWC", "NCHW"}
    zero_debias_moving_mean : bool
        Divide out that the moving mean began at zero.
    batch_weights, renorm, renorm_clipping, renorm_decay, adjustment
        Not supported.

    Returns
    -------
    Tensor
        Of the shape and dtype of `inputs`.

    Raises
    ------
    ValueError
        If the rank or the number of channels is not known, or for another `data_format`.
    NotImplementedError
        For `batch_weights`, `renorm` and `adjustment`.

    Examples
    --------
    >>> tf.contrib.layers.batch_norm(tf.ones([2, 5, 5, 3]), activation_fn=tf.nn.relu)
    <tf.Tensor 'BatchNorm/Relu:0' shape=(2, 5, 5, 3) dtype=float32>
    >>> [v.name for v in tf.trainable_variables()]
    ['BatchNorm/beta:0']
    """
    if batch_weights is not None:
        raise NotImplementedError("contrib.layers.batch_norm with batch_weights")
    if renorm:
        raise NotImplementedError("contrib.layers.batch_norm with renorm")
    if adjustment is not None:
        raise NotImplementedError("contrib.layers.batch_norm with adjustment")
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    initializers, regularizers = param_initializers or {}, param_regularizers or {}
    with variable_scope(
        scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=renaming({})
    ) as inner:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError("Input has undefined rank:", inputs.shape)
        fusible = fused is not False and rank in (2, 4)
        usual = updates_collections == GraphKeys.UPDATE_OPS and not zero_debias_moving_mean
        if usual and not (fusible and rank == 2):
            layer = BatchNormalization(
                1 if data_format == "NCHW" else -1,
                decay,
                epsilon,
                center,
                scale,
                initializers.get("beta", ZEROS),
                initializers.get("gamma", ONES),
                initializers.get("moving_mean", ZEROS),
                initializers.get("moving_variance", ONES),
                regularizers.get("beta"),
                regularizers.get("gamma"),
                fused=fused,
                trainable=trainable,
                name=inner.name,
                _scope=inner,
                _reuse=reuse,
            )
            outputs = layer(inputs, training=is_training)
            for name in _NAMES:
                collect(getattr(layer, name), variables_collections, name)
        else:
            parts = _Parts(inputs, data_format, epsilon, is_training, fusible)
            parts.make_variables(
                center, scale, initializers, regularizers, variables_collections, trainable
            )
            parts.average = (decay, zero_debias_moving_mean, updates_collections)
            outputs = parts.in_one_op() if fusible else parts.in_steps()
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, inner.name, outputs)


class _Parts:
    """Batch normalization whose updates are listed elsewhere, or nowhere."""

    average: tuple[Any, bool, Any]

    def __init__(
        self, inputs: Tensor, data_format: str, epsilon: float, training: Any, fused: bool
    ) -> None:
        self.inputs = inputs
        self.fused = fused
        self.data_format = data_format
        self.epsilon = epsilon
        self.training = training
        axis = 1 if data_format == "NCHW" else -1
        channels = inputs.shape[axis].value
        if channels is None:
            raise ValueError("`C` dimension must be known but is None")
        self.channels = channels
        self.images = inputs
        if fused and inputs.shape.ndims == 2:
            last = [-1, 1, 1, channels]
            self.images = reshape(inputs, last if data_format == "NHWC" else [-1, channels, 1, 1])

    def make_variables(
        self,
        center: bool,
        scale: bool,
        initializers: dict[str, Any],
        regularizers: dict[str, Any],
        collections: Any,
        trainable: bool,
    ) -> None:
        def made(name: str, default: Any, trained: bool) -> Any:
            return model_variable(
                name,
                shape=[self.channels],
                dtype="float32",
                initializer=initializers.get(name, default),
                regularizer=regularizers.get(name),
                trainable=trained,
                collections=collections_of(collections, name),
            )

        def fixed(value: float) -> Any:
            return constant(value, shape=[self.channels]) if self.fused else None

        self.beta = made("beta", ZEROS, trainable) if center else fixed(0.0)
        self.gamma = made("gamma", ONES, trainable) if scale else fixed(1.0)
        self.moving_mean = made("moving_mean", ZEROS, False)
        self.moving_variance = made("moving_variance", ONES, False)

    def in_one_op(self) -> Tensor:
        def with_batch() -> Any:
            return fused_batch_norm(
                self.images,
                self.gamma,
                self.beta,
                epsilon=self.epsilon,
                data_format=self.data_format,
            )

        def with_moving() -> Any:
            return fused_batch_norm(
                self.images,
                self.gamma,
                self.beta,
                mean=self.moving_mean,
                variance=self.moving_variance,
                epsilon=self.epsilon,
                is_training=False,
                data_format=self.data_format,
            )

        outputs, mean, variance = in_training(self.training, with_batch, with_moving)
        (outputs,) = self._updated(mean, variance, outputs)
        if self.inputs.shape.ndims == 2:
            outputs = reshape(outputs, shape(self.inputs))
        return outputs  # type: ignore[no-any-return]

    def in_steps(self) -> Tensor:
        rank = len(self.inputs.shape)
        channel_axis = 1 if self.data_format == "NCHW" else rank - 1
        axes = [axis for axis in range(rank) if axis != channel_axis]

        def aligned(parameter: Any) -> Any:
            if parameter is None or channel_axis == rank - 1:
                return parameter
            return reshape(parameter, [1, self.channels, *([1] * (rank - 2))])

        if known_phase(self.training) is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            batch = moments(self.inputs, axes)
            moving = (self.moving_mean, self.moving_variance)
            used = in_training(
                self.training, lambda: batch, lambda: tuple(each.value() for each in moving)
            )
            mean, variance = self._updated(*batch, *used)
        return batch_normalization(
            self.inputs,
            aligned(mean),
            aligned(variance),
            aligned(self.beta),
            aligned(self.gamma),
            self.epsilon,
        )

    def _updated(self, mean: Any, variance: Any, *outputs: Any) -> tuple[Any, ...]:
        """Return `outputs`, which wait for the updates if nothing else makes them run."""
        if known_phase(self.training) is False:
            return outputs
        decay, debias, collections = self.average
        pairs = ((self.moving_mean, mean, debias), (self.moving_variance, variance, False))

        def updates() -> list[Any]:
            return [assign_moving_average(v, x, decay, zero_debias=z) for v, x, z in pairs]

        if collections is None:

            def waiting() -> Any:
                with control_dependencies(updates()):
                    return tuple(identity(output) for output in outputs)

            found = in_training(self.training, waiting, lambda: outputs)
            return found if isinstance(found, tuple) else (found,)
        kept = in_training(
            self.training, updates, lambda: [self.moving_mean.value(), self.moving_variance.value()]
        )
        for update in kept:
            add_to_collections(collections, update)
        return outputs
