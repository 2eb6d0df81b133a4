"""A training that is killed goes on from its last checkpoint, and ends as if it had not been."""

import glob
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import flowgraph as tf

ROOT = Path(__file__).parents[2]
STEPS, SAVED_EVERY = 40, 5
SECONDS = 60


def started(logdir, mark):
    program = Path(__file__).with_name("killed_training.py")
    return subprocess.Popen(
        [sys.executable, str(program), str(logdir), str(STEPS), str(mark)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(process):
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    return output.splitlines()


def steps_made(mark):
    return int(mark.read_text() or 0) if mark.exists() else 0


def kill_at(process, mark, step):
    deadline = time.monotonic() + SECONDS
    while steps_made(mark) < step:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL


def summarised_steps(logdir):
    found = []
    for path in sorted(glob.glob(f"{logdir}/events*")):
        with suppress(tf.errors.DataLossError):  # the file ends where the program was killed
            for event in tf.train.summary_iterator(path):
                found += [event.step for value in event.summary.value if value.tag == "loss"]
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_training_goes_on_from_its_last_checkpoint(tmp_path):
    whole = finished(started(tmp_path / "whole", tmp_path / "whole_mark"))
    logdir, mark = tmp_path / "killed", tmp_path / "mark"
    begun = 0
    for kill in (SAVED_EVERY + 2, 3 * SAVED_EVERY + 3):
        process = started(logdir, mark)
        kill_at(process, mark, kill)
        made = steps_made(mark)
        saved = int(tf.train.latest_checkpoint(str(logdir)).rpartition("-")[2])
        assert begun < saved <= made
        assert made - saved <= SAVED_EVERY
        begun = saved
    assert finished(started(logdir, mark)) == whole
    assert [line.split()[0] for line in whole] == [
        *("b", "b/Adam", "b/Adam_1", "beta1_power", "beta2_power", "global_step"),
        *("w", "w/Adam", "w/Adam_1"),
    ]
    assert max(summarised_steps(logdir)) in (STEPS - 1, STEPS)  # every second step
