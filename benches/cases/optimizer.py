"""The step of an optimizer by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training, numpy_networks

SIZE, RATE = 3_000_000, 1e-3


class Adam(Case):
    """Adam of 3 million parameters whose gradient is there already."""

    name = "adam_3m"

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        return numbers.random(SIZE, np.float32), numbers.random(SIZE, np.float32)

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        values, slopes = self.data()
        parameters, slopes = program.variable(values, True), program.variable(slopes)
        slopes = slopes.read_value()
        step = tf.train.AdamOptimizer(RATE).apply_gradients([(slopes, parameters)])
        session = program.session()
        return Work(lambda: session.run(step), lambda: session.run(parameters))

    def torch(self, torch: Any) -> Work:
        values, slopes = map(torch.from_numpy, self.data())
        values.requires_grad_()
        values.grad = slopes
        optimizer = torch.optim.Adam([values], RATE, fused=True)
        return Work(optimizer.step, values.detach)

    def jax(self, jax: Any) -> Work:
        values, slopes = self.data()
        step = jax.jit(
            lambda state, slopes: jax_training.adam(jax, state, slopes, RATE), donate_argnums=0
        )
        held = [jax.device_put(jax_training.adam_state(jax, jax.numpy.array(values)))]
        given = jax.device_put(slopes)

        def run() -> None:
            held[0] = jax.block_until_ready(step(held[0], given))

        return Work(run, lambda: held[0][0])

    def numpy(self, numpy: Any) -> Work:
        values, slopes = self.data()
        optimizer = numpy_networks.Adam([values], RATE)
        return Work(lambda: optimizer.step([slopes]), lambda: values)


CASES = [Adam()]
