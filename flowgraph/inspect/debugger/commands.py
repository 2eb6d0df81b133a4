"""The debugger's commands: what is typed, taken apart and answered with text."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from flowgraph.graph.graph import Graph
from flowgraph.inspect.debugger import nodes
from flowgraph.inspect.debugger.dump import DebugTensorDatum, Dump, TensorFilter
from flowgraph.inspect.debugger.values import CommandError, parse_sliced, shown, sliced

ABSENT = {
    "invoke_stepper": "there is no stepper; sess.trace(fetches, feed_dict) shows every step",
    "profile": "sess.profile(fetches, feed_dict) is the profiler",
    "list_profile": "sess.profile(fetches, feed_dict) is the profiler",
    "print_source": "node_info -t shows the line that made an operation",
    "list_source": "node_info -t shows the line that made an operation",
    "eval": "no typed Python is run; print_tensor -w file.npy writes a tensor for Python to read",
    "config": "there is nothing to configure",
}
"""TensorFlow's commands that are not here, and what there is instead."""

ALIASES = {
    "r": "run", "lt": "list_tensors", "pt": "print_tensor", "ni": "node_info",
    "li": "list_inputs", "lo": "list_outputs", "pf": "print_feed", "ri": "run_info", "h": "help",
    "quit": "exit", "s": "invoke_stepper", "ps": "print_source", "ls": "list_source",
    "lp": "list_profile", "cfg": "config",
}  # fmt: skip

_SORTED_BY: dict[str, Callable[[DebugTensorDatum], Any]] = {
    "timestamp": lambda datum: datum.timestamp,
    "dump_size": lambda datum: datum.dump_size_bytes,
    "op_type": lambda datum: datum.operation.type,
    "tensor_name": lambda datum: datum.tensor_name,
}


class _Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise CommandError(message or "")

    def print_help(self, file: Any = None) -> NoReturn:
        raise CommandError(self.format_help())


def _parser(name: str, description: str) -> _Parser:
    return _Parser(prog=name, description=description)


def _parsers() -> dict[str, _Parser]:
    found = {}
    run = found["run"] = _parser("run", "Run with every tensor watched, or as the options say.")
    run.add_argument("-t", "--times", type=int, help="watch the T-th run from here")
    run.add_argument("-n", "--no_debug", action="store_true", help="run without watching")
    run.add_argument("-f", "--till_filter_pass", help="run on until a tensor passes the filter")
    for name in ("node_name_filter", "op_type_filter", "tensor_dtype_filter"):
        run.add_argument(f"--{name}", help="a regular expression for what to watch")
    lists = found["list_tensors"] = _parser("list_tensors", "List the tensors of the run.")
    lists.add_argument("-f", "--tensor_filter", help="those that pass the filter of this name")
    for parser in (run, lists):
        parser.add_argument(
            *("-fenn", "--filter_exclude_node_names"), help="a regular expression for the filter"
        )
    lists.add_argument("-n", "--node_name_filter", help="a regular expression for node names")
    lists.add_argument("-t", "--op_type_filter", help="a regular expression for op types")
    lists.add_argument("-s", "--sort_by", default="timestamp", choices=list(_SORTED_BY))
    lists.add_argument("-r", "--reverse", action="store_true", help="the greatest first")
    for name, what in (("print_tensor", "a tensor"), ("print_feed", "what a tensor is fed")):
        parser = found[name] = _parser(name, f"Print {what}.")
        parser.add_argument("tensor_name", help="as y:0, or a part of it, as y:0[1:, 0]")
        parser.add_argument("-r", "--ranges", help="mark elements in [a,b] or [[a,b],[c,d]]")
        parser.add_argument("-a", "--all", action="store_true", help="leave no element out")
        parser.add_argument("-s", "--numeric_summary", action="store_true")
        parser.add_argument("-w", "--write_path", help="write it with numpy.save")
    info = found["node_info"] = _parser("node_info", "Tell of an operation.")
    info.add_argument("node_name")
    info.add_argument("-a", "--attributes", action="store_true")
    info.add_argument("-d", "--dumps", action="store_true")
    info.add_argument("-t", "--traceback", action="store_true")
    for name, what in (("list_inputs", "inputs"), ("list_outputs", "recipients")):
        parser = found[name] = _parser(name, f"Show the {what} of an operation as a tree.")
        parser.add_argument("node_name")
        parser.add_argument("-c", "--control", action="store_true", help="follow control edges")
        parser.add_argument("-d", "--depth", type=int, help="how far to go")
        parser.add_argument("-r", "--recursive", action="store_true", help="20 levels")
        parser.add_argument("-t", "--op_type", action="store_true", help="show op types")
    found["run_info"] = _parser("run_info", "Tell what the run fetches and is fed.")
    found["exit"] = _parser("exit", "End the program.")
    helps = found["help"] = _parser("help", "Tell of a command, or of all.")
    helps.add_argument("command", nargs="?")
    return found


PARSERS = _parsers()


class Console:
    """Answers the commands about one run.

    Parameters
    ----------
    graph : Graph
    feeds : dict
        Values by the names of the tensors that are fed.
    dump : Dump or None
        ``None`` before the run.
    filters : dict
        Functions of a datum and its value, by name.
    introduction : str
        What ``run_info`` says.
    """

    def __init__(
        self,
        graph: Graph,
        feeds: dict[str, Any],
        dump: Dump | None,
        filters: dict[str, TensorFilter],
        introduction: str,
    ) -> None:
        self._graph = graph
        self._feeds = feeds
        self._dump = dump
        self._filters = filters
        self._introduction = introduction

    def parse(self, line: str) -> tuple[str, Any]:
        """Return the name and the arguments of a command.

        Raises
        ------
        CommandError
            If there is no such command, or its arguments are wrong.
        """
        try:
            first, *words = shlex.split(line)
        except ValueError as error:
            raise CommandError(f"ERROR: {error}") from None
        name = ALIASES.get(first, first)
        if name in ABSENT:
            raise CommandError(f"ERROR: there is no {name}: {ABSENT[name]}")
        if name not in PARSERS:
            raise CommandError(f'ERROR: Invalid command prefix "{first}"')
        arguments = PARSERS[name].parse_args(words)
        wanted = vars(arguments).get("till_filter_pass")
        if wanted is not None:
            self._filter(wanted)
        return name, arguments

    def answer(self, name: str, arguments: Any) -> str:
        """Return the text for a command other than ``run`` and ``exit``.

        Raises
        ------
        CommandError
            If there is none.
        """
        return str(getattr(self, f"_{name}")(arguments))

    def _help(self, arguments: Any) -> str:
        name = arguments.command
        if name is None:
            short = {long: short for short, long in ALIASES.items() if len(short) < 3}
            return "\n".join(
                f"{f'{name} ({short[name]})' if name in short else name:<20} {parser.description}"
                for name, parser in PARSERS.items()
            )
        parser = PARSERS.get(ALIASES.get(name, name))
        if parser is None:
            raise CommandError(f"{name} is not a valid command prefix or alias.")
        return parser.format_help()

    def _run_info(self, arguments: Any) -> str:
        return self._introduction

    def _of_run(self) -> Dump:
        if self._dump is None:
            raise CommandError("ERROR: nothing has run yet: enter run first")
        return self._dump

    def _filter(self, name: str) -> TensorFilter:
        found = self._filters.get(name)
        if found is None:
            raise CommandError(f'ERROR: There is no tensor filter named "{name}".')
        return found

    def _list_tensors(self, arguments: Any) -> str:
        dump, title = self._of_run(), ""
        if arguments.tensor_filter is not None:
            passes = self._filter(arguments.tensor_filter)
            data = dump.find(passes, arguments.filter_exclude_node_names)
            title = f' passing filter "{arguments.tensor_filter}"'
        else:
            data = dump.data
        lines = []
        pattern = arguments.node_name_filter
        if pattern is not None:
            lines.append(f'Node name regex filter: "{pattern}"')
            data = [datum for datum in data if _matches(pattern, datum.node_name)]
        pattern = arguments.op_type_filter
        if pattern is not None:
            lines.append(f'Op type regex filter: "{pattern}"')
            data = [datum for datum in data if _matches(pattern, datum.operation.type)]
        data = sorted(data, key=_SORTED_BY[arguments.sort_by], reverse=arguments.reverse)
        lines.insert(0, f"{len(data)} dumped tensor(s){title}:")
        return "\n".join([*lines, "", *_table(data)])

    def _print_tensor(self, arguments: Any) -> str:
        name, brackets = parse_sliced(arguments.tensor_name)
        operation = nodes.operation_named(self._graph, name)
        slot = name.rpartition(":")[2] if ":" in name else "0"
        for datum in self._of_run().of(operation):
            if str(datum.output_slot) == slot:
                title = f"{datum.watch_key}{brackets}"
                return self._printed(title, datum.get_tensor(), brackets, arguments)
        raise CommandError(
            f'ERROR: Node "{operation.name}" did not give a tensor {slot} in the run, or it was '
            "not watched"
        )

    def _print_feed(self, arguments: Any) -> str:
        name, brackets = parse_sliced(arguments.tensor_name)
        if name not in self._feeds:
            raise CommandError(
                f"ERROR: The feed_dict of the current run does not contain the key {name}"
            )
        title = f"{name} (feed){brackets}"
        return self._printed(title, np.asarray(self._feeds[name]), brackets, arguments)

    def _printed(self, title: str, value: Any, brackets: str, arguments: Any) -> str:
        part = sliced(value, brackets)
        text = shown(title, part, arguments.ranges, arguments.all, arguments.numeric_summary)
        if arguments.write_path is None:
            return text
        try:
            np.save(arguments.write_path, part, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise CommandError(f"ERROR: {error}") from None
        return f"{text}\n\nSaved value to: {arguments.write_path}"

    def _node_info(self, arguments: Any) -> str:
        operation = nodes.operation_named(self._graph, arguments.node_name)
        return nodes.node_info(operation, self._of_run(), arguments)

    def _list_inputs(self, arguments: Any) -> str:
        return self._tree(arguments, nodes.inputs_of, "Inputs to")

    def _list_outputs(self, arguments: Any) -> str:
        return self._tree(arguments, nodes.recipients_of, "Recipients of")

    def _tree(self, arguments: Any, neighbours: Any, words: str) -> str:
        operation = nodes.operation_named(self._graph, arguments.node_name)
        depth = arguments.depth or (20 if arguments.recursive else 1)
        return nodes.tree(operation, neighbours, words, depth, arguments.control, arguments.op_type)


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.match(pattern, text) is not None
    except re.error as error:
        raise CommandError(f"ERROR: {pattern} is no regular expression: {error}") from None


def _table(data: list[DebugTensorDatum]) -> list[str]:
    rows = [("t (ms)", "Size (B)", "Op type", "Tensor name")]
    rows += [
        (f"[{d.timestamp / 1000:.3f}]", str(d.dump_size_bytes), d.operation.type, d.tensor_name)
        for d in data
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return [
        " ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True))
        for row in rows
    ]
