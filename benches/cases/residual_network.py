"""A training step of a residual network (He et al., 2016)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training

BATCH, WIDTHS, CLASSES, RATE, MOMENTUM, EPSILON = 32, (32, 64, 128, 256), 10, 0.01, 0.9, 1e-3


class ResidualNetwork(Case):
    """Eighteen layers with half of ResNet-18's channels, 32 images of 32x32, momentum."""

    name = "resnet18_step"
    tolerance = 5e-3
    stateful = True

    def data(self) -> tuple[Any, Any, list[Any]]:
        """Return images, labels, and the parameters in the order in which `_network` takes them."""
        numbers = self.numbers()
        parameters: list[Any] = []
        for shape in _kernels():
            scale = (2 / np.prod(shape[:-1])) ** 0.5
            parameters.append(numbers.normal(0, scale, shape).astype(np.float32))
            parameters += [np.ones(shape[-1], np.float32), np.zeros(shape[-1], np.float32)]
        parameters.append(numbers.normal(0, 0.1, (WIDTHS[-1], CLASSES)).astype(np.float32))
        images = numbers.random((BATCH, 32, 32, 3), np.float32)
        return images, numbers.integers(0, CLASSES, BATCH), parameters

    def tf1(self, tf: Any) -> Work:
        images, labels, values = self.data()
        program = Program(tf)
        parameters = [program.variable(value, True) for value in values]
        x = tf.placeholder(tf.float32, [BATCH, 32, 32, 3])
        y = tf.placeholder(tf.int64, [BATCH])
        h = _network(
            parameters,
            x,
            lambda x, kernel, stride: tf.nn.conv2d(x, kernel, [1, stride, stride, 1], "SAME"),
            lambda x, scale, offset: tf.nn.fused_batch_norm(x, scale, offset, epsilon=EPSILON)[0],
            tf.nn.relu,
            lambda x: tf.reduce_mean(x, [1, 2]),
        )
        logits = tf.matmul(h, parameters[-1])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
        step = tf.train.MomentumOptimizer(RATE, MOMENTUM).minimize(loss)
        return program.training(step, loss, {x: images, y: labels})

    def torch(self, torch: Any) -> Work:
        images, labels, values = self.data()
        functional = torch.nn.functional
        parameters = [torch.from_numpy(value) for value in values]
        parameters = [
            each.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
            if each.dim() == 4
            else each
            for each in parameters
        ]
        for each in parameters:
            each.requires_grad_()
        x, y = torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels)
        optimizer = torch.optim.SGD(parameters, RATE, MOMENTUM, foreach=True)

        def convolve(x: Any, kernel: Any, stride: int) -> Any:
            size = kernel.shape[2]
            if stride == 2 and size == 3:  # TensorFlow's SAME pads below and to the right
                return functional.conv2d(functional.pad(x, (0, 1, 0, 1)), kernel, stride=2)
            return functional.conv2d(x, kernel, stride=stride, padding=size // 2)

        def normalise(x: Any, scale: Any, offset: Any) -> Any:
            return functional.batch_norm(x, None, None, scale, offset, True, eps=EPSILON)

        def run() -> Any:
            h = _network(parameters, x, convolve, normalise, torch.relu, lambda x: x.mean((2, 3)))
            loss = functional.cross_entropy(h @ parameters[-1], y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)

    def jax(self, jax: Any) -> Work:
        images, labels, values = self.data()

        def convolve(x: Any, kernel: Any, stride: int) -> Any:
            return jax.lax.conv_general_dilated(
                x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        def normalise(x: Any, scale: Any, offset: Any) -> Any:
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            return (x - mean) * (scale * jax.lax.rsqrt(variance + EPSILON)) + offset

        def loss(parameters: Any, x: Any, y: Any) -> Any:
            h = _network(parameters, x, convolve, normalise, jax.nn.relu, lambda x: x.mean((1, 2)))
            return jax_training.cross_entropy(jax, h @ parameters[-1], y)

        def step(state: Any, x: Any, y: Any) -> Any:
            parameters, velocity = state
            value, slopes = jax.value_and_grad(loss)(parameters, x, y)
            velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, slopes)
            parameters = jax.tree.map(lambda p, v: p - RATE * v, parameters, velocity)
            return (parameters, velocity), value

        state = values, [np.zeros_like(value) for value in values]
        return jax_training.training(jax, step, state, images, labels)


def _kernels() -> Iterator[tuple[int, int, int, int]]:
    """Shapes of the kernels, in the order in which `_network` takes them."""
    yield 3, 3, 3, WIDTHS[0]
    inputs = WIDTHS[0]
    for width in WIDTHS:
        for _ in range(2):
            if inputs != width:
                yield 1, 1, inputs, width
            yield 3, 3, inputs, width
            yield 3, 3, width, width
            inputs = width


def _network(
    parameters: Sequence[Any], x: Any, convolve: Any, normalise: Any, relu: Any, average: Any
) -> Any:
    """Return the features of the last layer: the network, whatever the library."""
    given = iter(parameters)

    def layer(x: Any, stride: int) -> Any:
        return normalise(convolve(x, next(given), stride), next(given), next(given))

    h, inputs = relu(layer(x, 1)), WIDTHS[0]
    for width in WIDTHS:
        for _ in range(2):
            stride = 1 if inputs == width else 2
            short = h if inputs == width else layer(h, stride)
            h = relu(layer(relu(layer(h, stride)), 1) + short)
            inputs = width
    return average(h)


CASES = [ResidualNetwork()]
