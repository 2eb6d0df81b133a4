"""`tf.logging`."""

import logging

import pytest

import flowgraph as tf
from tests.unit.compat.programs import flowgraph


@pytest.fixture(autouse=True)
def verbosity():
    yield
    logging.getLogger("tensorflow").setLevel(logging.WARNING)


def test_levels(caplog):
    log = tf.logging
    assert (log.DEBUG, log.INFO, log.WARN, log.ERROR, log.FATAL) == (10, 20, 30, 40, 50)
    log.set_verbosity(log.INFO)
    assert log.get_verbosity() == 20
    log.debug("dropped")
    log.info("at %d", 3)
    log.warn("warned")
    log.warning("again")
    log.error("failed")
    log.fatal("grave")
    log.log(log.ERROR, "logged")
    log.vlog(log.WARN, "too")
    log.TaskLevelStatusMessage("status")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "at 3"),
        ("WARNING", "warned"),
        ("WARNING", "again"),
        ("ERROR", "failed"),
        ("CRITICAL", "grave"),
        ("ERROR", "logged"),
        ("WARNING", "too"),
        ("ERROR", "status"),
    ]


def test_counted_messages(caplog):
    for i in range(5):
        tf.logging.log_every_n(tf.logging.WARN, "every %d", 2, i)
        tf.logging.log_first_n(tf.logging.WARN, "first %d", 2, i)
        tf.logging.log_if(tf.logging.WARN, "if %d", i == 3, i)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["every 0", "first 0", "first 1", "every 2", "if 3", "every 4"]


def test_a_program_sees_warnings_on_standard_error(tmp_path):
    (tmp_path / "main.py").write_text(
        "import tensorflow as tf\ntf.logging.info('no')\ntf.logging.warn('yes')\n"
    )
    result = flowgraph("main.py", directory=tmp_path)
    assert (result.stdout, result.stderr) == ("", "WARNING:tensorflow:yes\n")
