from flowgraph.rnn.stepwise_loss import sequence_loss, sequence_loss_by_example
from flowgraph.seq2seq.buckets import model_with_buckets
from flowgraph.seq2seq.legacy_attention import attention_decoder, embedding_attention_decoder
from flowgraph.seq2seq.legacy_decoders import embedding_rnn_decoder, rnn_decoder
from flowgraph.seq2seq.legacy_models import (
    basic_rnn_seq2seq, embedding_attention_seq2seq, embedding_rnn_seq2seq,
    embedding_tied_rnn_seq2seq, tied_rnn_seq2seq,
)
from flowgraph.seq2seq.legacy_one2many import one2many_rnn_seq2seq

__all__ = [
    "attention_decoder", "basic_rnn_seq2seq", "embedding_attention_decoder",
    "embedding_attention_seq2seq", "embedding_rnn_decoder", "embedding_rnn_seq2seq",
    "embedding_tied_rnn_seq2seq", "model_with_buckets", "one2many_rnn_seq2seq", "rnn_decoder",
    "sequence_loss", "sequence_loss_by_example", "tied_rnn_seq2seq",
]
