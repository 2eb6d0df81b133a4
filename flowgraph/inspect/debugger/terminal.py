"""The dialogue about one session's runs: what to watch next, and what was seen."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

from flowgraph.errors import OpError
from flowgraph.inspect.debugger.commands import Console
from flowgraph.inspect.debugger.dump import TensorFilter, has_inf_or_nan, watched
from flowgraph.inspect.debugger.values import CommandError
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime.fetches import Fetches

PROMPT = "tfdbg> "
_INTERFACES = ("curses", "readline")
_LINE = "=" * 38


class Terminal:
    """Asks before and after the runs of a session.

    Parameters
    ----------
    ui_type : str
        ``"curses"`` or ``"readline"``: both are the plain terminal, or a pipe.
    dump_root : None
        Values are kept in memory.
    thread_name_filter : str, optional
        A regular expression: runs in other threads are left alone.
    config_file_path : None or False
        There is nothing to configure.

    Raises
    ------
    ValueError
        If there is no such interface.
    NotImplementedError
        If a directory or a file is given.
    """

    def __init__(
        self,
        ui_type: str,
        dump_root: str | None,
        thread_name_filter: str | None,
        config_file_path: Any,
    ) -> None:
        if ui_type not in _INTERFACES:
            raise ValueError(f"ui_type must be one of {list(_INTERFACES)}, not {ui_type!r}")
        if dump_root is not None:
            raise NotImplementedError("dump_root: values are kept in memory")
        if config_file_path:
            raise NotImplementedError("config_file_path: there is nothing to configure")
        self._threads = thread_name_filter
        self.filters: dict[str, TensorFilter] = {"has_inf_or_nan": has_inf_or_nan}
        self._count = 0
        self._next: Any = None  # the arguments of `run` that hold for the next runs
        self._remaining = 0

    def run(self, sess: Any, fetches: Any, feed_dict: Any, unwatched: Callable[[], Any]) -> Any:
        """Run on a session, and ask as it was last told.

        Parameters
        ----------
        sess : Session
        fetches, feed_dict
            As of `Session.run`.
        unwatched : callable
            Makes the same run without a look at it.
        """
        name = threading.current_thread().name
        if self._threads is not None and not re.match(self._threads, name):
            return unwatched()
        self._count += 1
        about = _introduction(sess, fetches, feed_dict, self._count)
        fed = {t.name: v for t, v in feeding.flatten(sess.graph, feed_dict or {})}
        if self._next is None:
            print(f"run-start: run #{self._count}: {_short(sess, fetches, fed)}\n{about}")
            self._prompt(Console(sess.graph, fed, None, self.filters, about))
        arguments = self._next
        if arguments.no_debug:
            self._next = None
            return unwatched()
        if arguments.times is not None:
            if self._remaining > 1:
                self._remaining -= 1
                return unwatched()
            self._remaining = 0
        results, dump, error = watched(sess, fetches, feed_dict)
        dump = dump.only(
            arguments.node_name_filter, arguments.op_type_filter, arguments.tensor_dtype_filter
        )
        wanted = arguments.till_filter_pass
        exclude = arguments.filter_exclude_node_names
        if wanted is not None and error is None and not dump.find(self.filters[wanted], exclude):
            return results
        self._told(Console(sess.graph, fed, dump, self.filters, about), wanted, exclude, error,
                   f"run-end: run #{self._count}: {_short(sess, fetches, fed)}")  # fmt: skip
        if error is not None:
            raise error
        return results

    def _told(
        self, console: Console, wanted: str | None, exclude: str | None,
        error: OpError | None, title: str,
    ) -> None:  # fmt: skip
        print(title)
        if error is not None:
            print(f"ERROR: {type(error).__name__}: {error}")
        else:
            line = "lt" if wanted is None else f"lt -f {wanted}"
            name, arguments = console.parse(line)
            arguments.filter_exclude_node_names = exclude
            print(console.answer(name, arguments))
        self._prompt(console)

    def _prompt(self, console: Console) -> None:
        """Answer commands until one says how to go on.

        Raises
        ------
        SystemExit
            If that is ``exit``, or there are no more commands.
        """
        self._next = None
        while self._next is None:
            try:
                line = input(f"\n{PROMPT}")
            except EOFError:
                sys.exit(1)
            if not line.strip():
                continue
            try:
                name, arguments = console.parse(line)
                if name == "exit":
                    sys.exit(1)
                if name == "run":
                    self._next = arguments
                    self._remaining = arguments.times or 0
                else:
                    print(console.answer(name, arguments))
            except CommandError as error:
                print(error)


def edits_lines() -> None:
    """Give a terminal the keys and the history of readline, where Python has it."""
    if sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401


def _short(sess: Any, fetches: Any, fed: dict[str, Any]) -> str:
    parsed = Fetches(sess.graph, fetches)
    names = [t.name for t in parsed.tensors] + [o.name for o in parsed.targets]
    return f"{_counted(names, 'fetch', 'fetches')}; {_counted(list(fed), 'feed', 'feeds')}"


def _counted(names: list[str], one: str, many: str) -> str:
    return f"1 {one} ({names[0]})" if len(names) == 1 else f"{len(names)} {many}"


def _introduction(sess: Any, fetches: Any, feed_dict: Any, count: int) -> str:
    parsed = Fetches(sess.graph, fetches)
    names = [t.name for t in parsed.tensors] + [o.name for o in parsed.targets]
    fed = [t.name for t, _ in feeding.flatten(sess.graph, feed_dict or {})]
    lines = [_LINE, f"Session.run() call #{count}:", "", "Fetch(es):"]
    lines += [f"  {name}" for name in names]
    lines += ["", "Feed dict:", *[f"  {name}" for name in fed or ["(Empty)"]], _LINE]
    return "\n".join(lines)
