"""A translator that learns to reverse words, in whichever library builds it.

The same program runs on TensorFlow 1.15, for the numbers in ``test_translation.py``.
"""

import numpy as np

START, END, LETTERS, UNITS, WORDS = 1, 0, 8, 12, 6


def words(seed):
    """Words of 3 letters, and the same backwards with an end."""
    given = np.random.RandomState(seed).randint(2, LETTERS, (WORDS, 3))
    ends = np.full((WORDS, 1), END)
    return given.astype(np.int32), np.hstack([given[:, ::-1], ends]).astype(np.int32)


class Translator:
    """An encoder, and a decoder with attention, which trains and writes with the same weights."""

    def __init__(self, tf):
        self.tf = tf
        self.given = tf.placeholder(tf.int32, [None, None], name="given")
        self.written = tf.placeholder(tf.int32, [None, None], name="written")
        self.table = tf.get_variable(
            "table", [LETTERS, 5], initializer=tf.random_uniform_initializer(-1.0, 1.0)
        )
        self.rows = tf.shape(self.given)[0]
        self.lengths = tf.fill([self.rows], tf.shape(self.given)[1])
        self.memory, self.last = tf.nn.dynamic_rnn(
            tf.nn.rnn_cell.GRUCell(UNITS),
            tf.nn.embedding_lookup(self.table, self.given),
            sequence_length=self.lengths,
            dtype=tf.float32,
            scope="encoder",
        )
        self.output_layer = tf.layers.Dense(LETTERS, name="letters", use_bias=False)

    def cell_and_state(self, beams=1):
        tf, s2s = self.tf, self.tf.contrib.seq2seq
        memory, lengths, last = self.memory, self.lengths, self.last
        if beams > 1:
            memory, lengths, last = s2s.tile_batch((memory, lengths, last), multiplier=beams)
        attention = s2s.LuongAttention(UNITS, memory, memory_sequence_length=lengths, scale=True)
        cell = s2s.AttentionWrapper(
            tf.nn.rnn_cell.GRUCell(UNITS), attention, attention_layer_size=UNITS
        )
        state = cell.zero_state(self.rows * beams, tf.float32)
        return cell, state.clone(cell_state=last)

    def trained(self):
        tf, s2s = self.tf, self.tf.contrib.seq2seq
        starts = tf.fill([self.rows, 1], START)
        inputs = tf.concat([starts, self.written[:, :-1]], 1)
        lengths = tf.fill([self.rows], tf.shape(self.written)[1])
        helper = s2s.TrainingHelper(tf.nn.embedding_lookup(self.table, inputs), lengths)
        cell, state = self.cell_and_state()
        decoder = s2s.BasicDecoder(cell, helper, state, self.output_layer)
        outputs, _, _ = s2s.dynamic_decode(decoder, impute_finished=True)
        weights = tf.ones(tf.shape(self.written))
        return s2s.sequence_loss(outputs.rnn_output, self.written, weights)

    def greedy(self):
        tf, s2s = self.tf, self.tf.contrib.seq2seq
        helper = s2s.GreedyEmbeddingHelper(self.table, tf.fill([self.rows], START), END)
        cell, state = self.cell_and_state()
        decoder = s2s.BasicDecoder(cell, helper, state, self.output_layer)
        return s2s.dynamic_decode(decoder, maximum_iterations=5)[0].sample_id

    def beams(self, width):
        tf, s2s = self.tf, self.tf.contrib.seq2seq
        cell, state = self.cell_and_state(width)
        decoder = s2s.BeamSearchDecoder(
            cell,
            self.table,
            tf.fill([self.rows], START),
            END,
            state,
            width,
            output_layer=self.output_layer,
            length_penalty_weight=0.5,
        )
        return s2s.dynamic_decode(decoder, maximum_iterations=5)[0]


def run(tf, steps=40):
    """The losses, the words written greedily and by beam, and the scores of the beams."""
    tf.reset_default_graph()
    tf.set_random_seed(7)
    model = Translator(tf)
    with tf.variable_scope("answer"):
        loss = model.trained()
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    with tf.variable_scope("answer", reuse=True):
        greedy = model.greedy()
    with tf.variable_scope("answer", reuse=True):
        beams = model.beams(3)
    scores = beams.beam_search_decoder_output.scores
    losses = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for turn in range(steps):
            given, written = words(turn)
            feeds = {model.given: given, model.written: written}
            losses.append(float(session.run([loss, step], feeds)[0]))
        feeds = {model.given: words(steps)[0][:2]}
        found = session.run([greedy, beams.predicted_ids, scores], feeds)
    return [losses] + [each.tolist() for each in found]
