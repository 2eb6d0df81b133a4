"""A training step of a convolutional network."""

from __future__ import annotations

from typing import Any

import numpy as np

from benches.case import Case, Program, Work
from benches.cases import jax_training, numpy_networks

BATCH, RATE = 128, 1e-3
SHAPES = {"k1": (5, 5, 1, 32), "k2": (5, 5, 32, 64), "k3": (7 * 7 * 64, 1024), "k4": (1024, 10)}


class ConvolutionalNetwork(Case):
    """Two of conv 5x5, bias, relu and pool; a dense layer of 1024; 128 digits, Adam."""

    name = "cnn_step"
    tolerance = 1e-3
    stateful = True

    def data(self) -> tuple[Any, Any, dict[str, Any]]:
        numbers = self.numbers()
        images = numbers.random((BATCH, 28, 28, 1), np.float32)
        labels = numbers.integers(0, 10, BATCH)
        parameters = {}
        for name, shape in SHAPES.items():
            scale = np.prod(shape[:-1]) ** -0.5
            parameters[name] = numbers.normal(0, scale, shape).astype(np.float32)
            parameters[f"b{name[1]}"] = np.full(shape[-1], 0.1, np.float32)
        return images, labels, parameters

    def tf1(self, tf: Any) -> Work:
        images, labels, values = self.data()
        program = Program(tf)
        p = {name: program.variable(value, True) for name, value in values.items()}
        x, y = tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.int64, [None])
        h = x
        for layer in "12":
            h = tf.nn.conv2d(h, p[f"k{layer}"], [1, 1, 1, 1], "SAME")
            h = tf.nn.relu(tf.nn.bias_add(h, p[f"b{layer}"]))
            h = tf.nn.max_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        h = tf.nn.relu(tf.matmul(tf.reshape(h, [-1, 7 * 7 * 64]), p["k3"]) + p["b3"])
        logits = tf.matmul(h, p["k4"]) + p["b4"]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        loss = tf.reduce_mean(losses)
        step = tf.train.AdamOptimizer(RATE).minimize(loss)
        return program.training(step, loss, {x: images, y: labels})

    def torch(self, torch: Any) -> Work:
        images, labels, values = self.data()
        functional = torch.nn.functional
        p = {name: torch.from_numpy(value) for name, value in values.items()}
        for name in ("k1", "k2"):
            p[name] = p[name].permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
        for each in p.values():
            each.requires_grad_()
        x, y = torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(labels)
        optimizer = torch.optim.Adam(list(p.values()), RATE, fused=True)

        def run() -> Any:
            h = x
            for layer in "12":
                h = functional.conv2d(h, p[f"k{layer}"], p[f"b{layer}"], padding=2)
                h = functional.max_pool2d(torch.relu(h), 2)
            h = h.permute(0, 2, 3, 1).reshape(BATCH, -1)
            h = torch.relu(torch.addmm(p["b3"], h, p["k3"]))
            loss = functional.cross_entropy(torch.addmm(p["b4"], h, p["k4"]), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return Work(run)

    def jax(self, jax: Any) -> Work:
        images, labels, values = self.data()

        def loss(p: Any, x: Any, y: Any) -> Any:
            for layer in "12":
                x = jax.lax.conv_general_dilated(
                    x, p[f"k{layer}"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
                x = jax.nn.relu(x + p[f"b{layer}"])
                x = jax.lax.reduce_window(
                    x, -jax.numpy.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME"
                )
            x = jax.nn.relu(x.reshape(BATCH, -1) @ p["k3"] + p["b3"])
            return jax_training.cross_entropy(jax, x @ p["k4"] + p["b4"], y)

        def step(state: Any, x: Any, y: Any) -> Any:
            value, slopes = jax.value_and_grad(loss)(state[0], x, y)
            return jax_training.adam(jax, state, slopes, RATE), value

        state = jax_training.adam_state(jax, values)
        return jax_training.training(jax, step, state, images, labels)

    def numpy(self, numpy: Any) -> Work:
        images, labels, p = self.data()
        optimizer = numpy_networks.Adam(list(p.values()), RATE)

        def run() -> Any:
            x, kept, slopes = images, [], {}
            for layer in "12":
                h = numpy_networks.convolve(x, p[f"k{layer}"]) + p[f"b{layer}"]
                numpy.maximum(h, 0, out=h)
                pooled = numpy_networks.max_pool(h)
                kept.append((x, h, pooled))
                x = pooled
            flat = x.reshape(BATCH, -1)
            h = numpy.maximum(flat @ p["k3"] + p["b3"], 0)
            losses, dy = numpy_networks.cross_entropy(h @ p["k4"] + p["b4"], labels)
            dy /= BATCH
            slopes["k4"], slopes["b4"] = h.T @ dy, dy.sum(axis=0)
            dh = dy @ p["k4"].T
            dh *= h > 0
            slopes["k3"], slopes["b3"] = flat.T @ dh, dh.sum(axis=0)
            dy = (dh @ p["k3"].T).reshape(x.shape)
            for layer in "21":
                x, h, pooled = kept.pop()
                dh = numpy_networks.max_pool_gradient(h, pooled, dy)
                dh *= h > 0
                slopes[f"k{layer}"] = numpy_networks.kernel_gradient(x, dh, 5)
                slopes[f"b{layer}"] = dh.sum(axis=(0, 1, 2))
                if layer == "2":
                    dy = numpy_networks.input_gradient(x.shape, p["k2"], dh)
            optimizer.step([slopes[name] for name in p])
            return losses.mean()

        return Work(run)


CASES = [ConvolutionalNetwork()]
