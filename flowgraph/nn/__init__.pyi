from flowgraph.nn import rnn_cell
from flowgraph.ops.activation import elu, selu, softplus, softsign, swish
from flowgraph.ops.bias import bias_add, xw_plus_b
from flowgraph.ops.candidate_sampling import (
    all_candidate_sampler, compute_accidental_hits, fixed_unigram_candidate_sampler,
    learned_unigram_candidate_sampler, log_uniform_candidate_sampler, uniform_candidate_sampler,
)
from flowgraph.ops.convolution import (
    conv1d, conv1d_transpose, conv2d, conv2d_backprop_filter, conv2d_backprop_input,
    conv2d_transpose,
)
from flowgraph.ops.convolution_3d import (
    conv3d, conv3d_backprop_filter_v2, conv3d_backprop_filter_v2 as conv3d_backprop_filter,
    conv3d_transpose,
)
from flowgraph.ops.cross_entropy import (
    softmax_cross_entropy_with_logits, softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from flowgraph.ops.ctc_decoding import (
    ctc_beam_search_decoder, ctc_beam_search_decoder_v2, ctc_greedy_decoder,
)
from flowgraph.ops.ctc_loss import ctc_loss, ctc_loss_v2, ctc_unique_labels
from flowgraph.ops.depthwise import (
    depthwise_conv2d_native, depthwise_conv2d_native_backprop_filter,
    depthwise_conv2d_native_backprop_filter as depthwise_conv2d_backprop_filter,
    depthwise_conv2d_native_backprop_input, depthwise_conv2d_native_backprop_input as
    depthwise_conv2d_backprop_input,
)
from flowgraph.ops.dilated import (
    atrous_conv2d, atrous_conv2d_transpose, convolution, with_space_to_batch,
)
from flowgraph.ops.dropout import dropout
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.embedding_sparse import embedding_lookup_sparse, safe_embedding_lookup_sparse
from flowgraph.ops.local_response import (
    local_response_normalization, local_response_normalization as lrn,
)
from flowgraph.ops.loss import (
    l2_loss, log_poisson_loss, sigmoid_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from flowgraph.ops.moments import (
    moments, normalize_moments, sufficient_statistics, weighted_moments,
)
from flowgraph.ops.normalization import (
    batch_norm_with_global_normalization, batch_normalization, fused_batch_norm, l2_normalize,
)
from flowgraph.ops.pool import pool
from flowgraph.ops.pooling import (
    avg_pool, avg_pool as avg_pool2d, avg_pool1d, max_pool, max_pool1d, max_pool2d,
)
from flowgraph.ops.pooling_3d import avg_pool3d, max_pool3d
from flowgraph.ops.pooling_argmax import max_pool_with_argmax
from flowgraph.ops.ranking import in_top_k, top_k
from flowgraph.ops.rectification import (
    crelu, leaky_relu, prelu, randomized_relu, relu, relu6, relu_layer,
)
from flowgraph.ops.sampled_loss import nce_loss, sampled_softmax_loss
from flowgraph.ops.separable import depthwise_conv2d, separable_conv2d
from flowgraph.ops.softmax import log_softmax, softmax
from flowgraph.ops.spacing import depth_to_space, space_to_batch, space_to_depth
from flowgraph.ops.statistics import zero_fraction
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.dynamic import bidirectional_dynamic_rnn, dynamic_rnn
from flowgraph.rnn.raw import raw_rnn
from flowgraph.rnn.static import static_bidirectional_rnn, static_rnn, static_state_saving_rnn

__all__ = [
    "all_candidate_sampler", "atrous_conv2d", "atrous_conv2d_transpose", "avg_pool",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm_with_global_normalization",
    "batch_normalization", "bias_add", "bidirectional_dynamic_rnn", "compute_accidental_hits",
    "conv1d", "conv1d_transpose", "conv2d", "conv2d_backprop_filter", "conv2d_backprop_input",
    "conv2d_transpose", "conv3d", "conv3d_backprop_filter", "conv3d_backprop_filter_v2",
    "conv3d_transpose", "convolution", "crelu", "ctc_beam_search_decoder",
    "ctc_beam_search_decoder_v2", "ctc_greedy_decoder", "ctc_loss", "ctc_loss_v2",
    "ctc_unique_labels", "depth_to_space", "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter", "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native", "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input", "dropout", "dynamic_rnn", "elu",
    "embedding_lookup", "embedding_lookup_sparse", "fixed_unigram_candidate_sampler",
    "fused_batch_norm", "in_top_k", "l2_loss", "l2_normalize", "leaky_relu",
    "learned_unigram_candidate_sampler", "local_response_normalization", "log_poisson_loss",
    "log_softmax", "log_uniform_candidate_sampler", "lrn", "max_pool", "max_pool1d",
    "max_pool2d", "max_pool3d", "max_pool_with_argmax", "moments", "nce_loss",
    "normalize_moments", "pool", "prelu", "randomized_relu", "raw_rnn", "relu", "relu6",
    "relu_layer", "rnn_cell", "safe_embedding_lookup_sparse", "sampled_softmax_loss", "selu",
    "separable_conv2d", "sigmoid", "sigmoid_cross_entropy_with_logits", "softmax",
    "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2", "softplus",
    "softsign", "space_to_batch", "space_to_depth", "sparse_softmax_cross_entropy_with_logits",
    "static_bidirectional_rnn", "static_rnn", "static_state_saving_rnn",
    "sufficient_statistics", "swish", "tanh", "top_k", "uniform_candidate_sampler",
    "weighted_cross_entropy_with_logits", "weighted_moments", "with_space_to_batch",
    "xw_plus_b", "zero_fraction",
]
