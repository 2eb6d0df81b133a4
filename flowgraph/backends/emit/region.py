"""C of whole bodies: the turns of a loop as one function, with the branches and loops inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flowgraph.backends.emit import contractions, movements
from flowgraph.backends.emit.code import Code, UnsupportedError, Value, check_dtype, form_of
from flowgraph.backends.emit.elements import group, scalar_of, single
from flowgraph.backends.emit.scalar import type_of
from flowgraph.dtypes import Array
from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.functional import If, While
from flowgraph.ops.history import HistoryItem
from flowgraph.plan.fused import Fused
from flowgraph.plan.memory import memory
from flowgraph.plan.passes import PASSES, optimise
from flowgraph.plan.plan import Plan, Request, Slot, Step
from flowgraph.plan.prune import prune

_COPIED = 1 << 15
"""What is captured and has at most so many bytes is copied: an address takes longer."""

_SPAN = 1 << 19
"""Operations on elements in one call of the function, about a millisecond: then whoever calls can
be interrupted."""

_MOST = 1 << 28
"""Those after which a loop inside a turn is left to a turn that can be interrupted."""

_LARGEST = 1 << 20
"""Bytes of memory of a function: beyond it a turn takes so long that calls do not matter."""

SAME = ("Identity", "PreventGradient", "StopGradient")

_Writer = Callable[[Code, Any, Sequence[Value], Sequence[Slot]], list[Value]]

WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(contractions.REDUCTIONS, contractions.reduce),
    **dict.fromkeys(("ArgMax", "ArgMin"), contractions.arg_extremum),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), contractions.multiply),
    "GatherV2": movements.gather,
    "Slice": movements.slice_at,
    "StridedSlice": movements.strided_slice,
}


class Given(NamedTuple):
    """An address that the function is given: of a feed, or of what its history has of a tensor."""

    feed: int
    tensor: Tensor | None
    value: Value


@dataclass(frozen=True)
class Turns:
    """The turns of a loop as one function.

    It is called ``(memory, given, lengths, records, budget, state)``: it takes the variables from
    its memory, runs at most so many turns, writes the values to record one after another, puts
    the variables back, and returns how many turns there were. ``state`` says then whether the
    condition still holds, and whether the next turn has a fault: that one has changed nothing.

    Attributes
    ----------
    text : str
        The file.
    size : int
        Bytes of memory, which begins where vectors do.
    constants : list of (int, array)
        What lies there from the beginning, by place.
    places : dict of int to (int, Value)
        Where the feeds are to be copied to, by position.
    count : int
        The variables are the first so many of the places.
    given : list of Given
    records : list of Value
    budget : int
        The turns of about a millisecond.
    """

    text: str
    size: int
    constants: list[tuple[int, Array]]
    places: dict[int, tuple[int, Value]]
    count: int
    given: list[Given]
    records: list[Value]
    budget: int


@dataclass(frozen=True)
class _History:
    """A captured history: which feed it is."""

    feed: int


def turns(plan: Plan, count: int) -> Turns:
    """Return the C of a loop's turns.

    Parameters
    ----------
    plan : Plan
        Of the body, for feeds of known shapes: see `flowgraph.backends.turns.Turns`.
    count : int
        The number of variables.

    Raises
    ------
    UnsupportedError
        If something in it has no C.
    """
    if plan.home:
        raise UnsupportedError(f"a body on {plan.home}")
    code = Code()
    region = _Region(code, plan)
    homes = [region.home(position) for position in range(count)]
    with code.block(f"while (turns < budget && spent < {_SPAN})"):
        region.write()
        again, *fetches = [region.value(slot) for slot in plan.fetches]
        code.add("if (fault) break;", f"again = {again.name};")
        for number, value in enumerate(fetches[count:]):
            kind = type_of(value.dtype)
            target = f"(({kind} *)records[{number}] + turns * {value.count})"
            code.copy(value, Value(f"*{target}" if value.count == 1 else target, *_form(value)))
        _commit(code, homes, fetches[:count])
        code.add("turns++;", "if (!again) break;")
    for at, value in [region.places[position] for position in range(count)]:
        if value.count == 1:
            code.add(f"*({type_of(value.dtype)} *)(memory + {at}) = {value.name};")
    if code.size > _LARGEST:
        raise UnsupportedError("values that are large")
    code.add("state[0] = again;", "state[1] = fault;", "return turns;")
    parameters = (
        "char *memory, const void *const *given, const long *lengths, void *const *records, "
        "long budget, long *state"
    )
    lines = [
        '#include "region.h"\n',
        f"long turns({parameters}) {{",
        "    memory = __builtin_assume_aligned(memory, 64);",
        *[f"    {line}" for line in code.declarations],
        "    unsigned char again = 1;",
        "    int fault = 0;",
        "    long turns = 0, spent = 0;",
        *code.lines,
        "}\n",
    ]
    return Turns(
        "\n".join(lines), code.size, code.constants, region.places, count, region.given,
        fetches[count:], max(1, _SPAN // (code.work + 8)),
    )  # fmt: skip


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


def turns_of(step: Step, plan: Plan) -> Turns:
    """Return the C of the turns of a loop that is a step of a plan.

    Raises
    ------
    UnsupportedError
        If something in it has no C.
    """
    op: Any = step.op
    _, graph, inputs, results = op.insides()[1]
    saved = list(op.body.saved) if op.saves else []
    given = [replace(slot, value=None) for slot in plan.specs(step)]
    return turns(body_plan(graph, [*results, *saved], inputs, given, plan), len(op.Tout))


def _form(value: Value) -> Any:
    return value.dtype, value.sizes


def _commit(code: Code, homes: Sequence[Value], following: Sequence[Value]) -> None:
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


class _Region:
    """The steps of one plan, and where their values are."""

    def __init__(self, code: Code, plan: Plan, outer: _Region | None = None) -> None:
        self.code = code
        self.plan = plan
        self.values: dict[int, Value | _History] = {}
        self.places: dict[int, tuple[int, Value]] = {}
        self.given: list[Given] = outer.given if outer is not None else []
        self._positions = {} if outer is not None else {i: n for n, i in enumerate(plan.feeds)}

    def home(self, position: int) -> Value:
        """Return where a variable is."""
        slot = self.plan.feeds[position]
        value, at = self.code.home(*form_of(self.plan.slots[slot]))
        self.places[position] = at, value
        self.values[slot] = value
        return value

    def _held(self, slot: int) -> Value | _History:
        if slot not in self.values:
            self.values[slot] = self._made(slot)
        return self.values[slot]

    def _made(self, slot: int) -> Value | _History:
        """Return a value that no step makes: a constant, or something captured."""
        spec = self.plan.slots[slot]
        if spec.value is not None:
            return self.code.constant(spec.value)
        position = self._positions.get(slot)
        if position is None:
            raise UnsupportedError(f"{spec.tensor.name} of {spec.dtype.name}")
        if spec.dtype.base_dtype.name == "variant":
            return _History(position)
        dtype, sizes = form_of(replace(spec, dtype=spec.dtype.base_dtype))
        value = Value("", dtype, sizes)
        if value.nbytes > _COPIED or spec.dtype.is_ref_dtype:
            return self._address(position, None, value)
        value, at = self.code.home(dtype, sizes)
        self.places[position] = at, value
        return value

    def _address(self, feed: int, tensor: Tensor | None, value: Value) -> Value:
        found = self.code.given(value.dtype, value.sizes, len(self.given))
        self.given.append(Given(feed, tensor, value))
        return found

    def value(self, slot: int) -> Value:
        """Return a value."""
        held = self._held(slot)
        if isinstance(held, _History):
            raise UnsupportedError("a history that is handed on")
        return held

    def write(self) -> None:
        """Write all steps."""
        for step in self.plan.steps:
            if step.device:
                raise UnsupportedError(f"{step.op.type} on {step.device}")
            results = self._results(step)
            self.values.update(zip(step.outputs, results, strict=False))

    def _results(self, step: Step) -> list[Value]:
        op, slots = step.op, self.plan.slots
        if isinstance(op, If):
            return self._branches(step, op)
        if isinstance(op, While):
            return self._loop(step, op)
        if isinstance(op, HistoryItem):
            return [self._item(step, op)]
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
        forms = [slots[i] for i in (*step.inputs, *step.outputs)]
        scalar = scalar_of(op, forms) if len(outputs) == 1 else None
        if scalar is not None:
            return group(self.code, single(step, scalar, forms, form_of(outputs[0])[1]), inputs)
        if movements.is_move(op, inputs):
            return movements.move(self.code, op, inputs)
        if op.type not in WRITERS:
            raise UnsupportedError(f"{op.type}, which has no C")
        return WRITERS[op.type](self.code, op, inputs, outputs)

    def _item(self, step: Step, op: Any) -> Value:
        history = self._held(step.inputs[0])
        if not isinstance(history, _History) or not op.in_loop:
            raise UnsupportedError("the history of a branch")
        form = form_of(self.plan.slots[step.outputs[0]])
        key = (history.feed, op.tensor)
        numbers = {(g.feed, g.tensor): n for n, g in enumerate(self.given)}
        if key not in numbers:
            self._address(*key, Value("", *form))
        number = numbers.get(key, len(self.given) - 1)
        kind, place = type_of(form[0]), self.code.fresh()
        self.code.add(f"long {place} = {self.value(step.inputs[1]).name};")
        self.code.add(f"if ({place} < 0 || {place} >= lengths[{number}]) {{ fault = 1; break; }}")
        out = Value("", *form)
        name = f"((const {kind} *)given[{number}] + {place} * {out.count})"
        return Value(f"*{name}" if out.count == 1 else name, *form)

    def _inner(self, plan: Plan, inputs: Sequence[int]) -> _Region:
        """Return the region of a plan inside this one, whose feeds are values of this one."""
        inner = _Region(self.code, plan, self)
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
                outputs = outputs or [self.code.declare(*_form(value)) for value in results]
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
            homes.append(code.declare(*_form(start)))
            code.copy(start, homes[-1])
            homes[-1] = Value(homes[-1].name, *_form(start))
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
                    _commit(code, homes, following)
                    code.add(f"{steps}++;", f"spent += {code.work - before + 8};")
                    code.add(f"if (spent > {_MOST}) fault = 1;")
        check_dtype(slots[step.outputs[count]].dtype)
        return [*homes, Value(steps, slots[step.outputs[count]].dtype, ())]
