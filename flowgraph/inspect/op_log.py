"""``tf.profiler.write_op_log``: what the profiler knows of a graph, as a file."""

from __future__ import annotations

import os
from typing import Any

from flowgraph import protos
from flowgraph.formats import replace
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.inspect.profile_nodes import Leaf, leaves

_NAME = "tfprof_log"
_NONE = "none"


def write_op_log(
    graph: Graph | None,
    log_dir: str,
    op_log: Any = None,
    run_meta: Any = None,
    add_trace: bool = True,
) -> None:
    """Write an OpLogProto: marks, floating-point operations and lines of a graph's operations.

    Parameters
    ----------
    graph : Graph or None
        The default graph for ``None``.
    log_dir : str
        The file there is ``tfprof_log``.
    op_log : OpLogProto, optional
        Marks and operations to take instead of those by formula.
    run_meta : RunMetadata, optional
        Of a traced run, whose shapes complete those of the graph.
    add_trace : bool
        With the line that made each operation.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> y = tf.square(tf.zeros([3]), name="y")
    >>> tf.profiler.write_op_log(None, folder, add_trace=False)
    >>> log = tf.profiler.OpLogProto()
    >>> with open(f"{folder}/tfprof_log", "rb") as file:
    ...     _ = log.ParseFromString(file.read())
    >>> [(entry.name, entry.float_ops) for entry in log.log_entries]
    [('y', 3)]
    """
    found = leaves(graph or get_default_graph(), op_log, run_meta)
    log = protos.OpLogProto()
    numbers = {_NONE: 0}
    for leaf in found.values():
        if add_trace or leaf.float_ops or leaf.marks:
            entry = log.log_entries.add(name=leaf.name, float_ops=leaf.float_ops, types=leaf.marks)
            if add_trace:
                _add_trace(entry.code_def.traces.add(), leaf, numbers)
    for text, number in numbers.items():
        log.id_to_string[number] = text
    replace.write(os.path.join(log_dir, _NAME), log.SerializeToString())


def _add_trace(trace: Any, leaf: Leaf, numbers: dict[str, int]) -> None:
    site = leaf.operation.site
    trace.lineno = site.line
    trace.func_start_line = site.code.co_firstlineno
    trace.file_id, trace.function_id, trace.line_id = (
        numbers.setdefault(text, len(numbers))
        for text in (site.filename, site.function, site.text or _NONE)
    )
