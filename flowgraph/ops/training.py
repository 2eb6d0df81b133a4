"""The optimizers' updates of a variable from a dense gradient, in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from flowgraph import parallel
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.core import NUMBERS
from flowgraph.ops.state import Cell
from flowgraph.shapes import TensorShape

_TILE = 1 << 19
"""Bytes of a variable updated at a time: all operands of a tile stay in the cache."""


def _tiles(arrays: Sequence[Array]) -> Iterator[Sequence[Array]]:
    first = arrays[0]
    if first.ndim == 0:  # arithmetic on 0-d arrays gives scalars, which no ``out`` can be
        yield [array.reshape(1) for array in arrays]
        return
    if first.nbytes <= _TILE or not hasattr(first, "ctypes"):  # on a GPU a tile is a launch
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    step = _TILE // first.itemsize
    for start in range(0, first.size, step):
        yield [array[start : start + step] for array in flat]


def _memory(xp: Any, like: Array, name: str = "change") -> Array:
    """Return memory for values on the way to an update."""
    return parallel.scratch(xp, name, like.shape, like.dtype)


def _one_minus(x: Array) -> Array:
    return x.dtype.type(1) - x


class Update(Op, abstract=True):
    """A variable, and the slots of an optimizer, changed by a gradient.

    A subclass gives `step`; its inputs are the references, ``gradient``, and scalars.
    """

    is_stateful = True
    gradient_name: ClassVar[str] = "grad"

    use_locking: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        shape = inputs[0].shape
        for argument, spec in zip(self.signature.inputs, inputs, strict=True):
            if argument.is_ref or argument.name == self.gradient_name:
                shape = merged(shape, spec.shape)
            else:
                with_rank(spec.shape, 0)
        return (shape,)

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        values = {a.name: v for a, v in zip(self.signature.inputs, inputs, strict=True)}
        cells = [values.pop(self.signature.inputs[i].name) for i in self.writes_variable]
        gradient = values.pop(self.gradient_name)
        # The variable's lock covers its slots: nothing but its optimizer writes them.
        with cells[0].lock:
            arrays = [cell.read() for cell in cells]
            self.check(arrays, gradient)
            tiles = _tiles([*arrays, gradient])
            parallel.each(xp, lambda tile: self.step(xp, *tile, **values), tiles)
        return cells[0]  # type: ignore[no-any-return]

    def check(self, arrays: Sequence[Array], gradient: Array) -> None:
        """Raise unless all have one shape."""
        for array in (*arrays[1:], gradient):
            if array.shape != arrays[0].shape:
                raise invalid(
                    "var and grad do not have the same shape"
                    f"{bracketed(arrays[0].shape)} {bracketed(array.shape)}"
                )

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        """Change the arrays before the last, in place, by the last: the gradient."""
        raise NotImplementedError(f"kernel of {self.type}")

    gradient = Op.not_differentiable


def _declare(references: str, rest: str) -> Signature:
    refs = ", ".join(f"{name}: ref(T)" for name in references.split())
    values = [name if ":" in name else f"{name}: T" for name in rest.split(", ")]
    return Signature(f"{refs}, {', '.join(values)} -> out: ref(T)", T=NUMBERS)


class ApplyGradientDescent(Update):
    """``var -= alpha * delta``."""

    signature = _declare("var", "alpha, delta")
    writes_variable = (0,)
    gradient_name = "delta"

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, delta = arrays
        var -= xp.multiply(delta, scalars["alpha"], out=_memory(xp, var))


class ApplyMomentum(Update):
    """``accum = momentum * accum + grad``, ``var -= lr * accum``."""

    signature = _declare("var accum", "lr, grad, momentum")
    writes_variable = (0, 1)

    use_nesterov: bool = False

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, accum, grad = arrays
        lr, momentum = scalars["lr"], scalars["momentum"]
        accum *= momentum
        accum += grad
        if self.use_nesterov:
            ahead = xp.multiply(accum, momentum, out=_memory(xp, var))
            ahead += grad
            ahead *= lr
            var -= ahead
        else:
            var -= xp.multiply(accum, lr, out=_memory(xp, var))


class ApplyAdagrad(Update):
    """``accum += grad**2``, ``var -= lr * grad / sqrt(accum)`` (Duchi et al., 2011)."""

    signature = _declare("var accum", "lr, grad")
    writes_variable = (0, 1)

    update_slots: bool = True

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, accum, grad = arrays
        if self.update_slots:
            accum += grad * grad
        change = grad * scalars["lr"]
        change /= xp.sqrt(accum)
        var -= change


class ApplyAdadelta(Update):
    """Steps as large as the running size of earlier steps (Zeiler, 2012)."""

    signature = _declare("var accum accum_update", "lr, rho, epsilon, grad")
    writes_variable = (0, 1, 2)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, accum, accum_update, grad = arrays
        rho, epsilon = scalars["rho"], scalars["epsilon"]
        rest = _one_minus(rho)
        accum *= rho
        accum += grad * grad * rest
        update = accum_update + epsilon
        xp.sqrt(update, out=update)
        update /= xp.sqrt(accum + epsilon)
        update *= grad
        var -= update * scalars["lr"]
        accum_update *= rho
        update *= update
        update *= rest
        accum_update += update


class ApplyAdam(Update):
    """Steps scaled by running moments of the gradient (Kingma and Ba, 2015)."""

    signature = _declare("var m v", "beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad")
    writes_variable = (0, 1, 2)

    use_nesterov: bool = False

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, m, v, grad = arrays
        beta1, rest = scalars["beta1"], _one_minus(scalars["beta1"])
        corrected = xp.sqrt(_one_minus(scalars["beta2_power"]))
        rate = scalars["lr"] * corrected / _one_minus(scalars["beta1_power"])
        change = xp.subtract(grad, m, out=_memory(xp, var))
        change *= rest
        m += change
        xp.multiply(grad, grad, out=change)
        change -= v
        change *= _one_minus(scalars["beta2"])
        v += change
        xp.sqrt(v, out=change)
        change += scalars["epsilon"]
        step = _memory(xp, var, "step")
        if self.use_nesterov:
            xp.multiply(m, beta1, out=step)
            step += grad * rest
            step *= rate
        else:
            xp.multiply(m, rate, out=step)
        step /= change
        var -= step


class ApplyAdaMax(Update):
    """Steps scaled by the largest recent gradient (Kingma and Ba, 2015)."""

    signature = _declare("var m v", "beta1_power, lr, beta1, beta2, epsilon, grad")
    writes_variable = (0, 1, 2)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, m, v, grad = arrays
        change = grad - m
        change *= _one_minus(scalars["beta1"])
        m += change
        v *= scalars["beta2"]
        xp.abs(grad, out=change)
        xp.maximum(v, change, out=v)
        xp.add(v, scalars["epsilon"], out=change)
        step = m * (scalars["lr"] / _one_minus(scalars["beta1_power"]))
        step /= change
        var -= step


class ApplyRMSProp(Update):
    """Steps scaled by the running mean square of the gradient (Tieleman and Hinton, 2012)."""

    signature = _declare("var ms mom", "lr, rho, momentum, epsilon, grad")
    writes_variable = (0, 1, 2)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, ms, mom, grad = arrays
        change = xp.multiply(grad, grad, out=_memory(xp, var))
        change -= ms
        change *= _one_minus(scalars["rho"])
        ms += change
        xp.add(ms, scalars["epsilon"], out=change)
        _descend(xp, var, mom, grad, change, scalars)


def _descend(
    xp: Any, var: Array, mom: Array, grad: Array, square: Array, scalars: dict[str, Array]
) -> None:
    xp.sqrt(square, out=square)
    change = xp.multiply(grad, scalars["lr"], out=_memory(xp, var, "step"))
    change /= square
    mom *= scalars["momentum"]
    mom += change
    var -= mom


class ApplyCenteredRMSProp(Update):
    """Steps scaled by the running variance of the gradient (Graves, 2013)."""

    signature = _declare("var mg ms mom", "lr, rho, momentum, epsilon, grad")
    writes_variable = (0, 1, 2, 3)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, mg, ms, mom, grad = arrays
        rest = _one_minus(scalars["rho"])
        change = grad * grad
        change -= ms
        change *= rest
        ms += change
        xp.subtract(grad, mg, out=change)
        change *= rest
        mg += change
        xp.multiply(mg, mg, out=change)
        xp.subtract(ms, change, out=change)
        change += scalars["epsilon"]
        _descend(xp, var, mom, grad, change, scalars)


def _powers(xp: Any, base: Array, exponent: Array) -> Array:
    if hasattr(base, "ctypes") and exponent == exponent.dtype.type(0.5):
        return xp.sqrt(base)  # the default, and a quarter of the time
    return xp.power(base, exponent)


class ApplyFtrl(Update):
    """Follow the regularised leader, proximal (McMahan et al., 2013)."""

    signature = _declare("var accum linear", "grad, lr, l1, l2, lr_power")
    writes_variable = (0, 1, 2)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, accum, linear, grad = arrays
        lr, l1, l2, power = (scalars[name] for name in ("lr", "l1", "l2", "lr_power"))
        two = l2.dtype.type(2)
        before = _powers(xp, accum, -power)
        accum += grad * grad
        after = _powers(xp, accum, -power)
        linear += self.shrunk(grad, var, scalars)
        sigma = after - before
        sigma /= lr
        sigma *= var
        linear -= sigma
        after /= lr
        after += two * l2
        target = xp.sign(linear)
        target *= l1
        target -= linear
        target /= after
        var[...] = xp.where(xp.abs(linear) > l1, target, target.dtype.type(0))

    def shrunk(self, grad: Array, var: Array, scalars: dict[str, Array]) -> Array:
        """Return the gradient that enters the linear term."""
        return grad


class ApplyFtrlV2(ApplyFtrl):
    """`ApplyFtrl` with shrinkage: an L2 penalty that acts on the gradient alone."""

    signature = _declare("var accum linear", "grad, lr, l1, l2, l2_shrinkage, lr_power")

    def shrunk(self, grad: Array, var: Array, scalars: dict[str, Array]) -> Array:
        penalty = scalars["l2_shrinkage"]
        return grad + penalty.dtype.type(2) * penalty * var


def _shrink(xp: Any, x: Array, threshold: Array) -> Array:
    """Move `x` towards zero by `threshold`, and no further."""
    size = xp.abs(x)
    size -= threshold
    xp.maximum(size, size.dtype.type(0), out=size)
    size *= xp.sign(x)
    return size


class ApplyProximalGradientDescent(Update):
    """A gradient step, then the proximal map of the penalties (Duchi and Singer, 2009)."""

    signature = _declare("var", "alpha, l1, l2, delta")
    writes_variable = (0,)
    gradient_name = "delta"

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, delta = arrays
        alpha = scalars["alpha"]
        _proximal(xp, var, delta, alpha, scalars)


def _proximal(xp: Any, var: Array, grad: Array, rate: Array, scalars: dict[str, Array]) -> None:
    var -= grad * rate
    one = rate.dtype.type(1)
    var[...] = _shrink(xp, var, rate * scalars["l1"])
    var /= one + scalars["l2"] * rate


class ApplyProximalAdagrad(Update):
    """`ApplyAdagrad`'s rates with the proximal map of the penalties."""

    signature = _declare("var accum", "lr, l1, l2, grad")
    writes_variable = (0, 1)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, accum, grad = arrays
        accum += grad * grad
        _proximal(xp, var, grad, scalars["lr"] / xp.sqrt(accum), scalars)


class ApplyAdagradDA(Update):
    """Dual averaging with `ApplyAdagrad`'s rates (Duchi et al., 2011)."""

    signature = _declare(
        "var gradient_accumulator gradient_squared_accumulator",
        "grad, lr, l1, l2, global_step: int64",
    )
    writes_variable = (0, 1, 2)

    def step(self, xp: Any, *arrays: Array, **scalars: Array) -> None:
        var, total, squares, grad = arrays
        lr, steps = scalars["lr"], scalars["global_step"].astype(var.dtype)
        total += grad
        squares += grad * grad
        scale = xp.sqrt(squares)
        scale += scalars["l2"] * steps * lr
        change = _shrink(xp, total, scalars["l1"] * steps)
        change *= -lr
        change /= scale
        var[...] = change
