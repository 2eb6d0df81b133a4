"""A training step of a recurrent network: an LSTM (Hochreiter and Schmidhuber, 1997)."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training

STEPS, SIZE, UNITS, BATCH, CLASSES, RATE = 28, 28, 128, 128, 10, 0.1


class Cell:
    """The nodes of a `BasicLSTMCell`, which newer TensorFlow does not have."""

    state_size = (UNITS, UNITS)
    output_size = UNITS

    def __init__(self, tf: Any, kernel: Any, bias: Any) -> None:
        self.tf, self.kernel, self.bias = tf, kernel, bias

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        return tuple(self.tf.zeros([batch_size, size], dtype) for size in self.state_size)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        tf = self.tf
        c, h = state
        gates = tf.nn.bias_add(tf.matmul(tf.concat([inputs, h], 1), self.kernel), self.bias)
        i, j, f, o = tf.split(gates, 4, 1)
        c = tf.add(tf.multiply(c, tf.sigmoid(f + 1.0)), tf.multiply(tf.sigmoid(i), tf.tanh(j)))
        h = tf.multiply(tf.tanh(c), tf.sigmoid(o))
        return h, (c, h)


class Unrolled(Case):
    """A classifier of 128 sequences of 28 rows of 28, 128 units, gradient descent: unrolled."""

    name = "lstm_static_step"
    tolerance = 1e-3
    stateful = True

    def data(self) -> tuple[Any, Any, Any, Any, Any]:
        numbers = self.numbers()
        sequences = numbers.random((BATCH, STEPS, SIZE), np.float32)
        labels = numbers.integers(0, CLASSES, BATCH)
        kernel = numbers.uniform(-0.1, 0.1, (SIZE + UNITS, 4 * UNITS)).astype(np.float32)
        output = numbers.uniform(-0.1, 0.1, (UNITS, CLASSES)).astype(np.float32)
        return sequences, labels, kernel, np.zeros(4 * UNITS, np.float32), output

    def last(self, tf: Any, cell: Cell, x: Any) -> Any:
        """Return the last output of the network."""
        return tf.nn.static_rnn(cell, tf.unstack(x, STEPS, 1), dtype=tf.float32)[0][-1]

    def tf1(self, tf: Any) -> Work:
        sequences, labels, *values = self.data()
        program = Program(tf)
        kernel, bias, output = [program.variable(value, True) for value in values]
        x = tf.placeholder(tf.float32, [BATCH, STEPS, SIZE])
        y = tf.placeholder(tf.int64, [BATCH])
        logits = tf.matmul(self.last(tf, Cell(tf, kernel, bias), x), output)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
        step = tf.train.GradientDescentOptimizer(RATE).minimize(loss)
        return program.training(step, loss, {x: sequences, y: labels})

    def torch(self, torch: Any) -> Work:
        sequences, labels, kernel, _, output = self.data()
        x, y = torch.from_numpy(sequences), torch.from_numpy(labels)
        out = torch.from_numpy(output).requires_grad_()
        network = torch.nn.LSTM(SIZE, UNITS, batch_first=True)
        i, j, f, o = np.split(kernel, 4, 1)
        ordered = np.concatenate([i, f, j, o], 1).T
        with torch.no_grad():
            network.weight_ih_l0.copy_(torch.from_numpy(ordered[:, :SIZE].copy()))
            network.weight_hh_l0.copy_(torch.from_numpy(ordered[:, SIZE:].copy()))
            network.bias_ih_l0.zero_()
            network.bias_ih_l0[UNITS : 2 * UNITS] = 1.0
            network.bias_hh_l0.zero_()
        network.bias_hh_l0.requires_grad_(False)  # one bias, as TensorFlow's cell has
        trained = [each for each in network.parameters() if each.requires_grad]
        optimizer = torch.optim.SGD([*trained, out], RATE, foreach=True)

        def run() -> Any:
            loss = torch.nn.functional.cross_entropy(network(x)[0][:, -1] @ out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)

    def jax(self, jax: Any) -> Work:
        sequences, labels, *values = self.data()

        def loss(parameters: Any, x: Any, y: Any) -> Any:
            kernel, bias, output = parameters

            def turn(state: Any, row: Any) -> Any:
                c, h = state
                gates = jax.numpy.concatenate([row, h], 1) @ kernel + bias
                i, j, f, o = jax.numpy.split(gates, 4, 1)
                c = c * jax.nn.sigmoid(f + 1) + jax.nn.sigmoid(i) * jax.numpy.tanh(j)
                h = jax.numpy.tanh(c) * jax.nn.sigmoid(o)
                return (c, h), None

            zeros = jax.numpy.zeros((BATCH, UNITS))
            (_, h), _ = jax.lax.scan(turn, (zeros, zeros), x.transpose(1, 0, 2))
            return jax_training.cross_entropy(jax, h @ output, y)

        def step(parameters: Any, x: Any, y: Any) -> Any:
            value, slopes = jax.value_and_grad(loss)(parameters, x, y)
            return jax.tree.map(lambda p, g: p - RATE * g, parameters, slopes), value

        return jax_training.training(jax, step, values, sequences, labels)


class Looped(Unrolled):
    """The same as a loop in the graph."""

    name = "lstm_dynamic_step"

    def last(self, tf: Any, cell: Cell, x: Any) -> Any:
        return tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0][:, -1]


CASES = [Unrolled(), Looped()]
