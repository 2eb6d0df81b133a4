"""Small recurrent networks, each a function of the library that builds it.

The same functions run on TensorFlow 1.15, for the values in ``recorded.json``.
"""

import numpy as np

TIME, BATCH, SIZE = 4, 3, 2
LENGTHS = [3, 4, 1]


def numbers(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def sequences(tf):
    return tf.constant(numbers(BATCH, TIME, SIZE), tf.float32)


def steps(tf):
    return tf.unstack(sequences(tf), axis=1)


def twice(tf, cell):
    """Two calls of a cell, and so a state that is not zero."""
    state = cell.zero_state(BATCH, tf.float32)
    first = tf.constant(numbers(BATCH, SIZE), tf.float32)
    _, state = cell(first, state)
    return cell(2.0 * first, state)


def rnn_cells(tf):
    return tf.nn.rnn_cell


def drop(tf, **arguments):
    return rnn_cells(tf).DropoutWrapper(rnn_cells(tf).BasicLSTMCell(SIZE), seed=5, **arguments)


def deep(tf):
    cells = rnn_cells(tf)
    dropped = cells.DropoutWrapper(cells.BasicLSTMCell(3), output_keep_prob=0.5)
    return cells.MultiRNNCell([dropped, cells.GRUCell(2)])


def raw(tf):
    cell = rnn_cells(tf).BasicRNNCell(2)
    given = tf.TensorArray(tf.float32, TIME).unstack(tf.transpose(sequences(tf), [1, 0, 2]))

    def loop_fn(time, output, state, count):
        if output is None:
            state, count = cell.zero_state(BATCH, tf.float32), tf.constant(0)
        finished = time >= tf.constant(LENGTHS)
        following = tf.cond(
            tf.reduce_all(finished), lambda: tf.zeros([BATCH, SIZE]), lambda: given.read(time)
        )
        return finished, following, state, output, count + 2

    outputs, state, count = tf.nn.raw_rnn(cell, loop_fn)
    return outputs.stack(), state, count


def one_direction(name, **arguments):
    def build(tf):
        cell = rnn_cells(tf).LSTMCell(2, use_peepholes=True, num_proj=3)
        given = steps(tf) if name == "static_rnn" else sequences(tf)
        return getattr(tf.nn, name)(cell, given, dtype=tf.float32, **arguments)

    return build


def both_directions(name, **arguments):
    def build(tf):
        cells = [rnn_cells(tf).BasicRNNCell(2), rnn_cells(tf).GRUCell(2)]
        given = steps(tf) if name.startswith("static") else sequences(tf)
        return getattr(tf.nn, name)(*cells, given, dtype=tf.float32, **arguments)

    return build


def unknown_sizes(tf):
    given = tf.placeholder_with_default(sequences(tf), [None, None, SIZE])
    lengths = tf.placeholder_with_default(tf.constant(LENGTHS), [None])
    return tf.nn.dynamic_rnn(
        rnn_cells(tf).BasicLSTMCell(2), given, sequence_length=lengths, dtype=tf.float32
    )


def time_in_front(tf):
    given = tf.transpose(sequences(tf), [1, 0, 2])
    state = tf.constant(numbers(BATCH, 2), tf.float32)
    return tf.nn.dynamic_rnn(
        rnn_cells(tf).GRUCell(2), given, initial_state=state, time_major=True, scope="other"
    )


def embedded(tf):
    cell = tf.contrib.rnn.EmbeddingWrapper(rnn_cells(tf).GRUCell(2), 5, 3)
    symbols = tf.constant([[0, 1, 4, 1], [2, 2, 3, 0], [4, 3, 2, 1]])
    return tf.nn.static_rnn(
        cell, [tf.reshape(s, [-1, 1]) for s in tf.unstack(symbols, axis=1)], dtype=tf.float32
    )


def projected(tf):
    inner = tf.contrib.rnn.InputProjectionWrapper(
        rnn_cells(tf).BasicRNNCell(3), 4, activation=tf.nn.sigmoid
    )
    cell = tf.contrib.rnn.OutputProjectionWrapper(inner, 2)
    return tf.nn.static_rnn(cell, steps(tf), dtype=tf.float32)


def layers_of_both(name):
    def build(tf):
        forward, backward = ([rnn_cells(tf).GRUCell(n) for n in (2, 1)] for _ in range(2))
        given = sequences(tf) if "dynamic" in name else steps(tf)
        run = getattr(tf.contrib.rnn, name)
        return run(forward, backward, given, dtype=tf.float32, sequence_length=LENGTHS)

    return build


def loss(**arguments):
    def build(tf):
        kernel = tf.get_variable("kernel", [SIZE, 4])
        flat = tf.matmul(tf.reshape(sequences(tf), [-1, SIZE]), kernel)
        targets = tf.constant([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 2, 2]])
        weights = tf.constant([[1.0, 1.0, 0.5, 0.0], [1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 0.0, 0.0]])
        logits = tf.reshape(flat, [BATCH, TIME, 4])
        return tf.contrib.seq2seq.sequence_loss(logits, targets, weights, **arguments)

    return build


def loss_of_steps(name, **arguments):
    def build(tf):
        kernel = tf.get_variable("kernel", [SIZE, 4])
        logits = [tf.matmul(step, kernel) for step in steps(tf)]
        targets = [tf.constant([0, 1, 2])] * TIME
        weights = [tf.constant([1.0, 0.5, 0.0])] * TIME
        return getattr(tf.contrib.legacy_seq2seq, name)(logits, targets, weights, **arguments)

    return build


NOT_AVERAGED = {"average_across_timesteps": False, "average_across_batch": False}

CASES = {
    "basic_rnn": lambda tf: twice(tf, rnn_cells(tf).BasicRNNCell(3)),
    "basic_rnn_relu": lambda tf: twice(tf, rnn_cells(tf).BasicRNNCell(3, activation=tf.nn.relu)),
    "gru": lambda tf: twice(tf, rnn_cells(tf).GRUCell(3)),
    "gru_initializers": lambda tf: twice(
        tf,
        rnn_cells(tf).GRUCell(
            2,
            kernel_initializer=tf.random_normal_initializer(stddev=0.5),
            bias_initializer=tf.constant_initializer(0.25),
        ),
    ),
    "basic_lstm": lambda tf: twice(tf, rnn_cells(tf).BasicLSTMCell(3)),
    "basic_lstm_one_tensor": lambda tf: twice(
        tf, rnn_cells(tf).BasicLSTMCell(2, forget_bias=0.5, state_is_tuple=False)
    ),
    "lstm": lambda tf: twice(tf, rnn_cells(tf).LSTMCell(3)),
    "lstm_one_tensor": lambda tf: twice(
        tf, rnn_cells(tf).LSTMCell(2, num_proj=3, state_is_tuple=False, activation="sigmoid")
    ),
    "lstm_all": lambda tf: twice(
        tf,
        rnn_cells(tf).LSTMCell(
            3,
            use_peepholes=True,
            cell_clip=0.2,
            initializer=tf.random_uniform_initializer(-1, 1),
            num_proj=2,
            proj_clip=0.1,
            forget_bias=0.3,
        ),
    ),
    "multi": lambda tf: twice(tf, deep(tf)),
    "multi_one_tensor": lambda tf: twice(
        tf,
        rnn_cells(tf).MultiRNNCell(
            [rnn_cells(tf).BasicRNNCell(3), rnn_cells(tf).GRUCell(2)], state_is_tuple=False
        ),
    ),
    "dropout": lambda tf: twice(
        tf, drop(tf, input_keep_prob=0.5, output_keep_prob=0.6, state_keep_prob=0.7)
    ),
    "dropout_tensor": lambda tf: twice(
        tf, drop(tf, input_keep_prob=tf.placeholder_with_default(0.5, []))
    ),
    "dropout_variational": lambda tf: twice(
        tf,
        drop(
            tf,
            input_keep_prob=0.5,
            output_keep_prob=0.6,
            state_keep_prob=0.7,
            variational_recurrent=True,
            input_size=SIZE,
            dtype=tf.float32,
        ),
    ),
    "dropout_filter": lambda tf: twice(
        tf,
        drop(
            tf,
            state_keep_prob=0.5,
            dropout_state_filter_visitor=lambda state: isinstance(state, tuple) or True,
        ),
    ),
    "residual": lambda tf: twice(tf, rnn_cells(tf).ResidualWrapper(rnn_cells(tf).GRUCell(SIZE))),
    "residual_function": lambda tf: twice(
        tf,
        rnn_cells(tf).ResidualWrapper(
            rnn_cells(tf).GRUCell(SIZE), residual_fn=lambda given, output: 2 * given - output
        ),
    ),
    "device": lambda tf: twice(tf, rnn_cells(tf).DeviceWrapper(rnn_cells(tf).GRUCell(3), "/cpu:0")),
    "static": one_direction("static_rnn"),
    "static_lengths": one_direction("static_rnn", sequence_length=LENGTHS),
    "static_deep": lambda tf: tf.nn.static_rnn(deep(tf), steps(tf), dtype=tf.float32),
    "dynamic": one_direction("dynamic_rnn"),
    "dynamic_lengths": one_direction("dynamic_rnn", sequence_length=LENGTHS),
    "dynamic_deep": lambda tf: tf.nn.dynamic_rnn(deep(tf), sequences(tf), dtype=tf.float32),
    "dynamic_unknown_sizes": unknown_sizes,
    "dynamic_time_major": time_in_front,
    "static_both": both_directions("static_bidirectional_rnn"),
    "static_both_lengths": both_directions("static_bidirectional_rnn", sequence_length=LENGTHS),
    "dynamic_both": both_directions("bidirectional_dynamic_rnn"),
    "dynamic_both_lengths": both_directions("bidirectional_dynamic_rnn", sequence_length=LENGTHS),
    "raw": raw,
    "embedding": embedded,
    "projections": projected,
    "layer_norm": lambda tf: twice(
        tf, tf.contrib.rnn.LayerNormBasicLSTMCell(3, norm_gain=0.8, norm_shift=0.1)
    ),
    "layer_norm_dynamic": lambda tf: tf.nn.dynamic_rnn(
        tf.contrib.rnn.LayerNormBasicLSTMCell(2, dropout_keep_prob=0.5),
        sequences(tf),
        dtype=tf.float32,
    ),
    "no_layer_norm": lambda tf: twice(
        tf,
        tf.contrib.rnn.LayerNormBasicLSTMCell(
            3, layer_norm=False, dropout_keep_prob=0.5, dropout_prob_seed=4
        ),
    ),
    "lstm_block": lambda tf: twice(tf, tf.contrib.rnn.LSTMBlockCell(3)),
    "lstm_block_peepholes": lambda tf: tf.nn.dynamic_rnn(
        tf.contrib.rnn.LSTMBlockCell(3, use_peephole=True, cell_clip=0.3, forget_bias=0.5),
        sequences(tf),
        sequence_length=LENGTHS,
        dtype=tf.float32,
    ),
    "gru_block": lambda tf: twice(tf, tf.contrib.rnn.GRUBlockCell(3)),
    "gru_block_renamed": lambda tf: tf.nn.static_rnn(
        tf.contrib.rnn.GRUBlockCellV2(3), steps(tf), dtype=tf.float32
    ),
    "layers_static": layers_of_both("stack_bidirectional_rnn"),
    "layers_dynamic": layers_of_both("stack_bidirectional_dynamic_rnn"),
    "loss": loss(),
    "loss_by_step": loss(average_across_timesteps=False),
    "loss_by_sequence": loss(average_across_batch=False),
    "loss_whole": loss(**NOT_AVERAGED),
    "loss_summed": loss(**NOT_AVERAGED, sum_over_timesteps=True, sum_over_batch=True),
    "loss_summed_by_sequence": loss(**NOT_AVERAGED, sum_over_timesteps=True),
    "loss_summed_by_step": loss(**NOT_AVERAGED, sum_over_batch=True),
    "loss_of_steps": loss_of_steps("sequence_loss"),
    "loss_of_steps_not_averaged": loss_of_steps("sequence_loss", **NOT_AVERAGED),
    "loss_by_example": loss_of_steps("sequence_loss_by_example"),
}
