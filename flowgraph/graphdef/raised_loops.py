"""TensorFlow 1's loops, of Enter, Merge, Switch, NextIteration and Exit, as nodes of type While.

A loop's nodes are those of one frame. Inner loops are raised before the ones around them.
"""

from __future__ import annotations

from typing import Any

from flowgraph import protos
from flowgraph.graphdef.raised_branches import branches_raised
from flowgraph.graphdef.rewriting import source, unused

_ENTER = {"Enter", "RefEnter"}
_EXIT = {"Exit", "RefExit"}
_NEXT = {"NextIteration", "RefNextIteration"}
_MERGE = {"Merge", "RefMerge"}
_SWITCH = {"Switch", "RefSwitch"}
_CONTROL = _ENTER | _EXIT | _NEXT | _MERGE | _SWITCH | {"LoopCond"}


def control_flow_raised(nodes: list[Any], functions: dict[str, Any]) -> list[Any]:
    """Return the nodes of a graph with every loop and branch as one node.

    Parameters
    ----------
    nodes : list of NodeDef
    functions : dict of str to FunctionDef
        What is inside of loops and branches is added. The inputs of their nodes are named as in
        a graph.

    Raises
    ------
    NotImplementedError
        If there is control flow of a form that is not known: the message names a node.
    """
    if not any(node.op in _CONTROL for node in nodes):
        return nodes
    if any(node.op in _ENTER for node in nodes):
        nodes = _Loops(nodes, functions).raised()
    nodes = branches_raised(nodes, functions)
    left = next((node for node in nodes if node.op in _CONTROL), None)
    if left is not None:
        raise NotImplementedError(f"Node '{left.name}': a {left.op} of a form that is not known")
    return nodes


class _Loops:
    """The loops of one graph."""

    def __init__(self, nodes: list[Any], functions: dict[str, Any]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.functions = functions
        self.frames: dict[str, tuple[str, ...]] = {}
        for name in self._ordered():
            self.frames[name] = self._frame_of(self.nodes[name])

    def _ordered(self) -> list[str]:
        """Return the names of the nodes, each after its inputs but for what closes a loop."""
        found: dict[str, None] = {}
        for first in self.nodes:
            stack = [(first, False)]
            while stack:
                name, is_done = stack.pop()
                if is_done:
                    found[name] = None
                elif name not in found and name in self.nodes:
                    stack.append((name, True))
                    for text in self.nodes[name].input:
                        before = self.nodes.get(source(text))
                        if before is not None and before.op not in _NEXT:
                            stack.append((before.name, False))
        return list(found)

    def _frame_of(self, node: Any) -> tuple[str, ...]:
        frames = [self.frames.get(source(text), ()) for text in node.input]
        frame = max(frames, key=len, default=())
        if node.op in _ENTER:
            return (*frame, node.attr["frame_name"].s.decode())
        return frame[:-1] if node.op in _EXIT else frame

    def raised(self) -> list[Any]:
        """Return the nodes with a While for each loop."""
        for frame in sorted({f for f in self.frames.values() if f}, key=len, reverse=True):
            members = {n: self.nodes[n] for n, f in self.frames.items() if f == frame}
            self._raise(_Loop(frame[-1], members), frame)
        return list(self.nodes.values())

    def _raise(self, loop: _Loop, frame: tuple[str, ...]) -> None:
        made = loop.node(self.nodes, self.functions)
        exits = {
            name: self.nodes[name]
            for name, node in self.nodes.items()
            if node.op in _EXIT and source(node.input[0]) in loop.switches
        }
        for name in loop.members:
            del self.nodes[name], self.frames[name]
        self.nodes[made.name] = made
        self.frames[made.name] = frame[:-1]
        for name, node in exits.items():
            index = loop.switches[source(node.input[0])]
            self.nodes[name] = _copy(node, f"{made.name}:{index}")


def _copy(exit_: Any, text: str) -> Any:
    node = protos.NodeDef(name=exit_.name, op="Identity", input=[text], device=exit_.device)
    node.attr["T"].type = exit_.attr["T"].type
    return node


class _Loop:
    """One loop: its variables by position, and what is always the same in it."""

    def __init__(self, name: str, members: dict[str, Any]) -> None:
        self.name = name
        self.members = members
        for node in members.values():
            if node.op.startswith("Stack"):
                raise NotImplementedError(
                    f"Node '{node.name}': a {node.op}, of the gradient of a loop"
                )
        self.constant = [n for n in members.values() if n.op in _ENTER and _is_constant(n)]
        self.variables = [n for n in members.values() if n.op in _ENTER and not _is_constant(n)]
        self.merges = dict(self._merge_of(i, enter) for i, enter in enumerate(self.variables))
        self.switches = {
            node.name: self.merges[source(node.input[0])]
            for node in members.values()
            if node.op in _SWITCH and source(node.input[0]) in self.merges
        }

    def _merge_of(self, index: int, enter: Any) -> tuple[str, int]:
        for node in self.members.values():
            if node.op in _MERGE and enter.name in map(source, node.input):
                return node.name, index
        raise NotImplementedError(f"Node '{enter.name}': an Enter of a form that is not known")

    def node(self, around: dict[str, Any], functions: dict[str, Any]) -> Any:
        """Return the While, and put its functions in the library."""
        test = next((n for n in self.members.values() if n.op == "LoopCond"), None)
        if test is None:
            raise NotImplementedError(f"Node '{self.variables[0].name}': a loop without LoopCond")
        following = {}
        for name, index in self.merges.items():
            back = next(
                (n for t in self.members[name].input if (n := self.members.get(source(t)))
                 and n.op in _NEXT),
                None,
            )  # fmt: skip
            if back is None:
                raise NotImplementedError(f"Node '{name}': a loop that does not go on")
            following[index] = back.input[0]
        arguments = {node.name: f"variable_{i}" for i, node in enumerate(self.variables)}
        constants = {node.name: f"captured_{i}" for i, node in enumerate(self.constant)}
        parameters = [*arguments.values(), *constants.values()]
        inside = {
            **{merge: f"variable_{i}" for merge, i in self.merges.items()},
            **{switch: f"variable_{i}" for switch, i in self.switches.items()},
            **constants,
        }
        scope = self.name.rpartition("/")[0] or self.name
        name = unused(f"{scope}/While", around)
        made = protos.NodeDef(name=name, op="While", device=test.device)
        results = [following[i] for i in range(len(self.variables))]
        for word, texts in (("cond", [test.input[0]]), ("body", results)):
            kept = constants.values() if word == "body" else ()
            function = self._function(texts, inside, parameters, functions)
            for number, text in enumerate(kept):
                function.signature.output_arg.add(name=f"kept_{number}")
                function.ret[f"kept_{number}"] = text
            function.signature.name = unused(f"{name}_{word}".replace("/", "_"), functions)
            functions[function.signature.name] = function
            made.attr[word].func.name = function.signature.name
        for enter in [*self.variables, *self.constant]:
            made.input.append(enter.input[0])
            made.attr["T"].list.type.append(enter.attr["T"].type)
        controls = {
            t for e in [*self.variables, *self.constant] for t in e.input if t.startswith("^")
        }
        made.input.extend(sorted(controls))
        return made

    def _function(
        self, texts: list[str], inside: dict[str, str], parameters: list[str],
        functions: dict[str, Any],
    ) -> Any:  # fmt: skip
        """Return the function of what some tensors of the loop depend on."""
        function = protos.FunctionDef()
        for name in parameters:
            function.signature.input_arg.add(name=name)
        nodes: dict[str, Any] = {}
        stack = [source(text) for text in texts]
        while stack:
            name = stack.pop()
            if name in inside or name in nodes:
                continue
            node = self.members.get(name)
            if node is None:
                raise NotImplementedError(f"Node '{name}': it is used in a loop and not in it")
            copy = nodes[name] = protos.NodeDef()
            copy.CopyFrom(node)
            copy.input[:] = [
                inside.get(source(text), text)
                for text in node.input
                if not (text.startswith("^") and self._is_structure(source(text), inside))
            ]
            stack += [source(text) for text in copy.input if source(text) not in parameters]
        function.node_def.extend(branches_raised(list(nodes.values()), functions))
        for number, text in enumerate(texts):
            function.signature.output_arg.add(name=f"result_{number}")
            function.ret[f"result_{number}"] = inside.get(source(text), text)
        return function

    def _is_structure(self, name: str, inside: dict[str, str]) -> bool:
        return name in inside or name not in self.members or self.members[name].op in _CONTROL_ONLY


_CONTROL_ONLY = _ENTER | _NEXT | {"LoopCond"}


def _is_constant(enter: Any) -> bool:
    return bool(enter.attr["is_constant"].b)
