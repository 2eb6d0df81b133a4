"""Collects the entries, and builds graphs from samples."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np

import tests.conformance.entries as entries_package
from flowgraph.dtypes import as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import declare_all
from flowgraph.ops.core import build, constant, placeholder
from flowgraph.runtime.config import ConfigProto, OptimizerOptions
from flowgraph.runtime.session import Session
from tests.conformance.entry import Entry, Sample

declare_all()

MODULES = [
    importlib.import_module(f"{entries_package.__name__}.{module.name}")
    for module in pkgutil.iter_modules(entries_package.__path__)
]
ENTRIES: list[Entry] = [entry for module in MODULES for entry in getattr(module, "ENTRIES", ())]
ELSEWHERE: dict[type, str] = {
    op: where for module in MODULES for op, where in getattr(module, "ELSEWHERE", {}).items()
}

SAMPLES = [
    (f"{entry.op.type}-{number}", sample)
    for entry in ENTRIES
    for number, sample in enumerate(entry.samples)
]
BAD = [
    (f"{entry.op.type}-{number}", bad) for entry in ENTRIES for number, bad in enumerate(entry.bad)
]


def parametrize_samples() -> dict[str, Any]:
    """The arguments of pytest's parametrize: one test a sample."""
    return {
        "argnames": "sample",
        "argvalues": [sample for _, sample in SAMPLES],
        "ids": [name for name, _ in SAMPLES],
    }


def flat(inputs: tuple[Any, ...]) -> list[np.ndarray]:
    """The arrays of a sample's inputs, list arguments laid out."""
    return [
        np.asarray(array)
        for value in inputs
        for array in (value if isinstance(value, list) else [value])
    ]


def flat_positions(sample: Sample) -> list[int]:
    """For each flattened input, the position of its argument."""
    return [
        position
        for position, value in enumerate(sample.inputs)
        for _ in (value if isinstance(value, list) else [value])
    ]


class Built:
    """A sample as a graph: placeholders of given shapes, and the operation over them."""

    def __init__(
        self, sample: Sample, shapes: str = "known", host_constant: bool = True, axis: int = 0,
        graph: Graph | None = None,
    ) -> None:  # fmt: skip
        self.graph = Graph() if graph is None else graph
        self.arrays = flat(sample.inputs)
        self.feeds: dict[Tensor, np.ndarray] = {}
        self.tensors: list[Tensor] = []
        count = len(sample.inputs)
        host = {i % count for i in sample.op.host_inputs} if host_constant else set()
        with self.graph.as_default():
            arguments: list[Any] = []
            for position, value in enumerate(sample.inputs):
                if isinstance(value, list):
                    arguments.append(
                        [self._input(array, shapes, position in host, axis) for array in value]
                    )
                else:
                    arguments.append(self._input(value, shapes, position in host, axis))
            self.operation: Operation = build(sample.op, arguments)

    def _input(self, value: Any, shapes: str, is_constant: bool, axis: int) -> Tensor:
        array = np.asarray(value)
        dtype = as_dtype(array.dtype)
        if is_constant:
            tensor = constant(array, dtype)
        else:
            shape: Any = list(array.shape)
            if shapes == "none":
                shape = None
            elif shapes == "partial":
                shape = [None if i == axis else n for i, n in enumerate(shape)]
            elif shapes == "rank":
                shape = [None] * array.ndim
            tensor = placeholder(dtype, shape)
            self.feeds[tensor] = array
        self.tensors.append(tensor)
        return tensor

    def run(self, optimised: bool = True) -> list[Any]:
        config = ConfigProto()
        if not optimised:
            config.graph_options.optimizer_options.opt_level = OptimizerOptions.L0
        with Session(graph=self.graph, config=config) as session:
            if not self.operation.outputs:
                session.run(self.operation, self.feeds)
                return []
            return list(session.run(list(self.operation.outputs), self.feeds))


def expected_of(sample: Sample) -> list[np.ndarray] | None:
    """The reference's outputs as a list, or None for random ops."""
    expected = sample.expected
    if expected is None:
        return None
    if callable(expected):
        expected = expected(*sample.inputs)
    outputs = expected if isinstance(expected, tuple | list) else (expected,)
    return [np.asarray(output) for output in outputs]


def assert_same(actual: Any, expected: np.ndarray, sample: Sample, what: str) -> None:
    """Compare an output with its reference, dtype left to other checks."""
    # NumPy's own byte strings lose the zeros at their end.
    actual = np.array(actual, object) if isinstance(actual, bytes) else np.asarray(actual)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, not {expected.shape}"
    if actual.dtype.kind in "OSb":
        assert actual.tolist() == expected.tolist(), what
        return
    wide = np.complex128 if "c" in (actual.dtype.kind, expected.dtype.kind) else np.float64
    narrow = actual.dtype.itemsize == 2 and actual.dtype.kind not in "iu"
    np.testing.assert_allclose(
        actual.astype(wide),
        expected.astype(wide),
        rtol=max(sample.rtol, 1e-2 if narrow else 0),
        atol=max(sample.atol, 1e-2 if narrow else 0),
        err_msg=what,
    )
