"""Each op that has C in the turns of a loop against its reference, and which ones those are."""

import ctypes

import pytest

from flowgraph.backends.emit import contractions, elements, movements, region, steps
from flowgraph.backends.emit.code import UnsupportedError
from flowgraph.backends.native.compiler import CompilerError, compiler
from flowgraph.backends.native.library import Tier
from flowgraph.backends.native.regions import REGIONS, Region
from flowgraph.ops.core import constant
from flowgraph.ops.history import Record
from flowgraph.plan.passes import optimise, specialise
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune
from tests.conformance.suite import SAMPLES, Built
from tests.conformance.test_native import as_double, as_single
from tests.conformance.test_reference import compare


def has_compiler():
    try:
        return bool(compiler())
    except CompilerError:
        return False


pytestmark = pytest.mark.skipif(not has_compiler(), reason="there is no C compiler")


def turns_of(sample, is_known):
    """The C of one turn that records a sample's results, and what it is fed."""
    built = Built(sample, host_constant=is_known)
    with built.graph.as_default():
        again = constant(False)
    fetches = tuple(t for t in built.operation.outputs if t.dtype.name != "variant")
    targets = (built.operation,)
    plan = prune(Request(built.graph, (again, *fetches), targets, tuple(built.feeds)))
    arrays = list(built.feeds.values())
    plan = optimise(specialise(plan, [array.shape for array in arrays]))
    return region.turns(plan, 0), arrays


@pytest.fixture(scope="module")
def programs():
    """All turns by the name of the sample, with their functions, which are in one file."""
    found = []
    for name, sample in SAMPLES:
        for kind in (as_single, as_double):
            for is_known in (True, False):
                try:
                    turns, arrays = turns_of(kind(sample), is_known)
                except (UnsupportedError, ValueError, TypeError):  # of an op for float64 alone
                    continue
                found.append((name, kind(sample), turns, arrays))
    names = {}
    for _, _, turns, _ in found:
        names.setdefault(turns.text, f"turns_{len(names)}")
    texts = [text.replace("long turns(", f"long {name}(") for text, name in names.items()]
    library = REGIONS.get("\n".join(texts), Tier.WAIT)
    assert isinstance(library, ctypes.CDLL)
    return [(*program, {"turns": library[names[program[2].text]]}) for program in found]


def test_values(programs):
    for name, sample, turns, arrays, functions in programs:
        records = [Record() for _ in turns.records]
        go_on, steps, _ = Region(turns, functions).run(arrays, records)
        assert (go_on, steps) == (False, 1), name
        compare([record[0] for record in records], sample, f"turns of {name}")


def test_each_op_is_reached(programs):
    reached = {sample.op.type for _, sample, _, _, _ in programs}
    expected = {*steps.WRITERS, *steps.SAME, *movements.MOVES, *elements.SCALARS}
    assert expected | {*contractions.REDUCTIONS, "CheckNumerics", "NoOp"} <= reached
