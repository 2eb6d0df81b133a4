"""What one run of a small graph costs: flowgraph and TensorFlow's `compat.v1`, interleaved.

    python benches/run_overhead.py

Both libraries are timed in one process, in turns, on graphs built by the same
code; TensorFlow's rows are left out where it is not installed. Inputs are fed,
so that neither library can fold the graph away. Prints the median time of a run
in microseconds, and the ratio to TensorFlow.
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


def scalar_add(tf: Any) -> Callable[[], Any]:
    """One addition of two fed scalars."""
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    z = tf.add(x, y)
    session = tf.Session()
    feeds = {x: np.float32(1), y: np.float32(2)}
    return lambda: session.run(z, feeds)


def variable_add(tf: Any) -> Callable[[], Any]:
    """One addition of two variables: nothing is fed."""
    x, y = tf.Variable(1.0), tf.Variable(2.0)
    z = tf.add(x, y)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return lambda: session.run(z)


def chain(tf: Any) -> Callable[[], Any]:
    """A hundred alternating additions and maxima of a fed vector of 10."""
    x = tf.placeholder(tf.float32, [10])
    y = x
    for _ in range(50):
        y = tf.maximum(tf.add(y, 1.0), x)
    session = tf.Session()
    feeds = {x: np.ones(10, np.float32)}
    return lambda: session.run(y, feeds)


CASES = [scalar_add, variable_add, chain]


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
        found["tensorflow"] = tensorflow
    return found


def seconds(run: Callable[[], Any], count: int) -> float:
    """The mean time of `count` runs."""
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def measure(
    case: Callable[[Any], Callable[[], Any]], libraries: dict[str, Any]
) -> dict[str, float]:
    """The median time of a run for each library, in rounds that take turns."""
    runs = {}
    for name, library in libraries.items():
        with library.Graph().as_default():
            runs[name] = case(library)
    counts = {name: max(int(0.02 / seconds(run, 20)), 20) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(seconds(run, counts[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print one line a case."""
    libraries = peers()
    print(f"{'case':<14}" + "".join(f"{name + ' us':>16}" for name in libraries) + f"{'ratio':>10}")
    for case in CASES:
        medians = measure(case, libraries)
        row = f"{case.__name__:<14}" + "".join(f"{t * 1e6:>16.2f}" for t in medians.values())
        if "tensorflow" in medians:
            row += f"{medians['flowgraph'] / medians['tensorflow']:>10.3f}"
        print(row)


if __name__ == "__main__":
    main()
