"""Dense layers, dropout, flattening."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import ZEROS, activation_of, function_of, initializer_of
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.layers.training_phase import in_training
from flowgraph.layers.windows import data_format_of
from flowgraph.ops import dropout as dropout_ops
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.bias import bias_add
from flowgraph.ops.contraction import tensordot
from flowgraph.ops.core import cast, convert_to_tensor, identity, shape
from flowgraph.ops.linalg import matmul
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.sparse_matmul import sparse_tensor_dense_matmul
from flowgraph.shapes import TensorShape, as_shape


class Dense(Layer):
    """``activation(inputs @ kernel + bias)``. Parameters and errors as for `dense`.

    Attributes
    ----------
    kernel : Variable
        ``(in, units)``.
    bias : Variable or None
        ``(units,)``.

    Examples
    --------
    >>> layer = tf.layers.Dense(4, activation=tf.nn.relu)
    >>> layer(tf.ones([2, 3]))
    <tf.Tensor 'dense/Relu:0' shape=(2, 4) dtype=float32>
    >>> layer.count_params()
    16
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable, name, activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units)
        self.activation = activation_of(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializer_of(kernel_initializer)
        self.bias_initializer = initializer_of(bias_initializer)
        self.kernel_regularizer = function_of("regularizer", kernel_regularizer)
        self.bias_regularizer = function_of("regularizer", bias_regularizer)
        self.kernel_constraint = function_of("constraint", kernel_constraint)
        self.bias_constraint = function_of("constraint", bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        kind = as_dtype(self._dtype or "float32")
        if not (kind.is_floating or kind.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {kind}")
        size = as_shape(input_shape)[-1].value
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel",
            [size, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                [self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        if isinstance(inputs, SparseTensor):
            outputs = sparse_tensor_dense_matmul(inputs, self.kernel)
        elif inputs.shape.ndims > 2:
            outputs = tensordot(inputs, self.kernel, [[inputs.shape.ndims - 1], [0]])
        else:
            outputs = matmul(cast(inputs, self._dtype), self.kernel)
        if self.use_bias:
            outputs = bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        shape = as_shape(input_shape).with_rank_at_least(2).as_list()
        return TensorShape.of((*shape[:-1], self.units))


class Dropout(Layer):
    """Elements set to zero at random in training. Parameters as for `dropout`.

    Examples
    --------
    >>> layer = tf.layers.Dropout(0.5)
    >>> layer(tf.ones([2]), training=True)
    <tf.Tensor 'dropout/dropout/mul_1:0' shape=(2,) dtype=float32>
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Tensor:  # type: ignore[override]
        def dropped() -> Tensor:
            kept_together = self._noise_shape(inputs)
            return dropout_ops.dropout(
                inputs, noise_shape=kept_together, seed=self.seed, rate=self.rate
            )

        output: Tensor = in_training(training, dropped, lambda: identity(inputs))
        return output

    def _noise_shape(self, inputs: Any) -> Any:
        """Return the noise's shape with the sizes of `inputs` where it has ``None``."""
        given = self.noise_shape
        if given is None or isinstance(given, Tensor):
            return given
        sizes = shape(inputs)
        return convert_to_tensor(
            [sizes[axis] if size is None else size for axis, size in enumerate(given)]
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        return as_shape(input_shape)


class Flatten(Layer):
    """All axes but the first as one. Parameters and errors as for `flatten`.

    Examples
    --------
    >>> tf.layers.Flatten()(tf.ones([2, 3, 4]))
    <tf.Tensor 'flatten/Reshape:0' shape=(2, 12) dtype=float32>
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = data_format_of(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Tensor:  # type: ignore[override]
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank > 1:
            inputs = transpose(inputs, [0, *range(2, rank), 1])
        batch = inputs.shape.sizes[0]
        outputs = reshape(inputs, (shape(inputs)[0] if batch is None else batch, -1))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        shape = as_shape(input_shape).with_rank_at_least(1)
        return TensorShape.of((shape[0].value, shape[1:].num_elements()))


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """Return ``activation(inputs @ kernel + bias)``.

    Parameters
    ----------
    inputs : Tensor or SparseTensor
        ``(..., in)``, floating point, of rank 2 or more.
    units : int
        The size of the last axis of the output.
    activation : callable or str, optional
    use_bias : bool
    kernel_initializer, bias_initializer : Initializer or str, optional
        The kernel's is by default that of the variable scope, else
        `tf.glorot_uniform_initializer`.
    kernel_regularizer, bias_regularizer : callable, optional
        Give losses, added to ``GraphKeys.REGULARIZATION_LOSSES``.
    activity_regularizer : callable, optional
        Gives a loss for the output. Its mean over the batch is added to the same.
    kernel_constraint, bias_constraint : callable, optional
        What optimizers apply to the values after each step.
    trainable : bool
        Whether optimizers change the variables by default.
    name : str, optional
        The variable scope. By default ``"dense"``, ``"dense_1"``, ...
    reuse : bool or AUTO_REUSE, optional
        Whether the variables of that name must exist already.

    Returns
    -------
    Tensor
        ``(..., units)``, of the dtype of `inputs`.

    Raises
    ------
    ValueError
        If the size of the last axis or the rank is not known, or the rank is below 2;
        or as `tf.get_variable` does.
    TypeError
        If `inputs` are not floating point.

    Examples
    --------
    >>> y = tf.layers.dense(tf.ones([2, 3]), 4, activation=tf.nn.relu, name="hidden")
    >>> y
    <tf.Tensor 'hidden/Relu:0' shape=(2, 4) dtype=float32>
    >>> tf.trainable_variables()
    [<tf.Variable 'hidden/kernel:0' shape=(3, 4) dtype=float32_ref>,
     <tf.Variable 'hidden/bias:0' shape=(4,) dtype=float32_ref>]
    """
    layer = Dense(
        units,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        trainable,
        name,
        _scope=name,
        _reuse=reuse,
    )
    return layer(inputs)  # type: ignore[no-any-return]


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """Set elements to zero at random in training, as `tf.nn.dropout` does.

    Parameters
    ----------
    inputs : Tensor
    rate : float or Tensor
        The probability of an element to be dropped, in ``[0, 1)``.
    noise_shape : list of int or None, or Tensor, optional
        Where it is 1, a whole axis is kept or dropped together.
    seed : int, optional
    training : bool or bool Tensor
        Whether to do it. Otherwise the inputs are returned.
    name : str, optional

    Examples
    --------
    >>> tf.layers.dropout(tf.ones([2, 3]), rate=0.4)
    <tf.Tensor 'dropout/Identity:0' shape=(2, 3) dtype=float32>
    """
    layer = Dropout(rate, noise_shape, seed, name)
    return layer(inputs, training=training)  # type: ignore[no-any-return]


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Tensor:
    """Make all axes but the first one axis.

    Parameters
    ----------
    inputs : Tensor
        Of known rank, at least 1.
    name : str, optional
    data_format : {"channels_last", "channels_first"}
        With the latter the second axis is moved to the end first.

    Returns
    -------
    Tensor
        Of rank 2.

    Raises
    ------
    ValueError
        If the rank is unknown or 0.

    Examples
    --------
    >>> tf.layers.flatten(tf.placeholder(tf.float32, [None, 3, 4]))
    <tf.Tensor 'flatten/Reshape:0' shape=(?, 12) dtype=float32>
    """
    layer = Flatten(data_format, name=name)
    return layer(inputs)  # type: ignore[no-any-return]
