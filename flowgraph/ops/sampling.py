"""Samples: draws from distributions given by tensors, and shuffles."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import INDEX, REALS, apply, convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.division import truediv
from flowgraph.ops.elementwise import Binary
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.random import Random, known_shape, op_seeds, sizes_of
from flowgraph.ops.reduction import sum_to_shape
from flowgraph.ops.special_functions import WIDE, gamma_series, special
from flowgraph.ops.types import INDICES
from flowgraph.random_streams import PhiloxStream
from flowgraph.shapes import TensorShape

_GAMMA = Types((dtypes.float16, dtypes.float32, dtypes.float64))
_POISSON = Types((*_GAMMA.allowed, dtypes.int32, dtypes.int64))


class RandomGamma(Random):
    """Gamma numbers of scale 1 for each shape parameter."""

    signature = Signature("shape: S, alpha: T -> output: T", S=INDICES, T=_GAMMA)
    host_only = True
    host_inputs = (0, 1)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (known_shape(inputs[0]).concatenate(inputs[1].shape),)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        shape, alpha = inputs
        return stream.gamma(sizes_of(shape), alpha, alpha.dtype)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        alpha = operation.inputs[1]
        slope = apply(RandomGammaGrad(), alpha, operation.outputs[0])
        return None, sum_to_shape(multiply(dys[0], slope), shape_of(alpha))


class RandomGammaGrad(Binary):
    """How a gamma number moves with its shape parameter, its quantile held (Figurnov, 2018)."""

    signature = Signature("alpha: T, sample: T -> output: T", T=WIDE)
    host_only = True

    def compute(self, xp: Any, *inputs: Array) -> Array:
        alpha, sample = (value.astype(np.float64) for value in xp.broadcast_arrays(*inputs))
        # The terms of the series cancel far out in the tail, where few numbers fall.
        is_far = sample > alpha + 20
        near = xp.where(is_far | (sample == 0), 1.0, sample)
        slope = xp.where(sample == 0, 0.0, -gamma_series(xp, alpha, near, near / alpha))
        far = xp.where(is_far, sample, 1.0)[..., None]
        nodes, weights = (xp.asarray(part) for part in np.polynomial.laguerre.laggauss(40))
        power = (1 + nodes / far) ** (alpha[..., None] - 1)
        beyond = xp.log(far + nodes) - special(xp, "psi")(alpha)[..., None]
        tail = (weights * power * beyond).sum(axis=-1)
        return xp.where(is_far, tail, slope).astype(inputs[0].dtype)

    gradient = Op.gradient


class RandomPoissonV2(Random):
    """Poisson counts for each rate."""

    signature = Signature(
        "shape: S, rate: R -> output: dtype", S=INDICES, R=_POISSON, dtype=_POISSON
    )
    host_only = True
    host_inputs = (0, 1)

    dtype: DType = dtypes.int64

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (known_shape(inputs[0]).concatenate(inputs[1].shape),)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        shape, rate = inputs
        return stream.poisson(sizes_of(shape), rate, self.dtype.numpy)

    gradient = Op.gradient


class Multinomial(Random):
    """Classes drawn from unnormalised log-probabilities, row by row."""

    signature = Signature(
        "logits: T, num_samples: int32 -> output: output_dtype", T=REALS, output_dtype=INDEX
    )
    host_inputs = (0, 1)

    output_dtype: DType = dtypes.int64

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        logits, samples = inputs
        rows = (with_rank(logits.shape, 2).sizes or (None,))[0]
        with_rank(samples.shape, 0)
        count = samples.static_value()
        if count is not None and count < 0:
            raise ValueError(
                f"Dimension size, given by scalar input 1, must be non-negative but is {count}"
            )
        return (TensorShape.of((rows, None if count is None else int(count))),)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        logits, samples = inputs
        if logits.ndim != 2:
            raise invalid(f"logits should be a matrix, got shape {bracketed(logits.shape)}")
        if samples.ndim:
            raise invalid(f"num_samples should be a scalar, got shape {bracketed(samples.shape)}")
        if samples < 0:
            raise invalid(f"num_samples should be nonnegative, got {samples}")
        if logits.shape[1] == 0:
            raise invalid("num_classes should be positive, got 0")
        return stream.multinomial(logits, int(samples), self.output_dtype.numpy)


class RandomShuffle(Random):
    """The input with its rows in another order."""

    signature = Signature("value: T -> output: T")
    host_only = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        stream = resources.get(operation, lambda: PhiloxStream(self.seed, self.seed2))
        return lambda *inputs: _shuffled(stream, xp, inputs[0])

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return _shuffled(PhiloxStream(self.seed, self.seed2), xp, inputs[0])


def _shuffled(stream: PhiloxStream, xp: Any, value: Array) -> Array:
    if value.ndim == 0 or value.size <= 1:
        return value.copy()
    return xp.take(value, xp.asarray(stream.shuffle_indices(value.shape[0])), axis=0)


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Return a tensor with its entries along the first axis in random order.

    Parameters
    ----------
    value : Tensor
    seed : int, optional
        Draws the same order in every session. See `set_random_seed`.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.random_shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], seed=1))
    array([7, 9, 3, 6, 5, 1, 8, 4, 0, 2], dtype=int32)
    """
    seed1, seed2 = op_seeds(seed)
    return apply(RandomShuffle(seed=seed1, seed2=seed2), value, name=name)


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """Return classes drawn from unnormalised log-probabilities.

    Parameters
    ----------
    logits : Tensor [batch, classes]
    num_samples : int or int32 scalar Tensor
        Draws for each row.
    seed : int, optional
        Draws the same classes in every session. See `set_random_seed`.
    name : str, optional
    output_dtype : DType, optional
        int64 (the default) or int32.

    Returns
    -------
    Tensor [batch, num_samples]

    Examples
    --------
    >>> tf.Session().run(tf.multinomial([[1.0, 2.0, 0.5]], 8, seed=1))
    array([[2, 1, 1, 1, 0, 1, 0, 1]])
    """
    with name_scope(name, "multinomial", [logits]):
        return _categories(logits, num_samples, output_dtype, seed)


def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return classes drawn from unnormalised log-probabilities: `multinomial` by its new name.

    Parameters
    ----------
    logits : Tensor [batch, classes]
    num_samples : int or int32 scalar Tensor
        Draws for each row.
    dtype : DType, optional
        int64 (the default) or int32.
    seed : int, optional
        Draws the same classes in every session. See `set_random_seed`.
    name : str, optional

    Returns
    -------
    Tensor [batch, num_samples]

    Examples
    --------
    >>> tf.Session().run(tf.random.categorical([[1.0, 2.0, 0.5]], 8, seed=1))
    array([[2, 1, 1, 1, 0, 1, 0, 1]])
    """
    with name_scope(name, "categorical", [logits]):
        return _categories(logits, num_samples, dtype, seed)


def _categories(logits: Any, num_samples: Any, dtype: Any, seed: int | None) -> Tensor:
    scores = convert_to_tensor(logits, name="logits")
    seed1, seed2 = op_seeds(seed)
    kind = dtypes.int64 if dtype is None else as_dtype(dtype)
    op = Multinomial(seed=seed1, seed2=seed2, output_dtype=kind)
    return apply(op, scores, num_samples)


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return gamma random numbers for each pair of parameters.

    Parameters
    ----------
    shape : Tensor or list of int
        Of the draws for each pair.
    alpha : Tensor or number
        Shape parameter, positive.
    beta : Tensor or number, optional
        Inverse scale, 1 by default. `alpha` and `beta` are broadcast.
    dtype : DType
        float16, float32 or float64.
    seed : int, optional
        Draws the same numbers in every session. See `set_random_seed`.
    name : str, optional

    Returns
    -------
    Tensor of shape ``shape + (alpha + beta).shape``

    Raises
    ------
    InvalidArgumentError
        When run, if an `alpha` is not positive and finite.

    Notes
    -----
    Differentiable, also with respect to `alpha`. The method is Marsaglia and Tsang's (2000).

    Examples
    --------
    >>> tf.random_gamma([10], [0.5, 1.5])
    <tf.Tensor 'random_gamma/Maximum:0' shape=(10, 2) dtype=float32>
    """
    kind = as_dtype(dtype)
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        sizes = convert_to_tensor(shape, dtypes.int32, name="shape")
        shapes = convert_to_tensor(alpha, kind, name="alpha")
        rates = convert_to_tensor(1 if beta is None else beta, kind, name="beta")
        shapes = shapes + zeros_like(rates)
        seed1, seed2 = op_seeds(seed)
        draws = apply(RandomGamma(seed=seed1, seed2=seed2), sizes, shapes)
        smallest = np.finfo(kind.numpy).tiny
        return maximum(smallest, truediv(draws, rates))


def random_poisson(
    lam: Any,
    shape: Any,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return Poisson random counts for each rate.

    Parameters
    ----------
    lam : Tensor or number
        The rates. A negative one counts as zero.
    shape : Tensor or list of int
        Of the draws for each rate.
    dtype : DType
        float16, float32, float64, int32 or int64.
    seed : int, optional
        Draws the same numbers in every session. See `set_random_seed`.
    name : str, optional

    Returns
    -------
    Tensor of shape ``shape + lam.shape``

    Raises
    ------
    InvalidArgumentError
        When run, if a rate is not finite.

    Examples
    --------
    >>> tf.Session().run(tf.random_poisson([0.5, 15.0], [3], seed=1))
    array([[ 0., 14.],
           [ 0., 13.],
           [ 0., 19.]], dtype=float32)
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        sizes = convert_to_tensor(shape, dtypes.int32, name="shape")
        seed1, seed2 = op_seeds(seed)
        op = RandomPoissonV2(seed=seed1, seed2=seed2, dtype=as_dtype(dtype))
        return apply(op, sizes, lam)
