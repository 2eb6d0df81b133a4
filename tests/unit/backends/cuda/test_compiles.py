"""Every kernel of the other tests as machine code, by NVIDIA's compiler, without a GPU."""

import functools

import pytest

from flowgraph.backends.cuda import OPTIONS, Launch, source
from tests.unit.backends.cuda import nvrtc

LIBRARY = nvrtc.find()
if LIBRARY is None:
    pytest.skip("the wheel nvidia-cuda-nvrtc is not installed", allow_module_level=True)

GENERATED = ("group_", "reduction_", "rows_")


@functools.cache
def collected():
    """The launches of all cases, by function: those written by hand, and those generated."""
    from tests.unit.backends.cuda import (
        test_groups,
        test_kernels,
        test_random,
        test_reductions,
        test_samples,
        test_updates,
    )

    cases = [
        *test_groups.CASES, test_groups.MIXED, *test_kernels.CASES.values(),
        *[case for _, case in test_random.FILLS], *test_random.INTEGERS, *test_reductions.CASES,
        *[case for case, _ in test_samples.CASES.values()], *test_updates.CASES.values(),
        *test_updates.SEGMENTS,
    ]  # fmt: skip
    work = {i.function: i for case in cases for i in case.work if isinstance(i, Launch)}
    generated = [item for name, item in work.items() if name.startswith(GENERATED)]
    return [item for item in work.values() if item not in generated], generated


def assert_compiles(items, architecture):
    assert items
    code = nvrtc.compile_to_cubin(LIBRARY, source(items), architecture, OPTIONS)
    assert code[:4] == b"\x7fELF"
    for item in items:
        assert b".text." + item.function.encode() in code


@pytest.mark.parametrize("architecture", ["sm_75", "sm_80", "sm_90"])
def test_the_kernels_written_by_hand(architecture):
    assert_compiles(collected()[0], architecture)


def test_the_generated_kernels():
    assert_compiles(collected()[1], "sm_75")


def test_a_mistake_is_found():
    with pytest.raises(AssertionError, match="nothing_of_this_name"):
        nvrtc.compile_to_cubin(LIBRARY, "__global__ void f() { nothing_of_this_name(); }", "sm_90")
