"""Random numbers: ops that draw from TensorFlow's streams, one stream per operation and session."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, subtract
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import FLOATS, INDEX, apply, convert_to_tensor
from flowgraph.ops.types import INDICES, NN_FLOATS
from flowgraph.random_streams import PhiloxStream, resolve_seed
from flowgraph.shapes import TensorShape


class Random(Op, abstract=True):
    """An op with a stream, which starts anew in each session.

    The inputs live on the host, where the stream is.
    """

    is_stateful = True
    is_random = True

    _: KW_ONLY
    seed: int = 0
    seed2: int = 0

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        """Return the output of one run."""
        raise NotImplementedError(f"kernel of {self.type}")

    def compute(self, xp: Any, *inputs: Array) -> Array:
        return xp.asarray(self._drawn(PhiloxStream(self.seed, self.seed2), *inputs))

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        out[...] = self.compute(xp, *inputs)

    def stream(self, operation: Operation, resources: Resources) -> PhiloxStream:
        """Return the stream of an operation in a session."""
        made: PhiloxStream = resources.get(operation, lambda: PhiloxStream(self.seed, self.seed2))
        return made

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        stream = self.stream(operation, resources)
        return lambda *inputs: xp.asarray(self._drawn(stream, *inputs))

    def bind_into(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        kernel = self.bind(operation, xp, resources)

        def draw(out: Array, *inputs: Array) -> None:
            out[...] = kernel(*inputs)

        return draw

    def _drawn(self, stream: PhiloxStream, *inputs: Array) -> Array:
        try:
            return self.draw(stream, *inputs)
        except ValueError as error:
            raise invalid(str(error)) from error

    gradient = Op.not_differentiable


# -- of a given shape --------------------------------------------------------------------------


def known_shape(spec: Spec) -> TensorShape:
    """Return the shape that an input holds, as far as it is known."""
    with_rank(spec.shape, 1)
    shape = spec.static_shape()
    for size in shape.sizes or ():
        if size is not None and size < 0:
            raise ValueError(f"Invalid value in tensor used for shape: {size}")
    return shape


def sizes_of(shape: Array) -> tuple[int, ...]:
    """Return an input's value as a shape."""
    if shape.ndim != 1:
        raise invalid(
            f"shape must be a vector of {{int32,int64}}, got shape {bracketed(shape.shape)}"
        )
    sizes = tuple(int(size) for size in shape)
    for size in sizes:
        if size < 0:
            raise invalid(f"Dimension {size} must be >= 0")
    return sizes


class _Filling(Random, abstract=True):
    """An op whose only input is the output's shape."""

    host_inputs = (0,)

    dtype: DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (known_shape(inputs[0]),)


class RandomUniform(_Filling):
    """Uniform numbers from [0, 1)."""

    signature = Signature("shape: T -> output: dtype", T=INDICES, dtype=NN_FLOATS)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        return stream.uniform(sizes_of(inputs[0]), self.dtype.numpy)


class RandomStandardNormal(_Filling):
    """Normal numbers of mean 0 and deviation 1."""

    signature = Signature("shape: T -> output: dtype", T=INDICES, dtype=NN_FLOATS)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        return stream.normal(sizes_of(inputs[0]), self.dtype.numpy)


class TruncatedNormal(_Filling):
    """Normal numbers of mean 0 and deviation 1, drawn again beyond two deviations."""

    signature = Signature("shape: T -> output: dtype", T=INDICES, dtype=NN_FLOATS)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        return stream.truncated_normal(sizes_of(inputs[0]), self.dtype.numpy)


class RandomUniformInt(Random):
    """Uniform integers from [minval, maxval)."""

    signature = Signature(
        "shape: T, minval: Tout, maxval: Tout -> output: Tout", T=INDICES, Tout=INDICES
    )
    host_inputs = (0, 1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for name, spec in zip(("minval", "maxval"), inputs[1:], strict=True):
            if spec.shape.ndims not in (None, 0):
                sizes = bracketed(spec.shape.sizes or ())
                raise ValueError(f"{name} must be a scalar; got a tensor of shape {sizes}")
        return (known_shape(inputs[0]),)

    def draw(self, stream: PhiloxStream, *inputs: Array) -> Array:
        shape, minval, maxval = inputs
        for name, bound in (("minval", minval), ("maxval", maxval)):
            if bound.ndim:
                raise invalid(f"{name} must be 0-D, got shape {bracketed(bound.shape)}")
        return stream.uniform_int(sizes_of(shape), int(minval), int(maxval), minval.dtype)


# -- functions ---------------------------------------------------------------------------------


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """Return the seeds that a random op made now would get.

    Parameters
    ----------
    op_seed : int or None
        The argument ``seed`` of the op.

    Returns
    -------
    tuple of int, or (None, None)
        From the graph's seed and the op's. With the graph's alone, the op's is the number of
        operations made so far. With neither there are none, and the op draws other numbers in each
        session.

    Examples
    --------
    >>> tf.get_seed(1), tf.get_seed(None)
    ((87654321, 1), (None, None))
    """
    if get_default_graph().seed is None and op_seed is None:
        return None, None
    return op_seeds(op_seed)


def op_seeds(op_seed: int | None) -> tuple[int, int]:
    """Return the attributes ``seed`` and ``seed2`` of an op made now: both 0 if unseeded."""
    graph = get_default_graph()
    return resolve_seed(graph.seed, op_seed, graph.node_count)


def _shape_tensor(shape: Any) -> Tensor:
    empty = isinstance(shape, list | tuple) and not shape
    return convert_to_tensor(shape, dtypes.int32 if empty else None, name="shape")


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return uniform random numbers from [minval, maxval).

    Parameters
    ----------
    shape : Tensor or list of int
    minval, maxval : Tensor or number
        `maxval` is 1 by default, and must be given for integers. Integer bounds are scalars.
    dtype : DType
        A floating-point dtype, int32 or int64.
    seed : int, optional
        Draws the same numbers in every session. See `set_random_seed`.
    name : str, optional

    Raises
    ------
    ValueError
        For another dtype, or integers without `maxval`.
    InvalidArgumentError
        When run, if integer bounds leave nothing between them.

    Notes
    -----
    Integers are slightly biased unless ``maxval - minval`` is a power of two.

    Examples
    --------
    >>> tf.Session().run(tf.random_uniform([2], seed=1))
    array([0.2390374 , 0.92039955], dtype=float32)
    """
    kind = as_dtype(dtype)
    if kind not in FLOATS and kind not in INDEX:
        raise ValueError(f"Invalid dtype {kind!r}")
    if maxval is None:
        if kind.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {kind!r}")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        sizes = _shape_tensor(shape)
        low = convert_to_tensor(minval, kind, name="min")
        high = convert_to_tensor(maxval, kind, name="max")
        seed1, seed2 = op_seeds(seed)
        if kind.is_integer:
            return apply(RandomUniformInt(seed=seed1, seed2=seed2), sizes, low, high, name=scope)
        unit = apply(RandomUniform(seed=seed1, seed2=seed2, dtype=kind), sizes)
        width = subtract(high, low, name="sub")
        return add(multiply(unit, width, name="mul"), low, name=scope)


def _normal(
    op: type[_Filling], shape: Any, mean: Any, stddev: Any, dtype: Any, seed: int | None, scope: str
) -> Tensor:
    kind = as_dtype(dtype)
    sizes = _shape_tensor(shape)
    centre = convert_to_tensor(mean, kind, name="mean")
    deviation = convert_to_tensor(stddev, kind, name="stddev")
    seed1, seed2 = op_seeds(seed)
    standard = apply(op(seed=seed1, seed2=seed2, dtype=kind), sizes)
    return add(multiply(standard, deviation, name="mul"), centre, name=scope)


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return normal random numbers.

    Parameters
    ----------
    shape : Tensor or list of int
    mean, stddev : Tensor or float
    dtype : DType
        A floating-point dtype.
    seed : int, optional
        Draws the same numbers in every session. See `set_random_seed`.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.random_normal([2], stddev=1, seed=1))
    array([-0.8113182,  1.4845988], dtype=float32)
    """
    with name_scope(name, "random_normal", [shape, mean, stddev]) as scope:
        return _normal(RandomStandardNormal, shape, mean, stddev, dtype, seed, scope)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return normal random numbers within two deviations of the mean.

    Parameters
    ----------
    shape : Tensor or list of int
    mean, stddev : Tensor or float
        Of the normal before truncation.
    dtype : DType
        A floating-point dtype.
    seed : int, optional
        Draws the same numbers in every session. See `set_random_seed`.
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.truncated_normal([2], seed=1))
    array([-0.8113182,  1.4845988], dtype=float32)
    """
    with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        return _normal(TruncatedNormal, shape, mean, stddev, dtype, seed, scope)
