"""What a training step of an LSTM costs: flowgraph and TensorFlow's `compat.v1`, interleaved.

    python benches/lstm_step.py

A classifier of sequences of 28 rows of 28 numbers, 128 units, batches of 128, gradient
descent; unrolled in the graph (static) and as a loop (dynamic). Both libraries are timed in
one process, in turns, on graphs built by the same code; the cell is written out, since newer
TensorFlow has none. Prints the median and the least time of a step in milliseconds, and the
ratios to TensorFlow.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROUNDS = 15
STEPS, SIZE, UNITS, BATCH, CLASSES = 28, 28, 128, 128, 10


class Cell:
    """The nodes of a `BasicLSTMCell`."""

    state_size = (UNITS, UNITS)
    output_size = UNITS

    def __init__(self, tf: Any) -> None:
        self.tf = tf

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros, as the state begins."""
        return tuple(self.tf.zeros([batch_size, size], dtype) for size in self.state_size)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step."""
        tf = self.tf
        c, h = state
        with tf.variable_scope("cell", reuse=tf.AUTO_REUSE):
            kernel = tf.get_variable("kernel", [SIZE + UNITS, 4 * UNITS])
            bias = tf.get_variable("bias", [4 * UNITS], initializer=tf.zeros_initializer())
        gates = tf.nn.bias_add(tf.matmul(tf.concat([inputs, h], 1), kernel), bias)
        i, j, f, o = tf.split(gates, 4, 1)
        c = tf.add(tf.multiply(c, tf.sigmoid(f + 1.0)), tf.multiply(tf.sigmoid(i), tf.tanh(j)))
        h = tf.multiply(tf.tanh(c), tf.sigmoid(o))
        return h, (c, h)


def training(tf: Any, last_output: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    """Return a training step."""
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [BATCH, STEPS, SIZE])
    y = tf.placeholder(tf.int64, [BATCH])
    kernel = tf.get_variable("kernel", [UNITS, CLASSES])
    logits = tf.matmul(last_output(tf, x), kernel)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    loss = tf.reduce_mean(losses)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    numbers = np.random.default_rng(0)
    images = numbers.random((BATCH, STEPS, SIZE), np.float32)
    feeds = {x: images, y: numbers.integers(0, CLASSES, BATCH)}
    return lambda: session.run([train, loss], feeds)


def static(tf: Any, x: Any) -> Any:
    """The last output of the network unrolled."""
    return tf.nn.static_rnn(Cell(tf), tf.unstack(x, STEPS, 1), dtype=tf.float32)[0][-1]


def dynamic(tf: Any, x: Any) -> Any:
    """The last output of the network as a loop."""
    return tf.nn.dynamic_rnn(Cell(tf), x, dtype=tf.float32)[0][:, -1]


def peers() -> dict[str, Any]:
    """The libraries at hand, by name."""
    import flowgraph

    found: dict[str, Any] = {"flowgraph": flowgraph}
    try:
        import tensorflow.compat.v1 as tensorflow
    except ImportError:
        print("TensorFlow is not installed: no ratios")
    else:
        tensorflow.disable_v2_behavior()
        tensorflow.disable_control_flow_v2()
        found["tensorflow"] = tensorflow
    return found


def measure(case: Any, libraries: dict[str, Any]) -> dict[str, list[float]]:
    """The times of steps of each library, in turns, in milliseconds."""
    runs = {}
    for name, library in libraries.items():
        with library.Graph().as_default():
            runs[name] = training(library, case)
            runs[name]()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - start) * 1e3)
    return times


def main() -> None:
    """Print one line a case."""
    libraries = peers()
    for case in (static, dynamic):
        times = measure(case, libraries)
        row = f"{case.__name__:<8}"
        for name, values in times.items():
            row += f"  {name} {statistics.median(values):7.1f} ms (least {min(values):.1f})"
        if "tensorflow" in times:
            mine, theirs = times["flowgraph"], times["tensorflow"]
            row += f"  ratio {statistics.median(mine) / statistics.median(theirs):.2f}"
            row += f" (least {min(mine) / min(theirs):.2f})"
        print(row)


if __name__ == "__main__":
    main()
