"""Cells of `tf.contrib.rnn`, each a function of the library that builds it.

The same functions run on TensorFlow 1.15, for the values in ``recorded_contrib.json``.
"""

import numpy as np

BATCH, TIME, SIZE = 3, 4, 4
LENGTHS = [3, 4, 1]


def numbers(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def given(tf, *shape):
    return tf.constant(numbers(BATCH, *(shape or (SIZE,))), tf.float32)


def twice(name, *sizes, shape=(), **arguments):
    """Two calls of a cell, and so a state that is not zero."""

    def build(tf):
        cell = made(tf, name, *sizes, **arguments)
        first = given(tf, *shape)
        _, state = cell(first, cell.zero_state(BATCH, tf.float32))
        return cell(2.0 * first, state)

    return build


def made(tf, name, *sizes, **arguments):
    kind = getattr(tf.contrib.rnn, name)
    if "Wrapper" in name:
        return kind(tf.nn.rnn_cell.GRUCell(SIZE), *sizes, **arguments)
    return kind(*sizes, **arguments)


def over_time(name, *sizes, **arguments):
    def build(tf):
        cell = made(tf, name, *sizes, **arguments)
        return tf.nn.dynamic_rnn(
            cell, given(tf, TIME, SIZE), sequence_length=LENGTHS, dtype=tf.float32
        )

    return build


def with_initializer(name, *sizes, **arguments):
    def build(tf):
        initializer = tf.random_normal_initializer(stddev=0.5)
        return twice(name, *sizes, initializer=initializer, **arguments)(tf)

    return build


def sharded(tf):
    with tf.variable_scope("outer"):
        return twice("CoupledInputForgetGateLSTMCell", 3, num_unit_shards=3)(tf)


def windows(tf):
    cell = tf.contrib.rnn.TimeFreqLSTMCell(
        2, use_peepholes=True, cell_clip=0.2, feature_size=2, frequency_skip=1
    )
    state = tf.constant(numbers(BATCH, 2 * 2 * 3), tf.float32)
    return cell(given(tf), state)


def grid(name="GridLSTMCell", **arguments):
    settings = {"feature_size": 2, "frequency_skip": 1, "num_frequency_blocks": [3]}
    settings.update(arguments)
    return twice(name, 2, **settings)


BLOCKS = {
    "num_frequency_blocks": [2, 1],
    "start_freqindex_list": [0, 2],
    "end_freqindex_list": [3, 4],
}


def phased(**arguments):
    def build(tf):
        cell = tf.contrib.rnn.PhasedLSTMCell(3, **arguments)
        times = tf.constant([[0.5], [2.25], [7.0]])
        x, state = given(tf), cell.zero_state(BATCH, tf.float32)
        _, state = cell((times, x), state)
        return cell((times + 1.0, 2.0 * x), state)

    return build


def reused_linear(tf):
    cell = tf.contrib.rnn.AttentionCellWrapper(
        tf.nn.rnn_cell.BasicLSTMCell(3), 2, attn_size=2, attn_vec_size=5, input_size=6
    )
    return tf.nn.static_rnn(cell, tf.unstack(given(tf, TIME, SIZE), axis=1), dtype=tf.float32)


def fused(dynamic, is_list, reverse):
    def build(tf):
        rnn = tf.contrib.rnn
        network = rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(3), use_dynamic_rnn=dynamic)
        if reverse:
            network = rnn.TimeReversedFusedRNN(network)
        steps = rnn.transpose_batch_time(given(tf, TIME, SIZE))
        lengths = None if is_list else LENGTHS
        return network(
            tf.unstack(steps) if is_list else steps, dtype=tf.float32, sequence_length=lengths
        )

    return build


def block(known=True, state=False, lengths=None, **arguments):
    def build(tf):
        network = tf.contrib.rnn.LSTMBlockFusedCell(3, **arguments)
        steps = tf.constant(numbers(TIME, BATCH, SIZE), tf.float32)
        if not known:
            steps = tf.placeholder_with_default(steps, [None, None, SIZE])
        first = tuple(tf.constant(numbers(BATCH, 3) * n, tf.float32) for n in (0.5, 0.25))
        return network(
            steps,
            initial_state=first if state else None,
            dtype=None if state else tf.float32,
            sequence_length=lengths,
        )

    return build


CASES = {
    "block": block(),
    "block_lengths": block(lengths=[3, 2, 0], state=True),
    "block_peepholes": block(
        use_peephole=True, cell_clip=0.1, forget_bias=0.5, state=True, known=False
    ),
    "block_unknown": block(known=False, lengths=[3, 2, 1]),
    "coupled": twice("CoupledInputForgetGateLSTMCell", 3),
    "coupled_all": twice(
        "CoupledInputForgetGateLSTMCell",
        3,
        use_peepholes=True,
        num_proj=2,
        proj_clip=0.1,
        forget_bias=0.5,
        state_is_tuple=False,
    ),
    "coupled_normalized": over_time(
        "CoupledInputForgetGateLSTMCell", 3, layer_norm=True, norm_gain=0.8, norm_shift=0.1
    ),
    "coupled_sharded": sharded,
    "coupled_projection_sharded": twice(
        "CoupledInputForgetGateLSTMCell", 3, num_proj=2, num_proj_shards=2
    ),
    "windows": windows,
    "grid": grid(),
    "grid_peepholes": grid(use_peepholes=True, cell_clip=0.2),
    "grid_coupled": grid(couple_input_forget_gates=True, use_peepholes=True),
    "grid_shared": grid(share_time_frequency_weights=True, use_peepholes=True),
    "grid_shared_coupled": grid(share_time_frequency_weights=True, couple_input_forget_gates=True),
    "grid_blocks": grid(**BLOCKS),
    "grid_one_tensor": grid(state_is_tuple=False),
    "grid_both": grid("BidirectionalGridLSTMCell", use_peepholes=True),
    "grid_both_offset": grid("BidirectionalGridLSTMCell", backward_slice_offset=1),
    "grid_both_offset_back": grid("BidirectionalGridLSTMCell", backward_slice_offset=-1),
    "attention": over_time("AttentionCellWrapper", 3),
    "attention_one_tensor": twice("AttentionCellWrapper", 2, state_is_tuple=False),
    "attention_sizes": reused_linear,
    "highway": over_time("HighwayWrapper"),
    "highway_two_gates": over_time(
        "HighwayWrapper", couple_carry_transform_gates=False, carry_bias_init=0.5
    ),
    "compiled": twice("CompiledWrapper"),
    "update_gate": over_time("UGRNNCell", 3),
    "update_gate_initializer": with_initializer("UGRNNCell", 3, forget_bias=0.5),
    "intersection": over_time("IntersectionRNNCell", SIZE),
    "intersection_projected": with_initializer("IntersectionRNNCell", 3, num_in_proj=3),
    "simple_unit": over_time("SRUCell", 3),
    "searched": over_time("NASCell", 3),
    "searched_projected": twice("NASCell", 3, num_proj=2, use_bias=True),
    "phased": phased(),
    "phased_peepholes": phased(
        use_peepholes=True, leak=0.01, ratio_on=0.3, period_init_max=10.0, trainable_ratio_on=False
    ),
    "conv_1d": twice(
        "Conv1DLSTMCell", shape=(5, 2), input_shape=[5, 2], output_channels=3, kernel_shape=[3]
    ),
    "conv_2d": twice(
        "Conv2DLSTMCell",
        shape=(4, 3, 2),
        input_shape=[4, 3, 2],
        output_channels=2,
        kernel_shape=[3, 2],
        use_bias=False,
        forget_bias=0.5,
    ),
    "conv_3d": twice(
        "Conv3DLSTMCell",
        shape=(2, 3, 2, 1),
        input_shape=[2, 3, 2, 1],
        output_channels=2,
        kernel_shape=[2, 2, 2],
    ),
    "grouped": over_time("GLSTMCell", 4, number_of_groups=2),
    "grouped_projected": with_initializer("GLSTMCell", 4, num_proj=2, number_of_groups=2),
    "independent": over_time("IndRNNCell", 3),
    "independent_gru": over_time("IndyGRUCell", 3),
    "independent_lstm": over_time("IndyLSTMCell", 3, forget_bias=0.5),
    "fused_static": fused(False, False, False),
    "fused_static_list": fused(False, True, True),
    "fused_dynamic": fused(True, False, True),
    "fused_dynamic_list": fused(True, True, False),
}
