"""Mistakes in the use of recurrent networks, each a function of the library; see `test_errors`."""


def cell(tf):
    return tf.nn.rnn_cell.BasicRNNCell(3)


def x(tf, *shape):
    return tf.placeholder(tf.float32, shape or [2, 4, 5])


def zero(tf, kind):
    return kind.zero_state(2, tf.float32)


def called(tf, kind, size=5):
    # Not by way of the layer, where TensorFlow writes of "converted code" first.
    return kind.call(x(tf, 2, size), zero(tf, kind))


def grid(tf, counts):
    return tf.contrib.rnn.GridLSTMCell(
        3, feature_size=2, frequency_skip=1, num_frequency_blocks=counts
    )


def block(tf, *inputs, **arguments):
    return tf.contrib.rnn.LSTMBlockFusedCell(3).call(*inputs, **arguments)


MISTAKES = {
    "dynamic: no cell": lambda tf: tf.nn.dynamic_rnn(3, x(tf), dtype=tf.float32),
    "dynamic: no dtype": lambda tf: tf.nn.dynamic_rnn(cell(tf), x(tf)),
    "dynamic: size unknown": lambda tf: tf.nn.dynamic_rnn(
        cell(tf), x(tf, 2, 4, None), dtype=tf.float32
    ),
    "dynamic: rank 2": lambda tf: tf.nn.dynamic_rnn(cell(tf), x(tf, 2, 4), dtype=tf.float32),
    "dynamic: lengths of rank 2": lambda tf: tf.nn.dynamic_rnn(
        cell(tf), x(tf), sequence_length=[[1, 2]], dtype=tf.float32
    ),
    "dynamic: two times": lambda tf: tf.nn.dynamic_rnn(
        cell(tf), (x(tf), x(tf, 2, 3, 5)), dtype=tf.float32
    ),
    "dynamic: two batches": lambda tf: tf.nn.dynamic_rnn(
        cell(tf), (x(tf), x(tf, 3, 4, 5)), dtype=tf.float32
    ),
    "dynamic: integers": lambda tf: tf.nn.dynamic_rnn(
        cell(tf), tf.placeholder(tf.int32, [2, 4, 5]), dtype=tf.float32
    ),
    "static: no sequence": lambda tf: tf.nn.static_rnn(cell(tf), x(tf), dtype=tf.float32),
    "static: nothing": lambda tf: tf.nn.static_rnn(cell(tf), [], dtype=tf.float32),
    "static: no dtype": lambda tf: tf.nn.static_rnn(cell(tf), [x(tf, 2, 5)]),
    "static: size unknown": lambda tf: tf.nn.static_rnn(
        cell(tf), [x(tf, 2, None)], dtype=tf.float32
    ),
    "static: two batches": lambda tf: tf.nn.static_rnn(
        cell(tf), [x(tf, 2, 5), x(tf, 3, 5)], dtype=tf.float32
    ),
    "static: lengths of rank 2": lambda tf: tf.nn.static_rnn(
        cell(tf), [x(tf, 2, 5)], sequence_length=[[1, 2]], dtype=tf.float32
    ),
    "raw: no function": lambda tf: tf.nn.raw_rnn(cell(tf), 3),
    "both: no cell": lambda tf: tf.nn.bidirectional_dynamic_rnn(
        cell(tf), None, x(tf), dtype=tf.float32
    ),
    "cell: integers": lambda tf: tf.nn.rnn_cell.GRUCell(3, dtype=tf.int32),
    "cell: rank 3": lambda tf: cell(tf)(x(tf), zero(tf, cell(tf))),
    "cell: size unknown": lambda tf: cell(tf)(x(tf, 2, None), zero(tf, cell(tf))),
    "cell: not made": lambda tf: tf.nn.rnn_cell.BasicRNNCell(3, reuse=True)(
        x(tf, 2, 5), zero(tf, cell(tf))
    ),
    "cell: abstract": lambda tf: tf.nn.rnn_cell.RNNCell().state_size,
    "cell: no batch size": lambda tf: cell(tf).get_initial_state(dtype=tf.float32),
    "cell: another batch size": lambda tf: cell(tf).get_initial_state(
        inputs=x(tf, 2, 5), batch_size=3
    ),
    "cell: another dtype": lambda tf: cell(tf).get_initial_state(
        inputs=x(tf, 2, 5), dtype=tf.float64
    ),
    "multi: nothing": lambda tf: tf.nn.rnn_cell.MultiRNNCell([]),
    "multi: no list": lambda tf: tf.nn.rnn_cell.MultiRNNCell(cell(tf)),
    "multi: tuples in one tensor": lambda tf: tf.nn.rnn_cell.MultiRNNCell(
        [tf.nn.rnn_cell.BasicLSTMCell(3)], state_is_tuple=False
    ),
    "dropout: no cell": lambda tf: tf.nn.rnn_cell.DropoutWrapper(tf.nn.relu),
    "dropout: probability": lambda tf: tf.nn.rnn_cell.DropoutWrapper(
        cell(tf), output_keep_prob=2.0
    ),
    "dropout: no dtype": lambda tf: tf.nn.rnn_cell.DropoutWrapper(
        cell(tf), variational_recurrent=True
    ),
    "dropout: no input size": lambda tf: tf.nn.rnn_cell.DropoutWrapper(
        cell(tf), input_keep_prob=0.5, variational_recurrent=True, dtype=tf.float32
    ),
    "dropout: filter": lambda tf: tf.nn.rnn_cell.DropoutWrapper(
        cell(tf), dropout_state_filter_visitor=3
    ),
    "residual: sizes": lambda tf: (lambda c: c(x(tf, 2, 5), zero(tf, c)))(
        tf.nn.rnn_cell.ResidualWrapper(cell(tf))
    ),
    "embedding: no classes": lambda tf: tf.contrib.rnn.EmbeddingWrapper(cell(tf), 0, 3),
    "embedding: no cell": lambda tf: tf.contrib.rnn.EmbeddingWrapper(None, 2, 3),
    "projection: no size": lambda tf: tf.contrib.rnn.OutputProjectionWrapper(cell(tf), 0),
    "gru block: no size": lambda tf: tf.contrib.rnn.GRUBlockCell(),
    "gru block: another state": lambda tf: tf.contrib.rnn.GRUBlockCell(3).call(
        x(tf, 2, 5), x(tf, 2, 4)
    ),
    "lstm block: size unknown": lambda tf: tf.contrib.rnn.LSTMBlockCell(3).build(
        tf.TensorShape([2, None])
    ),
    "layers: none forward": lambda tf: tf.contrib.rnn.stack_bidirectional_rnn([], [], []),
    "layers: no list": lambda tf: tf.contrib.rnn.stack_bidirectional_rnn(
        [cell(tf)], (cell(tf),), [x(tf, 2, 5)]
    ),
    "layers: depths": lambda tf: tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        [cell(tf)], [cell(tf), cell(tf)], x(tf)
    ),
    "layers: states": lambda tf: tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        [cell(tf)], [cell(tf)], x(tf), initial_states_bw=[]
    ),
    "loss: logits": lambda tf: tf.contrib.seq2seq.sequence_loss(
        x(tf, 2, 3), tf.zeros([2, 3], tf.int32), x(tf, 2, 3)
    ),
    "loss: targets": lambda tf: tf.contrib.seq2seq.sequence_loss(
        x(tf), tf.zeros([2], tf.int32), x(tf, 2, 4)
    ),
    "loss: weights": lambda tf: tf.contrib.seq2seq.sequence_loss(
        x(tf), tf.zeros([2, 4], tf.int32), x(tf, 2, 4, 5)
    ),
    "loss: average and sum": lambda tf: tf.contrib.seq2seq.sequence_loss(
        x(tf), tf.zeros([2, 4], tf.int32), x(tf, 2, 4), sum_over_timesteps=True
    ),
    "loss: sum and average": lambda tf: tf.contrib.seq2seq.sequence_loss(
        x(tf), tf.zeros([2, 4], tf.int32), x(tf, 2, 4), sum_over_batch=True
    ),
    "loss: lists": lambda tf: tf.contrib.legacy_seq2seq.sequence_loss(
        [x(tf, 2, 5)], [tf.zeros([2], tf.int32)] * 2, [x(tf, 2)]
    ),
    "coupled: shards": lambda tf: called(
        tf, tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3, num_unit_shards=9)
    ),
    "coupled: size unknown": lambda tf: called(
        tf, tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3), None
    ),
    "frequencies: size unknown": lambda tf: called(
        tf, tf.contrib.rnn.TimeFreqLSTMCell(3, feature_size=2), None
    ),
    "grid: no blocks": lambda tf: tf.contrib.rnn.GridLSTMCell(3),
    "grid: two blocks": lambda tf: called(tf, grid(tf, [1, 3])),
    "grid: counts": lambda tf: called(tf, grid(tf, [3])),
    "grid: size unknown": lambda tf: called(tf, grid(tf, [4]), None),
    "attention: tuples": lambda tf: tf.contrib.rnn.AttentionCellWrapper(
        tf.nn.rnn_cell.BasicLSTMCell(3), 2, state_is_tuple=False
    ),
    "attention: no length": lambda tf: tf.contrib.rnn.AttentionCellWrapper(cell(tf), 0),
    "attention: no cell": lambda tf: tf.contrib.rnn.AttentionCellWrapper(3, 2),
    "highway: sizes": lambda tf: (lambda c: c(x(tf, 2, 5), zero(tf, c)))(
        tf.contrib.rnn.HighwayWrapper(cell(tf))
    ),
    "update gate: size unknown": lambda tf: called(tf, tf.contrib.rnn.UGRNNCell(3), None),
    "intersection: sizes": lambda tf: called(tf, tf.contrib.rnn.IntersectionRNNCell(3)),
    "simple unit: rank": lambda tf: tf.contrib.rnn.SRUCell(3)(x(tf), zero(tf, cell(tf))),
    "searched: size unknown": lambda tf: tf.contrib.rnn.NASCell(3).build(tf.TensorShape([2, None])),
    "groups: units": lambda tf: tf.contrib.rnn.GLSTMCell(3, number_of_groups=2),
    "groups: projection": lambda tf: tf.contrib.rnn.GLSTMCell(4, num_proj=3, number_of_groups=2),
    "groups: inputs": lambda tf: called(tf, tf.contrib.rnn.GLSTMCell(4, number_of_groups=2)),
    "groups: size unknown": lambda tf: called(tf, tf.contrib.rnn.GLSTMCell(4), None),
    "convolutions: shape": lambda tf: tf.contrib.rnn.Conv2DLSTMCell(
        input_shape=[4, 3], output_channels=2, kernel_shape=[3]
    ),
    "independent: size unknown": lambda tf: tf.contrib.rnn.IndRNNCell(3).build(
        tf.TensorShape([2, None])
    ),
    "batch size: rank": lambda tf: tf.contrib.rnn.best_effort_input_batch_size([x(tf, 2)]),
    "block: no dtype": lambda tf: block(tf, x(tf)),
    "block: state": lambda tf: block(tf, x(tf), initial_state=(1, 2, 3)),
    "state: two dtypes": lambda tf: (
        tf.nn.rnn_cell.LSTMStateTuple(tf.zeros([2]), tf.zeros([2], tf.float64)).dtype
    ),
}
