"""Rectifiers: relu and its variants."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import Activation, InputGradient
from flowgraph.ops.arithmetic import multiply, negative, subtract
from flowgraph.ops.bias import bias_add
from flowgraph.ops.core import REALS, apply, cast, convert_to_tensor, shape
from flowgraph.ops.elementwise import Unary
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.random import random_uniform


class Relu(Unary):
    """max(x, 0)."""

    signature = Signature("features: T -> activations: T", T=REALS)
    c = "({0} < 0 ? 0 : {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.maximum(x, x.dtype.type(0))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.maximum(inputs[0], inputs[0].dtype.type(0), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(ReluGrad(), dys[0], operation.outputs[0]),)


class ReluGrad(InputGradient):
    """The gradient where the feature is positive, else 0."""

    signature = Signature("gradients: T, features: T -> backprops: T", T=REALS)
    c = "({1} > 0 ? {0} : 0)"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, x = inputs
        return xp.multiply(dy, x > 0)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        xp.multiply(inputs[0], inputs[1] > 0, out=out)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x = operation.inputs[1]
        return apply(ReluGrad(), dys[0], x), zeros_like(x)


class Relu6(Unary):
    """min(max(x, 0), 6)."""

    signature = Signature("features: T -> activations: T", T=REALS)
    c = "({0} < 0 ? 0 : {0} > 6 ? 6 : {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.minimum(xp.maximum(x, x.dtype.type(0)), x.dtype.type(6))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        kind = inputs[0].dtype.type
        xp.maximum(inputs[0], kind(0), out=out)
        xp.minimum(out, kind(6), out=out)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(Relu6Grad(), dys[0], operation.outputs[0]),)


class Relu6Grad(InputGradient):
    """The gradient where the feature lies between 0 and 6, else 0."""

    signature = Signature("gradients: T, features: T -> backprops: T", T=REALS)
    c = "({1} > 0 && {1} < 6 ? {0} : 0)"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, x = inputs
        return xp.multiply(dy, (x > 0) & (x < 6))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x = operation.inputs[1]
        return apply(Relu6Grad(), dys[0], x), zeros_like(x)


class LeakyRelu(Activation):
    """The feature where it is positive, else alpha times it."""

    alpha: float = 0.2

    def scalar(self, *specs: Spec) -> str | None:
        is_real = specs[0].dtype.kind == "f" and isfinite(self.alpha)
        return f"({{0}} > 0 ? {{0}} : {{0}} * {float(self.alpha)})" if is_real else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        scaled = x * x.dtype.type(self.alpha)
        return xp.maximum(x, scaled) if self.alpha <= 1 else xp.where(x > 0, x, scaled)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(LeakyReluGrad(self.alpha), dys[0], operation.inputs[0]),)


class LeakyReluGrad(InputGradient):
    """The gradient where the feature is positive, else alpha times it."""

    alpha: float = 0.2

    def scalar(self, *specs: Spec) -> str | None:
        is_real = specs[0].dtype.kind == "f" and isfinite(self.alpha)
        return f"({{1}} > 0 ? {{0}} : {{0}} * {float(self.alpha)})" if is_real else None

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, x = inputs
        alpha = dy.dtype.type(self.alpha)
        if alpha > 1:
            return xp.where(x > 0, dy, dy * alpha)
        return dy * xp.maximum((x > 0).astype(dy.dtype), alpha)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        x = operation.inputs[1]
        return apply(LeakyReluGrad(self.alpha), dys[0], x), zeros_like(x)


def relu(features: Any, name: str | None = None) -> Tensor:
    """Return ``max(x, 0)``.

    Parameters
    ----------
    features : Tensor
        Of a real dtype.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.relu([-1.0, 2.0]))
    array([0., 2.], dtype=float32)
    """
    return apply(Relu(), features, name=name)


def relu6(features: Any, name: str | None = None) -> Tensor:
    """Return ``min(max(x, 0), 6)``.

    Parameters
    ----------
    features : Tensor
        Of a real dtype.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.relu6([-1.0, 2.0, 9.0]))
    array([0., 2., 6.], dtype=float32)
    """
    with name_scope(name, "Relu6", [features]) as scope:
        return apply(Relu6(), convert_to_tensor(features, name="features"), name=scope)


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """Return ``x`` where it is positive, else ``alpha * x``.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype; integers are converted to float32.
    alpha : float
        Slope for negative features. For one that is learned see `prelu`.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.leaky_relu([-1.0, 2.0], alpha=0.5))
    array([-0.5,  2. ], dtype=float32)
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as scope:
        tensor = convert_to_tensor(features, name="features")
        if tensor.dtype.is_integer:
            tensor = cast(tensor, dtypes.float32)
        if isinstance(alpha, Tensor):
            raise TypeError(f"Expected float for argument 'alpha' not {alpha!r}: see prelu")
        return apply(LeakyRelu(float(np.asarray(alpha).item())), tensor, name=scope)


def crelu(features: Any, name: str | None = None, axis: int = -1) -> Tensor:
    """Return the positive and the negative part of the features side by side [1]_.

    Parameters
    ----------
    features : Tensor
        Of a real dtype with negatives.
    name : str, optional
    axis : int
        The axis that doubles its size.

    References
    ----------
    .. [1] W. Shang et al., Understanding and Improving Convolutional Neural Networks via
       Concatenated Rectified Linear Units, 2016, https://arxiv.org/abs/1603.05201

    Examples
    --------
    >>> tf.Session().run(tf.nn.crelu([-1.0, 2.0]))
    array([0., 2., 1., 0.], dtype=float32)
    """
    with name_scope(name, "CRelu", [features]) as scope:
        tensor = convert_to_tensor(features, name="features")
        return relu(concat([tensor, negative(tensor)], axis, name=scope))


def prelu(features: Any, alpha: Any, name: str | None = None) -> Tensor:
    """Return ``x`` where it is positive, else ``alpha * x``, with a slope that can be learned [1]_.

    An addition of this library: TensorFlow 1 has it as a Keras layer only.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    alpha : Tensor
        Of the same dtype, broadcast against the features: a scalar, or one slope per channel.
    name : str, optional

    References
    ----------
    .. [1] K. He et al., Delving Deep into Rectifiers, 2015, https://arxiv.org/abs/1502.01852

    Examples
    --------
    >>> from flowgraph.ops.rectification import prelu
    >>> tf.Session().run(prelu([-1.0, 2.0], [0.5, 0.5]))
    array([-0.5,  2. ], dtype=float32)
    """
    with name_scope(name, "PRelu", [features, alpha]) as scope:
        tensor = convert_to_tensor(features, name="features")
        slope = convert_to_tensor(alpha, dtype=tensor.dtype, name="alpha")
        negated = relu(negative(tensor))
        return subtract(relu(tensor), multiply(slope, negated), name=scope)


def randomized_relu(
    features: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = True,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return ``x`` where it is positive, else ``a * x`` with a random slope ``a`` [1]_.

    An addition of this library.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    lower, upper : float
        Each element draws its slope uniformly from between them.
    training : bool
        Otherwise every slope is the mean of the two.
    seed : int, optional
    name : str, optional

    References
    ----------
    .. [1] B. Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network,
       2015, https://arxiv.org/abs/1505.00853

    Examples
    --------
    >>> from flowgraph.ops.rectification import randomized_relu
    >>> tf.Session().run(randomized_relu([-4.0, 2.0], 0.25, 0.75, training=False))
    array([-2.,  2.], dtype=float32)
    """
    with name_scope(name, "RRelu", [features]) as scope:
        tensor = convert_to_tensor(features, name="features")
        if not training:
            return leaky_relu(tensor, (lower + upper) / 2, name=scope)
        slope = random_uniform(shape(tensor), lower, upper, tensor.dtype, seed)
        return prelu(tensor, slope, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """Return ``relu(matmul(x, weights) + biases)``.

    Parameters
    ----------
    x : Tensor
        Of shape ``[batch, inputs]``.
    weights : Tensor
        Of shape ``[inputs, outputs]``.
    biases : Tensor
        Of shape ``[outputs]``.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.relu_layer([[1.0, 2.0]], [[1.0], [1.0]], [-5.0]))
    array([[0.]], dtype=float32)
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(weights, name="weights")
        biases = convert_to_tensor(biases, name="biases")
        return relu(bias_add(matmul(x, weights), biases), name=scope)
