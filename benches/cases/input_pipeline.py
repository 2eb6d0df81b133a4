"""What an input pipeline adds to a training step."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benches.case import Case, Program, Work

IMAGES, BATCH, SIZES = 60_000, 128, (784, 256, 256, 10)


class Pipeline(Case):
    """60,000 images of 28 x 28 bytes: scaled, shuffled, batches of 128, made ahead."""

    name = "pipeline_batch"

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        images = numbers.integers(0, 256, (IMAGES, 28, 28), np.uint8)
        return images, numbers.integers(0, SIZES[-1], IMAGES, np.int32)

    def iterator(self, tf: Any) -> tuple[Any, dict[Any, Any]]:
        """Return an iterator over batches without end, and what to feed its initializer."""
        images, labels = self.data()
        x, y = tf.placeholder(tf.uint8, [None, 28, 28]), tf.placeholder(tf.int32, [None])
        dataset = tf.data.Dataset.from_tensor_slices((x, y))
        dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32) / 255.0, y))
        dataset = dataset.shuffle(10_000, seed=1).repeat().batch(BATCH, drop_remainder=True)
        return dataset.prefetch(2).make_initializable_iterator(), {x: images, y: labels}

    def tf1(self, tf: Any) -> Work:
        iterator, feeds = self.iterator(tf)
        images, labels = iterator.get_next()
        session = tf.Session()
        session.run(iterator.initializer, feeds)
        return Work(
            lambda: session.run(images.op),
            lambda: [array.shape for array in session.run((images, labels))],
        )


class FedStep(Pipeline):
    """The step of a dense network, 784-256-256-10 with Adam, that the pipeline feeds."""

    name = "pipeline_step"
    tolerance = 2.0  # the order of the images is each library's own: only finite losses are asked

    def tf1(self, tf: Any) -> Work:
        iterator, feeds = self.iterator(tf)
        numbers, program = self.numbers(), Program(tf)
        images, labels = iterator.get_next()
        h = tf.reshape(images, [BATCH, SIZES[0]])
        for rows, columns in itertools.pairwise(SIZES):
            kernel = numbers.normal(0, rows**-0.5, (rows, columns)).astype(np.float32)
            h = tf.matmul(h, program.variable(kernel, True))
            h = h + program.variable(np.zeros(columns, np.float32), True)
            if columns != SIZES[-1]:
                h = tf.nn.relu(h)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=h)
        loss = tf.reduce_mean(losses)
        step = tf.train.AdamOptimizer(1e-3).minimize(loss)
        session = program.session()
        session.run(iterator.initializer, feeds)
        return Work(lambda: session.run([step, loss])[1])


CASES = [Pipeline(), FedStep()]
