"""A large graph: what it takes to build it, and to run it for the first time."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Work

LAYERS, WIDTH = 1000, 8


class Build(Case):
    """A thousand layers of matmul, bias and relu, with the gradients by all variables."""

    name = "build_1000_layers"

    def tf1(self, tf: Any) -> Work:
        return Work(lambda: len(_graph(tf)[2]))

    def jax(self, jax: Any) -> Work:
        layers = [(np.ones((WIDTH, WIDTH)), np.ones(WIDTH)) for _ in range(LAYERS)]
        x = np.ones((4, WIDTH))

        def run() -> Any:
            def output(layers: Any, x: Any) -> Any:  # a new one each time: jax remembers traces
                for kernel, bias in layers:
                    x = jax.nn.relu(x @ kernel + bias)
                return x.sum()

            return len(jax.make_jaxpr(jax.grad(output))(layers, x).out_avals)

        return Work(run)


class FirstRun(Case):
    """A new session for that graph: its variables are initialised, its gradients computed.

    For JAX this would be its compiler's time, which for code without a loop is minutes.
    """

    name = "first_run_1000_layers"

    def tf1(self, tf: Any) -> Work:
        graph, x, gradients = _graph(tf)
        feeds = {x: np.ones((4, WIDTH), np.float32)}
        with graph.as_default():
            initialise = tf.global_variables_initializer()

        def run() -> Any:
            with tf.Session(graph=graph) as session:
                session.run(initialise)
                return session.run(gradients, feeds)

        return Work(run)


def _graph(tf: Any) -> tuple[Any, Any, Any]:
    """Return the graph, its input, and the gradients."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [None, WIDTH])
        h = x
        for layer in range(LAYERS):
            with tf.variable_scope(f"layer_{layer}"):
                kernel = tf.get_variable(
                    "kernel", [WIDTH, WIDTH], initializer=tf.constant_initializer(1 / WIDTH)
                )
                bias = tf.get_variable("bias", [WIDTH], initializer=tf.ones_initializer())
            h = tf.nn.relu(tf.nn.bias_add(tf.matmul(h, kernel), bias))
        return graph, x, tf.gradients(h, tf.trainable_variables())


CASES = [Build(), FirstRun()]
