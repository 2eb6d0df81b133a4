"""C of what loops read from and write to lists: histories, and the elements of a `TensorArray`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flowgraph.backends.emit.code import Code, UnsupportedError, Value, form_of
from flowgraph.backends.emit.scalar import type_of
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.elements import State
from flowgraph.plan.plan import Slot


@dataclass(frozen=True)
class History:
    """A captured history: which feed it is."""

    feed: int


@dataclass(frozen=True)
class Elements:
    """A captured `TensorArray`: which feed it is, or of which one it holds the gradients."""

    feed: int
    source: str | None = None


class Given(NamedTuple):
    """An address that the function is given.

    Attributes
    ----------
    feed : int
    of : Tensor or Elements or None
        What a history has of a tensor, or the block of elements, behind which the address of
        their states stands; otherwise it is the feed itself.
    value : Value
        Its form, or that of one item.
    """

    feed: int
    of: Tensor | Elements | None
    value: Value


class _Access(NamedTuple):
    """A read or a write in each turn: of which list, where the index is, and the states after."""

    number: int
    place: str
    following: str


@dataclass
class Outside:
    """What the function is given, and what it does to lists.

    Attributes
    ----------
    given : list of Given
    loops : int
        How many loops inside the turn are around what is being written.
    """

    given: list[Given] = field(default_factory=list)
    loops: int = 0
    _accesses: list[_Access] = field(default_factory=list)
    _numbers: dict[Any, int] = field(default_factory=dict)

    def address(self, code: Code, feed: int, value: Value) -> Value:
        """Return a feed whose address the function is given."""
        self.given.append(Given(feed, None, value))
        return code.given(*value.form, len(self.given) - 1)

    def number(self, feed: int, of: Tensor | Elements, value: Value) -> int:
        """Return the number of the address of a list, all of whose items have one form."""
        key = (feed, of)
        if key not in self._numbers:
            self._numbers[key] = len(self.given)
            self.given.append(Given(feed, of, value))
            if isinstance(of, Elements):
                self.given.append(Given(feed, None, Value("", value.dtype, ())))
        number = self._numbers[key]
        if self.given[number].value.form != value.form:
            raise UnsupportedError("a list of items of several forms")
        return number

    def access(
        self, code: Code, elements: Elements, value: Value, index: Value, need: State, then: str
    ) -> Value:
        """Write the check of an access to an element that needs a state; return the element.

        The states change when the turn is over: one at fault changes nothing. So no other access
        to the same element may come before that.
        """
        if self.loops:
            raise UnsupportedError("a TensorArray in a loop inside a turn")
        number, name = self.number(elements.feed, elements, value), code.fresh()
        code.declarations.append(f"long {name} = -1;")
        code.add(f"{name} = {index.name};")
        faults = [f"{name} < 0 || {name} >= lengths[{number}]"]
        faults.append(f"!({_states(number)}[{name}] & {need.value})")
        faults += [f"{name} == {a.place}" for a in self._accesses if a.number == number]
        code.add(f"if ({' || '.join(faults)}) {{ fault = 1; break; }}")
        self._accesses.append(_Access(number, name, then))
        return _item(number, name, value)

    def settle(self, code: Code) -> None:
        """Write what becomes of the states of elements after a turn."""
        for number, index, then in self._accesses:
            place = f"{_states(number)}[{index}]"
            code.add(f"if ({index} >= 0) {place} = {then.format(place)};", f"{index} = -1;")


def _states(number: int) -> str:
    return f"((unsigned char *)given[{number + 1}])"


def _item(number: int, index: str, value: Value) -> Value:
    name = f"(({type_of(value.dtype)} *)given[{number}] + {index} * {value.count})"
    return Value(f"*{name}" if value.count == 1 else name, *value.form)


Results = Sequence[Value | Elements]

_Writer = Callable[[Code, Outside, Any, Any, Sequence[Value], Sequence[Slot]], Results]


def _history_item(
    code: Code, outside: Outside, op: Any, held: Any, rest: Sequence[Value], slots: Sequence[Slot]
) -> Results:
    if not isinstance(held, History) or not op.in_loop:
        raise UnsupportedError("the history of a branch")
    value = Value("", *form_of(slots[0]))
    number, place = outside.number(held.feed, op.tensor, value), code.fresh()
    code.add(f"long {place} = {rest[0].name};")
    code.add(f"if ({place} < 0 || {place} >= lengths[{number}]) {{ fault = 1; break; }}")
    return [_item(number, place, value)]


def _read(
    code: Code, outside: Outside, op: Any, held: Any, rest: Sequence[Value], slots: Sequence[Slot]
) -> Results:
    index, _ = rest
    value = Value("", *form_of(slots[0]))
    kept, gone = State.READ.value, State.READABLE.value
    # Of the elements that are let go when they are read, the next read finds none.
    then = f"{{0}} & {State.CLEARS.value} ? ({{0}} | {kept}) & ~{gone} : {{0}} | {kept}"
    return [outside.access(code, held, value, index, State.READABLE, then)]


def _write(
    code: Code, outside: Outside, op: Any, held: Any, rest: Sequence[Value], slots: Sequence[Slot]
) -> Results:
    index, value, flow = rest
    made = State.READABLE.value | State.WRITTEN.value
    then = f"({{0}} | {made}) & ~{State.WRITABLE.value}"
    code.copy(value, outside.access(code, held, value, index, State.WRITABLE, then))
    return [flow]


def _gradient(
    code: Code, outside: Outside, op: Any, held: Any, rest: Sequence[Value], slots: Sequence[Slot]
) -> Results:
    if held.source is not None:
        raise UnsupportedError("the gradient of a gradient of a TensorArray")
    return [Elements(held.feed, op.source), rest[0]]


WRITERS: dict[str, _Writer] = {
    "HistoryItem": _history_item,
    "TensorArrayGradV3": _gradient,
    "TensorArrayReadV3": _read,
    "TensorArrayWriteV3": _write,
}
