"""What the debugger says of the graph: an operation, its inputs, who takes its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.inspect.debugger.dump import Dump
from flowgraph.inspect.debugger.values import CommandError


def operation_named(graph: Graph, name: str) -> Operation:
    """Return the operation of a name, or of one of its tensors' names.

    Raises
    ------
    CommandError
        If there is none.
    """
    operation = graph._by_name.get(name.partition(":")[0])
    if operation is None:
        raise CommandError(f'There is no node named "{name}" in the graph')
    return operation


def inputs_of(operation: Operation, control: bool) -> list[tuple[Operation, bool]]:
    """Return what an operation takes, each with whether it only waits for it."""
    found = [(tensor.op, False) for tensor in operation.inputs]
    return found + [(o, True) for o in operation.control_inputs if control]


def recipients_of(operation: Operation, control: bool) -> list[tuple[Operation, bool]]:
    """Return what takes an operation's outputs, each with whether it only waits for it."""
    users = operation.graph.get_operations()
    found = [(o, False) for o in users if any(t.op is operation for t in o.inputs)]
    return found + [(o, True) for o in users if control and operation in o.control_inputs]


def tree(
    operation: Operation,
    neighbours: Callable[[Operation, bool], list[tuple[Operation, bool]]],
    words: str,
    depth: int,
    control: bool,
    types: bool,
) -> str:
    """Return what lies before or behind an operation, as a tree.

    Parameters
    ----------
    operation : Operation
    neighbours : callable
        `inputs_of` or `recipients_of`.
    words : str
        Begins the title.
    depth : int
        How far to go.
    control, types : bool
        Whether to follow control inputs, and to show the ops' types.
    """
    with_control = f", control {words.split()[0].lower()} included" if control else ""
    lines = [f'{words} node "{operation.name}" (Depth limit = {depth}{with_control}):']
    seen: set[Operation] = set()

    def grow(current: Operation, level: int, prefix: str) -> None:
        if current in seen:
            lines.append(f"{prefix}|- ...")
            return
        seen.add(current)
        found = neighbours(current, control)
        for i, (other, is_control) in enumerate(found):
            kind = f"[{other.type}] " if types else ""
            mark = "(Ctrl) " if is_control else ""
            lines.append(f"{prefix}|- ({level}) {mark}{kind}{other.name}")
            inner = prefix + ("|  " if i < len(found) - 1 else "   ")
            if level < depth:
                grow(other, level + 1, inner)
            elif neighbours(other, control):
                lines.append(f"{inner}|- ...")

    grow(operation, 1, "")
    if len(lines) == 1:
        lines.append("  [None]")
    lines += ["", "Legend:", "  (d): recursion depth = d."]
    if control:
        lines.append("  (Ctrl): Control input.")
    if types:
        lines.append("  [Op]: Input node has op type Op.")
    return "\n".join(lines)


def node_info(operation: Operation, dump: Dump, parts: Any) -> str:
    """Return what is known of an operation.

    Parameters
    ----------
    operation : Operation
    dump : Dump
    parts : object
        With ``attributes``, ``dumps`` and ``traceback``: what to show besides.
    """
    lines = [f"Node {operation.name}", "", f"  Op: {operation.type}"]
    lines.append(f"  Device: {operation.device}")
    for words, find in (("input", inputs_of), ("recipient", recipients_of)):
        both = find(operation, True)
        data = [o for o, is_control in both if not is_control]
        control = [o for o, is_control in both if is_control]
        lines += ["", f"  {len(data)} {words}(s) + {len(control)} control {words}(s):"]
        for title, found in ((words, data), (f"control {words}", control)):
            if found:
                lines.append(f"    {len(found)} {title}(s):")
                lines += [f"      [{o.type}] {o.name}" for o in found]
    if parts.attributes:
        attributes = {**operation.op.attributes(), **operation.implied_attributes()}
        lines += ["", "Node attributes:"]
        lines += [f"  {name}:\n    {value!r}" for name, value in sorted(attributes.items())]
    if parts.dumps:
        given = dump.of(operation)
        lines += ["", f"{len(given)} dumped tensor(s):", ""]
        lines += [
            f"  Slot {d.output_slot} @ {d.debug_op} @ {d.timestamp / 1000:.3f} ms" for d in given
        ]
    if parts.traceback:
        lines += ["", "Traceback of node construction:", f"  {operation.site}"]
        if operation.forward is not None:
            forward = operation.forward
            lines.append(f"It computes the gradient of {forward.type} '{forward.name}', built at")
            lines.append(f"  {forward.site}")
    return "\n".join(lines)
