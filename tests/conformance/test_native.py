"""Each op with a native kernel against its reference, and which samples reached the kernel."""

import collections
import dataclasses
import re

import numpy as np
import pytest

from flowgraph.backends.native import call, steps
from flowgraph.backends.native.compiler import CompilerError, compiler
from flowgraph.backends.native.groups import UNITS
from flowgraph.backends.native.kernels import MAKERS
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.plan import fuse
from flowgraph.runtime.session import Session
from tests.conformance.suite import SAMPLES, Built
from tests.conformance.test_reference import compare


def has_compiler():
    try:
        return bool(compiler())
    except CompilerError:
        return False


pytestmark = pytest.mark.skipif(not has_compiler(), reason="there is no C compiler")


def single(value):
    """The value in float32 if it is in float64: what the kernels are made for."""
    if isinstance(value, list):
        return [single(each) for each in value]
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 else value


def as_single(sample):
    """The sample in float32."""
    inputs = tuple([single(value) for value in sample.inputs])
    return dataclasses.replace(
        sample, inputs=inputs, rtol=max(sample.rtol, 1e-4), atol=max(sample.atol, 1e-5)
    )


def as_double(sample):
    """The sample as it stands: in float64, or in other dtypes."""
    return sample


def run(sample, monkeypatch):
    """Run a sample natively, however small it is; return the outputs and the ops that did."""
    native = []

    def recording(make):
        def made(library, op, inputs, outputs, scratch):
            result = make(library, op, inputs, outputs, scratch)
            if result is not None:
                native.append(op.type)
            return result

        return made

    monkeypatch.setenv("FLOWGRAPH_NATIVE", "wait")
    monkeypatch.setattr(call, "LEAST", 0)
    monkeypatch.setattr(steps, "MAKERS", {name: recording(make) for name, make in MAKERS.items()})
    return Built(sample).run(), native


@pytest.mark.parametrize(
    "sample", [pytest.param(as_single(s), id=name) for name, s in SAMPLES if s.op.type in MAKERS]
)
def test_values(sample, monkeypatch):
    compare(run(sample, monkeypatch)[0], sample, "native")


def scalar_of(built):
    """The C expression of a sample's operation, where it has one."""
    operation = built.operation
    specs = (*operation.inputs, *operation.outputs)
    fits = all(spec.dtype.name in fuse.DTYPES for spec in specs) and len(operation.outputs) == 1
    return operation.op.scalar(*specs) if fits else None


def test_scalar_code(monkeypatch):
    """Every op that says what it is in C, each sample in a group of its own, all in one file."""
    monkeypatch.setenv("FLOWGRAPH_NATIVE", "wait")
    monkeypatch.setattr(fuse, "LARGE", 0)
    graph = Graph()
    samples = [(name, kind(sample)) for name, sample in SAMPLES for kind in (as_single, as_double)]
    samples = [(name, s) for name, s in samples if scalar_of(Built(s)) and s.inputs]
    built = [Built(sample, graph=graph) for _, sample in samples]
    feeds = {tensor: value for each in built for tensor, value in each.feeds.items()}
    fetches = [each.operation.outputs[0] for each in built]
    with Session(graph=graph) as session:
        values = session.run(fetches, feeds)
        text = session.explain(fetches, feeds)
    for (name, sample), value in zip(samples, values, strict=True):
        compare([value], sample, f"native {name}")
    members = re.findall(r"^  (?:%\d+ = )?(\w+)\(", text, re.MULTILINE)
    expressed = {op.type for op in Op.declared.values() if op.scalar is not Op.scalar}
    expressed |= {op.type for op in Op.declared.values() if op.__dict__.get("c")}
    assert expressed <= set(members)
    assert all(UNITS._loaded.values()) and UNITS._loaded, (len(members), UNITS._loaded)


def test_each_kernel_is_reached(monkeypatch):
    reached = collections.Counter()
    for _, sample in SAMPLES:
        if sample.op.type in MAKERS:
            reached.update(run(as_single(sample), monkeypatch)[1])
    declared = MAKERS.keys() & Op.declared.keys()  # the others are made by passes
    updates = {
        name for name in declared if Op.declared[name].writes_variable
    }  # tests/unit/backends
    assert set(reached) == declared - updates
