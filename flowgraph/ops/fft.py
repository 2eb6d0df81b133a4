"""Discrete Fourier transforms over the last one, two or three axes: the ops."""

from __future__ import annotations

from typing import Any, ClassVar

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.checks import bracketed, invalid, with_rank, with_rank_at_least
from flowgraph.ops.complex_numbers import real
from flowgraph.ops.core import apply, cast, rank, shape
from flowgraph.ops.filling import fill, ones
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.packing import stack
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.reduction import reduce_prod
from flowgraph.ops.slicing import pad
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.shapes import TensorShape, unknown_shape

_COMPLEX = Types((dtypes.complex64, dtypes.complex128), default=dtypes.complex64)


def _check_rank(x: Array, axes: int) -> None:
    if x.ndim < axes:
        raise invalid(f"Input must have rank of at least {axes} but got: {bracketed(x.shape)}")


class Fourier(Op, abstract=True):
    """A complex transform over the last `axes` axes."""

    signature = Signature("input: Tcomplex -> output: Tcomplex", Tcomplex=_COMPLEX)
    axes: ClassVar[int]
    function: ClassVar[str]
    adjoint: ClassVar[str]
    is_inverse: ClassVar[bool]

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank_at_least(inputs[0].shape, self.axes),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x = inputs[0]
        _check_rank(x, self.axes)
        if not x.size:
            return xp.zeros(x.shape, dtype=x.dtype)
        over = tuple(range(-self.axes, 0))
        return getattr(xp.fft, self.function)(x, axes=over).astype(x.dtype, copy=False)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        count = cast(reduce_prod(shape(dys[0])[-self.axes :]), dys[0].dtype.real_dtype)
        scale = cast(reciprocal(count) if self.is_inverse else count, dys[0].dtype)
        other = Op.declared[self.adjoint]()
        return (multiply(apply(other, dys[0]), scale),)


class FFT(Fourier):
    """The discrete Fourier transform of vectors."""

    axes, function, adjoint, is_inverse = 1, "fftn", "IFFT", False


class IFFT(Fourier):
    """The inverse discrete Fourier transform of vectors."""

    axes, function, adjoint, is_inverse = 1, "ifftn", "FFT", True


class FFT2D(Fourier):
    """The discrete Fourier transform of matrices."""

    axes, function, adjoint, is_inverse = 2, "fftn", "IFFT2D", False


class IFFT2D(Fourier):
    """The inverse discrete Fourier transform of matrices."""

    axes, function, adjoint, is_inverse = 2, "ifftn", "FFT2D", True


class FFT3D(Fourier):
    """The discrete Fourier transform over three axes."""

    axes, function, adjoint, is_inverse = 3, "fftn", "IFFT3D", False


class IFFT3D(Fourier):
    """The inverse discrete Fourier transform over three axes."""

    axes, function, adjoint, is_inverse = 3, "ifftn", "FFT3D", True


class RealFourier(Op, abstract=True):
    """A transform between real numbers and the half of their spectrum that determines it."""

    host_inputs = (1,)
    axes: ClassVar[int]
    is_inverse: ClassVar[bool]

    def _halved(self, length: int) -> int:
        """Return the last size of the output for a length of the transform."""
        return length if self.is_inverse else length // 2 + 1

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        given = with_rank_at_least(inputs[0].shape, self.axes)
        count = (with_rank(inputs[1].shape, 1).sizes or (None,))[0]
        if count not in (None, self.axes):
            raise ValueError(f"Dimension must be {self.axes} but is {count}")
        if given.sizes is None:
            return (unknown_shape(),)
        lengths = inputs[1].static_value()
        outer = given.sizes[: len(given.sizes) - self.axes]
        if lengths is None:
            return (TensorShape.of((*outer, *[None] * self.axes)),)
        sizes = lengths.tolist()
        return (TensorShape.of((*outer, *sizes[:-1], self._halved(sizes[-1]))),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, lengths = inputs
        _check_rank(x, self.axes)
        if lengths.shape != (self.axes,):
            raise invalid(f"fft_length must have shape [{self.axes}]")
        sizes = tuple(lengths.tolist())
        kind = self.kind
        needed = (*sizes[:-1], sizes[-1] // 2 + 1 if self.is_inverse else sizes[-1])
        for i, need in enumerate(needed):
            axis = x.ndim - self.axes + i
            if sizes[i] < 0 or x.shape[axis] < need:
                raise invalid(
                    f"Input dimension {axis} must have length of at least {need} but got: "
                    f"{x.shape[axis]}"
                )
        outer = x.shape[: x.ndim - self.axes]
        out = (*outer, *sizes[:-1], self._halved(sizes[-1]))
        if not x.size or 0 in out:
            return xp.zeros(out, dtype=kind)
        function = xp.fft.irfftn if self.is_inverse else xp.fft.rfftn
        over = tuple(range(-self.axes, 0))
        return function(x, s=sizes, axes=over).astype(kind, copy=False)

    @property
    def kind(self) -> Any:
        """The dtype of the output."""
        dtype = type(self).signature.outputs[0].dtype
        return None if dtype is None else dtype.numpy


_FORWARD = Signature("input: float32, fft_length: int32 -> output: complex64")
_BACKWARD = Signature("input: complex64, fft_length: int32 -> output: float32")


class _RealForward(RealFourier, abstract=True):
    signature = _FORWARD
    is_inverse = False
    inverse: ClassVar[type[Fourier]]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        # With zeros for the half that is left out, the adjoint is an inverse transform.
        x, lengths = operation.inputs
        whole = _padded(dys[0], lengths, self.axes)
        count = cast(cast(reduce_prod(lengths), dtypes.float32), dtypes.complex64)
        back = real(multiply(apply(self.inverse(), whole), count))
        to_x = _padded(back, shape(x)[-self.axes :], self.axes)
        to_x.set_shape(x.shape)
        return to_x, None


def _padded(x: Tensor, sizes: Tensor, axes: int) -> Tensor:
    """Put zeros after the last axes up to the given sizes."""
    more = sizes - shape(x)[-axes:]
    after = concat([fill(stack([rank(x) - axes]), 0), maximum(0, more)], 0)
    return pad(x, stack([after * 0, after], axis=1))


class RFFT(_RealForward):
    """The discrete Fourier transform of real vectors."""

    axes, inverse = 1, IFFT


class RFFT2D(_RealForward):
    """The discrete Fourier transform of real matrices."""

    axes, inverse = 2, IFFT2D


class RFFT3D(RealFourier):
    """The discrete Fourier transform of real numbers over three axes."""

    signature = _FORWARD
    axes, is_inverse = 3, False


class _RealBackward(RealFourier, abstract=True):
    signature = _BACKWARD
    is_inverse = True
    forward: ClassVar[type[RealFourier]]

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        # All but the first and, for an even length, the last stand for two numbers each.
        x, lengths = operation.inputs
        used = lengths[-1] // 2 + 1
        odd = lengths[-1] % 2
        twice = 2.0 * ones(stack([used - 2 + odd]))
        mask = concat([[1.0], twice, ones(stack([1 - odd]))], 0)
        mask = slice_of(mask, [0], stack([used]))
        count = cast(reduce_prod(lengths), dtypes.float32)
        spectrum = apply(self.forward(), dys[0], lengths)
        scaled = multiply(spectrum, cast(multiply(reciprocal(count), mask), dtypes.complex64))
        to_x = _padded(scaled, shape(x)[-self.axes :], self.axes)
        to_x.set_shape(x.shape)
        return to_x, None


class IRFFT(_RealBackward):
    """The real vectors of a half spectrum."""

    axes, forward = 1, RFFT


class IRFFT2D(_RealBackward):
    """The real matrices of a half spectrum."""

    axes, forward = 2, RFFT2D


class IRFFT3D(RealFourier):
    """The real numbers over three axes of a half spectrum."""

    signature = _BACKWARD
    axes, is_inverse = 3, True
