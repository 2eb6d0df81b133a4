"""Decoders, attention and beam searches, each a function of the library that builds it.

The same functions run on TensorFlow 1.15, for the values in ``recorded.json``.
"""

import numpy as np

BATCH, TIME, DEPTH, SYMBOLS, UNITS = 2, 4, 3, 6, 5
LENGTHS = [4, 2]
START, END = 1, 0


def numbers(*shape):
    return np.sin(np.arange(np.prod(shape), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def inputs(tf):
    return tf.constant(numbers(BATCH, TIME, DEPTH), tf.float32)


def memory(tf, copies=1, known_time=True):
    given = tf.constant(numbers(BATCH, TIME + 1, DEPTH), tf.float32)
    if not known_time:
        given = tf.placeholder_with_default(given, [BATCH, None, DEPTH])
    return tf.contrib.seq2seq.tile_batch(given, copies) if copies > 1 else given


def table(tf):
    return tf.get_variable("table", [SYMBOLS, DEPTH])


def gru(tf):
    return tf.nn.rnn_cell.GRUCell(UNITS)


def attending(tf, kind, cell=None, copies=1, wrapper=None, known_time=True, **arguments):
    lengths = tf.constant(np.repeat([5, 3], copies).astype(np.int32))
    arguments.setdefault("memory_sequence_length", lengths)
    mechanism = getattr(tf.contrib.seq2seq, kind)(
        UNITS, memory(tf, copies, known_time), **arguments
    )
    return tf.contrib.seq2seq.AttentionWrapper(cell or gru(tf), mechanism, **(wrapper or {}))


def decoded(tf, cell, helper, layer=True, state=None, **arguments):
    s2s = tf.contrib.seq2seq
    output_layer = tf.layers.Dense(SYMBOLS, name="symbols") if layer else None
    state = cell.zero_state(BATCH, tf.float32) if state is None else state
    decoder = s2s.BasicDecoder(cell, helper, state, output_layer)
    # TensorFlow draws in the order of the steps only if one runs after the other.
    return s2s.dynamic_decode(decoder, parallel_iterations=1, **arguments)


def trained(**arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.TrainingHelper(inputs(tf), LENGTHS)
        return decoded(tf, gru(tf), helper, **arguments)

    return build


def attended(kind, **arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.TrainingHelper(inputs(tf), LENGTHS)
        outputs, state, lengths = decoded(tf, attending(tf, kind, **arguments), helper)
        history = state.alignment_history
        return (
            outputs,
            state.cell_state,
            state.alignments,
            [history.stack()] if history != () else [],
            lengths,
        )

    return build


def two_memories(tf):
    s2s = tf.contrib.seq2seq
    mechanisms = [
        s2s.LuongAttention(UNITS, memory(tf), name="first"),
        s2s.BahdanauAttention(3, 2.0 * memory(tf), name="second"),
    ]
    cell = s2s.AttentionWrapper(
        tf.nn.rnn_cell.LSTMCell(UNITS), mechanisms, attention_layer_size=[4, 3]
    )
    return decoded(tf, cell, s2s.TrainingHelper(inputs(tf), LENGTHS))


def unknown_sizes(tf):
    s2s = tf.contrib.seq2seq
    given = tf.placeholder_with_default(inputs(tf), [None, None, DEPTH])
    held = tf.placeholder_with_default(memory(tf), [None, None, DEPTH])
    lengths = tf.placeholder_with_default(tf.constant(LENGTHS), [None])
    mechanism = s2s.LuongAttention(UNITS, held, memory_sequence_length=lengths)
    cell = s2s.AttentionWrapper(gru(tf), mechanism, attention_layer_size=4)
    rows = tf.shape(given)[0]
    first = tf.placeholder_with_default(tf.ones([BATCH, UNITS]), [None, UNITS])
    state = cell.zero_state(rows, tf.float32).clone(cell_state=first)
    outputs, state, lengths = decoded(
        tf, cell, s2s.TrainingHelper(given, lengths), state=state, impute_finished=True
    )
    return outputs, state.cell_state, state.alignments, lengths


def greedy(**arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(table(tf), [START] * BATCH, END)
        return decoded(tf, gru(tf), helper, maximum_iterations=5, **arguments)

    return build


def drawn(**arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.SampleEmbeddingHelper(
            table(tf), [START] * BATCH, END, **arguments
        )
        return decoded(tf, gru(tf), helper, maximum_iterations=6)

    return build


def scheduled(**arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
            inputs(tf), LENGTHS, table(tf), 0.5, **arguments
        )
        return decoded(tf, gru(tf), helper)

    return build


def scheduled_outputs(layer=False, **arguments):
    def build(tf):
        helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
            inputs(tf), lengths_of_any_batch(tf), 0.5, **arguments
        )
        cell = gru(tf) if layer else tf.nn.rnn_cell.GRUCell(DEPTH)
        return decoded(tf, cell, helper, layer=layer)

    return build


def lengths_of_any_batch(tf):
    return tf.placeholder_with_default(tf.constant(LENGTHS), [None])


def beside(tf):
    helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(
        inputs(tf),
        lengths_of_any_batch(tf),
        0.5,
        seed=8,
        auxiliary_inputs=tf.constant(numbers(BATCH, TIME, 2), tf.float32),
        next_inputs_fn=lambda outputs: outputs[:, :DEPTH],
    )
    return decoded(tf, gru(tf), helper, layer=False)


def custom(tf):
    helper = tf.contrib.seq2seq.CustomHelper(
        initialize_fn=lambda: (tf.tile([False], [BATCH]), tf.zeros([BATCH, SYMBOLS])),
        sample_fn=lambda time, outputs, state: tf.argmax(outputs, -1, output_type=tf.int32),
        next_inputs_fn=lambda time, outputs, state, sample_ids: (
            sample_ids > time + 2,
            tf.one_hot(sample_ids, SYMBOLS),
            state,
        ),
    )
    return decoded(tf, gru(tf), helper, maximum_iterations=4)


def inferred(tf):
    helper = tf.contrib.seq2seq.InferenceHelper(
        sample_fn=lambda outputs: outputs,
        sample_shape=[SYMBOLS],
        sample_dtype=tf.float32,
        start_inputs=tf.zeros([BATCH, SYMBOLS]),
        end_fn=lambda ids: ids[:, 0] > 0.1,
    )
    return decoded(tf, gru(tf), helper, maximum_iterations=4)


def searched(width=3, attention=None, steps=5, known_time=True, **arguments):
    def build(tf):
        s2s = tf.contrib.seq2seq
        vectors = table(tf)
        keeps = {"alignment_history": True, "attention_layer_size": 4}
        cell = (
            attending(tf, attention, copies=width, wrapper=keeps, known_time=known_time)
            if attention
            else tf.nn.rnn_cell.LSTMCell(UNITS)
        )
        decoder = s2s.BeamSearchDecoder(
            cell,
            vectors,
            [START] * BATCH,
            END,
            cell.zero_state(BATCH * width, tf.float32),
            width,
            output_layer=tf.layers.Dense(
                SYMBOLS, kernel_initializer=tf.random_normal_initializer(stddev=2.0)
            ),
            **arguments,
        )
        outputs, state, lengths = s2s.dynamic_decode(decoder, maximum_iterations=steps)
        results = [outputs, state.log_probs, state.lengths, state.finished, lengths]
        if attention:
            history = state.cell_state.alignment_history
            results.append(history.stack() if hasattr(history, "stack") else history)
        return results

    return build


def unknown_beams(tf):
    s2s = tf.contrib.seq2seq
    tokens = tf.placeholder_with_default(tf.constant([START] * BATCH), [None])
    cell = gru(tf)
    state = s2s.tile_batch(
        tf.placeholder_with_default(tf.constant(numbers(BATCH, UNITS), tf.float32), [None, UNITS]),
        2,
    )
    decoder = s2s.BeamSearchDecoder(
        cell, table(tf), tokens, END, state, 2, output_layer=tf.layers.Dense(SYMBOLS)
    )
    return s2s.dynamic_decode(decoder, maximum_iterations=4, output_time_major=True)


def deep(tf):
    """Two cells with attention to one memory, searched with a limit known only when it runs."""
    s2s = tf.contrib.seq2seq
    cells = [
        attending(tf, kind, cell=tf.nn.rnn_cell.LSTMCell(UNITS), copies=2)
        for kind in ("LuongAttention", "BahdanauAttention")
    ]
    cell = tf.nn.rnn_cell.MultiRNNCell(cells)
    vectors = table(tf)
    decoder = s2s.BeamSearchDecoder(
        cell,
        lambda ids: 2.0 * tf.nn.embedding_lookup(vectors, ids),
        [START] * BATCH,
        END,
        cell.zero_state(BATCH * 2, tf.float32),
        2,
        output_layer=tf.layers.Dense(SYMBOLS),
        coverage_penalty_weight=0.2,
    )
    limit = tf.placeholder_with_default(4, [])
    outputs, state, lengths = s2s.dynamic_decode(decoder, maximum_iterations=limit)
    return outputs, state.log_probs, state.accumulated_attention_probs, lengths


def double(tf):
    s2s = tf.contrib.seq2seq
    held = tf.constant(numbers(BATCH, TIME, DEPTH), tf.float64)
    mechanism = s2s.BahdanauAttention(
        UNITS, held, memory_sequence_length=LENGTHS, normalize=True, dtype=tf.float64
    )
    cell = s2s.AttentionWrapper(
        tf.nn.rnn_cell.GRUCell(UNITS, dtype=tf.float64), mechanism, dtype=tf.float64
    )
    helper = s2s.TrainingHelper(held, LENGTHS)
    decoder = s2s.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float64))
    outputs, _, _ = s2s.dynamic_decode(decoder)
    return [tf.cast(outputs.rnn_output, tf.float32), outputs.sample_id]


def keys_and_values(tf):
    s2s = tf.contrib.seq2seq
    mechanism = s2s.LuongAttention(
        UNITS,
        memory(tf),
        custom_key_value_fn=lambda keys, values: (tf.tanh(keys), values + 1.0),
        probability_fn=s2s.hardmax,
        score_mask_value=-5.0,
        memory_sequence_length=[5, 3],
    )
    cell = s2s.AttentionWrapper(
        gru(tf),
        mechanism,
        cell_input_fn=lambda given, attention: tf.concat([attention, given], -1),
        initial_cell_state=tf.constant(numbers(BATCH, UNITS), tf.float32),
        attention_layer=tf.layers.Dense(4, activation=tf.tanh),
    )
    return decoded(tf, cell, s2s.TrainingHelper(inputs(tf), LENGTHS))


def time_major_helper(tf):
    s2s = tf.contrib.seq2seq
    steps = tf.constant(numbers(TIME, BATCH, DEPTH), tf.float32)
    return decoded(tf, gru(tf), s2s.TrainingHelper(steps, LENGTHS, time_major=True))


def scheduled_by_row(tf):
    vectors = table(tf)
    helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
        inputs(tf),
        LENGTHS,
        lambda ids: tf.nn.embedding_lookup(vectors, ids),
        tf.constant(0.75),
        seed=1,
        scheduling_seed=2,
        name="mine",
    )
    return decoded(tf, gru(tf), helper, impute_finished=True)


def monotonic(mode):
    def build(tf):
        raw = tf.get_variable("p", [2, 5])
        p = tf.sigmoid(3.0 * raw)
        p = tf.cast(p > 0.5, tf.float32) * raw / tf.stop_gradient(raw) if mode == "hard" else p
        before = tf.nn.softmax(tf.constant(numbers(2, 5), tf.float32))
        return [tf.contrib.seq2seq.monotonic_attention(p, before, mode)]

    return build


def products(tf):
    p = tf.get_variable("p", [2, 5], initializer=tf.random_uniform_initializer(0.0, 1.2))
    return [
        tf.contrib.seq2seq.safe_cumprod(p, axis=1, exclusive=True),
        tf.contrib.seq2seq.hardmax(tf.transpose(p)),
    ]


CASES = {
    "training": trained(),
    "training_imputed": trained(impute_finished=True),
    "training_time_major": trained(output_time_major=True, scope="other"),
    "training_no_layer": trained(layer=False),
    "training_stopped": trained(maximum_iterations=2),
    "greedy": greedy(),
    "greedy_imputed": greedy(impute_finished=True),
    "drawn": drawn(),
    "drawn_seeded": drawn(seed=5, softmax_temperature=0.5),
    "scheduled": scheduled(),
    "scheduled_seeded": scheduled(seed=3, scheduling_seed=4),
    "scheduled_outputs": scheduled_outputs(),
    "scheduled_outputs_mapped": scheduled_outputs(
        layer=True, seed=2, next_inputs_fn=lambda outputs: outputs[:, :DEPTH]
    ),
    "auxiliary": beside,
    "custom": custom,
    "inferred": inferred,
    "luong": attended("LuongAttention"),
    "luong_scaled": attended(
        "LuongAttention", scale=True, wrapper={"attention_layer_size": 4, "alignment_history": True}
    ),
    "luong_cell_output": attended(
        "LuongAttention", memory_sequence_length=None, wrapper={"output_attention": False}
    ),
    "bahdanau": attended("BahdanauAttention"),
    "bahdanau_normalized": attended(
        "BahdanauAttention", normalize=True, wrapper={"attention_layer_size": 4}
    ),
    "luong_monotonic": attended("LuongMonotonicAttention", scale=True, score_bias_init=-0.5),
    "bahdanau_monotonic": attended(
        "BahdanauMonotonicAttention", normalize=True, sigmoid_noise=0.5, sigmoid_noise_seed=3
    ),
    "bahdanau_recursive": attended("BahdanauMonotonicAttention", mode="recursive"),
    "luong_hard": attended("LuongMonotonicAttention", mode="hard"),
    "two_memories": two_memories,
    "unknown_sizes": unknown_sizes,
    "beam": searched(),
    "beam_of_one": searched(width=1),
    "beam_length": searched(length_penalty_weight=0.8, steps=7),
    "beam_attention": searched(attention="LuongAttention"),
    "beam_sorted_history": searched(attention="LuongAttention", known_time=False),
    "beam_coverage": searched(
        attention="BahdanauAttention", coverage_penalty_weight=0.3, length_penalty_weight=0.5
    ),
    "beam_arrays_as_they_are": searched(
        attention="LuongAttention", reorder_tensor_arrays=False, width=2
    ),
    "beam_unknown_sizes": unknown_beams,
    "beam_deep": deep,
    "double": double,
    "keys_and_values": keys_and_values,
    "time_major_helper": time_major_helper,
    "scheduled_by_row": scheduled_by_row,
    "monotonic_recursive": monotonic("recursive"),
    "monotonic_parallel": monotonic("parallel"),
    "monotonic_hard": monotonic("hard"),
    "products": products,
}

# TensorFlow's gradient of a cumulative product is NaN where there are zeros.
NOT_DIFFERENTIATED = {"monotonic_hard", *(name for name in CASES if name.startswith("beam"))}
