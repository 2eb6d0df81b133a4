"""TensorFlow 1's branches, of Switch and Merge, as nodes of type If.

Each node is in a context: the conditions, from the outermost one, under which it runs. The Merges
of one condition in one context become one If, those of inner contexts first. Where one depends
on another, as in a gradient, there are two, and nodes that both need are in both.
"""

from __future__ import annotations

from typing import Any

from flowgraph import ops, protos
from flowgraph.graphdef.rewriting import source, unused

_MERGE = {"Merge", "RefMerge"}
_SWITCH = {"Switch", "RefSwitch"}

Context = tuple[tuple[str, int], ...]
_Key = tuple[Context, str, int]


def branches_raised(nodes: list[Any], functions: dict[str, Any]) -> list[Any]:
    """Return the nodes of a graph with every branch as one node.

    Parameters
    ----------
    nodes : list of NodeDef
        Without loops.
    functions : dict of str to FunctionDef
        What is inside of branches is added.
    """
    if not any(node.op in _MERGE for node in nodes):
        return nodes
    return _Branches(nodes, functions).raised()


class _Branches:
    """The branches of one graph."""

    def __init__(self, nodes: list[Any], functions: dict[str, Any]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.functions = functions
        self.contexts: dict[str, Context] = {}
        self.groups: dict[_Key, list[str]] = {}
        self.owner: dict[str, _Key] = {}
        levels: dict[str, dict[tuple[Context, str], int]] = {}
        for name in self._ordered():
            node = self.nodes[name]
            self.contexts[name], condition = self._context_of(node)
            levels[name] = _joined([levels.get(source(text), {}) for text in node.input])
            if condition is not None:
                key = self.contexts[name], condition
                level = levels[name].get(key, 0)
                levels[name] = {**levels[name], key: level + 1}
                self.groups.setdefault((*key, level), []).append(name)

    def _ordered(self) -> list[str]:
        """Return the names of the nodes, each after its inputs."""
        found: dict[str, None] = {}
        for first in self.nodes:
            stack = [(first, False)]
            while stack:
                name, is_done = stack.pop()
                if is_done:
                    found[name] = None
                elif name not in found and name in self.nodes:
                    stack.append((name, True))
                    stack += [(source(text), False) for text in self.nodes[name].input]
        return list(found)

    def _context(self, text: str) -> Context:
        """Return the context of an output."""
        name, _, index = text.removeprefix("^").partition(":")
        context = self.contexts.get(name, ())
        node = self.nodes.get(name)
        if node is None or node.op not in _SWITCH or text.startswith("^"):
            return context
        taken = (self._condition(node), int(index or 0))
        return context if taken in context else (*context, taken)

    def _condition(self, switch: Any) -> str:
        """Return the tensor that a Switch asks, of which it may have a copy."""
        text = str(switch.input[1])
        while (node := self.nodes.get(text.removesuffix(":0"))) and node.op == "Identity":
            text = node.input[0]
        return text.removesuffix(":0")

    def _context_of(self, node: Any) -> tuple[Context, str | None]:
        """Return the context of a node and, of a Merge, the condition it ends."""
        contexts = [self._context(text) for text in node.input]
        if node.op not in _MERGE:
            deepest = max(contexts, key=len, default=())
            for context in contexts:
                if context != deepest[: len(context)]:
                    raise NotImplementedError(
                        f"Node '{node.name}': inputs of branches that exclude each other"
                    )
            return deepest, None
        data = [c for c, t in zip(contexts, node.input, strict=True) if not t.startswith("^")]
        if len(data) == 2:
            for place, (a, b) in enumerate(zip(*data, strict=False)):
                if a == b:
                    continue
                if a[0] == b[0]:
                    return data[0][:place], a[0]
                break
        raise NotImplementedError(f"Node '{node.name}': a Merge of a form that is not known")

    def raised(self) -> list[Any]:
        """Return the nodes with an If for each group of Merges."""
        for key in sorted(self.groups, key=lambda key: (-len(key[0]), key[2])):
            self._raise(key, self.groups[key])
        return [node for name, node in self.nodes.items() if self._stays(name, node)]

    def _stays(self, name: str, node: Any) -> bool:
        return not self.contexts[name] and node.op not in _SWITCH

    def _raise(self, key: _Key, merges: list[str]) -> None:
        context, condition, _ = key
        made = protos.NodeDef(op="If", device=self.nodes[merges[0]].device)
        made.name = unused(f"{merges[0].rpartition('/')[0] or 'cond'}/If", self.nodes)
        arguments: dict[str, str] = {}
        bodies = [self._branch(key, merges, branch, arguments) for branch in (0, 1)]
        for word, nodes, results in zip(
            ("else_branch", "then_branch"), *zip(*bodies, strict=True), strict=True
        ):
            function = protos.FunctionDef()
            for name in arguments.values():
                function.signature.input_arg.add(name=name)
            function.node_def.extend(nodes)
            for number, text in enumerate(results):
                function.signature.output_arg.add(name=f"result_{number}")
                function.ret[f"result_{number}"] = text
            title = f"{made.name}_{word}".replace("/", "_")
            function.signature.name = unused(title, self.functions)
            self.functions[function.signature.name] = function
            made.attr[word].func.name = function.signature.name
        made.input.extend([condition, *arguments])
        for index, name in enumerate(merges):
            merge = self.nodes[name]
            made.attr["Tout"].list.type.append(merge.attr["T"].type)
            controls = [t for t in merge.input if t.startswith("^")]
            copy = protos.NodeDef(name=name, op="Identity", device=merge.device)
            copy.input.extend([f"{made.name}:{index}", *controls])
            copy.attr["T"].type = merge.attr["T"].type
            self.nodes[name] = copy
        self._check_indexunused(merges)
        self.nodes[made.name] = made
        self.contexts[made.name] = context

    def _check_indexunused(self, merges: list[str]) -> None:
        taken = {f"{name}:1" for name in merges}
        for node in self.nodes.values():
            if not taken.isdisjoint(node.input):
                raise NotImplementedError(
                    f"Node '{node.name}': it asks which input of a Merge was taken"
                )

    def _branch(
        self, key: _Key, merges: list[str], branch: int, arguments: dict[str, str]
    ) -> tuple[list[Any], list[str]]:
        """Return the nodes of a branch and its results; `arguments` are added to."""
        context, condition, _ = key
        inside = (*context, (condition, branch))
        nodes: dict[str, Any] = {}

        def argument(text: str) -> str:
            return arguments.setdefault(text, f"taken_{len(arguments)}")

        def taken(text: str) -> str | None:
            """Return how a node of the branch takes an input; ``None`` if it does not."""
            node = self.nodes.get(source(text))
            if node is None:
                return None if text.startswith("^") else argument(text)
            if node.op in _SWITCH and self.contexts[node.name] == context:
                return None if text.startswith("^") else argument(node.input[0])
            if self.contexts[node.name][: len(inside)] == inside:
                visit(node)
                return text
            return None if text.startswith("^") else argument(text)

        def visit(first: Any) -> None:
            stack.append(first)

        stack: list[Any] = []
        results = []
        for name in merges:
            text = next(
                t for t in self.nodes[name].input
                if not t.startswith("^") and self._context(t)[: len(inside)] == inside
            )  # fmt: skip
            results.append(taken(text) or text)
        while stack:
            node = stack.pop()
            if node.name in nodes:
                continue
            self._claim(node, key)
            copy = nodes[node.name] = protos.NodeDef()
            copy.CopyFrom(node)
            copy.input[:] = [t for text in node.input if (t := taken(text)) is not None]
        return list(nodes.values()), results

    def _claim(self, node: Any, key: _Key) -> None:
        """Refuse a node with an effect that two branches would have."""
        if self.owner.setdefault(node.name, key) == key or node.op in ("If", "While"):
            return
        op = ops.declared(node.op)
        if op is not None and (op.is_stateful or op.is_random):
            raise NotImplementedError(
                f"Node '{node.name}': a {node.op} in a branch that a gradient uses too"
            )


def _joined(
    levels: list[dict[tuple[Context, str], int]],
) -> dict[tuple[Context, str], int]:
    """Return the highest level of each condition."""
    distinct = [each for each in levels if each]
    if len(distinct) < 2:
        return distinct[0] if distinct else {}
    return {
        key: max(each.get(key, 0) for each in distinct)
        for key in {key for each in distinct for key in each}
    }
