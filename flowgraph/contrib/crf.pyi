from flowgraph.rnn.crf import (
    crf_binary_score, crf_log_likelihood, crf_log_norm, crf_multitag_sequence_score,
    crf_sequence_score, crf_unary_score, CrfForwardRnnCell,
)
from flowgraph.rnn.crf_decoding import (
    crf_decode, CrfDecodeBackwardRnnCell, CrfDecodeForwardRnnCell, viterbi_decode,
)

__all__ = [
    "CrfDecodeBackwardRnnCell", "CrfDecodeForwardRnnCell", "CrfForwardRnnCell",
    "crf_binary_score", "crf_decode", "crf_log_likelihood", "crf_log_norm",
    "crf_multitag_sequence_score", "crf_sequence_score", "crf_unary_score", "viterbi_decode",
]
