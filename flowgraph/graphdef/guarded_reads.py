"""``Variable.initialized_value`` in files: one op here, a ``cond`` in TensorFlow.

There it is ``Merge(Switch(initial_value, p), Identity(RefSwitch(ref, p)))`` with
``p = IsVariableInitialized(ref)``. Graphs are written so, and what is read of that form becomes
one op again. Where TensorFlow puts a value in the place of the reference, to guard an initial
value that depends on this one, the form is that of a ``Select``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flowgraph import protos
from flowgraph.graphdef.rewriting import source

OP_TYPE = "InitializedValue"


def as_branches(node: Any) -> Iterator[Any]:
    """Yield the nodes that TensorFlow has for one of type `OP_TYPE`, the last under its name."""
    ref, initial_value, *controls = node.input
    kind = node.attr["T"].type
    scope = f"{node.name}/guard"
    test = [f"{scope}/IsVariableInitialized"]
    rows: list[tuple[str, str, list[str]]] = [
        (test[0], "IsVariableInitialized", [ref, *controls]),
        (f"{scope}/read/Switch", "RefSwitch", [ref, *test]),
        (f"{scope}/read", "Identity", [f"{scope}/read/Switch:1"]),
        (f"{scope}/Switch", "Switch", [initial_value, *test]),
        (node.name, "Merge", [f"{scope}/Switch", f"{scope}/read"]),
    ]
    for name, op, inputs in rows:
        made = protos.NodeDef(name=name, op=op, input=inputs, device=node.device)
        made.attr["dtype" if op == "IsVariableInitialized" else "T"].type = kind
        if op == "Merge":
            made.attr["N"].i = 2
            for key in node.attr:
                if key.startswith("_") and key != "_output_shapes":
                    made.attr[key].CopyFrom(node.attr[key])
        yield made


def raised(nodes: Iterable[Any]) -> list[Any]:
    """Return the nodes of a graph with every guarded read as one node of type `OP_TYPE`."""
    nodes = list(nodes)
    by_name = {node.name: node for node in nodes}
    merges = {}
    inside: set[str] = set()
    for node in nodes:
        found = _guarded_read(node, by_name) if node.op == "Merge" else None
        if found is not None:
            merges[node.name] = found
            inside.update(_tests(node, by_name))
    if not merges:
        return nodes
    kept = [merges.get(node.name, node) for node in nodes]
    while True:  # what only the branches used goes, from its end to its beginning
        used = {source(text) for node in kept for text in node.input}
        left = [node for node in kept if node.name not in inside or node.name in used]
        if len(left) == len(kept):
            return left
        kept = left


def _behind(text: str, by_name: dict[str, Any]) -> tuple[str, Any]:
    """Return the tensor, and its node, that an input is a copy of."""
    node = by_name.get(source(text))
    while node is not None and node.op == "Identity" and node.input:
        text = node.input[0]
        node = by_name.get(source(text))
    return text, node


def _guarded_read(merge: Any, by_name: dict[str, Any]) -> Any:
    """Return the node that stands for a Merge, or ``None`` if it is of another form."""
    data = [text for text in merge.input if not text.startswith("^")]
    if len(data) != 2:
        return None
    (first, switch), (second, read) = (_behind(text, by_name) for text in data)
    if switch is None or read is None or switch.op != "Switch":
        return None
    if read.op not in ("RefSwitch", "Switch") or (first, second) != (
        switch.name,
        f"{read.name}:1",
    ):
        return None
    tests = [_behind(node.input[1], by_name)[1] for node in (switch, read)]
    if tests[0] is None or tests[0] is not tests[1] or tests[0].op != "IsVariableInitialized":
        return None
    node = protos.NodeDef(name=merge.name, device=merge.device)
    if read.op == "Switch":
        node.op = "Select"
        node.input.extend([tests[0].name, read.input[0], switch.input[0]])
    elif tests[0].input[0] == read.input[0]:
        node.op = OP_TYPE
        node.input.extend([read.input[0], switch.input[0]])
    else:
        return None
    node.input.extend(text for text in merge.input if text.startswith("^"))
    node.attr["T"].type = merge.attr["T"].type
    for key in merge.attr:
        if key.startswith("_") and key != "_output_shapes":
            node.attr[key].CopyFrom(merge.attr[key])
    return node


def _tests(merge: Any, by_name: dict[str, Any]) -> set[str]:
    """Return the nodes that only serve to choose between a Merge's inputs."""
    found: set[str] = set()
    stack = [source(text) for text in merge.input]
    while stack:
        name = stack.pop()
        node = by_name.get(name)
        if node is None or name in found:
            continue
        if node.op in ("Switch", "RefSwitch", "Identity", "IsVariableInitialized"):
            found.add(name)
            if node.op == "IsVariableInitialized":
                continue
            # A Switch's first input is what it passes on, and stays.
            inputs = node.input[1:] if node.op != "Identity" else node.input
            stack.extend(source(text) for text in inputs)
    return found | _unused_copies(found, by_name)


def _unused_copies(found: set[str], by_name: dict[str, Any]) -> set[str]:
    """Return the copies of the test that TensorFlow makes and does not use."""
    tests = {name for name in found if by_name[name].op == "IsVariableInitialized"}
    copies = {
        node.name
        for node in by_name.values()
        if node.op == "Switch" and all(source(text) in tests for text in node.input)
    }
    return copies | {
        node.name
        for node in by_name.values()
        if node.op == "Identity" and node.input and source(node.input[0]) in copies
    }
