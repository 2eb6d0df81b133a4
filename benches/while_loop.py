"""What a turn of a loop costs: flowgraph and TensorFlow's `compat.v1`, interleaved.

    python benches/while_loop.py

Both libraries are timed in one process, in turns, on loops built by the same code, as
in `run_overhead.py`. Prints the median time of a run in microseconds for each thousand
turns, and the ratio to TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from run_overhead import measure, peers

TURNS = 1000


def counter(tf: Any) -> Callable[[], Any]:
    """One scalar, counted up."""
    limit = tf.placeholder(tf.int32, [])
    count = tf.while_loop(lambda i: i < limit, lambda i: i + 1, [0])
    session = tf.Session()
    return lambda: session.run(count, {limit: TURNS})


def recurrence(tf: Any) -> Callable[[], Any]:
    """A counter and a scalar that follows a recurrence with a fed factor."""
    factor = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(
        lambda i, y: i < TURNS, lambda i, y: (i + 1, tf.sin(y) * factor + 1.0), (0, 0.5)
    )
    session = tf.Session()
    return lambda: session.run(y, {factor: 0.9})


def vector(tf: Any) -> Callable[[], Any]:
    """A matrix times a vector of 16, squashed."""
    matrix = tf.placeholder(tf.float32, [16, 16])
    start = tf.ones([16, 1])
    _, y = tf.while_loop(
        lambda i, y: i < TURNS, lambda i, y: (i + 1, tf.tanh(tf.matmul(matrix, y))), (0, start)
    )
    session = tf.Session()
    feeds = {matrix: np.eye(16, dtype=np.float32)}
    return lambda: session.run(y, feeds)


def branch(tf: Any) -> Callable[[], Any]:
    """A condition in every turn."""
    step = tf.placeholder(tf.int32, [])

    def body(i: Any, y: Any) -> Any:
        even = tf.equal(tf.bitwise.bitwise_and(i, 1), 0)
        return i + step, tf.cond(even, lambda: y + step, lambda: y - 1)

    _, y = tf.while_loop(lambda i, y: i < TURNS, body, (0, 0))
    session = tf.Session()
    return lambda: session.run(y, {step: 1})


def gradient(tf: Any) -> Callable[[], Any]:
    """The gradient of a recurrence over a hundredth of the turns, by its fed factor."""
    factor = tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(
        lambda i, y: i < TURNS // 10, lambda i, y: (i + 1, tf.sin(y) * factor), (0, 0.5)
    )
    (slope,) = tf.gradients(y, factor)
    session = tf.Session()
    return lambda: session.run(slope, {factor: 0.9})


CASES = [counter, recurrence, vector, branch, gradient]


def main() -> None:
    """Print one line a case."""
    libraries = peers()
    print(f"{'case':<14}" + "".join(f"{name + ' us':>16}" for name in libraries) + f"{'ratio':>10}")
    for case in CASES:
        medians = measure(case, libraries)
        row = f"{case.__name__:<14}" + "".join(f"{t * 1e6:>16.1f}" for t in medians.values())
        if "tensorflow" in medians:
            row += f"{medians['flowgraph'] / medians['tensorflow']:>10.3f}"
        print(row)


if __name__ == "__main__":
    main()
