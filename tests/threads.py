"""A fixture for tests that start threads: none may be left behind."""

import threading
import time

import pytest


@pytest.fixture(autouse=True)
def threads_end():
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.01)
    assert set(threading.enumerate()) - before == set()
