from flowgraph.signal.mel import linear_to_mel_weight_matrix, mfccs_from_log_mel_spectrograms
from flowgraph.signal.spectrograms import inverse_stft, inverse_stft_window_fn, stft
from flowgraph.signal.windows import frame, hamming_window, hann_window, overlap_and_add

__all__ = [
    "frame", "hamming_window", "hann_window", "inverse_stft", "inverse_stft_window_fn",
    "linear_to_mel_weight_matrix", "mfccs_from_log_mel_spectrograms", "overlap_and_add", "stft",
]
