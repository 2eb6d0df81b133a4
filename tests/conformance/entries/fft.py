"""What the suite checks of the Fourier transforms, against sums over every frequency."""

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops import fft as ops
from tests.conformance.entry import Bad, Entry, Sample

RNG = np.random.default_rng(11)


def spectrum(x, axis, sign):
    """A transform by its definition, along one axis."""
    n = x.shape[axis]
    turns = np.exp(sign * 2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    return np.moveaxis(np.tensordot(turns, x, axes=(1, axis)), 0, axis)


def whole(axes, sign):
    def of(x):
        result = x.astype(np.complex128)
        for axis in range(-axes, 0):
            result = spectrum(result, axis, sign)
            if sign > 0:
                result = result / x.shape[axis]
        return result

    return of


def halved(axes):
    def of(x, lengths):
        cut = x[(..., *[slice(n) for n in lengths])]
        return whole(axes, -1)(cut)[..., : lengths[-1] // 2 + 1]

    return of


def real_of(axes):
    """The real part of an inverse transform; all but the real frequencies count twice."""

    def of(x, lengths):
        n = int(lengths[-1])
        half = x[(..., *[slice(m) for m in lengths[:-1]], slice(n // 2 + 1))].astype(complex)
        for axis in range(-axes, -1):
            half = spectrum(half, axis, 1) / half.shape[axis]
        k, m = np.arange(n // 2 + 1), np.arange(n)
        weight = np.where((k == 0) | (2 * k == n), 1.0, 2.0)
        turns = np.exp(2j * np.pi * np.outer(k, m) / n) * weight[:, None] / n
        return (half @ turns).real

    return of


def complex_array(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def entry(kind, axes, sign):
    shape = (2, 3, 4, 5)[-axes - 1 :]
    return Entry(
        kind,
        [
            Sample(kind(), (complex_array(*shape),), whole(axes, sign), differentiate=()),
            Sample(
                kind(),
                (complex_array(*shape[1:]).astype(np.complex64),),
                whole(axes, sign),
                differentiate=(),
                atol=1e-5,
            ),
            Sample(
                kind(), (np.zeros((0, *shape), complex),), np.zeros((0, *shape)), differentiate=()
            ),
        ],
        [
            Bad(
                kind(),
                (np.complex64(1),),
                ValueError,
                f"^Shape must be at least rank {axes} but is rank 0",
            ),
            Bad(
                kind(),
                (np.complex64(1),),
                InvalidArgumentError,
                rf"^Input must have rank of at least {axes} but got: \[\]",
                run=True,
            ),
        ],
    )


def real_entry(kind, axes):
    x = RNG.normal(size=(2, 4, 4, 5)[-axes - 1 :]).astype(np.float32)
    reference = halved(axes)
    if kind.is_inverse:
        x, reference = complex_array(*x.shape).astype(np.complex64), real_of(axes)
    samples = [
        Sample(kind(), (x, np.int32(lengths)), reference, differentiate=(), atol=1e-5)
        for lengths in ([4] * axes, [*[3] * (axes - 1), 5])
    ]
    return Entry(
        kind,
        samples,
        [
            Bad(
                kind(),
                (x, np.int32([4] * (axes + 1))),
                ValueError,
                f"^Dimension must be {axes} but is {axes + 1}",
            ),
            Bad(
                kind(),
                (x, np.int32([4] * (axes + 1))),
                InvalidArgumentError,
                rf"^fft_length must have shape \[{axes}\]",
                run=True,
            ),
            Bad(
                kind(),
                (x, np.int32([*[3] * (axes - 1), 99])),
                InvalidArgumentError,
                rf"^Input dimension {axes} must have length of at least \d+ but got: 5",
                run=True,
            ),
        ],
    )


ENTRIES = [
    entry(ops.FFT, 1, -1),
    entry(ops.IFFT, 1, 1),
    entry(ops.FFT2D, 2, -1),
    entry(ops.IFFT2D, 2, 1),
    entry(ops.FFT3D, 3, -1),
    entry(ops.IFFT3D, 3, 1),
    real_entry(ops.RFFT, 1),
    real_entry(ops.RFFT2D, 2),
    real_entry(ops.RFFT3D, 3),
    real_entry(ops.IRFFT, 1),
    real_entry(ops.IRFFT2D, 2),
    real_entry(ops.IRFFT3D, 3),
]
