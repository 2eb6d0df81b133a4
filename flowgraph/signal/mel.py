"""The mel scale of frequencies, and features of speech."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.core import cast, constant, convert_to_tensor, shape
from flowgraph.ops.magnitude import maximum, minimum
from flowgraph.ops.sequences import linspace
from flowgraph.ops.slicing import pad
from flowgraph.ops.transcendental import log, rsqrt
from flowgraph.signal.cosine import dct


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """Return mel-frequency cepstral coefficients: the cosine transform of logarithms.

    Parameters
    ----------
    log_mel_spectrograms : Tensor
        float32 of shape ``[..., num_mel_bins]``.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no bin.

    Notes
    -----
    Scaled as in HTK, by ``1 / sqrt(2 num_mel_bins)``.

    Examples
    --------
    >>> tf.Session().run(tf.signal.mfccs_from_log_mel_spectrograms([1.0, 1.0]))
    array([2., 0.], dtype=float32)
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        x = convert_to_tensor(log_mel_spectrograms, dtypes.float32)
        bins = x.shape[-1].value
        if bins == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {x}")
        transformed = dct(x, type=2)
        count = cast(shape(x)[-1] if bins is None else bins, dtypes.float32)
        result: Tensor = transformed * rsqrt(count * 2.0)
        return result


def _mel(hertz: Any) -> Tensor:
    """Return frequencies on the mel scale (O'Shaughnessy, 1987)."""
    result: Tensor = 1127.0 * log(1.0 + hertz / 700.0)
    return result


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """Return the matrix that takes spectra to the mel scale: overlapping triangles.

    Parameters
    ----------
    num_mel_bins : int
    num_spectrogram_bins : int
        The frequencies of a spectrum, from 0 to half of `sample_rate`.
    sample_rate : int
        Samples per second.
    lower_edge_hertz, upper_edge_hertz : float
        The lowest and the highest frequency of the mel scale.
    dtype : DType
        Of a floating-point kind.
    name : str, optional

    Returns
    -------
    Tensor
        Shape ``[num_spectrogram_bins, num_mel_bins]``.

    Raises
    ------
    ValueError
        If the bins, the rate or the edges make no sense.

    Notes
    -----
    A frequency of f Hertz is ``1127 log(1 + f / 700)`` mel. The lowest frequency, 0, has no
    weight.

    Examples
    --------
    >>> matrix = tf.signal.linear_to_mel_weight_matrix(4, 9, 1000, 80.0, 500.0)
    >>> matrix.shape.as_list()
    [9, 4]
    """
    kind = as_dtype(dtype)
    with name_scope(name, "linear_to_mel_weight_matrix") as scope:
        known = sample_rate
        if isinstance(sample_rate, Tensor):
            value = sample_rate.static_value()
            known = None if value is None else value.item()
        _check_mel(num_mel_bins, known, lower_edge_hertz, upper_edge_hertz, kind)
        rate = cast(sample_rate, kind)
        zero = convert_to_tensor(0.0, kind)
        frequencies = linspace(zero, rate / 2.0, num_spectrogram_bins)[1:]
        spectrum = expand_dims(_mel(frequencies), 1)
        edges = linspace(
            _mel(constant(lower_edge_hertz, kind)),
            _mel(constant(upper_edge_hertz, kind)),
            num_mel_bins + 2,
        )
        lower, centre, upper = (
            reshape(edges[i : i + num_mel_bins], [1, num_mel_bins]) for i in (0, 1, 2)
        )
        rising = (spectrum - lower) / (centre - lower)
        falling = (upper - spectrum) / (upper - centre)
        weights = maximum(zero, minimum(rising, falling))
        return pad(weights, [[1, 0], [0, 0]], name=scope)


def _check_mel(bins: int, rate: Any, lower: float, upper: float, kind: Any) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower} >= upper_edge_hertz {upper}")
    if rate is not None:
        if rate <= 0.0:
            raise ValueError(f"sample_rate must be positive. Got: {rate}")
        if upper > rate / 2:
            raise ValueError(
                "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / "
                f"2). Got: {upper} for sample_rate: {rate}"
            )
    if not kind.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: <dtype: '{kind.name}'>")
