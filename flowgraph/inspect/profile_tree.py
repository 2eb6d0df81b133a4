"""The views of `tf.profiler`: a graph's operations in trees, summed up, cut to what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flowgraph import protos
from flowgraph.inspect.profile_nodes import Leaf
from flowgraph.inspect.profile_options import ORDERS, Options

ROOT = "_TFProfRoot"
_SCOPE = "_kTFScopeParent"
_GRADIENT = " (gradient)"
_LONGEST_FUNCTION = 20


class Node:
    """A node of a tree.

    Attributes
    ----------
    name : str
    own : Counter
        Its quantities, without those below it.
    total : Counter
        With them.
    members : list of Leaf
        The operations it stands for.
    counts : bool
        Whether it is one of those to be summed up.
    """

    def __init__(self, name: str, members: Sequence[Leaf] = (), step: int = -1) -> None:
        self.name = name
        self.members = list(members)
        self.own: Counter[str] = Counter(definition_count=1)
        if members:
            self.own = sum((leaf.own(step) for leaf in members), Counter())
        self.total = self.own
        self.children: list[Node] = []
        self.counts = False

    @property
    def types(self) -> list[str]:
        """The types of its operations and what else they are known by."""
        types = dict.fromkeys(t for leaf in self.members for t in leaf.types)
        return list(types) or [_SCOPE]

    def postorder(self) -> list[Node]:
        """Return all nodes of the tree, each after those below it."""
        order: list[Node] = []
        waiting = [self]
        while waiting:
            node = waiting.pop()
            order.append(node)
            waiting += node.children
        return order[::-1]


def scope_tree(found: Iterable[Leaf], options: Options) -> Node:
    """Return the operations by name scope: below an operation, those whose names begin with its."""
    root = Node(ROOT)
    nodes = {"": root}
    by_name = {leaf.name: leaf for leaf in found}
    for name in sorted(by_name):
        words = name.split("/")
        for end in range(1, len(words) + 1):
            path = "/".join(words[:end])
            if path not in nodes:
                members = [by_name[path]] if path in by_name else []
                nodes[path] = Node(path, members, options.step)
                nodes["/".join(words[: end - 1])].children.append(nodes[path])
    return _shown(root, options)


def graph_tree(found: Iterable[Leaf], options: Options) -> Node:
    """Return the operations by use: below an operation, those it takes, each one once."""
    root = Node(ROOT)
    leaves = {leaf.name: leaf for leaf in sorted(found, key=lambda leaf: leaf.name)}
    before = {
        name: [t.op.name for t in leaf.operation.inputs]
        + [o.name for o in leaf.operation.control_inputs]
        for name, leaf in leaves.items()
    }
    used = {name for names in before.values() for name in names}
    nodes: dict[str, Node] = {}
    for first in (name for name in leaves if name not in used):
        waiting = [(first, root)]
        while waiting:
            name, above = waiting.pop()
            if name in nodes:
                continue
            node = nodes[name] = Node(name, [leaves[name]], options.step)
            above.children.append(node)
            waiting += [(each, node) for each in reversed(before[name])]
    for node in root.postorder():  # what does not count leaves its place to what it takes
        kept_lists = ([c] if options.counts(c.types) else c.children for c in node.children)
        node.children = [each for kept in kept_lists for each in kept]
    return _shown(root, options)


def code_tree(found: Iterable[Leaf], options: Options) -> Node:
    """Return the operations by the line of the program that made them.

    Gradients stand at the lines of what they are gradients of.
    """
    root = Node(ROOT)
    lines: dict[str, list[Leaf]] = {}
    for leaf in found:
        lines.setdefault(_line(leaf), []).append(leaf)
    for name, members in sorted(lines.items()):
        counted = [leaf for leaf in members if options.counts(leaf.types)]
        if counted:
            root.children.append(Node(name, counted, options.step))
    return _shown(root, options)


def _line(leaf: Leaf) -> str:
    operation, suffix = leaf.operation, ""
    while operation.forward is not None:
        operation, suffix = operation.forward, _GRADIENT
    site = operation.site
    function = site.function
    if len(function) > _LONGEST_FUNCTION:
        function = f"{function[: _LONGEST_FUNCTION - 3]}..."
    return f"{site.place}:{function}{suffix}"


def _shown(root: Node, options: Options) -> Node:
    """Sum up a tree, and leave of it what the options show."""
    for node in root.postorder():
        node.counts = node is not root and options.counts(node.types)
    _sum_up(root)
    root.children = list(_starts(root, options))
    below = _visited(root, options)
    visible: dict[Node, list[Node]] = {}
    for node in reversed(list(below)):
        shown = [
            each
            for child in below[node]
            for each in ([child] if _is_shown(child, options) else visible[child])
        ]
        visible[node] = shown
        if node is root or _is_shown(node, options):
            if options.account_displayed_op_only:
                node.total = sum((child.total for child in shown), node.own)
            node.children = sorted(shown, key=_order(options))
    return root


def _sum_up(root: Node) -> None:
    """Keep the nodes that count and those above them, with their sums."""
    for node in root.postorder():
        node.children = [child for child in node.children if child.counts or child.children]
        own = Counter() if node is root else node.own
        node.total = sum((child.total for child in node.children), own)


def _starts(root: Node, options: Options) -> Iterator[Node]:
    """Yield the nodes to begin at."""
    waiting = root.children[::-1]
    while waiting:
        node = waiting.pop()
        if options.starts(node.name):
            yield node
        else:
            waiting += node.children[::-1]


def _visited(root: Node, options: Options) -> dict[Node, list[Node]]:
    """Return the nodes that are looked at, each before those below it, and the latter."""
    below: dict[Node, list[Node]] = {}
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        is_last = depth >= options.max_depth or options.trims(node.name)
        below[node] = [] if is_last else node.children
        waiting += [(child, depth + 1) for child in reversed(below[node])]
    return below


def _is_shown(node: Node, options: Options) -> bool:
    """Time and memory count with what is below a node, parameters and operations without."""
    own, total = node.own, node.total
    return (
        _is_large(total, options)
        and own["parameters"] >= options.min_params
        and own["float_ops"] >= options.min_float_ops
        and own["run_count"] >= options.min_occurrence
        and options.shows(node.name)
    )


def _is_large(total: Counter[str], options: Options) -> bool:
    return (
        total["requested_bytes"] >= options.min_bytes
        and total["peak_bytes"] >= options.min_peak_bytes
        and total["residual_bytes"] >= options.min_residual_bytes
        and total["output_bytes"] >= options.min_output_bytes
        and total["exec_micros"] >= options.min_micros
        and total["accelerator_exec_micros"] >= options.min_accelerator_micros
        and total["cpu_exec_micros"] >= options.min_cpu_micros
    )


def _order(options: Options) -> Callable[[Node], Any]:
    quantity = ORDERS[options.order_by]
    return lambda node: (-node.total[quantity] if quantity else 0, node.name)


def type_chain(found: Iterable[Leaf], options: Options) -> Node:
    """Return the types of op in their order: below each stand those that follow it.

    A type's total is that of itself and of all that follow.
    """
    types: dict[str, list[Leaf]] = {}
    for leaf in sorted(found, key=lambda leaf: leaf.name):
        if options.counts(leaf.types):
            types.setdefault(leaf.type, []).append(leaf)
    nodes = [Node(name, members, options.step) for name, members in types.items()]
    for node in nodes:
        node.counts = True
    quantity = ORDERS[options.order_by]

    def order(node: Node) -> Any:
        if options.order_by == "occurrence":
            return -len(node.members), node.name
        return -node.own[quantity] if quantity else 0, node.name

    nodes = sorted(nodes, key=order)
    root = Node(ROOT)
    _chain(root, nodes)
    totals = {node: node.total for node in [root, *nodes]}
    shown = [node for node in _between(nodes, options) if _is_type_shown(node, options)]
    _chain(root, shown)
    if not options.account_displayed_op_only:
        for node in [root, *shown]:
            node.total = totals[node]
    return root


def _between(nodes: Sequence[Node], options: Options) -> Iterator[Node]:
    """Yield the nodes from the one to start at, as deep as the options go."""
    first = next((n for n, node in enumerate(nodes) if options.starts(node.name)), len(nodes))
    for node in nodes[first : first + options.max_depth + 1]:
        if options.trims(node.name):
            return
        yield node


def _chain(root: Node, nodes: Sequence[Node]) -> None:
    """Put each node below the one before, and sum up from the last."""
    following: list[Node] = []
    total: Counter[str] = Counter()
    for node in reversed(nodes):
        total = node.total = node.own + total
        node.children = following
        following = [node]
    root.children, root.total = following, total


def _is_type_shown(node: Node, options: Options) -> bool:
    total = node.total
    return (
        _is_large(total, options)
        and total["parameters"] >= options.min_params
        and total["float_ops"] >= options.min_float_ops
        and len(node.members) >= options.min_occurrence
        and options.shows(node.name)
    )


def graph_node(node: Node) -> Any:
    """Return a tree as a GraphNodeProto."""
    return _written(node, protos.GraphNodeProto(), _describe)


def multi_graph_node(node: Node, step: int) -> Any:
    """Return a tree whose nodes are of several operations as a MultiGraphNodeProto."""

    def add(message: Any, leaf: Leaf) -> None:
        _written(Node(leaf.name, [leaf], step), message.graph_nodes.add(), _describe)

    return _written(node, protos.MultiGraphNodeProto(), add)


def _written(node: Node, message: Any, describe: Callable[[Any, Leaf], None]) -> Any:
    """Write a tree into a message."""
    waiting = [(node, message)]
    while waiting:
        each, target = waiting.pop()
        target.name = each.name
        _fill(target, each)
        for leaf in each.members:
            describe(target, leaf)
        waiting += [(child, target.children.add()) for child in each.children]
    return message


def _fill(message: Any, node: Node) -> None:
    names = message.DESCRIPTOR.fields_by_name
    for prefix, counts in (("", node.own), ("total_", node.total)):
        for name, count in counts.items():
            if f"{prefix}{name}" in names and not (node.name == ROOT and not prefix):
                setattr(message, f"{prefix}{name}", count)


def _describe(message: Any, leaf: Leaf) -> None:
    message.devices.extend(leaf.devices)
    for number, sizes in enumerate(leaf.input_shapes):
        shape = message.input_shapes[number]
        shape.SetInParent()
        for size in sizes:
            shape.dim.add(size=size)
