"""Binding a plan that may use GPUs: memory on each, and kernels of their own for what has any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.backends.binder import COPIED_FEED, Binder
from flowgraph.backends.calls import located
from flowgraph.backends.cupy.capture import Capture
from flowgraph.backends.cupy.launching import Kernels, Memory
from flowgraph.backends.native.library import Tier
from flowgraph.backends.native.steps import Natives
from flowgraph.dtypes import Array
from flowgraph.graph.op import Kernel, Resources
from flowgraph.ops.control import NoOp
from flowgraph.ops.state import Cell
from flowgraph.plan.plan import Plan, Slot, Step, sizes_of
from flowgraph.plan.transfer import ToDevice, given_on, is_settled, taken_on

_COPIED_ON_GPU = 1 << 22
"""Feeds of a body that lie on the GPU and have at most so many bytes are copied to a fixed place:
that takes less time than the launches which a captured body saves."""


class DeviceBinder(Binder):
    """The state of binding one plan whose steps run on the host and on GPUs.

    Attributes
    ----------
    captured : list of ArrayModule or None
        The GPU of each call that does nothing but start work there, over memory that stays where
        it is: such calls may be captured.
    """

    def __init__(self, plan: Plan, xp: Any, resources: Resources, native: Natives) -> None:
        self.captured: list[Any] = []
        self._first = next((step.device for step in plan.steps if step.device), "")
        self._current = self._first  # the GPU that is current when a call is made
        self._kernels: dict[str, Kernels] = {}
        self._sent = {
            i: s.device for s in plan.steps if isinstance(s.op, ToDevice) for i in s.inputs
        }
        super().__init__(plan, xp, resources, native)
        for device, kernels in self._kernels.items():
            with self.module(device).active():
                kernels.finish()

    def module(self, device: str) -> Any:
        return self.resources.devices.module(device) if device else self.xp

    def place(self, feed: int, slot: Slot) -> Array | None:
        """Return the fixed place of a feed: pinned memory for all that is copied to a GPU.

        Not for bodies: the next turn comes before the GPU has read what this one gave.
        """
        device = given_on(self.plan, feed)
        if feed in self._sent and not device and self.plan.home is None:
            return self.module(self._sent[feed]).pinned(sizes_of(slot), slot.dtype.numpy)
        if (slot.nbytes or 0) > (_COPIED_ON_GPU if device else COPIED_FEED):
            return None
        return self.allocated(device, sizes_of(slot), slot.dtype.numpy)

    def allocated(self, device: str, sizes: Any, dtype: Any) -> Array:
        if not device:
            return super().allocated(device, sizes, dtype)
        module = self.module(device)
        with module.active():
            return module.empty(sizes, dtype=dtype)

    def kernel(self, step: Step) -> Kernel:
        module = self.module(step.device)
        kernel = step.op.bind(step.operation, module, self.resources.at(step.device))
        is_mixed = step.op.mixed_memory and step.device
        return located(kernel, step, self.plan, module) if is_mixed else kernel

    def capture(self) -> Capture | None:
        """Return what captures the calls, GPU by GPU."""
        if not self._first or self.resources.tier is Tier.OFF:
            return None
        return Capture(self.calls, self.owners, self.captured)

    def add(self, step: Step, call: Callable[[], Any]) -> None:
        super().add(step, call)
        self.captured.append(None)

    def bind(self, position: int, step: Step) -> str:
        if not step.device:
            if isinstance(step.op, NoOp):
                return "view"  # nothing is to be done, and it stands in no graph's way
            return super().bind(position, step)
        module = self.module(step.device)
        if step.device != self._current:
            self.add(step, module.use)
            self._current = step.device
        with module.active():
            if is_settled(step, self.plan.slots):
                ((source,), (out,)) = step.inputs, step.outputs
                self.values[out] = module.to_device(self.plan.slots[source].value)
                self.fixed.add(out)
                return "view"
            if self.resources.tier is not Tier.OFF and self._bind_kernels(step, module):
                self.release(position, step)
                return "kernel"
            count = len(self.calls)
            tier = super().bind(position, step)
            if len(self.calls) > count and self._is_movable(step, tier):
                self.captured[count] = module
            return tier

    def _is_movable(self, step: Step, tier: str) -> bool:
        """Whether a step only starts work, over memory that stays where it is."""
        if isinstance(step.op, ToDevice) or not self._stays(step):
            return False
        slots = self.plan.slots
        is_update = bool(step.op.writes()) and all(
            slots[i].dtype.is_ref_dtype for i in step.outputs
        )
        return tier == "planned" or (tier == "computed" and is_update)

    def _stays(self, step: Step) -> bool:
        """Whether the inputs of a step have a fixed place."""
        for slot in step.inputs:
            value = self.values[slot]
            if isinstance(value, Cell):
                if value.array is None or not self.keeps_buffer(slot, value.array):
                    return False
            elif slot not in self.fixed:
                return False
        return True

    def _bind_kernels(self, step: Step, module: Any) -> bool:
        """Bind a step to CUDA kernels; False if there are none for these dtypes and sizes."""
        op = step.op
        if op.host_outputs or op.mixed_memory or isinstance(op, ToDevice):
            return False
        made = [i for i in step.outputs if not self.plan.slots[i].dtype.is_ref_dtype]
        places = [self._memory(slot, n, step) for n, slot in enumerate(step.inputs)]
        inputs = [place for place in places if place is not None]
        is_sized = all(_is_sized(self.plan.slots[i]) for i in made)
        if not is_sized or len(inputs) < len(places):
            return False
        if step.device not in self._kernels:
            self._kernels[step.device] = Kernels(module, self.resources)
        kernels = self._kernels[step.device]
        slots = [self.plan.slots[i] for i in made]
        forms = [(sizes_of(slot), slot.dtype.numpy) for slot in slots]
        run = kernels.bind(step, inputs, forms, lambda n: self._output(made[n], step), self.values)
        if run is None:
            return False
        self.hand_on(step)
        self.add(step, self.locked(step, run))
        self.captured[-1] = module if run.is_static else None
        return True

    def _output(self, slot: int, step: Step) -> Memory:
        array = self.values[slot] = self.planned_array(slot, step)
        self.fixed.add(slot)
        return Memory(array.shape, array.dtype, array, slot)

    def _memory(self, slot: int, position: int, step: Step) -> Memory | None:
        """Return where an input will be; ``None`` if too little is known of it."""
        spec, value = self.plan.slots[slot], self.values[slot]
        if isinstance(value, Cell):
            self.provisional |= not value.initialized
            if value.array is None or not self.keeps_buffer(slot, value.array):
                return None
            return Memory(value.array.shape, value.array.dtype, value.array, slot)
        if not taken_on(step, position, spec):
            if spec.nbytes is None:
                return None
            return Memory(sizes_of(spec), spec.dtype.numpy, None, slot, spec.value, on_host=True)
        if slot in self.fixed and value.flags.c_contiguous:
            return Memory(value.shape, value.dtype, value, slot)
        if spec.dtype.is_ref_dtype or not _is_sized(spec):
            return None
        return Memory(sizes_of(spec), spec.dtype.numpy, None, slot)


def _is_sized(slot: Slot) -> bool:
    return slot.nbytes is not None and not slot.dtype.numpy.hasobject
