"""A training step of a network of dense layers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training, numpy_networks

BATCH, SIZES, RATE = 128, (784, 256, 256, 10), 1e-3


class DenseNetwork(Case):
    """784-256-256-10, relu, cross entropy of 128 digits, Adam."""

    name = "mlp_step"
    tolerance = 1e-3
    stateful = True

    def data(self) -> tuple[Any, Any, list[tuple[Any, Any]]]:
        numbers = self.numbers()
        images = numbers.random((BATCH, SIZES[0]), np.float32)
        labels = numbers.integers(0, SIZES[-1], BATCH)
        layers = [
            (numbers.normal(0, rows**-0.5, (rows, columns)).astype(np.float32),
             np.zeros(columns, np.float32))
            for rows, columns in itertools.pairwise(SIZES)
        ]  # fmt: skip
        return images, labels, layers

    def tf1(self, tf: Any) -> Work:
        images, labels, layers = self.data()
        program = Program(tf)
        x = tf.placeholder(tf.float32, [None, SIZES[0]])
        y = tf.placeholder(tf.int64, [None])
        h = x
        for number, (kernel, bias) in enumerate(layers):
            h = tf.matmul(h, program.variable(kernel, True)) + program.variable(bias, True)
            if number + 1 < len(layers):
                h = tf.nn.relu(h)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=h)
        loss = tf.reduce_mean(losses)
        step = tf.train.AdamOptimizer(RATE).minimize(loss)
        return program.training(step, loss, {x: images, y: labels})

    def torch(self, torch: Any) -> Work:
        images, labels, layers = self.data()
        x, y = torch.from_numpy(images), torch.from_numpy(labels)
        parameters = [torch.from_numpy(each).requires_grad_() for pair in layers for each in pair]
        optimizer = torch.optim.Adam(parameters, RATE, fused=True)

        def run() -> Any:
            h = x
            for i in range(0, len(parameters), 2):
                h = torch.addmm(parameters[i + 1], h, parameters[i])
                if i + 2 < len(parameters):
                    h = torch.relu(h)
            loss = torch.nn.functional.cross_entropy(h, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)

    def jax(self, jax: Any) -> Work:
        images, labels, layers = self.data()

        def loss(layers: Any, x: Any, y: Any) -> Any:
            for kernel, bias in layers[:-1]:
                x = jax.nn.relu(x @ kernel + bias)
            return jax_training.cross_entropy(jax, x @ layers[-1][0] + layers[-1][1], y)

        def step(state: Any, x: Any, y: Any) -> Any:
            value, slopes = jax.value_and_grad(loss)(state[0], x, y)
            return jax_training.adam(jax, state, slopes, RATE), value

        return jax_training.training(
            jax, step, jax_training.adam_state(jax, layers), images, labels
        )

    def numpy(self, numpy: Any) -> Work:
        images, labels, layers = self.data()
        optimizer = numpy_networks.Adam([each for pair in layers for each in pair], RATE)

        def run() -> Any:
            inputs = [images]
            for kernel, bias in layers[:-1]:
                inputs.append(numpy.maximum(inputs[-1] @ kernel + bias, 0))
            kernel, bias = layers[-1]
            losses, slope = numpy_networks.cross_entropy(inputs[-1] @ kernel + bias, labels)
            slope /= BATCH
            slopes: list[Any] = []
            for (kernel, _), x in zip(reversed(layers), reversed(inputs), strict=True):
                slopes[:0] = [x.T @ slope, slope.sum(axis=0)]
                if x is not images:
                    slope = slope @ kernel.T
                    slope *= x > 0
            optimizer.step(slopes)
            return losses.mean()

        return Work(run)


CASES = [DenseNetwork()]
