"""What an input pipeline adds to a training step: flowgraph and TensorFlow, interleaved.

    python benches/input_pipeline.py

60,000 images of 28 x 28 bytes go through map (to float, scaled), shuffle(10000), batch(128)
and prefetch into the step of an MLP, 784-256-256-10 with Adam. Three things are timed, in one
process and in turns, on graphs built by the same code: the step alone, on a batch that is
there already; the pipeline alone; and the step fed by the pipeline. Prints the time of a batch
in milliseconds, the median of rounds of 60, the ratios to TensorFlow, and how far the fed step
is from the step alone.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROUNDS, BATCHES = 9, 60
IMAGES, BATCH, HIDDEN, CLASSES = 60_000, 128, 256, 10


def pipeline(tf: Any, images: Any, labels: Any) -> Any:
    """An iterator over batches without end."""
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32) / 255.0, y))
    dataset = dataset.shuffle(10_000, seed=1).repeat().batch(BATCH, drop_remainder=True)
    return dataset.prefetch(2).make_initializable_iterator()


def training(tf: Any, x: Any, y: Any) -> Any:
    """The operation of a training step."""
    hidden = tf.reshape(x, [BATCH, 784])
    for number, (rows, columns) in enumerate([(784, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, CLASSES)]):
        kernel = tf.get_variable(f"kernel_{number}", [rows, columns])
        bias = tf.get_variable(f"bias_{number}", [columns], initializer=tf.zeros_initializer())
        hidden = tf.matmul(hidden, kernel) + bias
        if columns != CLASSES:
            hidden = tf.nn.relu(hidden)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=hidden)
    return tf.train.AdamOptimizer(1e-3).minimize(tf.reduce_mean(losses))


def cases(tf: Any) -> dict[str, Callable[[], Any]]:
    """What is timed, by name: each call is for one batch."""
    numbers = np.random.default_rng(0)
    images = numbers.integers(0, 256, (IMAGES, 28, 28), np.uint8)
    labels = numbers.integers(0, CLASSES, IMAGES, np.int32)
    x, y = tf.placeholder(tf.uint8, [None, 28, 28]), tf.placeholder(tf.int32, [None])
    iterators = [pipeline(tf, x, y) for _ in range(2)]
    fed, drawn = [iterator.get_next() for iterator in iterators]
    with tf.variable_scope("fed"):
        fed_step = training(tf, *fed)
    batch = (
        tf.get_variable("images", initializer=np.float32(images[:BATCH] / 255), trainable=False),
        tf.get_variable("labels", initializer=labels[:BATCH], trainable=False),
    )
    with tf.variable_scope("alone"):
        lone_step = training(tf, *batch)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    session.run([iterator.initializer for iterator in iterators], {x: images, y: labels})
    return {
        "step": lambda: session.run(lone_step),
        "pipeline": lambda: session.run(drawn[0].op),
        "fed step": lambda: session.run(fed_step),
    }


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
        tensorflow.disable_resource_variables()
        found["tensorflow"] = tensorflow
    return found


def measure(libraries: dict[str, Any]) -> dict[str, dict[str, list[float]]]:
    """The times of a batch, in milliseconds, by case and library."""
    runs: dict[str, dict[str, Callable[[], Any]]] = {}
    for name, library in libraries.items():
        with library.Graph().as_default():
            for case, run in cases(library).items():
                runs.setdefault(case, {})[name] = run
    times: dict[str, dict[str, list[float]]] = {case: {n: [] for n in runs[case]} for case in runs}
    for number in range(ROUNDS + 1):
        for case, by_library in runs.items():
            for name, run in by_library.items():
                start = time.perf_counter()
                for _ in range(BATCHES):
                    run()
                if number:  # the first round compiles and fills buffers
                    elapsed = (time.perf_counter() - start) / BATCHES
                    times[case][name].append(elapsed * 1e3)
                time.sleep(0.05)  # what was made ahead is ready again
    return times


def main() -> None:
    """Print one line a case."""
    times = measure(peers())
    for case, by_library in times.items():
        row = f"{case:<9}"
        for name, values in by_library.items():
            row += f"  {name} {statistics.median(values):6.3f} ms (least {min(values):.3f})"
        if "tensorflow" in by_library:
            mine, theirs = by_library["flowgraph"], by_library["tensorflow"]
            row += f"  ratio {statistics.median(mine) / statistics.median(theirs):.2f}"
            row += f" (least {min(mine) / min(theirs):.2f})"
        print(row)
    for name in times["step"]:
        alone, fed = times["step"][name], times["fed step"][name]
        median = statistics.median(fed) / statistics.median(alone)
        print(
            f"{name}: the fed step takes {median:.2f} times the step alone "
            f"(least {min(fed) / min(alone):.2f})"
        )


if __name__ == "__main__":
    main()
