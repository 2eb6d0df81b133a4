"""What a turn of a loop costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Work

TURNS = 1000


class Counter(Case):
    """One scalar, counted up to a fed limit of 1000."""

    name = "while_counter"

    def tf1(self, tf: Any) -> Work:
        limit = tf.placeholder(tf.int32, [])
        count = tf.while_loop(lambda i: i < limit, lambda i: i + 1, [0])
        session = tf.Session()
        return Work(lambda: session.run(count, {limit: TURNS}))

    def jax(self, jax: Any) -> Work:
        count = jax.jit(lambda limit: jax.lax.while_loop(lambda i: i < limit, lambda i: i + 1, 0))
        limit = jax.numpy.int32(TURNS)
        return Work(lambda: count(limit).block_until_ready())


class Recurrence(Case):
    """A counter, and a scalar that follows a recurrence with a fed factor, 1000 turns."""

    name = "while_recurrence"

    def tf1(self, tf: Any) -> Work:
        factor = tf.placeholder(tf.float32, [])
        _, y = tf.while_loop(
            lambda i, y: i < TURNS, lambda i, y: (i + 1, tf.sin(y) * factor + 1.0), (0, 0.5)
        )
        session = tf.Session()
        return Work(lambda: session.run(y, {factor: 0.9}))

    def torch(self, torch: Any) -> Work:
        factor = torch.tensor(0.9)
        return Work(lambda: self._loop(torch, factor, torch.tensor(0.5)))

    def jax(self, jax: Any) -> Work:
        loop = jax.jit(
            lambda factor: jax.lax.fori_loop(
                0, TURNS, lambda i, y: jax.numpy.sin(y) * factor + 1.0, jax.numpy.float32(0.5)
            )
        )
        factor = jax.numpy.float32(0.9)
        return Work(lambda: loop(factor).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        return Work(lambda: self._loop(numpy, numpy.float32(0.9), numpy.float32(0.5)))

    def _loop(self, library: Any, factor: Any, y: Any) -> Any:
        for _ in range(TURNS):
            y = library.sin(y) * factor + 1.0
        return y


class Vector(Case):
    """A matrix times a vector of 16, squashed, 1000 turns."""

    name = "while_vector"
    tolerance = 1e-3

    def data(self) -> Any:
        return np.eye(16, dtype=np.float32)

    def tf1(self, tf: Any) -> Work:
        matrix = tf.placeholder(tf.float32, [16, 16])
        _, y = tf.while_loop(
            lambda i, y: i < TURNS,
            lambda i, y: (i + 1, tf.tanh(tf.matmul(matrix, y))),
            (0, tf.ones([16, 1])),
        )
        session, feeds = tf.Session(), {matrix: self.data()}
        return Work(lambda: session.run(y, feeds))

    def torch(self, torch: Any) -> Work:
        matrix = torch.from_numpy(self.data())
        return Work(lambda: self._loop(torch, matrix, torch.ones(16, 1)))

    def jax(self, jax: Any) -> Work:
        loop = jax.jit(
            lambda matrix: jax.lax.fori_loop(
                0, TURNS, lambda i, y: jax.numpy.tanh(matrix @ y), jax.numpy.ones((16, 1))
            )
        )
        matrix = jax.device_put(self.data())
        return Work(lambda: loop(matrix).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        matrix = self.data()
        return Work(lambda: self._loop(numpy, matrix, numpy.ones((16, 1), numpy.float32)))

    def _loop(self, library: Any, matrix: Any, y: Any) -> Any:
        for _ in range(TURNS):
            y = library.tanh(matrix @ y)
        return y


class Branch(Case):
    """A condition in each of 1000 turns."""

    name = "while_branch"

    def tf1(self, tf: Any) -> Work:
        step = tf.placeholder(tf.int32, [])

        def body(i: Any, y: Any) -> Any:
            even = tf.equal(tf.bitwise.bitwise_and(i, 1), 0)
            return i + step, tf.cond(even, lambda: y + step, lambda: y - 1)

        _, y = tf.while_loop(lambda i, y: i < TURNS, body, (0, 0))
        session = tf.Session()
        return Work(lambda: session.run(y, {step: 1}))

    def jax(self, jax: Any) -> Work:
        def body(state: Any, step: Any) -> Any:
            i, y = state
            return i + step, jax.lax.cond(i & 1 == 0, lambda: y + step, lambda: y - 1)

        loop = jax.jit(
            lambda step: jax.lax.while_loop(
                lambda state: state[0] < TURNS, lambda state: body(state, step), (0, 0)
            )[1]
        )
        step = jax.numpy.int32(1)
        return Work(lambda: loop(step).block_until_ready())


class LoopGradient(Case):
    """The gradient of a recurrence of 100 turns by its fed factor."""

    name = "while_gradient"
    tolerance = 1e-3

    def tf1(self, tf: Any) -> Work:
        factor = tf.placeholder(tf.float32, [])
        _, y = tf.while_loop(
            lambda i, y: i < TURNS // 10, lambda i, y: (i + 1, tf.sin(y) * factor), (0, 0.5)
        )
        (slope,) = tf.gradients(y, factor)
        session = tf.Session()
        return Work(lambda: session.run(slope, {factor: 0.9}))

    def torch(self, torch: Any) -> Work:
        factor = torch.tensor(0.9, requires_grad=True)

        def run() -> Any:
            y = torch.tensor(0.5)
            for _ in range(TURNS // 10):
                y = torch.sin(y) * factor
            return torch.autograd.grad(y, factor)[0]

        return Work(run)

    def jax(self, jax: Any) -> Work:
        def loop(factor: Any) -> Any:
            start = jax.numpy.float32(0.5)
            turns = TURNS // 10
            return jax.lax.scan(
                lambda y, _: (jax.numpy.sin(y) * factor, None), start, length=turns
            )[0]

        slope = jax.jit(jax.grad(loop))
        factor = jax.numpy.float32(0.9)
        return Work(lambda: slope(factor).block_until_ready())


CASES = [Counter(), Recurrence(), Vector(), Branch(), LoopGradient()]
