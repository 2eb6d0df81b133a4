"""A backend that trusts nothing: for tests and for finding a faulty kernel.

It runs a plan step by step on NumPy. Inputs are read-only, what dies is
poisoned, kernels that write into given memory find garbage there, and every
result is held against the dtype and shape that were inferred.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.backends.calls import StepError
from flowgraph.dtypes import Array
from flowgraph.graph.op import Resources
from flowgraph.ops.state import Cell
from flowgraph.plan.plan import Plan, Slot, Step, ref_positions


class Checked:
    """A plan run with every check; as `Bound`, but slow.

    Raises
    ------
    AssertionError
        From `run`, naming the operation that broke its contract.
    """

    stale = False

    def __init__(self, plan: Plan, xp: Any, resources: Resources) -> None:
        self.plan = plan
        self.xp = xp
        self.resources = resources

    def run(self, feeds: list[Array]) -> list[Any]:
        """Run once and return the fetched values."""
        plan = self.plan
        values: list[Any] = [slot.value for slot in plan.slots]
        for i, array in zip(plan.feeds, feeds, strict=True):
            values[i] = np.array(array)
        last_use = {i: n for n, step in enumerate(plan.steps) for i in step.inputs}
        views = {i for s in plan.steps if s.op.may_alias for i in (*s.inputs, *s.outputs)}
        for position, step in enumerate(plan.steps):
            inputs = [_guarded(values[i], i, step, plan) for i in step.inputs]
            try:
                results = self._compute(step, inputs)
            except AssertionError:
                raise
            except Exception as error:
                raise StepError(step, error, [values[i] for i in step.inputs]) from error
            _check(step, inputs, results, plan)
            for i, result in zip(step.outputs, results, strict=True):
                values[i] = result
            dying = [i for i in step.inputs if last_use[i] == position and i not in views]
            self._poison(step, dying, values)
        return [np.array(values[i])[()] for i in plan.fetches]

    def _compute(self, step: Step, inputs: list[Any]) -> tuple[Any, ...]:
        kernel = step.op.bind(step.operation, self.xp, self.resources)
        result = kernel(*inputs)
        if not step.outputs:
            return ()
        results = result if isinstance(result, tuple) else (result,)
        slot = self.plan.slots[step.outputs[0]]
        if step.op.is_planned() and not slot.dtype.is_ref_dtype and not step.op.is_stateful:
            self._check_planned(step, inputs, results)
        return results

    def _check_planned(self, step: Step, inputs: list[Any], results: tuple[Any, ...]) -> None:
        """Compare `compute_into` over garbage, and in place, with `compute`."""
        expected = [np.asarray(result) for result in results]
        if any(array.dtype == object for array in expected):
            return
        if len(expected) > 1:
            targets = tuple([_garbage(array) for array in expected])
            step.op.compute_into(self.xp, targets, *inputs)
            for target, array in zip(targets, expected, strict=True):
                _compare(step, target, array)
            return
        if step.op.inplace:
            for position, value in enumerate(inputs):
                if value.shape == expected[0].shape and value.dtype == expected[0].dtype:
                    target = np.array(value)
                    before, behind = inputs[:position], inputs[position + 1 :]
                    step.op.compute_into(self.xp, target, *before, target, *behind)
                    _compare(step, target, expected[0])
        target = _garbage(expected[0])
        step.op.compute_into(self.xp, target, *inputs)
        _compare(step, target, expected[0])

    def _poison(self, step: Step, dying: list[int], values: list[Any]) -> None:
        if step.op.may_alias:
            return  # what dies here may live on in the view
        for i in dying:
            value = values[i]
            owned = isinstance(value, np.ndarray) and self.plan.slots[i].value is None
            owned = owned and i not in self.plan.fetches
            if owned and value.flags.writeable and value.dtype != object:
                value[...] = _garbage(value)


def _compare(step: Step, target: Array, expected: Array) -> None:
    if not np.array_equal(_bits(target), _bits(expected)):
        np.testing.assert_allclose(
            _wide(target),
            _wide(expected),
            rtol=1e-5,
            atol=1e-6,
            err_msg=f"{step.op.type}: compute_into differs from compute",
        )


def _garbage(like: Array) -> Array:
    """Return an array of the form of `like` filled with values nobody computes."""
    return np.full(like.nbytes, 0x7B, np.uint8).view(like.dtype).reshape(like.shape)


def _bits(array: Array) -> Array:
    return np.frombuffer(array.tobytes(), np.uint8)


def _wide(array: Array) -> Array:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _guarded(value: Any, index: int, step: Step, plan: Plan) -> Any:
    """Return an input as the kernel may see it: a read variable, and read-only."""
    if isinstance(value, Cell):
        positions = {step.inputs[p] for p in ref_positions(step.op)}
        if index in positions:
            return value
        value = value.read().copy()  # a view of it lives on when the variable is written
    array = np.asarray(value).view()
    array.flags.writeable = False
    return array


def _check(step: Step, inputs: list[Any], results: tuple[Any, ...], plan: Plan) -> None:
    name = f"{step.op.type} '{step.operation.name}'"
    if len(results) != len(step.outputs):
        raise AssertionError(f"{name} gave {len(results)} results, not {len(step.outputs)}")
    for i, result in zip(step.outputs, results, strict=True):
        slot = plan.slots[i]
        if slot.dtype.is_ref_dtype:
            continue
        _check_form(name, slot, np.asarray(result), result)
        shared = [v for v in inputs if isinstance(v, np.ndarray) and np.may_share_memory(v, result)]
        if shared and not step.op.may_alias and np.asarray(result).size:
            raise AssertionError(f"{name} returned memory of an input without may_alias")


def _check_form(name: str, slot: Slot, array: Array, result: Any) -> None:
    if not isinstance(result, np.ndarray | np.generic):
        raise AssertionError(f"{name} returned a {type(result).__name__}, not an array")
    if array.dtype != slot.dtype.numpy:
        raise AssertionError(f"{name} returned {array.dtype}, inferred {slot.dtype.numpy}")
    sizes = slot.shape.sizes
    if sizes is not None and (
        len(sizes) != array.ndim
        or any(n is not None and n != m for n, m in zip(sizes, array.shape, strict=True))
    ):
        raise AssertionError(f"{name} returned shape {array.shape}, inferred {slot.shape}")
