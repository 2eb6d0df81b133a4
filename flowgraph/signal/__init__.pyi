from flowgraph.signal.cosine import dct, idct
from flowgraph.signal.mel import linear_to_mel_weight_matrix, mfccs_from_log_mel_spectrograms
from flowgraph.signal.spectrograms import inverse_stft, inverse_stft_window_fn, stft
from flowgraph.signal.transforms import (
    fft, fft2d, fft3d, fftshift, ifft, ifft2d, ifft3d, ifftshift, irfft, irfft2d, irfft3d, rfft,
    rfft2d, rfft3d,
)
from flowgraph.signal.windows import frame, hamming_window, hann_window, overlap_and_add

__all__ = [
    "dct", "fft", "fft2d", "fft3d", "fftshift", "frame", "hamming_window", "hann_window",
    "idct", "ifft", "ifft2d", "ifft3d", "ifftshift", "inverse_stft", "inverse_stft_window_fn",
    "irfft", "irfft2d", "irfft3d", "linear_to_mel_weight_matrix",
    "mfccs_from_log_mel_spectrograms", "overlap_and_add", "rfft", "rfft2d", "rfft3d", "stft",
]
