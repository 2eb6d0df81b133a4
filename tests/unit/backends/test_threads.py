"""How many threads kernels use."""

import pytest
import threadpoolctl

import flowgraph as tf
from flowgraph.backends.native.library import LIBRARY


@pytest.fixture
def threads():
    """The thread counts of BLAS, put back afterwards."""
    with threadpoolctl.threadpool_limits():

        def counts():
            return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]

        yield counts
        LIBRARY.set_threads(0)


def test_intra_op_parallelism_threads(threads):
    tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1)).close()
    assert set(threads()) == {1}
