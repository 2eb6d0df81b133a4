"""The reports of `tf.profiler`, in TensorFlow's layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from flowgraph.inspect.profile_options import Options
from flowgraph.inspect.profile_tree import Node

_WIDE, _NARROW, _NAME = 30, 10, 25

_VIEWS = {
    "scope": "operations by the scopes of their names.",
    "graph": "operations by what uses them: each stands below its first user.",
    "op": "types of operations; a share is given with all that follow, and alone.",
    "code": "lines of the program, with the operations made there.",
}

_MICROS = ("micros", "accelerator_micros", "cpu_micros")

_COLUMNS = {
    "params": "# parameters",
    "float_ops": "# float_ops",
    "bytes": "requested bytes",
    "peak_bytes": "peak bytes",
    "residual_bytes": "residual bytes",
    "output_bytes": "output bytes",
    "micros": "total execution time",
    "accelerator_micros": "accelerator execution time",
    "cpu_micros": "cpu execution time",
    "device": "assigned devices",
    "op_types": "op types",
    "occurrence": "op count (run|defined)",
    "input_shapes": "input shapes",
}
"""What can be selected, in the order of the columns, and the columns' names."""

_MEANINGS = {
    "params": "elements of variables and placeholders.",
    "float_ops": "floating-point operations by formula.",
    "bytes": "memory that was asked for.",
    "peak_bytes": "the most memory held at a time.",
    "residual_bytes": "memory kept afterwards.",
    "output_bytes": "memory of the outputs.",
    "micros": "time, of accelerators and of the CPU together.",
    "accelerator_micros": "time that accelerators worked.",
    "cpu_micros": "time from the operation's start to its end.",
    "device": "where it ran.",
    "op_types": "its type, its device and its marks.",
    "occurrence": "how often it ran, and how often it stands in the graph.",
    "input_shapes": "the shapes of the inputs.",
}

_QUANTITIES = {
    "params": ("parameters", " params"),
    "float_ops": ("float_ops", " flops"),
    "bytes": ("requested_bytes", ""),
    "peak_bytes": ("peak_bytes", ""),
    "residual_bytes": ("residual_bytes", ""),
    "output_bytes": ("output_bytes", ""),
    "micros": ("exec_micros", ""),
    "accelerator_micros": ("accelerator_exec_micros", ""),
    "cpu_micros": ("cpu_exec_micros", ""),
}
"""The quantity of a column, and its unit where the number does not tell."""


def printed_options(options: Options) -> str:
    """Return the options as the head of a report."""
    listed = {
        "max_depth": options.max_depth,
        "min_bytes": options.min_bytes,
        "min_peak_bytes": options.min_peak_bytes,
        "min_residual_bytes": options.min_residual_bytes,
        "min_output_bytes": options.min_output_bytes,
        "min_micros": options.min_micros,
        "min_accelerator_micros": options.min_accelerator_micros,
        "min_cpu_micros": options.min_cpu_micros,
        "min_params": options.min_params,
        "min_float_ops": options.min_float_ops,
        "min_occurrence": options.min_occurrence,
        "step": options.step,
        "order_by": options.order_by,
        "account_type_regexes": ",".join(options.account_type_regexes),
        "start_name_regexes": ",".join(options.start_name_regexes),
        "trim_name_regexes": ",".join(options.trim_name_regexes),
        "show_name_regexes": ",".join(options.show_name_regexes),
        "hide_name_regexes": ",".join(options.hide_name_regexes),
        "account_displayed_op_only": str(bool(options.account_displayed_op_only)).lower(),
        "select": ",".join(sorted(set(options.select))),
        "output": f"{options.output}:",
    }
    lines = [f"{f'-{name}':<28}{value}" for name, value in listed.items()]
    return "\n".join([f"\n{'=' * 25}Options{'=' * 29}", *lines, ""])


def report(node: Node, view: str, options: Options) -> str:
    """Return what a view shows.

    Parameters
    ----------
    node : Node
        The root of the view's tree.
    view : str
        ``"scope"``, ``"graph"``, ``"op"`` or ``"code"``.
    options : Options
    """
    names = [_COLUMNS[name] for name in _columns(options)]
    if view in ("op", "code"):
        names = [name.replace("op count", "op occurrence") for name in names]
    lines = ["", "Doc:", f"{view}: {_VIEWS[view]}"]
    lines += [f"{name}: {_MEANINGS[name]}" for name in sorted(set(options.select))]
    lines += ["", "Profile:", f"node name | {' | '.join(names)}"]
    lines += _types(node, options) if view == "op" else _tree(node, view, options)
    return "\n".join(lines) + "\n"


def _columns(options: Options) -> list[str]:
    selected = set(options.select)
    if "micros" in selected:
        selected.update(_MICROS)
    return [name for name in _COLUMNS if name in selected]


def _tree(root: Node, view: str, options: Options) -> Iterator[str]:
    columns = _columns(options)
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        fields = [field for name in columns for field in _fields(node, name, view)]
        yield f"{'  ' * depth}{node.name} ({', '.join(fields)})"
        waiting += [(child, depth + 1) for child in reversed(node.children)]


def _fields(node: Node, column: str, view: str) -> Iterator[str]:
    """Yield what stands in a column: for the most part one text."""
    if column in _QUANTITIES:
        quantity, unit = _QUANTITIES[column]
        if column == "params" and view != "code" and node.members and node.members[0].shape:
            yield "x".join(map(str, node.members[0].shape))
        total = _written(column, node.total[quantity])
        own = _written(column, node.own[quantity]) if node.counts else "--"
        yield f"{own}/{total}{unit}"
    elif column == "occurrence" and view == "code":
        yield "occurrence N/A in code view"
    elif column == "occurrence":
        pairs = [
            f"{node.own[name] if node.counts else '--'}/{node.total[name]}"
            for name in ("run_count", "definition_count")
        ]
        yield "|".join(pairs)
    elif column == "device":
        devices = dict.fromkeys(d for leaf in node.members for d in leaf.devices)
        if devices:
            yield "|".join(devices)
    elif column == "op_types":
        yield "|".join(sorted(node.types))
    else:
        shapes = node.members[0].input_shapes if len(node.members) == 1 else []
        yield "|".join(f"{n}:{'x'.join(map(str, sizes))}" for n, sizes in enumerate(shapes))


def _types(root: Node, options: Options) -> Iterator[str]:
    node = root
    while node.children:
        (node,) = node.children
        fields = [_share(node, name, root.total) for name in _columns(options)]
        yield f"{node.name:<{_NAME}}{', '.join(fields)}"


def _share(node: Node, column: str, whole: Counter[str]) -> str:
    if column in _QUANTITIES:
        quantity, unit = _QUANTITIES[column]
        unit = " float_ops" if column == "float_ops" else unit
        shares = [
            f"{100 * counts[quantity] / (whole[quantity] or 1):.2f}%"
            for counts in (node.total, node.own)
        ]
        number = _written(column, node.own[quantity])
        return f"{f'{number}{unit} ({shares[0]}, {shares[1]})':>{_WIDE}}"
    if column == "occurrence":
        return f"{node.own['run_count']}|{len(node.members)}".rjust(_NARROW)
    if column == "device":
        return "|".join(dict.fromkeys(d for leaf in node.members for d in leaf.devices))
    if column == "op_types":
        return "|".join(sorted(node.types))
    raise NotImplementedError("profiler select input_shapes of op types")


def _written(column: str, count: int) -> str:
    if column.endswith("bytes"):
        return _scaled(count, ((1_000_000, "MB"), (1000, "KB"))) or f"{count}B"
    if column.endswith("micros"):
        return micros(count)
    scales = ((1_000_000_000, "b"), (1_000_000, "m"), (1000, "k"))
    return _scaled(count, scales) or str(count)


def micros(count: int) -> str:
    """Return a time in microseconds as reports write it."""
    return _scaled(count, ((1_000_000, "sec"), (1000, "ms"))) or f"{count}us"


def _scaled(count: int, scales: tuple[tuple[int, str], ...]) -> str:
    for size, letter in scales:
        if count >= size:
            return f"{count / size:.2f}{letter}"
    return ""
