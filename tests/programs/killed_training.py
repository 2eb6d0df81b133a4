"""A program that trains, summarises and saves; it is killed, and started again, by a test.

Run as ``killed_training.py LOGDIR STEPS MARK``: goes on from the last checkpoint in LOGDIR until
the global step is STEPS, writes the number of each step made into MARK, and prints the variables.
The data of a step follow from its number, so that a run that goes on sees what an uninterrupted
one would have seen.
"""

import sys
import time
from pathlib import Path

import numpy as np

import flowgraph as tf

SLOW = 0.02


def batch(step):
    draws = np.random.default_rng(step)
    x = draws.normal(size=(16, 3)).astype(np.float32)
    return x, (x @ [[1.0], [-2.0], [0.5]] + 0.25).astype(np.float32)


def main(logdir, steps, mark):
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.placeholder(tf.float32, [None, 1])
    w = tf.get_variable("w", [3, 1])
    b = tf.get_variable("b", [1], initializer=tf.zeros_initializer())
    loss = tf.losses.mean_squared_error(y, tf.matmul(x, w) + b)
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.05).minimize(loss, global_step=step)
    tf.summary.scalar("loss", loss)
    fed = [0]

    def feed():
        values = batch(fed[0])
        return dict(zip((x, y), values, strict=True))

    class Counting(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            fed[0] = int(session.run(step))

        def after_run(self, run_context, run_values):
            fed[0] += 1
            Path(mark).write_text(str(fed[0]))
            time.sleep(SLOW)

    hooks = [tf.train.StopAtStepHook(last_step=int(steps)), Counting(), tf.train.FeedFnHook(feed)]
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=logdir, hooks=hooks, save_checkpoint_steps=5, save_summaries_steps=2
    ) as sess:
        while not sess.should_stop():
            sess.run(train)
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(logdir))
    for name in sorted(reader.get_variable_to_shape_map()):
        print(name, reader.get_tensor(name).tobytes().hex())


if __name__ == "__main__":
    main(*sys.argv[1:])
