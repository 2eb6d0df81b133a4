"""What is timed on GPUs: cases of `benches.cases`, and those that are too large for a CPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benches.case import Case, Program, Work, find_cases
from benches.cases.convolution import SHAPES
from benches.cases.differentiable import Function

SIDE = 4096
LAUNCHES = 100
BATCH, IMAGE, BLOCKS, WIDTHS, CLASSES = 32, 224, (3, 4, 6, 3), (64, 128, 256, 512), 1000
RATE, MOMENTUM, EPSILON = 0.01, 0.9, 1e-5


class Product(Function):
    """The product of two square matrices."""

    shapes = ((SIDE, SIDE), (SIDE, SIDE))

    def in_tf1(self, tf: Any, a: Any, b: Any) -> Any:
        return tf.matmul(a, b)

    def in_torch(self, torch: Any, a: Any, b: Any) -> Any:
        return a @ b


class Launches(Case):
    """A hundred products of small matrices, one after another: as many kernels, little work."""

    name = "launches_100"

    def tf1(self, tf: Any) -> Work:
        program = Program(tf)
        x, y = (program.variable(value) for value in self.data())
        for _ in range(LAUNCHES):
            y = tf.matmul(x, y)
        return program.ops(y)

    def torch(self, torch: Any) -> Work:
        x, y = (torch.from_numpy(value) for value in self.data())

        def run() -> Any:
            product = y
            for _ in range(LAUNCHES):
                product = x @ product
            return product

        return Work(run)

    def data(self) -> list[Any]:
        """Return an orthogonal matrix, whose powers stay as large, and another matrix."""
        numbers = self.numbers()
        x, y = numbers.standard_normal((2, 64, 64))
        return [np.linalg.qr(x).Q.astype(np.float32), y.astype(np.float32)]


class Bottlenecks(Case):
    """A training step of fifty layers (He et al., 2016), 32 images of 224x224, momentum.

    Libraries copy the images from the host in each step.
    """

    name = "resnet50_step"
    tolerance = 2e-2
    stateful = True

    def data(self) -> tuple[Any, Any, list[Any]]:
        """Return images, labels, and the parameters in the order in which `_network` takes them."""
        numbers = self.numbers()
        parameters: list[Any] = []
        for shape in _kernels():
            scale = (2 / np.prod(shape[:-1])) ** 0.5
            parameters.append(numbers.standard_normal(shape, np.float32) * np.float32(scale))
            parameters += [np.ones(shape[-1], np.float32), np.zeros(shape[-1], np.float32)]
        last = numbers.standard_normal((4 * WIDTHS[-1], CLASSES), np.float32)
        parameters.append(last * np.float32(0.01))
        images = numbers.random((BATCH, IMAGE, IMAGE, 3), np.float32)
        return images, numbers.integers(0, CLASSES, BATCH), parameters

    def tf1(self, tf: Any) -> Work:
        images, labels, values = self.data()
        program = Program(tf)
        parameters = [program.variable(value, True) for value in values]
        x = tf.placeholder(tf.float32, images.shape)
        y = tf.placeholder(tf.int64, [BATCH])
        h = _network(
            parameters,
            x,
            lambda x, kernel, stride: tf.nn.conv2d(x, kernel, [1, stride, stride, 1], "SAME"),
            lambda x, scale, offset: tf.nn.fused_batch_norm(x, scale, offset, epsilon=EPSILON)[0],
            tf.nn.relu,
            lambda x: tf.nn.max_pool(x, 3, 2, "SAME"),
            lambda x: tf.reduce_mean(x, [1, 2]),
        )
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=y, logits=tf.matmul(h, parameters[-1])
        )
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
        y, device = torch.from_numpy(labels), parameters[0].device
        host = torch.tensor(images, device="cpu")
        host = host.pin_memory() if device.type == "cuda" else host
        optimizer = torch.optim.SGD(parameters, RATE, MOMENTUM, foreach=True)

        def convolve(x: Any, kernel: Any, stride: int) -> Any:
            before, after = _padding(x.shape[2], kernel.shape[2], stride)
            if before == after:
                return functional.conv2d(x, kernel, stride=stride, padding=before)
            padded = functional.pad(x, (before, after, before, after))
            return functional.conv2d(padded, kernel, stride=stride)

        def normalise(x: Any, scale: Any, offset: Any) -> Any:
            return functional.batch_norm(x, None, None, scale, offset, True, eps=EPSILON)

        def pool(x: Any) -> Any:
            return functional.max_pool2d(functional.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2)

        def run() -> Any:
            x = host.to(device, non_blocking=True).permute(0, 3, 1, 2)
            h = _network(
                parameters, x, convolve, normalise, torch.relu, pool, lambda x: x.mean((2, 3))
            )
            loss = functional.cross_entropy(h @ parameters[-1], y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)


def _padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after that ``SAME`` wants."""
    needed = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return needed // 2, needed - needed // 2


def _kernels() -> Iterator[tuple[int, int, int, int]]:
    """Shapes of the kernels, in the order in which `_network` takes them."""
    yield 7, 7, 3, WIDTHS[0]
    inputs = WIDTHS[0]
    for count, width in zip(BLOCKS, WIDTHS, strict=True):
        for block in range(count):
            if not block:
                yield 1, 1, inputs, 4 * width
            yield 1, 1, inputs, width
            yield 3, 3, width, width
            yield 1, 1, width, 4 * width
            inputs = 4 * width


def _network(
    parameters: Sequence[Any], x: Any, convolve: Any, normalise: Any, relu: Any, pool: Any,
    average: Any,
) -> Any:  # fmt: skip
    """Return the features of the last layer: the network, whatever the library."""
    given = iter(parameters)

    def layer(x: Any, stride: int = 1) -> Any:
        return normalise(convolve(x, next(given), stride), next(given), next(given))

    h = pool(relu(layer(x, 2)))
    for stage, count in enumerate(BLOCKS):
        for block in range(count):
            stride = 2 if stage and not block else 1
            short = h if block else layer(h, stride)
            h = relu(layer(relu(layer(relu(layer(h)), stride)), 1) + short)
    return average(h)


@dataclass(frozen=True)
class Limit:
    """What a run has to do at least.

    Attributes
    ----------
    bytes : int
        To be read and written.
    operations : int
        Multiplications and additions.
    """

    bytes: int = 0
    operations: int = 0


def _convolutions() -> dict[str, Limit]:
    limits: dict[str, Limit] = {}
    for name, s in SHAPES.items():
        out = -(-s.size // s.stride)
        work = 2 * s.n * out * out * s.filters * s.kernel * s.kernel * s.channels
        limits |= {
            f"conv{name}_{way}": Limit(operations=work) for way in ("forward", "input", "filter")
        }
    return limits


LIMITS = {
    f"matmul_{SIDE}": Limit(operations=2 * SIDE**3),
    "elementwise_4m": Limit(bytes=2 * 4 * 4_000_000),
    **_convolutions(),
}
NAMES = (
    "mlp_step", "cnn_step", "launches_100", "chain_100", f"matmul_{SIDE}", "elementwise_4m",
    "conv3x3_64_forward", "conv3x3_64_input", "conv3x3_64_filter", "resnet50_step", "resnet18_step",
    "batch_norm_gradients", "max_pool_gradients", "cross_entropy_4096x1000", "adam_3m",
    "embedding_sgd", "mean_of_channels", "transpose_2048", "scalar_add",
)  # fmt: skip
"""The cases of the table, the most important first: time may run out."""


def chosen() -> dict[str, Case]:
    """Return the cases of `NAMES`, by name."""
    found = find_cases() | {
        each.name: each for each in (Product(f"matmul_{SIDE}"), Launches(), Bottlenecks())
    }
    return {name: found[name] for name in NAMES}
