"""Smooth activations: elu, selu, softplus, softsign, swish; and what activations share."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.checks import bracketed
from flowgraph.ops.comparison import less
from flowgraph.ops.core import apply, convert_to_tensor
from flowgraph.ops.division import divide
from flowgraph.ops.elementwise import Elementwise, Unary
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.merging import merge_shapes
from flowgraph.ops.selection import where
from flowgraph.ops.transcendental import exp, sigmoid
from flowgraph.ops.types import NN_FLOATS
from flowgraph.shapes import TensorShape

_ALPHA = 1.6732632423543772848170429916717
_SCALE = 1.0507009873554804934193349852946
_SCALE_ALPHA = _SCALE * _ALPHA


class Activation(Unary, abstract=True):
    """An activation of floating-point numbers."""

    signature = Signature("features: T -> activations: T", T=NN_FLOATS)


class _Gradient(Elementwise, abstract=True):
    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (merge_shapes(inputs[0].shape, inputs[1].shape),)

    def failure(self, error: Exception, *inputs: Array) -> str:
        first, second = (bracketed(value.shape) for value in inputs)
        return (
            f"Inputs to operation of type {self.type} must have the same size and shape.  "
            f"Input 0: {first} != input 1: {second}"
        )


class InputGradient(_Gradient, abstract=True):
    """The gradient of an activation, from that of its output and from its input.

    It is linear in the first, so that it is its own gradient there.
    """

    signature = Signature("gradients: T, features: T -> backprops: T", T=NN_FLOATS)


class OutputGradient(_Gradient, abstract=True):
    """The gradient of an activation, from that of its output and from its output."""

    signature = Signature("gradients: T, outputs: T -> backprops: T", T=NN_FLOATS)


class Elu(Activation):
    """The feature where it is positive, else exp(x) - 1."""

    c = "({0} < 0 ? expm1({0}) : {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        # Where x > 0 the exponential is not taken: exp(0) - 1 is 0, and is added to x.
        zero = x.dtype.type(0)
        return xp.maximum(x, zero) + xp.expm1(xp.minimum(x, zero))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(EluGrad(), dys[0], operation.outputs[0]),)


class EluGrad(OutputGradient):
    """The gradient where the output is positive, else the output plus 1 times it."""

    c = "({1} < 0 ? {0} * ({1} + 1) : {0})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, y = inputs
        return dy * (xp.minimum(y, y.dtype.type(0)) + y.dtype.type(1))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        dy, y = operation.inputs
        bent = where(less(y, 0), multiply(dys[0], dy), zeros_like(y))
        return apply(EluGrad(), dys[0], y), bent


class Selu(Activation):
    """`Elu` scaled so that zero mean and unit variance are a fixed point."""

    c = f"({{0}} < 0 ? {_SCALE_ALPHA} * expm1({{0}}) : {_SCALE} * {{0}})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        kind = x.dtype.type
        positive = xp.maximum(x, kind(0)) * kind(_SCALE)
        return positive + xp.expm1(xp.minimum(x, kind(0))) * kind(_SCALE_ALPHA)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(SeluGrad(), dys[0], operation.outputs[0]),)


class SeluGrad(OutputGradient):
    """The gradient times scale where the output is positive, else times output + scale * alpha."""

    c = f"({{1}} < 0 ? {{0}} * ({{1}} + {_SCALE_ALPHA}) : {{0}} * {_SCALE})"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, y = inputs
        kind = y.dtype.type
        return dy * xp.where(y < 0, y + kind(_SCALE_ALPHA), kind(_SCALE))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        dy, y = operation.inputs
        bent = where(less(y, 0), multiply(dys[0], dy), zeros_like(y))
        return apply(SeluGrad(), dys[0], y), bent


class Softplus(Activation):
    """log(1 + exp(x)), finite for every finite x."""

    c = "(({0} < 0 ? 0 : {0}) + log1p(exp(-fabs({0}))))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return xp.maximum(x, x.dtype.type(0)) + xp.log1p(xp.exp(-xp.abs(x)))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(SoftplusGrad(), dys[0], operation.inputs[0]),)


class SoftplusGrad(InputGradient):
    """The gradient divided by 1 + exp(-x)."""

    c = "({0} / (1 + exp(-{1})))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, x = inputs
        return dy / (xp.exp(-x) + x.dtype.type(1))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        dy, x = operation.inputs
        with control_dependencies([dys[0]]):
            spread = add(add(exp(negative(x)), 2.0), exp(x))
            return apply(SoftplusGrad(), dys[0], x), divide(multiply(dys[0], dy), spread)


class Softsign(Activation):
    """x / (1 + |x|)."""

    c = "({0} / (1 + fabs({0})))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return x / (xp.abs(x) + x.dtype.type(1))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (apply(SoftsignGrad(), dys[0], operation.inputs[0]),)


class SoftsignGrad(InputGradient):
    """The gradient divided by (1 + |x|)²."""

    c = "({0} / ((1 + fabs({1})) * (1 + fabs({1}))))"

    def compute(self, xp: Any, *inputs: Array) -> Array:
        dy, x = inputs
        return dy / xp.square(xp.abs(x) + x.dtype.type(1))


def elu(features: Any, name: str | None = None) -> Tensor:
    """Return ``x`` where it is positive, else ``exp(x) - 1`` [1]_.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    name : str, optional

    References
    ----------
    .. [1] D.-A. Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear
       Units, 2015, https://arxiv.org/abs/1511.07289

    Examples
    --------
    >>> tf.Session().run(tf.nn.elu([0.0, 2.0]))
    array([0., 2.], dtype=float32)
    """
    return apply(Elu(), features, name=name)


def selu(features: Any, name: str | None = None) -> Tensor:
    """Return `elu` scaled so that layers keep zero mean and unit variance [1]_.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    name : str, optional

    References
    ----------
    .. [1] G. Klambauer et al., Self-Normalizing Neural Networks, 2017,
       https://arxiv.org/abs/1706.02515

    Examples
    --------
    >>> tf.Session().run(tf.nn.selu([0.0, 1.0]))
    array([0.      , 1.050701], dtype=float32)
    """
    return apply(Selu(), features, name=name)


def softplus(features: Any, name: str | None = None) -> Tensor:
    """Return ``log(1 + exp(x))``.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.softplus([0.0, 1000.0]))
    array([6.931472e-01, 1.000000e+03], dtype=float32)
    """
    return apply(Softplus(), features, name=name)


def softsign(features: Any, name: str | None = None) -> Tensor:
    """Return ``x / (1 + abs(x))``.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.nn.softsign([-1.0, 3.0]))
    array([-0.5 ,  0.75], dtype=float32)
    """
    return apply(Softsign(), features, name=name)


def swish(features: Any) -> Tensor:
    """Return ``x * sigmoid(x)`` [1]_.

    Parameters
    ----------
    features : Tensor
        Of a floating-point dtype.

    References
    ----------
    .. [1] P. Ramachandran et al., Searching for Activation Functions, 2017,
       https://arxiv.org/abs/1710.05941

    Examples
    --------
    >>> tf.Session().run(tf.nn.swish([0.0, 100.0]))
    array([  0., 100.], dtype=float32)
    """
    tensor = convert_to_tensor(features, name="features")
    return multiply(tensor, sigmoid(tensor), name="mul")
