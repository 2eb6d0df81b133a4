"""A training step of an embedding: its gradient has the rows that were looked up only."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training, numpy_networks

ROWS, WIDTH, IDS, RATE = 100_000, 128, 65_536, 0.01


class Embedding(Case):
    """65,536 rows of a table of 100,000 x 128, half their square, gradient descent."""

    name = "embedding_sgd"
    adam = False
    tolerance = 1e-3
    stateful = True

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        ids = numbers.integers(0, ROWS, IDS)
        return numbers.random((ROWS, WIDTH), np.float32), ids

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        values, ids = self.data()
        table, ids = program.variable(values, True), program.variable(ids)
        loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, ids))) * 0.5
        kind = tf.train.AdamOptimizer if self.adam else tf.train.GradientDescentOptimizer
        return program.training(kind(RATE).minimize(loss), loss)

    def torch(self, torch: Any) -> Work:
        values, ids = map(torch.from_numpy, self.data())
        table = torch.nn.Embedding(ROWS, WIDTH, _weight=values, sparse=not self.adam)
        if self.adam:  # torch's own for sparse gradients leaves moments alone, TensorFlow does not
            optimizer = torch.optim.Adam(table.parameters(), RATE, fused=True)
        else:
            optimizer = torch.optim.SGD(table.parameters(), RATE)

        def run() -> Any:
            loss = table(ids).square().sum() * 0.5
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)

    def jax(self, jax: Any) -> Work:
        values, ids = self.data()

        def loss(table: Any, ids: Any) -> Any:
            return (jax.numpy.take(table, ids, axis=0, mode="clip") ** 2).sum() * 0.5

        def step(state: Any, ids: Any) -> Any:
            table = state[0] if self.adam else state
            value, slopes = jax.value_and_grad(loss)(table, ids)
            if self.adam:
                return jax_training.adam(jax, state, slopes, RATE), value
            return table - RATE * slopes, value

        state = jax_training.adam_state(jax, values) if self.adam else values
        return jax_training.training(jax, step, state, ids)

    def numpy(self, numpy: Any) -> Work:
        table, ids = self.data()
        optimizer = numpy_networks.Adam([table], RATE)

        def run() -> Any:
            rows = table[ids]
            if self.adam:
                slopes = numpy.zeros_like(table)
                numpy.add.at(slopes, ids, rows)
                optimizer.step([slopes])
            else:
                numpy.subtract.at(table, ids, numpy.float32(RATE) * rows)
            return numpy.float32(0.5) * numpy.square(rows).sum()

        return Work(run)


class EmbeddingAdam(Embedding):
    """The same with Adam, whose moments all change."""

    name = "embedding_adam"
    adam = True


CASES = [Embedding(), EmbeddingAdam()]
