"""Steps of ops served by kernels, run on the shim and compared with the ops' own `compute`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.backends.cuda import Operand, Target, launches
from tests.unit.backends.cuda.device import Device

SMALL = Target(processors=4)
"""So few processors that small arrays are reduced in several parts."""


class Case:
    """One step.

    Parameters
    ----------
    op : Op
    inputs : sequence of array
    outputs : sequence of (shape, dtype)
        Those that are not references.
    hosts : sequence of int
        Positions of inputs that live on the host.
    alignment : int
        Of all operands.
    """

    def __init__(
        self, op: Any, inputs: Sequence[Any], outputs: Sequence[Any], hosts: Sequence[int] = (),
        alignment: int = 16, target: Target = SMALL,
    ) -> None:  # fmt: skip
        self.op = op
        self.inputs = [np.ascontiguousarray(x).reshape(np.shape(x)) for x in inputs]
        self.results = [np.zeros(shape, dtype) for shape, dtype in outputs]
        self.operands = [
            Operand(x.shape, x.dtype, x if i in hosts else None, alignment)
            for i, x in enumerate(self.inputs)
        ]
        self.targets = [Operand(x.shape, x.dtype, None, alignment) for x in self.results]
        work = launches(op, self.operands, self.targets, target)
        assert work is not None, op
        self.work = list(work)

    def run(self, device: Device, streams: Any = None) -> list[Any]:
        """Return the outputs; the inputs are changed where the step changes them."""
        arrays = [x.copy() for x in self.inputs]
        for result in self.results:
            result.view(np.uint8 if result.ndim else result.dtype).fill(0x7B)
        memory = {id(o): x for o, x in zip(self.operands, arrays, strict=True)}
        memory |= {id(o): x for o, x in zip(self.targets, self.results, strict=True)}
        device.run(self.work, memory, streams)
        self.changed = arrays
        return self.results


def computed(op: Any, *inputs: Any) -> Any:
    """Return what the op computes itself."""
    with np.errstate(all="ignore"):
        return op.compute(np, *inputs)


@dataclass(frozen=True)
class Tolerance:
    """How far a result may be from that of `compute`, relative to the largest."""

    float16: float = 2e-3
    bfloat16: float = 2e-2
    float32: float = 2e-6
    float64: float = 1e-13

    def of(self, dtype: Any) -> float:
        return float(getattr(self, np.dtype(dtype).name, 0.0))


def assert_near(actual: Any, expected: Any, tolerance: float | None = None) -> None:
    """Raise unless two arrays agree as far as their dtype allows."""
    expected = np.asarray(expected)
    assert actual.shape == expected.shape
    assert actual.dtype == expected.dtype
    rtol = Tolerance().of(actual.dtype) if tolerance is None else tolerance
    a, e = actual.astype(np.float64), expected.astype(np.float64)
    largest = np.abs(e[np.isfinite(e)]).max(initial=0)
    np.testing.assert_allclose(a, e, rtol=rtol, atol=rtol * largest)
