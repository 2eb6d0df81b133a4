"""Each op with a native kernel against its reference, and which samples reached the kernel."""

import collections
import dataclasses

import numpy as np
import pytest

from flowgraph.backends import bound
from flowgraph.backends.native import call
from flowgraph.backends.native.compiler import CompilerError, compiler
from flowgraph.backends.native.kernels import MAKERS
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
    monkeypatch.setattr(bound, "MAKERS", {name: recording(make) for name, make in MAKERS.items()})
    return Built(sample).run(), native


@pytest.mark.parametrize(
    "sample", [pytest.param(as_single(s), id=name) for name, s in SAMPLES if s.op.type in MAKERS]
)
def test_values(sample, monkeypatch):
    compare(run(sample, monkeypatch)[0], sample, "native")


def test_each_kernel_is_reached(monkeypatch):
    reached = collections.Counter()
    for _, sample in SAMPLES:
        if sample.op.type in MAKERS:
            reached.update(run(as_single(sample), monkeypatch)[1])
    assert set(reached) == set(MAKERS)
