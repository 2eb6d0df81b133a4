"""Binding: each step of a plan becomes a call over memory that is fixed beforehand.

All that can be settled before the first run is settled here: constants, planned
buffers and variables have fixed addresses, views of them are made once, and a
step over fixed arrays is a call without arguments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from flowgraph.backends.calls import StepError, calling, copying, only, reading
from flowgraph.backends.native.call import Place, Result
from flowgraph.backends.native.steps import Natives
from flowgraph.dtypes import Array
from flowgraph.graph.op import Kernel, Resources
from flowgraph.ops.state import Cell
from flowgraph.plan.fused import Fused
from flowgraph.plan.place import HOST
from flowgraph.plan.plan import Plan, Slot, Step, producers_of, ref_positions, variable_of
from flowgraph.plan.transfer import made_on

COPIED_FEED = 1 << 15
"""Feeds of at most this many bytes are copied to a fixed place: steps over them are fixed too."""

_RELEASE_FROM = 1 << 15
"""Unplanned values of at least this many bytes are let go as soon as they die."""


class Binder:
    """The state of binding one plan."""

    def __init__(self, plan: Plan, xp: Any, resources: Resources, native: Natives) -> None:
        self.plan = plan
        self.xp = xp
        self.resources = resources
        self.native = native
        self.calls: list[Callable[[], Any]] = []
        self.owners: list[Step] = []
        self.tiers: list[str] = []
        self.reasons: list[str] = []
        self.values: list[Any] = [slot.value for slot in plan.slots]
        self.fixed = {i for i, slot in enumerate(plan.slots) if slot.value is not None}
        self.fresh: set[int] = set()  # slots whose array nothing else refers to
        self.provisional = False
        self.producers = producers_of(plan)
        self.last_use = {i: n for n, step in enumerate(plan.steps) for i in step.inputs}
        self.last_use.update(dict.fromkeys(plan.fetches, len(plan.steps)))
        self.writes = self._writes()
        self.views: dict[int, list[int]] = {}
        for step in plan.steps:
            if step.op.may_alias and step.inputs:
                self.views.setdefault(step.inputs[0], []).extend(step.outputs)
        self.buffers = [self._buffer(number, size) for number, size in enumerate(plan.buffers)]
        self.copied = self._places()
        for position, step in enumerate(plan.steps):
            self.tiers.append(self.bind(position, step))
            computes = not step.device and step.outputs and self.tiers[-1] != "view"
            is_numpy = computes and self.tiers[-1] != "native"
            self.reasons.append(native.reason(step) if is_numpy else "")
        if native.heat is not None:  # last: a trace takes a step's first call for the step
            self.add(plan.steps[-1], native.heat)

    def capture(self) -> Any:
        """Return what captures the calls after some runs; ``None`` on the host."""
        return None

    def module(self, device: str) -> Any:
        """Return the array module of a device."""
        return self.xp

    def _places(self) -> list[tuple[int, Array]]:
        """Return fixed places for the small feeds."""
        places = []
        for i in self.plan.feeds:
            slot = self.plan.slots[i]
            is_array = not (slot.dtype.is_ref_dtype or slot.dtype.numpy.hasobject)
            if slot.buffer is not None:
                place = self._planned(slot)
            else:
                place = self.place(i, slot) if is_array and slot.nbytes is not None else None
            if place is not None:
                self.values[i] = place
                self.fixed.add(i)
                places.append((i, place))
        return places

    def place(self, feed: int, slot: Slot) -> Array | None:
        """Return the fixed place of a feed of known size; ``None`` if it has none."""
        if (slot.nbytes or 0) > COPIED_FEED:
            return None
        return self.xp.empty(slot.shape.sizes, dtype=slot.dtype.numpy)

    def allocated(self, device: str, sizes: Any, dtype: Any) -> Array:
        """Return new memory on a device."""
        return self.xp.empty(sizes, dtype=dtype)

    def kernel(self, step: Step) -> Kernel:
        """Return the op's own kernel, where the step runs."""
        return step.op.bind(step.operation, self.xp, self.resources)

    def _buffer(self, number: int, size: int) -> Array:
        """Allocate a planned buffer; where there is no memory, blame the step with most in it."""
        try:
            return self.allocated(
                self.plan.homes[number] if self.plan.homes else HOST, size, np.uint8
            )
        except MemoryError as error:
            slots, allocation = self.plan.slots, cast(Any, error)
            inside = [(s, slots[i]) for s in self.plan.steps for i in s.outputs]
            step, slot = max(
                ((s, slot) for s, slot in inside if slot.buffer == number),
                key=lambda pair: pair[1].nbytes or 0,
            )
            allocation.shape, allocation.dtype = slot.shape.sizes, slot.dtype.numpy
            raise StepError(step, error, ()) from error

    def _writes(self) -> dict[Any, list[int]]:
        """Return the positions of the steps that write each variable."""
        writes: dict[Any, list[int]] = {}
        for position, step in enumerate(self.plan.steps):
            for index in step.op.writes():
                variable = variable_of(step.inputs[index], self.producers)
                writes.setdefault(variable, []).append(position)
        return writes

    def bind(self, position: int, step: Step) -> str:
        """Bind a step; return its tier."""
        plan, op = self.plan, step.op
        if not step.inputs and step.outputs and plan.slots[step.outputs[0]].dtype.is_ref_dtype:
            self.values[step.outputs[0]] = self.kernel(step)()
            return "view"
        # A copy by a kernel goes before a view, of which every kernel would make a copy of its own.
        if not step.device and self.native.may_bind(step) and self._bind_native(step):
            self.release(position, step)
            return "native"
        inputs = self._inputs(step)
        is_view = op.may_alias and not op.is_stateful and inputs is not None
        # A view depends on the values of a shape or an offset: they must be known by now.
        is_view = is_view and all(plan.slots[i].value is not None for i in step.inputs[1:])
        if is_view and self._bind_view(position, step, inputs or []):
            return "view"
        tier = self._bind_call(step, inputs)
        self.release(position, step)
        return tier

    def _bind_call(self, step: Step, inputs: list[Any] | None) -> str:
        buffers = [self.plan.slots[i].buffer for i in step.outputs]
        # A group's members need places; a fetched result that has none is copied from one.
        if isinstance(step.op, Fused) or (buffers and None not in buffers):
            self._bind_planned(step, inputs)
            return "planned"
        self._bind_computed(step, inputs)
        return "computed"

    def _inputs(self, step: Step) -> list[Any] | None:
        """Return the inputs if all are fixed, with variables read; else ``None``."""
        positions = ref_positions(step.op)
        result: list[Any] = []
        for index, slot in enumerate(step.inputs):
            value = self.values[slot]
            if isinstance(value, Cell):
                if index not in positions:
                    if not value.initialized:
                        self.provisional = True
                        return None
                    value = value.array
                    if not self.keeps_buffer(slot, value):
                        return None
            elif slot not in self.fixed:
                return None
            result.append(value)
        return result

    def keeps_buffer(self, slot: int, array: Array) -> bool:
        """Whether every write in the plan leaves a variable in `array`: its shape stays."""
        slots = self.plan.slots
        writers = self.writes.get(variable_of(slot, self.producers), ())
        outputs = (slots[i] for position in writers for i in self.plan.steps[position].outputs)
        return all(s.shape.sizes == array.shape for s in outputs if s.dtype.is_ref_dtype)

    def _bind_view(self, position: int, step: Step, inputs: list[Any]) -> bool:
        """Make the view of a fixed array once and for all; False if it would be a copy."""
        if self._is_overwritten(position, step):
            return False
        base, xp = inputs[0], self.module(step.device)
        try:
            result = step.op.compute(xp, *inputs)
        except Exception:  # noqa: BLE001 - the step raises again when it runs, and is named there
            return False
        views = result if isinstance(result, tuple) else (result,)
        for view in views:
            if not isinstance(view, type(base)) or not xp.may_share_memory(view, base):
                return False
        for out, view in zip(step.outputs, views, strict=True):
            self.values[out] = view
            self.fixed.add(out)
        return True

    def _is_overwritten(self, position: int, step: Step) -> bool:
        """Whether the variable that a view would show is written while the view is in use."""
        slot = step.inputs[0]
        if not self.plan.slots[slot].dtype.is_ref_dtype:
            return False
        writes = self.writes.get(variable_of(slot, self.producers), ())
        if not any(position < write for write in writes):
            return False
        end = max(self._end_of_use(out) for out in step.outputs)
        return any(position < write <= end for write in writes)

    def _end_of_use(self, slot: int) -> int:
        """Return the position of the last step that sees a slot's memory, through views too."""
        end, pending = 0, [slot]
        while pending:
            current = pending.pop()
            end = max(end, self.last_use.get(current, 0))
            pending += self.views.get(current, ())
        return end

    def _bind_planned(self, step: Step, inputs: list[Any] | None) -> None:
        xp = self.module(step.device)
        arrays = tuple([self.planned_array(i, step) for i in step.outputs])
        for i, array in zip(step.outputs, arrays, strict=True):
            self.values[i] = array
            self.fixed.add(i)
        out = arrays if len(arrays) > 1 else arrays[0]
        if inputs is not None and not step.op.is_stateful:
            self.add(step, step.op.planned(xp, out, *inputs))
            return
        kernel = functools.partial(step.op.bind_into(step.operation, xp, self.resources), out)
        self.add(step, calling(reading(kernel, step, self.plan), step.inputs, None, self.values))

    def planned_array(self, out: int, step: Step) -> Array:
        slot = self.plan.slots[out]
        if slot.buffer is None:
            return self.allocated(made_on(step, slot), slot.shape.sizes, slot.dtype.numpy)
        return self._planned(slot)

    def _planned(self, slot: Slot) -> Array:
        """Return a slot's part of its planned buffer."""
        memory = self.buffers[slot.buffer or 0][: slot.nbytes]
        return memory.view(slot.dtype.numpy).reshape(slot.shape.sizes)

    def _bind_native(self, step: Step) -> bool:
        """Bind a step to its native kernel; False if it has none for these dtypes and sizes."""
        places = [self._place(slot, step) for slot in step.inputs]
        made = [i for i in step.outputs if not self.plan.slots[i].dtype.is_ref_dtype]
        results = [self._result(slot, step) for slot in made]
        inputs = [place for place in places if place is not None]
        outputs = [result for result in results if result is not None]
        if len(inputs) < len(places) or len(outputs) < len(results):
            return False
        run = self.native.bind(step, inputs, outputs)
        if run is None:
            return False
        for i, result in zip(made, outputs, strict=True):
            if result.array is None:
                self.fresh.add(i)
            else:
                self.values[i] = result.array
                self.fixed.add(i)
        self.hand_on(step)
        self.add(step, self.locked(step, run))
        return True

    def _result(self, slot: int, step: Step) -> Result | None:
        """Return where an output goes; ``None`` if its form is not known and somebody uses it."""
        spec = self.plan.slots[slot]
        if spec.nbytes is None and slot not in self.last_use:
            return Result(self.values, slot, (0,), spec.dtype.numpy)
        if not self.native.can_place(step, spec):
            return None
        array = None if spec.buffer is None else self.planned_array(slot, step)
        return Result(self.values, slot, spec.shape.sizes or (), spec.dtype.numpy, array)

    def _place(self, slot: int, step: Step) -> Place | None:
        """Return where an input will be; ``None`` if too little is known of it."""
        spec, value = self.plan.slots[slot], self.values[slot]
        if isinstance(value, Cell):
            self.provisional |= not value.initialized
            if value.array is None or not self.keeps_buffer(slot, value.array):
                return None
            return Place(self.values, slot, value.array.shape, value.array.dtype, value.array)
        if slot in self.fixed:
            array = np.asarray(value)
            stays = array if array.flags.c_contiguous else None
            is_constant = spec.value is not None
            return Place(self.values, slot, array.shape, array.dtype, stays, is_constant)
        if spec.dtype.is_ref_dtype or not self.native.can_place(step, spec):
            return None
        return Place(self.values, slot, spec.shape.sizes or (), spec.dtype.numpy)

    def locked(self, step: Step, run: Callable[[], Any]) -> Callable[[], Any]:
        """Return `run` under the lock of the variable that the step writes, if any."""
        writes = step.op.writes()
        if not writes:
            return run
        lock = self.values[step.inputs[writes[0]]].lock

        def locked() -> None:
            with lock:
                run()

        return locked

    def _bind_computed(self, step: Step, inputs: list[Any] | None) -> None:
        kernel = self.kernel(step)
        if step.op.may_keep is not None and self._is_given_up(step, step.op.may_keep):
            kernel = functools.partial(step.op.keeping, self.module(step.device))
        if len(step.outputs) == 1 and step.op.signature.outputs[0].is_sequence:
            kernel = only(kernel)
        if any(self.plan.slots[i].dtype.is_ref_dtype for i in step.inputs):
            kernel = reading(kernel, step, self.plan)
        # The value of an op without inputs is the op's own.
        is_fresh = not step.op.may_alias and (bool(step.inputs) or step.op.is_stateful)
        if step.op.may_alias and self.plan.slots[step.inputs[0]].dtype.is_ref_dtype:
            kernel = copying(kernel)
            is_fresh = True
        if is_fresh:
            # A reference is to a variable's memory, which stays the variable's.
            slots = self.plan.slots
            self.fresh.update(i for i in step.outputs if not slots[i].dtype.is_ref_dtype)
        self.hand_on(step)
        self.add(step, calling(kernel, step.inputs, step.outputs, self.values))

    def _is_given_up(self, step: Step, position: int) -> bool:
        """Whether nothing refers to the memory of an input after a step."""
        slot = step.inputs[position]
        end = self.last_use[slot]
        is_last = end < len(self.plan.steps) and self.plan.steps[end] is step
        return is_last and slot in self.fresh and not self.views.get(slot)

    def hand_on(self, step: Step) -> None:
        """Put the reference that a step hands on into the slots of its ref outputs."""
        positions = ref_positions(step.op)
        for i in step.outputs:
            if positions and self.plan.slots[i].dtype.is_ref_dtype:
                self.values[i] = self.values[step.inputs[min(positions)]]

    def release(self, position: int, step: Step) -> None:
        """Let go of large unplanned values that die here."""
        for slot in {*step.inputs, *step.outputs}:
            size = self.plan.slots[slot].nbytes
            if (
                self.last_use.get(slot, position) == position
                and slot not in self.fixed
                and not self.plan.slots[slot].dtype.is_ref_dtype
                and (size is None or size >= _RELEASE_FROM)
            ):
                self.add(step, functools.partial(self.values.__setitem__, slot, None))

    def add(self, step: Step, call: Callable[[], Any]) -> None:
        self.calls.append(call)
        self.owners.append(step)
