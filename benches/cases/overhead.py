"""What a run costs where there is next to nothing to compute."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work


class ScalarAdd(Case):
    """One addition of two fed scalars."""

    name = "scalar_add"

    def tf1(self, tf: Any) -> Work:
        x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
        z, session = tf.add(x, y), tf.Session()
        feeds = {x: np.float32(1), y: np.float32(2)}
        return Work(lambda: session.run(z, feeds))

    def torch(self, torch: Any) -> Work:
        x, y = torch.tensor(1.0), torch.tensor(2.0)
        return Work(lambda: torch.add(x, y))

    def jax(self, jax: Any) -> Work:
        x, y = jax.numpy.float32(1), jax.numpy.float32(2)
        add = jax.jit(jax.numpy.add)
        return Work(lambda: add(x, y).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        x, y = numpy.float32(1), numpy.float32(2)
        return Work(lambda: numpy.add(x, y))


class VariableAdd(Case):
    """One addition of two variables: nothing is fed."""

    name = "variable_add"

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        z = tf.add(program.variable(np.float32(1)), program.variable(np.float32(2)))
        session = program.session()
        return Work(lambda: session.run(z))


class Chain(Case):
    """A hundred alternating additions and maxima of a fed vector of 10."""

    name = "chain_100"

    def tf1(self, tf: Any) -> Work:
        x = tf.placeholder(tf.float32, [10])
        y = x
        for _ in range(50):
            y = tf.maximum(tf.add(y, 1.0), x)
        session, feeds = tf.Session(), {x: np.ones(10, np.float32)}
        return Work(lambda: session.run(y, feeds))

    def torch(self, torch: Any) -> Work:
        x = torch.ones(10)
        return Work(lambda: _chain(torch, x))

    def jax(self, jax: Any) -> Work:
        chain = jax.jit(lambda x: _chain(jax.numpy, x))
        x = jax.numpy.ones(10)
        return Work(lambda: chain(x).block_until_ready())

    def numpy(self, numpy: Any) -> Work:
        x = numpy.ones(10, numpy.float32)
        return Work(lambda: _chain(numpy, x))


def _chain(library: Any, x: Any) -> Any:
    y = x
    for _ in range(50):
        y = library.maximum(library.add(y, 1.0), x)
    return y


CASES = [ScalarAdd(), VariableAdd(), Chain()]
