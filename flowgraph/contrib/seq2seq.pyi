from flowgraph.ops.beam_search import gather_tree
from flowgraph.rnn.sequence_loss import sequence_loss
from flowgraph.seq2seq.attention import AttentionMechanism, BahdanauAttention, LuongAttention
from flowgraph.seq2seq.attention_state import AttentionWrapperState
from flowgraph.seq2seq.attention_wrapper import AttentionWrapper, hardmax
from flowgraph.seq2seq.basic_decoder import BasicDecoder, BasicDecoderOutput
from flowgraph.seq2seq.beam_arrays import tile_batch
from flowgraph.seq2seq.beam_search import BeamSearchDecoder, FinalBeamSearchDecoderOutput
from flowgraph.seq2seq.beam_step import BeamSearchDecoderOutput, BeamSearchDecoderState
from flowgraph.seq2seq.decoder import Decoder, dynamic_decode
from flowgraph.seq2seq.helper import CustomHelper, Helper
from flowgraph.seq2seq.inference_helpers import (
    GreedyEmbeddingHelper, InferenceHelper, SampleEmbeddingHelper,
)
from flowgraph.seq2seq.monotonic_attention import (
    BahdanauMonotonicAttention, LuongMonotonicAttention, monotonic_attention, safe_cumprod,
)
from flowgraph.seq2seq.training_helpers import (
    ScheduledEmbeddingTrainingHelper, ScheduledOutputTrainingHelper, TrainingHelper,
)

__all__ = [
    "AttentionMechanism", "AttentionWrapper", "AttentionWrapperState", "BahdanauAttention",
    "BahdanauMonotonicAttention", "BasicDecoder", "BasicDecoderOutput", "BeamSearchDecoder",
    "BeamSearchDecoderOutput", "BeamSearchDecoderState", "CustomHelper", "Decoder",
    "FinalBeamSearchDecoderOutput", "GreedyEmbeddingHelper", "Helper", "InferenceHelper",
    "LuongAttention", "LuongMonotonicAttention", "SampleEmbeddingHelper",
    "ScheduledEmbeddingTrainingHelper", "ScheduledOutputTrainingHelper", "TrainingHelper",
    "dynamic_decode", "gather_tree", "hardmax", "monotonic_attention", "safe_cumprod",
    "sequence_loss", "tile_batch",
]
