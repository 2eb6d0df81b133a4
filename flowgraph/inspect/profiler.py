"""``tf.profiler``: parameters, work and time of a graph, summed up in TensorFlow's views."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from flowgraph import protos
from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.inspect.profile_nodes import Leaf, add_step, leaves
from flowgraph.inspect.profile_options import Options, ProfileOptionBuilder
from flowgraph.inspect.profile_report import micros, printed_options, report
from flowgraph.inspect.profile_tree import (
    Node,
    code_tree,
    graph_node,
    graph_tree,
    multi_graph_node,
    scope_tree,
    type_chain,
)
from flowgraph.runtime.timeline import Timeline

_TREES: dict[str, Callable[[Iterable[Leaf], Options], Node]] = {
    "op": type_chain,
    "scope": scope_tree,
    "graph": graph_tree,
    "code": code_tree,
}

_MANY = ("op", "code")
"""The views whose nodes are of several operations."""

ALL_ADVICE: dict[str, dict[str, str]] = {
    "ExpensiveOperationChecker": {},
    "AcceleratorUtilizationChecker": {},
    "JobChecker": {},
    "OperationChecker": {},
}
"""What `advise` looks into if nothing is said."""

_DEAREST = 3


def profile(
    graph: Graph | None = None,
    run_meta: Any = None,
    op_log: Any = None,
    cmd: str = "scope",
    options: Any = 0,
) -> Any:
    """Sum up the parameters, work, time and memory of a graph's operations.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.
    run_meta : RunMetadata, optional
        Of a run with ``RunOptions.FULL_TRACE``: gives time and memory, and completes shapes.
    op_log : OpLogProto, optional
        Marks of operations for `with_accounted_types`, and their floating-point operations.
    cmd : str
        ``"scope"``: by name scope; ``"graph"``: by use; ``"op"``: by type; ``"code"``: by the
        line of the program, of which one call is known for each operation.
    options : dict, optional
        From a `ProfileOptionBuilder`; the parameters of trainable variables if left out.

    Returns
    -------
    GraphNodeProto or MultiGraphNodeProto
        The root; the latter for ``"op"`` and ``"code"``.

    Raises
    ------
    InvalidArgumentError
        If there is no such view.
    ValueError
        If there is no such option.
    NotImplementedError
        For pprof, for values of tensors, and for input shapes of op types.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [8, 20])
    >>> w = tf.Variable(tf.zeros([20, 10]), name="w")
    >>> y = tf.matmul(x, w, name="y")
    >>> builder = tf.profiler.ProfileOptionBuilder
    >>> options = builder(builder.float_operation()).with_empty_output().build()
    >>> tf.profiler.profile(cmd="op", options=options).total_float_ops
    Parsing Inputs...
    3200
    """
    if cmd not in _TREES:
        raise InvalidArgumentError(None, None, f"unknown cmd: {cmd}\n")
    chosen = ProfileOptionBuilder.trainable_variables_parameter() if options == 0 else options
    found = leaves(graph or get_default_graph(), op_log, run_meta)
    steps = {} if run_meta is None else {0: run_meta}
    for step, metadata in steps.items():
        add_step(found, step, metadata)
    sys.stdout.write("Parsing Inputs...\n")
    return _view(found, steps, cmd, Options.of(chosen))


def advise(graph: Graph | None = None, run_meta: Any = None, options: Any = 0) -> Any:
    """Report what is worth a look: see `Profiler.advise`."""
    found = leaves(graph or get_default_graph(), None, run_meta)
    if run_meta is not None:
        add_step(found, 0, run_meta)
    return _advice(found, ALL_ADVICE if options == 0 else options)


class Profiler:
    """Sums up a graph over several traced steps.

    Parameters
    ----------
    graph : Graph, optional
        The default graph if left out.
    op_log : OpLogProto, optional
        See `tf.profiler.profile`.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [100], name="x")
    >>> y = tf.cumsum(x, name="y")
    >>> sess, profiler = tf.Session(), tf.profiler.Profiler()
    >>> for step in range(2):
    ...     metadata = tf.RunMetadata()
    ...     options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    ...     _ = sess.run(y, {x: [0.0] * 100}, options, metadata)
    ...     profiler.add_step(step, metadata)
    >>> builder = tf.profiler.ProfileOptionBuilder
    >>> options = builder(builder.time_and_memory()).with_empty_output().build()
    >>> [node.name for node in profiler.profile_operations(options).children]
    ['Cumsum']
    """

    def __init__(self, graph: Graph | None = None, op_log: Any = None) -> None:
        self._graph = graph or get_default_graph()
        self._op_log = op_log
        self._steps: dict[int, Any] = {}

    def add_step(self, step: int, run_meta: Any) -> None:
        """Add a traced run, as a step or as a part of one."""
        if step not in self._steps:
            self._steps[step] = protos.RunMetadata()
        self._steps[step].MergeFrom(run_meta)

    def _found(self) -> dict[str, Leaf]:
        merged = protos.RunMetadata()
        for metadata in self._steps.values():
            merged.MergeFrom(metadata)
        found = leaves(self._graph, self._op_log, merged if self._steps else None)
        for step, metadata in self._steps.items():
            add_step(found, step, metadata)
        return found

    def _profile(self, view: str, options: Mapping[str, Any]) -> Any:
        return _view(self._found(), self._steps, view, Options.of(options))

    def profile_python(self, options: Mapping[str, Any]) -> Any:
        """Sum up by line of the program; returns a MultiGraphNodeProto."""
        return self._profile("code", options)

    def profile_operations(self, options: Mapping[str, Any]) -> Any:
        """Sum up by type of op; returns a MultiGraphNodeProto."""
        return self._profile("op", options)

    def profile_name_scope(self, options: Mapping[str, Any]) -> Any:
        """Sum up by name scope; returns a GraphNodeProto."""
        return self._profile("scope", options)

    def profile_graph(self, options: Mapping[str, Any]) -> Any:
        """Sum up by use; returns a GraphNodeProto."""
        return self._profile("graph", options)

    def advise(self, options: Mapping[str, Mapping[str, str]]) -> Any:
        """Report what is worth a look.

        Parameters
        ----------
        options : dict
            The checks, by name: of `ALL_ADVICE`. All but ``"ExpensiveOperationChecker"`` look at
            accelerators, and say nothing of a CPU.

        Returns
        -------
        AdviceProto

        Raises
        ------
        ValueError
            If there is no such check.
        """
        return _advice(self._found(), options)

    def serialize_to_string(self) -> NoReturn:
        """Not there: a ProfileProto is read by TensorFlow's own tools only."""
        raise NotImplementedError("Profiler.serialize_to_string")


def _view(found: Mapping[str, Leaf], steps: Mapping[int, Any], view: str, options: Options) -> Any:
    """Make a view, write its report, and return its message."""
    is_known = options.step == -1 or options.step in steps
    if not is_known:
        listed = " ".join(map(str, sorted(steps)))
        sys.stderr.write(f"Options -step={options.step} not found.\nAvailable steps: {listed}\n")
    root = _TREES[view](found.values() if is_known else (), options)
    if options.kind == "stdout":
        title = f"{'=' * 18}Model Analysis Report{'=' * 22}"
        end = f"{'=' * 22}End of Report{'=' * 26}"
        body = report(root, view, options)
        sys.stdout.write(f"{printed_options(options)}\n{title}\n{body}\n{end}\n")
    elif options.kind == "file":
        with open(options.outfile, "w", encoding="utf-8") as file:
            file.write(report(root, view, options))
    elif options.kind == "timeline":
        _write_timeline(steps, options)
    return multi_graph_node(root, options.step) if view in _MANY else graph_node(root)


def _write_timeline(steps: Mapping[int, Any], options: Options) -> None:
    step = max(steps, default=-1) if options.step == -1 else options.step
    stats = steps[step].step_stats if step in steps else protos.StepStats()
    path = f"{options.outfile}_{step}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(Timeline(stats).generate_chrome_trace_format())
    sys.stdout.write(f"Timeline file is written to {os.fspath(path)}.\n")


def _advice(found: Mapping[str, Leaf], options: Mapping[str, Mapping[str, str]]) -> Any:
    unknown = options.keys() - ALL_ADVICE.keys()
    if unknown:
        raise ValueError(f"there is no check {', '.join(sorted(unknown))}")
    advice = protos.AdviceProto()
    for name in options:
        checker = advice.checkers[name]
        checker.SetInParent()
        if name == "ExpensiveOperationChecker":
            checker.reports.extend(_dearest(found))
        sys.stdout.write(f"\n{name}:\n" + "".join(f"{text}\n" for text in checker.reports))
    return advice


def _dearest(found: Mapping[str, Leaf]) -> list[str]:
    """Say which types of op take most of the time, if any time is known."""
    times: Counter[str] = Counter()
    for leaf in found.values():
        times[leaf.type] += leaf.own(-1)["exec_micros"]
    whole = sum(times.values())
    lines = [
        f"top {place} operation type: {kind}, cpu: {micros(time)}, accelerator: 0us, "
        f"total: {micros(time)} ({100 * time / whole:.2f}%)"
        for place, (kind, time) in enumerate(times.most_common(_DEAREST), 1)
        if time
    ]
    return ["\n".join(lines)] if lines else []
