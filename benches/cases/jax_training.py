"""Training steps in JAX: state that is donated from one compiled step to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benches.case import Work


def training(jax: Any, step: Callable[..., Any], state: Any, *batch: Any) -> Work:
    """Return the work of `step`, ``(state, *batch) -> (state, loss)``."""
    compiled = jax.jit(step, donate_argnums=0)
    held = [jax.device_put(jax.tree.map(jax.numpy.array, state))]
    batch = jax.device_put(batch)

    def run() -> Any:
        held[0], loss = compiled(held[0], *batch)
        return jax.block_until_ready((held[0], loss))[1]

    return Work(run)


def adam_state(jax: Any, parameters: Any) -> Any:
    """Return parameters, their first and second moments, and the number of steps made."""
    zeros = jax.tree.map(jax.numpy.zeros_like, parameters)
    return parameters, zeros, jax.tree.map(jax.numpy.zeros_like, parameters), 0.0


def adam(jax: Any, state: Any, slopes: Any, rate: float) -> Any:
    """Return the state after a step of Adam (Kingma and Ba, 2015), as TensorFlow writes it."""
    parameters, first, second, count = state
    count = count + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
    scaled = rate * jax.numpy.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    parameters = jax.tree.map(
        lambda p, m, v: p - scaled * m / (jax.numpy.sqrt(v) + 1e-8), parameters, first, second
    )
    return parameters, first, second, count


def cross_entropy(jax: Any, logits: Any, labels: Any) -> Any:
    """Return the mean cross entropy of labels given as numbers of classes."""
    logs = jax.nn.log_softmax(logits)
    return -jax.numpy.take_along_axis(logs, labels[:, None], axis=1).mean()
