"""Rows taken from a table, and rows summed into one."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work

ROWS, WIDTH, IDS = 100_000, 128, 65_536


class Gather(Case):
    """65,536 rows of 128 from a table of 100,000."""

    name = "gather_64k"

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        ids = numbers.integers(0, ROWS, IDS)
        return numbers.random((ROWS, WIDTH), np.float32), ids

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        table, ids = [program.variable(value) for value in self.data()]
        return program.ops(tf.gather(table, ids))

    def torch(self, torch: Any) -> Work:
        table, ids = map(torch.from_numpy, self.data())
        return Work(lambda: torch.index_select(table, 0, ids))

    def jax(self, jax: Any) -> Work:
        table, ids = jax.device_put(self.data())
        gather = jax.jit(lambda table, ids: jax.numpy.take(table, ids, axis=0, mode="clip"))
        return Work(lambda: gather(table, ids).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        table, ids = self.data()
        return Work(lambda: table[ids])


class SegmentSum(Case):
    """65,536 rows of 128, summed into 100,000 segments in no order."""

    name = "segment_sum_64k"

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        segments = numbers.integers(0, ROWS, IDS)
        return numbers.random((IDS, WIDTH), np.float32), segments

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        rows, segments = [program.variable(value) for value in self.data()]
        return program.ops(tf.unsorted_segment_sum(rows, segments, ROWS))

    def torch(self, torch: Any) -> Work:
        rows, segments = map(torch.from_numpy, self.data())
        return Work(lambda: torch.zeros(ROWS, WIDTH).index_add_(0, segments, rows))

    def jax(self, jax: Any) -> Work:
        rows, segments = jax.device_put(self.data())
        add = jax.jit(lambda rows, segments: jax.ops.segment_sum(rows, segments, ROWS))
        return Work(lambda: add(rows, segments).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        rows, segments = self.data()

        def run() -> Any:
            sums = numpy.zeros((ROWS, WIDTH), numpy.float32)
            numpy.add.at(sums, segments, rows)
            return sums

        return Work(run)


CASES = [Gather(), SegmentSum()]
