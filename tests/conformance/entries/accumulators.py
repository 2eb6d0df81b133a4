"""Accumulators are states of a session: they are tested over whole programs."""

from flowgraph.ops import accumulator_ops

ENTRIES: list = []

_PROGRAMS = "tests/unit/ops/test_accumulator.py"

ELSEWHERE = {
    accumulator_ops.ResourceConditionalAccumulator: _PROGRAMS,
    accumulator_ops.ResourceAccumulatorNumAccumulated: _PROGRAMS,
    accumulator_ops.ResourceAccumulatorSetGlobalStep: _PROGRAMS,
    accumulator_ops.ResourceAccumulatorApplyGradient: _PROGRAMS,
    accumulator_ops.ResourceAccumulatorTakeGradient: _PROGRAMS,
    accumulator_ops.SparseConditionalAccumulator: _PROGRAMS,
    accumulator_ops.SparseAccumulatorApplyGradient: _PROGRAMS,
    accumulator_ops.SparseAccumulatorTakeGradient: _PROGRAMS,
    accumulator_ops.AccumulatorNumAccumulated: _PROGRAMS,
    accumulator_ops.AccumulatorSetGlobalStep: _PROGRAMS,
}
