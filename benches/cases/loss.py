"""The cross entropy of a softmax, with its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import numpy_networks


class CrossEntropy(Case):
    """Sparse labels: the losses, and the gradient of their sum by the logits."""

    def __init__(self, name: str, rows: int, classes: int) -> None:
        self.name, self.rows, self.classes = name, rows, classes

    def data(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        logits = numbers.standard_normal((self.rows, self.classes), np.float32)
        return logits, numbers.integers(0, self.classes, self.rows)

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        logits, labels = [program.variable(value) for value in self.data()]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return program.ops(losses, tf.gradients(losses, logits)[0])

    def torch(self, torch: Any) -> Work:
        logits, labels = map(torch.from_numpy, self.data())
        logits.requires_grad_()

        def run() -> Any:
            losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
            return losses.detach(), torch.autograd.grad(losses.sum(), logits)[0]

        return Work(run)

    def jax(self, jax: Any) -> Work:
        logits, labels = jax.device_put(self.data())

        def losses(logits: Any, labels: Any) -> Any:
            logs = jax.nn.log_softmax(logits)
            return -jax.numpy.take_along_axis(logs, labels[:, None], axis=1)[:, 0]

        def both(logits: Any, labels: Any) -> Any:
            found, pull = jax.vjp(lambda logits: losses(logits, labels), logits)
            return found, pull(jax.numpy.ones_like(found))[0]

        compiled = jax.jit(both)
        return Work(lambda: jax.block_until_ready(compiled(logits, labels)))

    def numpy(self, numpy: Any) -> Work:
        logits, labels = self.data()
        return Work(lambda: numpy_networks.cross_entropy(logits, labels))


CASES = [
    CrossEntropy("cross_entropy_128x10", 128, 10),
    CrossEntropy("cross_entropy_4096x1000", 4096, 1000),
]
