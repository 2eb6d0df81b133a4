"""Complex numbers and their parts. A real number is its own real part and conjugate."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array, DType
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply, constant, convert_to_tensor
from flowgraph.ops.elementwise import Binary, Unary
from flowgraph.ops.filling import zeros_like

COMPLEX = Types((dtypes.complex64, dtypes.complex128), default=dtypes.complex64)
REAL_PART = Types((dtypes.float32, dtypes.float64), default=dtypes.float32)


class Complex(Binary):
    """A complex number from its parts."""

    signature = Signature("real: T, imag: T -> out: Tout", T=REAL_PART, Tout=COMPLEX)
    inplace = False

    Tout: DType = dtypes.complex64

    def compute(self, xp: Any, *inputs: Array) -> Array:
        real, imag = inputs
        out = xp.empty(np.broadcast_shapes(real.shape, imag.shape), self.Tout.numpy)
        out.real = real
        out.imag = imag
        return out

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return real(dys[0]), imag(dys[0])


class Real(Unary):
    """The real part."""

    signature = Signature("input: T -> output: Tout", T=COMPLEX, Tout=REAL_PART)

    Tout: DType = dtypes.float32

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return x.real.copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (complex(dys[0], constant(0, dys[0].dtype)),)


class Imag(Real):
    """The imaginary part."""

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        return x.imag.copy()

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (complex(constant(0, dys[0].dtype), dys[0]),)


class Conj(Unary):
    """The complex conjugate."""

    signature = Signature("input: T -> output: T", T=COMPLEX)
    ufunc = "conjugate"

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        return (conj(dys[0]),)


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Return ``real + imag * j``.

    Parameters
    ----------
    real, imag : Tensor
        Both float32 or both float64, broadcast against each other.
    name : str, optional

    Returns
    -------
    Tensor
        Of complex64 or complex128.

    Raises
    ------
    TypeError
        If the dtypes differ or are others.

    Examples
    --------
    >>> tf.Session().run(tf.complex([1.0, 2.0], 3.0))
    array([1.+3.j, 2.+3.j], dtype=complex64)
    """
    with name_scope(name, "Complex", [real, imag]) as scope:
        parts = [convert_to_tensor(real, name="real"), convert_to_tensor(imag, name="imag")]
        kinds = [part.dtype.base_dtype for part in parts]
        if kinds[0] is not kinds[1] or kinds[0] not in REAL_PART:
            raise TypeError(f"real and imag have incorrect types: {kinds[0].name} {kinds[1].name}")
        whole = dtypes.complex64 if kinds[0] is dtypes.float32 else dtypes.complex128
        return apply(Complex(Tout=whole), *parts, name=scope)


def real(input: Any, name: str | None = None) -> Tensor:
    """Return the real part; a real tensor itself.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.real([1 + 2j, 3j]))
    array([1., 0.])
    """
    with name_scope(name, "Real", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if not tensor.dtype.is_complex:
            return tensor
        return apply(Real(Tout=tensor.dtype.real_dtype.base_dtype), tensor, name=scope)


def imag(input: Any, name: str | None = None) -> Tensor:
    """Return the imaginary part; zeros for a real tensor.

    Parameters
    ----------
    input : Tensor
    name : str, optional

    Examples
    --------
    >>> tf.Session().run(tf.imag([1 + 2j, 3j]))
    array([2., 3.])
    """
    with name_scope(name, "Imag", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if not tensor.dtype.is_complex:
            return zeros_like(tensor)
        return apply(Imag(Tout=tensor.dtype.real_dtype.base_dtype), tensor, name=scope)


def conj(x: Any, name: str | None = None) -> Tensor:
    """Return the complex conjugate; a real tensor itself.

    Parameters
    ----------
    x : Tensor
        Of numbers.
    name : str, optional

    Raises
    ------
    TypeError
        If `x` is not numeric.

    Examples
    --------
    >>> tf.Session().run(tf.conj([1 + 2j]))
    array([1.-2.j])
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.is_complex:
            return apply(Conj(), tensor, name=scope)
        if tensor.dtype.is_floating or tensor.dtype.is_integer:
            return tensor
        raise TypeError(f"Expected numeric or variant tensor, got dtype {tensor.dtype!r}")
