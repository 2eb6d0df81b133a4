"""What is inferred of shapes is never wrong, however little of the inputs' shapes is known."""

import numpy as np
import pytest

from tests.conformance.suite import Built, parametrize_samples


def assert_compatible(built, outputs, what):
    for tensor, actual in zip(built.operation.outputs, outputs, strict=True):
        shape = np.asarray(actual).shape
        assert tensor.shape.is_compatible_with(shape), (
            f"{what}: {tensor} has shape {shape} when it runs"
        )


@pytest.mark.parametrize(**parametrize_samples())
def test_inferred_shapes_hold(sample):
    outputs = Built(sample).run()
    assert_compatible(Built(sample), outputs, "known shapes")
    assert_compatible(Built(sample, "none"), outputs, "unknown rank")
    assert_compatible(Built(sample, "rank"), outputs, "unknown dimensions")
    assert_compatible(Built(sample, "none", host_constant=False), outputs, "nothing known")
    for axis in range(max((a.ndim for a in Built(sample).arrays), default=0)):
        assert_compatible(Built(sample, "partial", axis=axis), outputs, f"axis {axis} unknown")


@pytest.mark.parametrize(**parametrize_samples())
def test_knowing_more_never_tells_less(sample):
    """Shapes inferred from full knowledge refine those inferred from less."""
    full = Built(sample).operation.outputs
    less = Built(sample, "rank").operation.outputs
    for known, partial in zip(full, less, strict=True):
        if partial.shape.sizes is None:
            continue
        assert known.shape.sizes is not None
        for a, b in zip(known.shape.sizes, partial.shape.sizes, strict=True):
            assert b is None or a == b, f"{partial} claims more than {known}"
