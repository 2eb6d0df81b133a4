"""A process that saves is killed at any instant: its last good checkpoint always loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# One process starts the others as copies of itself, since importing takes most of the time.
PROGRAM = """
import os, random, signal, sys, time
import numpy as np
import flowgraph as tf

directory, numbered = sys.argv[1], sys.argv[2] == "numbered"
prefix = os.path.join(directory, "model")
n = tf.placeholder(tf.int64, [])
variables = [tf.Variable(tf.zeros([size], tf.int64), name=f"v{size}") for size in (1, 300, 20000)]
update = tf.group(*[v.assign(tf.fill(v.shape, n)) for v in variables])
saver = tf.train.Saver(max_to_keep=2)

def save_for_ever(started):
    with tf.Session() as sess:
        latest = tf.train.latest_checkpoint(directory)
        sess.run(tf.global_variables_initializer())
        if latest:
            saver.restore(sess, latest)
            saver.recover_last_checkpoints(
                tf.train.get_checkpoint_state(directory).all_model_checkpoint_paths)
        for step in range(int(sess.run(variables[0])[0]) + 1, 1 << 30):
            sess.run(update, {n: step})
            saver.save(sess, prefix, global_step=step if numbered else None)
            os.write(started, b"!")

before = 0
chance = random.Random(int(sys.argv[3]))
for attempt in range(30):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            save_for_ever(writing)
        finally:
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    time.sleep(chance.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the process that saves failed by itself"
    latest = tf.train.latest_checkpoint(directory)
    names = [name for name, _ in tf.train.list_variables(latest)]
    found = [tf.train.load_variable(latest, name) for name in names]
    steps = {int(value) for array in found for value in np.unique(array)}
    assert len(found) == 3 and len(steps) == 1, (latest, steps)
    (now,) = steps
    assert now > before, (now, before)
    assert not numbered or latest == f"{prefix}-{now}"
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.import_meta_graph(latest + ".meta").restore(sess, latest)
    before = now
print(before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied")
@pytest.mark.parametrize("names", ["numbered", "same"])
def test_the_last_good_checkpoint_loads(tmp_path, names):
    arguments = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path), names, "1"]
    run = subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) >= 30
