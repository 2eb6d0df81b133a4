"""The functions of a file's library as nodes of a graph; calls become the functions' nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flowgraph import ops, protos
from flowgraph.dtypes import resource
from flowgraph.graphdef.writer import layout

BRANCHES = {"If", "StatelessIf"}
LOOPS = {"While", "StatelessWhile"}
FUNCTIONAL = BRANCHES | LOOPS
"""The nodes that are made `If` and `While` ops."""

_OUTPUTS = {
    **dict.fromkeys(("Switch", "RefSwitch"), ("output_false", "output_true")),
    **dict.fromkeys(("Merge", "RefMerge"), ("output", "value_index")),
}
"""The outputs of nodes that are no ops here."""

_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}

_MAX_DEPTH = 100

MAX_NODES = 1 << 20
"""How many nodes a loaded graph may have."""


def inlined(nodes: Iterable[Any], functions: dict[str, Any], depth: int = 0) -> list[Any]:
    """Return the nodes of a graph without calls, each replaced by the nodes of its function.

    Raises
    ------
    ValueError
        If a function is not in the library.
    NotImplementedError
        If functions call each other without end.
    """
    nodes = list(nodes)
    calls = [node for node in nodes if node.op in _CALLS]
    if not calls:
        return nodes
    if depth > _MAX_DEPTH:
        raise NotImplementedError(f"Node '{calls[0].name}': functions that call each other")
    result = [node for node in nodes if node.op not in _CALLS]
    instead: dict[str, list[str]] = {}
    for call in calls:
        name = call.attr["f"].func.name
        if name not in functions:
            raise ValueError(f"the library of the graph has no function '{name}'")
        function = functions[name]
        data = [text for text in call.input if not text.startswith("^")]
        controls = [text for text in call.input if text.startswith("^")]
        names = [argument.name for argument in function.signature.input_arg]
        if len(names) != len(data):
            raise ValueError(
                f"Node '{call.name}': '{name}' takes {len(names)} arguments, not {len(data)}"
            )
        arguments = dict(zip(names, data, strict=True))

        def renamed(
            text: str, arguments: dict[str, str] = arguments, scope: str = call.name
        ) -> str:
            if text.removeprefix("^") in arguments:
                source = arguments[text.removeprefix("^")]
                return f"^{source.partition(':')[0]}" if text.startswith("^") else source
            return f"^{scope}/{text[1:]}" if text.startswith("^") else f"{scope}/{text}"

        inside = []
        for node in flat_nodes(function):
            node.input[:] = [*map(renamed, node.input), *controls]
            node.name = f"{call.name}/{node.name}"
            inside.append(node)
        outputs = [renamed(text) for text in flat_results(function)]
        waits = [f"^{call.name}/{n}" for n in function.control_ret.values()]
        waits += [f"^{text.partition(':')[0]}" for text in outputs]
        for index, text in enumerate(outputs):
            instead[f"{call.name}:{index}"] = [text]
            result.append(_identity(call, index, text))
        instead[f"^{call.name}"] = waits
        if outputs:
            instead[call.name] = instead[f"{call.name}:0"]
        result += inside
    final = []
    for node in result:
        copy = protos.NodeDef()
        copy.CopyFrom(node)
        copy.input[:] = [t for text in node.input for t in _resolved(text, instead)]
        copy.input[:] = sorted(copy.input, key=lambda text: text.startswith("^"))
        final.append(copy)
    if len(final) > MAX_NODES:
        raise ValueError(f"a graph of {len(final)} nodes; {MAX_NODES} are allowed")
    return inlined(final, functions, depth + 1)


def bypassed(nodes: list[Any], functions: dict[str, Any]) -> list[Any]:
    """Return the nodes of a graph in which copies of what never changes are not asked for.

    These are outputs of a loop that are inputs of it which each turn hands on, and copies of
    resources.
    """
    instead: dict[str, str] = {}
    places: dict[str, str] = {}
    for node in nodes:
        if node.op in LOOPS:
            kept = loop_variables(node, functions)
            for i, text in enumerate(_data(node)):
                names = [f"{node.name}:{i}"] + [node.name] * (i == 0)
                if i in kept:
                    places.update(dict.fromkeys(names, f"{node.name}:{kept.index(i)}"))
                else:
                    instead.update(dict.fromkeys(names, text))
        elif node.op == "Identity" and node.attr["T"].type == resource.as_datatype_enum:
            instead[node.name] = instead[f"{node.name}:0"] = node.input[0]
    if not instead:
        return nodes
    copies = []
    for node in nodes:
        copy = protos.NodeDef()
        copy.CopyFrom(node)
        for index, text in enumerate(copy.input):
            while text in instead:
                text = instead[text]
            copy.input[index] = places.get(text, text)
        copies.append(copy)
    return copies


def _data(node: Any) -> list[str]:
    return [text for text in node.input if not text.startswith("^")]


def loop_variables(node: Any, functions: dict[str, Any]) -> list[int]:
    """Return which inputs of a loop are variables.

    The last ones, and resources, are none if each turn hands them on as they are.
    """
    function = functions.get(node.attr["body"].func.name)
    if function is None:
        return list(range(len(_data(node))))
    arguments = [argument.name for argument in function.signature.input_arg]
    copied = {n.name: n.input[0] for n in function.node_def if n.op == "Identity"}
    kept: list[int] = []
    results = list(zip(arguments, function.signature.output_arg, strict=False))
    for index, (argument, result) in reversed(list(enumerate(results))):
        text = function.ret[result.name]
        while text not in arguments and text.partition(":")[0] in copied:
            text = copied[text.partition(":")[0]]
        is_resource = node.attr["T"].list.type[index] == resource.as_datatype_enum
        if text != argument or not (is_resource or not kept) or (index == 0 and not kept):
            kept.insert(0, index)
    return kept


def _identity(call: Any, index: int, text: str) -> Any:
    """Return the node by which an output of a call can still be asked for."""
    name = call.name if index == 0 else f"{call.name}/output_{index}"
    node = protos.NodeDef(name=name, op="Identity", input=[text], device=call.device)
    node.attr["T"].type = call.attr["Tout"].list.type[index]
    return node


def _resolved(text: str, instead: dict[str, list[str]]) -> list[str]:
    """Return what an input is once the calls are gone: an output may be another call's."""
    if text not in instead:
        return [text]
    return [end for each in instead[text] for end in _resolved(each, instead)]


def flat_nodes(function: Any) -> Iterator[Any]:
    """Yield the nodes of a function with inputs named as in a graph."""
    by_name = {node.name: node for node in function.node_def}
    for node in function.node_def:
        copy = protos.NodeDef()
        copy.CopyFrom(node)
        copy.input[:] = [_flat(text, by_name) for text in node.input]
        yield copy


def flat_results(function: Any) -> list[str]:
    """Return the tensors that are a function's results, named as in a graph."""
    by_name = {node.name: node for node in function.node_def}
    return [_flat(function.ret[r.name], by_name) for r in function.signature.output_arg]


def _flat(text: str, by_name: dict[str, Any]) -> str:
    """Return a name of a tensor, ``node:argument:index`` in a function, as in a graph."""
    name, _, place = text.partition(":")
    node = by_name.get(name)
    if text.startswith("^") or node is None or ":" not in place:
        return text
    argument, _, index = place.partition(":")
    cls = ops.declared(node.op) if node.op not in FUNCTIONAL else None
    if cls is not None:
        counts = {k: v.i if v.HasField("i") else len(v.list.type) for k, v in node.attr.items()}
        start = layout(cls, counts).index((argument, 0)) if int(index) >= 0 else 0
    else:
        start = _OUTPUTS.get(node.op, (argument,)).index(argument)
    return f"{name}:{start + int(index)}"
