"""The random stream of one op in one session."""

import math
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.random_streams import rejection
from flowgraph.random_streams.philox import fill, normals, uniforms, unit_fraction

Shape = Sequence[int]

_MASK_64 = 2**64 - 1
_COMPARED = 1 << 16
"""Up to so many comparisons of all draws with all bounds are faster than a search in each row."""
# Mantissa bits that a low precision uniform takes from each word.
_MANTISSA = {"float16": 10, "bfloat16": 7, "float32": 23}


class PhiloxStream:
    """The numbers that one random op draws in one session, in TensorFlow's order.

    Each method is one run of the op's CPU kernel, and the next call continues after it. A draw of
    no elements leaves the stream where it is. Threads may share a stream.

    Parameters
    ----------
    seed, seed2 : int
        The op's attributes. Both zero: both are drawn from the operating system.

    Notes
    -----
    Uniforms, integers and shuffles are TensorFlow's bit for bit. Normals and truncated normals
    differ in the last bit or two of about 2 % (float32) or 0.2 % (float64) of the elements: there
    the C library's functions round otherwise. Gamma draws in float64 likewise, about 4 %. A draw
    by rejection or inversion could differ wholly where a candidate is that close to its bound.

    Examples
    --------
    >>> from flowgraph.random_streams import PhiloxStream
    >>> stream = PhiloxStream(87654321, 1)
    >>> stream.uniform((2,), "float32")
    array([0.2390374 , 0.92039955], dtype=float32)
    """

    def __init__(self, seed: int, seed2: int) -> None:
        if seed == 0 and seed2 == 0:
            seed, seed2 = secrets.randbits(64), secrets.randbits(64)
        self._key = int(seed) & _MASK_64
        self._high = int(seed2) & _MASK_64
        self._low = 0
        self._lock = threading.Lock()

    def state(self) -> tuple[int, int, int]:
        """Return the key, and the upper and the lower half of the counter."""
        return self._key, self._high, self._low

    def reserved(self, count: int) -> tuple[int, int, int]:
        """Reserve what a draw of `count` numbers takes; return `state` as it was before."""
        return self._key, self._high, self._reserve_outputs(count)

    def _reserve(self, blocks: int) -> int:
        """The first of `blocks` counter blocks that no other call gets."""
        with self._lock:
            start = self._low
            self._low += blocks
        return start

    def _reserve_outputs(self, count: int) -> int:
        return self._reserve(count * rejection.BLOCKS_PER_OUTPUT)

    def _fill(
        self, start: int, count: int, dtype: Any, group: int, convert: Callable[..., Any]
    ) -> Array:
        return fill(self._key, self._high, start, count, dtype, group, convert)

    def words(self, blocks: int) -> Callable[[int, int], Array]:
        """Reserve `blocks` counter blocks for draws whose number is not known beforehand.

        Returns a function of a position, which is a multiple of 4, and a count: the 32-bit words
        there, as uint64. It may read beyond the reserved blocks, as TensorFlow's kernels do.
        """
        start = self._reserve(blocks)
        return lambda first, count: self._fill(
            start + first // 4, count, np.uint64, 4, lambda *words: words
        )

    def uniform(self, shape: Shape, dtype: Any) -> Array:
        """Uniform over [0, 1): the kernel of `RandomUniform`.

        Parameters
        ----------
        shape : sequence of int
            Shape of the result.
        dtype : numpy dtype
            float16, bfloat16, float32 or float64.

        Raises
        ------
        NotImplementedError
            For another dtype.
        """
        dtype = _real(dtype, "RandomUniform")
        count = _size(shape)
        start = self._reserve_outputs(count)
        if dtype == np.float64:
            out = self._fill(start, count, dtype, 2, lambda *words: uniforms(words, True))
        else:
            bits = _MANTISSA[dtype.name]
            out = self._fill(
                start, count, dtype, 4, lambda *words: [unit_fraction(word, bits) for word in words]
            )
        return out.reshape(shape)

    def uniform_int(self, shape: Shape, minval: int, maxval: int, dtype: Any) -> Array:
        """Integers in [minval, maxval): the kernel of `RandomUniformInt`.

        A word (int32) or a pair of words (int64) modulo the range, hence slightly biased towards
        low values for a range that is not a power of two.

        Parameters
        ----------
        shape : sequence of int
            Shape of the result.
        minval, maxval : int
            Bounds, representable in `dtype`.
        dtype : numpy dtype
            int32 or int64.

        Raises
        ------
        ValueError
            If minval >= maxval and the result is not empty.
        NotImplementedError
            For another dtype.
        """
        dtype = np.dtype(dtype)
        if dtype not in (np.int32, np.int64):
            raise NotImplementedError(f"RandomUniformInt of {dtype}")
        count, minval, maxval = _size(shape), int(minval), int(maxval)
        if not count:
            return np.empty(shape, dtype)
        if minval >= maxval:
            raise ValueError(f"Need minval < maxval, got {minval} >= {maxval}")
        start = self._reserve_outputs(count)
        if dtype == np.int32:
            out = self._fill(start, count, np.uint64, 4, lambda *words: words)
        else:
            out = self._fill(
                start,
                count,
                np.uint64,
                2,
                lambda a, b, c, d: (a | b << np.uint64(32), c | d << np.uint64(32)),
            )
        out %= np.uint64(maxval - minval)
        # Unsigned addition wraps to the bits of the signed sum.
        out += np.uint64(minval & _MASK_64)
        return out.astype(dtype).reshape(shape)

    def normal(self, shape: Shape, dtype: Any) -> Array:
        """Normal with mean 0 and deviation 1: the kernel of `RandomStandardNormal`.

        Parameters
        ----------
        shape : sequence of int
            Shape of the result.
        dtype : numpy dtype
            float16, bfloat16, float32 or float64. The first two are rounded from float32.

        Raises
        ------
        NotImplementedError
            For another dtype.
        """
        dtype = _real(dtype, "RandomStandardNormal")
        count, double = _size(shape), dtype == np.float64
        start = self._reserve_outputs(count)
        group = 2 if double else 4
        out = self._fill(start, count, dtype, group, lambda *words: normals(words, double))
        return out.reshape(shape)

    def truncated_normal(self, shape: Shape, dtype: Any) -> Array:
        """Normal without values of magnitude 2 or more: the kernel of `TruncatedNormal`.

        Parameters
        ----------
        shape : sequence of int
            Shape of the result.
        dtype : numpy dtype
            float16, bfloat16, float32 or float64. The first two are rounded from float32, so they
            may be 2.

        Raises
        ------
        NotImplementedError
            For another dtype.
        """
        dtype = _real(dtype, "TruncatedNormal")
        count, double = _size(shape), dtype == np.float64
        start = self._reserve_outputs(count)
        out = rejection.truncated_normals(self._key, self._high, start, count, double)
        return out.astype(dtype, copy=False).reshape(shape)

    def shuffle_indices(self, count: int) -> Array:
        """A permutation, int64 of shape [count]: the kernel of `RandomShuffle`.

        `value[indices]` is `value` shuffled along axis 0. The kernel draws nothing for a value of
        at most one element, whatever its shape, and this draws nothing for a count of at most 1.
        Fisher and Yates' shuffle, as by Durstenfeld (1964).
        """
        indices = list(range(count))
        if count > 1:
            draws = count - 1
            start = self._reserve(-(-draws // 4))
            words = self._fill(start, draws, np.uint64, 4, lambda *words: words)
            words %= np.arange(count, 1, -1, dtype=np.uint64)
            for i, step in enumerate(words.tolist()):
                indices[i], indices[i + step] = indices[i + step], indices[i]
        return np.array(indices, np.int64)

    def multinomial(self, logits: Array, num_samples: int, dtype: Any) -> Array:
        """Classes drawn from unnormalised log-probabilities: the kernel of `Multinomial`.

        The inverse of the cumulative distribution, in float64.

        Parameters
        ----------
        logits : real array [batch, classes]
            Entries that are not finite have probability zero. A row without a finite entry draws
            the number of classes.
        num_samples : int
            Draws per row.
        dtype : numpy dtype
            int32 or int64.

        Returns
        -------
        array [batch, num_samples] of `dtype`

        Notes
        -----
        TensorFlow splits large inputs by row over its threads, and the split moves the stream. The
        values here are those of one thread, which small inputs get everywhere.
        """
        batch = logits.shape[0]
        out = np.empty((batch, int(num_samples)), dtype)
        if not out.size:
            return out
        padded = -(-out.shape[1] // 4) * 4
        start = self._reserve_outputs(batch * padded * 2)
        draws = self._fill(start, out.size, np.float64, 2, lambda *words: uniforms(words, True))
        draws = draws.reshape(out.shape)
        values = logits.astype(np.float64)
        values[~np.isfinite(values)] = -np.inf
        largest = values.max(axis=1, keepdims=True)
        largest[np.isinf(largest)] = 0.0
        cumulative = np.cumsum(np.exp(values - largest), axis=1)
        draws *= cumulative[:, -1:]
        if draws.size * cumulative.shape[1] <= _COMPARED:
            np.sum(cumulative[:, None, :] <= draws[:, :, None], axis=2, out=out)
            return out
        for row in range(batch):
            out[row] = np.searchsorted(cumulative[row], draws[row], side="right")
        return out

    def gamma(self, shape: Shape, alpha: Array, dtype: Any) -> Array:
        """Gamma of scale 1: the kernel of `RandomGamma`.

        Parameters
        ----------
        shape : sequence of int
            Shape of the draws for each element of `alpha`.
        alpha : array of float16, bfloat16, float32 or float64
            Shape parameters.
        dtype : numpy dtype
            Of the result, as `alpha`'s kinds. Draws are computed in float64.

        Returns
        -------
        array of shape `shape + alpha.shape`

        Raises
        ------
        ValueError
            For a parameter that is not positive and finite, with which TensorFlow's kernel need not
            end.
        NotImplementedError
            For another dtype.
        """
        dtype = _real(dtype, "RandomGamma")
        parameters = np.asarray(alpha, np.float64)
        if not np.all((parameters > 0) & np.isfinite(parameters)):
            raise ValueError("alpha must be positive and finite")
        flat = np.repeat(parameters.reshape(-1), _size(shape))
        start = self._reserve_outputs(len(flat))
        with np.errstate(divide="ignore"):  # log(0) is a candidate that is accepted
            draws = rejection.gammas(self._key, self._high, start, flat)
        return _samples_first(draws.astype(dtype, copy=False), shape, parameters.shape)

    def poisson(self, shape: Shape, rate: Array, dtype: Any) -> Array:
        """Poisson counts: the kernel of `RandomPoissonV2`.

        Parameters
        ----------
        shape : sequence of int
            Shape of the draws for each element of `rate`.
        rate : array of float16, float32, float64, int32 or int64
            Means. A negative one counts as zero.
        dtype : numpy dtype
            Of the result: float16, float32, float64, int32 or int64. Draws are computed in float64.

        Returns
        -------
        array of shape `shape + rate.shape`

        Raises
        ------
        ValueError
            For a rate that is not finite or above what `dtype` holds, with which TensorFlow's
            kernel need not end.
        NotImplementedError
            For another dtype.
        """
        dtype = np.dtype(dtype)
        if dtype.name not in ("float16", "float32", "float64", "int32", "int64"):
            raise NotImplementedError(f"RandomPoissonV2 of {dtype}")
        highest = float(np.iinfo(dtype).max if dtype.kind == "i" else np.finfo(dtype).max)
        rates = np.asarray(rate, np.float64)
        if not np.all(np.isfinite(rates) & (rates <= highest)):
            raise ValueError(f"rate must be finite and at most {highest:g}")
        flat = np.repeat(rates.reshape(-1), _size(shape))
        start = self._reserve_outputs(len(flat))
        with np.errstate(divide="ignore"):  # a margin of 0 is a candidate that is rejected
            draws = rejection.poissons(self._key, self._high, start, flat, highest)
        return _samples_first(draws.astype(dtype, copy=False), shape, rates.shape)


def _size(shape: Shape) -> int:
    # NumPy's integers would overflow in the count of blocks.
    return math.prod(int(dimension) for dimension in shape)


def _real(dtype: Any, op: str) -> Any:
    dtype = np.dtype(dtype)
    if dtype.name not in ("float16", "bfloat16", "float32", "float64"):
        raise NotImplementedError(f"{op} of {dtype}")
    return dtype


def _samples_first(draws: Array, shape: Shape, parameter_shape: Shape) -> Array:
    """Draws are made parameter by parameter, and laid out sample by sample."""
    by_sample = draws.reshape(_size(parameter_shape), _size(shape)).T
    return np.ascontiguousarray(by_sample).reshape((*shape, *parameter_shape))
