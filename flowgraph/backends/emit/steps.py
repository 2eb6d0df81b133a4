"""C of the steps of a plan, with the plans of the branches and loops inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flowgraph.backends.emit import contractions, lists, movements
from flowgraph.backends.emit.code import Code, UnsupportedError, Value, check_dtype, form_of
from flowgraph.backends.emit.elements import group, scalar_of, select_rows, single
from flowgraph.backends.emit.lists import Elements, History, Outside
from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.functional import If, While
from flowgraph.plan.fused import Fused
from flowgraph.plan.memory import memory
from flowgraph.plan.passes import PASSES, optimise
from flowgraph.plan.plan import Plan, Request, Slot, Step
from flowgraph.plan.prune import prune

_COPIED = 1 << 15
"""What is captured and has at most so many bytes is copied: an address takes longer."""

_MOST = 1 << 28
"""Those after which a loop inside a turn is left to a turn that can be interrupted."""

SAME = ("Identity", "PreventGradient", "StopGradient")

_Writer = Callable[[Code, Any, Sequence[Value], Sequence[Slot]], list[Value]]

WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(contractions.REDUCTIONS, contractions.reduce),
    **dict.fromkeys(("ArgMax", "ArgMin"), contractions.arg_extremum),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), contractions.multiply),
    "GatherV2": movements.gather,
    "Select": select_rows,
    "Slice": movements.slice_at,
    "StridedSlice": movements.strided_slice,
}


def body_plan(
    graph: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor], given: Sequence[Slot],
    outer: Plan,
) -> Plan:  # fmt: skip
    """Return the plan of a graph inside an op for inputs of the given shapes, in no buffers."""
    plan = prune(Request(graph, tuple(results), (), tuple(inputs)))
    slots = list(plan.slots)
    for feed, slot in zip(plan.feeds, given, strict=True):
        if slot.value is not None:
            slots[feed] = slots[feed].with_value(slot.value)
        elif not slot.dtype.is_ref_dtype:
            slots[feed] = slots[feed].with_shape(slot.shape, slots[feed].partial)
    plan = replace(plan, slots=tuple(slots), gpus=outer.gpus)
    return optimise(plan, [each for each in PASSES if each is not memory])


def commit(code: Code, homes: Sequence[Value], following: Sequence[Value]) -> None:
    """Write the assignment of the next values to the variables, as if all at once."""
    moves = []
    for home, value in zip(homes, following, strict=True):
        if home.sizes != value.sizes:
            raise UnsupportedError("a variable that changes its shape")
        if value.name == home.name:
            continue
        if not value.is_own and value.constant is None:  # it may be another variable
            staged = code.declare(value.dtype, value.sizes)
            code.copy(value, staged)
            value = staged
        moves.append((value, home))
    for value, home in moves:
        code.copy(value, home)


Held = Value | History | Elements


class Region:
    """The steps of one plan, and where their values are."""

    def __init__(self, code: Code, plan: Plan, outer: Region | None = None) -> None:
        self.code = code
        self.plan = plan
        self.values: dict[int, Held] = {}
        self.places: dict[int, tuple[int, Value]] = {}
        self.outside: Outside = outer.outside if outer is not None else Outside()
        self._positions = {} if outer is not None else {i: n for n, i in enumerate(plan.feeds)}

    def home(self, position: int) -> Value:
        """Return where a variable is."""
        slot = self.plan.feeds[position]
        value, at = self.code.home(*form_of(self.plan.slots[slot]))
        self.places[position] = at, value
        self.values[slot] = value
        return value

    def _held(self, slot: int) -> Held:
        if slot not in self.values:
            self.values[slot] = self._made(slot)
        return self.values[slot]

    def _made(self, slot: int) -> Held:
        """Return a value that no step makes: a constant, or something captured."""
        spec = self.plan.slots[slot]
        if spec.value is not None:
            return self.code.constant(spec.value)
        position = self._positions.get(slot)
        if position is None:
            raise UnsupportedError(f"{spec.tensor.name} of {spec.dtype.name}")
        if spec.dtype.base_dtype.name == "variant":
            return History(position)
        if spec.dtype.base_dtype.name == "resource":
            return Elements(position)
        dtype, sizes = form_of(replace(spec, dtype=spec.dtype.base_dtype))
        value = Value("", dtype, sizes)
        if value.nbytes > _COPIED or spec.dtype.is_ref_dtype:
            return self.outside.address(self.code, position, value)
        value, at = self.code.home(dtype, sizes)
        self.places[position] = at, value
        return value

    def value(self, slot: int) -> Value:
        """Return a value."""
        held = self._held(slot)
        if not isinstance(held, Value):
            raise UnsupportedError("a history, or a list, that is handed on")
        return held

    def write(self) -> None:
        """Write all steps."""
        for step in self.plan.steps:
            if step.device:
                raise UnsupportedError(f"{step.op.type} on {step.device}")
            results = self._results(step)
            self.values.update(zip(step.outputs, results, strict=False))

    def _results(self, step: Step) -> Sequence[Held]:
        op, slots = step.op, self.plan.slots
        if isinstance(op, If):
            return self._branches(step, op)
        if isinstance(op, While):
            return self._loop(step, op)
        if op.type in lists.WRITERS:
            held = self._held(step.inputs[0])
            rest = [self.value(slot) for slot in step.inputs[1:]]
            specs = [slots[i] for i in step.outputs]
            return lists.WRITERS[op.type](self.code, self.outside, op, held, rest, specs)
        if op.type == "NoOp":
            return []
        if op.type == "Assert":
            self.code.add(f"if (!{self.value(step.inputs[0]).name}) fault = 1;")
            return []
        inputs = [self.value(slot) for slot in step.inputs]
        outputs = [slots[i] for i in step.outputs]
        for slot in outputs:
            form_of(slot)
        if op.type in SAME:
            return inputs
        if op.type == "CheckNumerics":
            with self.code.loops(inputs[0].count) as (i,):
                x = inputs[0].at(i)
                self.code.add(f"if ({x} - {x} != 0) fault = 1;")
            return inputs
        if type(op) is Fused:
            return group(self.code, op, inputs)
        if isinstance(op, Fused):
            return self._members(op, inputs, outputs)
        forms = [slots[i] for i in (*step.inputs, *step.outputs)]
        scalar = scalar_of(op, forms) if len(outputs) == 1 else None
        if scalar is not None:
            return group(self.code, single(step, scalar, forms, form_of(outputs[0])[1]), inputs)
        if movements.is_move(op, inputs):
            return movements.move(self.code, op, inputs)
        if op.type not in WRITERS:
            raise UnsupportedError(f"{op.type}, which has no C")
        return WRITERS[op.type](self.code, op, inputs, outputs)

    def _members(self, op: Fused, inputs: Sequence[Value], outputs: Sequence[Slot]) -> list[Value]:
        """Write a group of a product and what follows it, one after the other."""
        values = list(inputs)
        for member in op.members:
            taken = [values[i] for i in member.inputs]
            scalar = scalar_of(member.op, [outputs[0]] * (len(taken) + 1))
            if scalar is not None:
                numbers = tuple(range(len(taken)))
                each = member._replace(scalar=scalar, inputs=numbers)
                alone = Fused((each,), len(taken), (len(taken),), op.sizes)
                values += group(self.code, alone, taken)
            elif member.op.type in WRITERS:
                values += WRITERS[member.op.type](self.code, member.op, taken, outputs)
            else:
                raise UnsupportedError(f"{member.op.type}, which has no C")
        return [values[i] for i in op.results]

    def _inner(self, plan: Plan, inputs: Sequence[int]) -> Region:
        """Return the region of a plan inside this one, whose feeds are values of this one."""
        inner = Region(self.code, plan, self)
        used = {i for step in plan.steps for i in step.inputs}.union(plan.fetches)
        for feed, slot in zip(plan.feeds, inputs, strict=True):
            if feed in used:
                inner.values[feed] = self._held(slot)
        return inner

    def _branches(self, step: Step, op: If) -> list[Value]:
        condition, *captured = step.inputs
        given = [self.plan.slots[i] for i in captured]
        regions = []
        for body in op.bodies:
            plan = body_plan(
                body, body.outputs, body.inputs_for(list(op.captured)), given, self.plan
            )
            regions.append(self._inner(plan, captured))
        outputs: list[Value] = []
        for number, region in enumerate(regions):
            with self.code.block("else" if number else f"if ({self.value(condition).name})"):
                region.write()
                results = [region.value(slot) for slot in region.plan.fetches]
                outputs = outputs or [self.code.declare(*value.form) for value in results]
                for value, output in zip(results, outputs, strict=True):
                    if value.sizes != output.sizes:
                        raise UnsupportedError("branches whose results have several shapes")
                    self.code.copy(value, output)
        return outputs

    def _loop(self, step: Step, op: While) -> list[Value]:
        code, slots, count = self.code, self.plan.slots, len(op.Tout)
        given = [slots[i] for i in step.inputs]
        variables = [replace(slot, value=None) for slot in given[:count]]
        homes = []
        for slot in step.inputs[:count]:
            start = self.value(slot)
            homes.append(code.declare(*start.form))
            code.copy(start, homes[-1])
            homes[-1] = Value(homes[-1].name, *start.form)
        self.outside.loops += 1
        again, steps = code.fresh(), code.fresh()
        code.declarations.append(f"int {again} = 0, {steps} = 0;")
        code.add(f"{steps} = 0;")
        for number, (_, body, inputs, results) in enumerate(op.insides()):
            plan = body_plan(body, results, inputs, [*variables, *given[count:]], self.plan)
            inner = self._inner(plan, step.inputs)
            inner.values.update(zip(plan.feeds, homes, strict=False))
            before = code.work
            with code.block(f"while ({again} && !fault)" if number else ""):
                inner.write()
                first, *following = [inner.value(slot) for slot in plan.fetches]
                code.add(f"{again} = {first.name};")
                if number:
                    commit(code, homes, following)
                    code.add(f"{steps}++;", f"spent += {code.work - before + 8};")
                    code.add(f"if (spent > {_MOST}) fault = 1;")
        self.outside.loops -= 1
        check_dtype(slots[step.outputs[count]].dtype)
        return [*homes, Value(steps, slots[step.outputs[count]].dtype, ())]
