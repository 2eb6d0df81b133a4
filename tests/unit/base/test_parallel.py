"""Parts of an operation on several threads."""

import itertools
import os
import threading

import numpy as np
import pytest
import threadpoolctl

from flowgraph import parallel


@pytest.fixture
def threads():
    """Set the number of threads; afterwards it is as before."""
    yield parallel.set_threads
    parallel.set_threads(0)


def blas_threads():
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


class TestEach:
    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_every_part_is_done_once(self, threads, count):
        threads(count)
        done = np.zeros(1000, int)
        parallel.each(np, lambda i: np.add(done[i : i + 1], i, out=done[i : i + 1]), range(1000))
        assert list(done) == list(range(1000))

    def test_no_parts_are_done_at_once(self):
        parallel.each(np, lambda _: pytest.fail("there is no part"), [])

    def test_parts_meet_on_different_threads(self, threads):
        threads(2)
        barrier = threading.Barrier(2, timeout=20)
        parallel.each(np, lambda _: barrier.wait(), range(2))

    def test_on_a_gpu_parts_are_done_in_order(self, threads):
        threads(2)
        order = []
        parallel.each(object(), order.append, range(10))
        assert order == list(range(10))

    @pytest.mark.parametrize("count", [1, 3])
    def test_an_error_is_raised_and_the_next_call_works(self, threads, count):
        threads(count)

        def work(i):
            if i == 3:
                raise ValueError("3")

        with pytest.raises(ValueError, match="3"):
            parallel.each(np, work, range(8))
        done = []
        parallel.each(np, done.append, range(8))
        assert sorted(done) == list(range(8))

    def test_blas_has_one_thread_meanwhile(self, threads):
        threads(2)
        with threadpoolctl.threadpool_limits(2, user_api="blas"):
            seen = []
            parallel.each(np, lambda _: seen.append(blas_threads()), range(4))
            assert [counts for counts in seen if counts != {1}] == []
            assert 2 in blas_threads()

    def test_warnings_are_off_on_every_thread(self, threads):
        threads(2)
        barrier = threading.Barrier(2, timeout=20)

        def divide(_):
            barrier.wait()
            np.divide(np.ones(1), np.zeros(1))

        with np.errstate(all="ignore"):
            parallel.each(np, divide, range(2))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    def test_a_forked_process_starts_threads_of_its_own(self, threads):
        threads(2)
        parallel.each(np, lambda _: None, range(4))
        child = os.fork()
        if not child:
            barrier = threading.Barrier(2, timeout=20)
            try:
                parallel.each(np, lambda _: barrier.wait(), range(2))
            except threading.BrokenBarrierError:
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0


class TestShares:
    @pytest.mark.parametrize(("count", "number"), [(1, 1), (3, 1), (4, 4), (100, 4)])
    def test_all_are_shared_in_order(self, threads, count, number):
        threads(2)
        shares = parallel.shares(count)
        assert len(shares) == number
        assert [i for share in shares for i in range(count)[share]] == list(range(count))

    def test_one_thread_takes_all(self, threads):
        threads(1)
        assert parallel.shares(100) == [slice(0, 100)]


class TestScratch:
    def test_memory_is_used_again(self):
        first = parallel.scratch(np, "test", (10, 10), np.float32)
        second = parallel.scratch(np, "test", (5,), np.int64)
        assert np.shares_memory(first, second)
        assert (second.shape, second.dtype) == ((5,), np.int64)

    def test_names_and_threads_have_memory_of_their_own(self):
        arrays = [parallel.scratch(np, name, (10,), np.float32) for name in ("test", "other")]
        thread = threading.Thread(
            target=lambda: arrays.append(parallel.scratch(np, "test", (10,), np.float32))
        )
        thread.start()
        thread.join()
        pairs = itertools.combinations(arrays, 2)
        assert not any(np.shares_memory(a, b) for a, b in pairs)
