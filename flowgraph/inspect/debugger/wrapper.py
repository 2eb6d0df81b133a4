"""A session whose runs are debugged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from flowgraph.graph import scope
from flowgraph.inspect.debugger.dump import TensorFilter
from flowgraph.inspect.debugger.terminal import Terminal, edits_lines


class LocalCLIDebugWrapperSession:
    r"""A session that asks in the terminal before and after each run.

    What is watched runs operation by operation as the graph has them, none merged or fused: each
    tensor can be listed and printed. The commands are TensorFlow's: ``run`` (``-t``, ``-n``,
    ``-f``), ``list_tensors``, ``print_tensor``, ``node_info``, ``list_inputs``, ``list_outputs``,
    ``print_feed``, ``run_info``, ``exit``; ``help`` tells of them. They may come from a pipe.

    Parameters
    ----------
    sess : Session
        It stays usable without a debugger.
    dump_root : None
        Values are kept in memory.
    log_usage : bool
        Nothing is logged.
    ui_type : str
        ``"curses"`` or ``"readline"``; both are a plain terminal.
    thread_name_filter : str, optional
        A regular expression: runs in threads of other names are not debugged.
    config_file_path : None or False
        There is nothing to configure.

    Raises
    ------
    ValueError
        If there is no such interface.
    NotImplementedError
        If a directory or a file is given.

    Examples
    --------
    >>> import io, sys
    >>> from flowgraph.inspect import debugger
    >>> x = tf.placeholder(tf.float32, [2], name="x")
    >>> y = tf.log(x, name="y")
    >>> sess = debugger.LocalCLIDebugWrapperSession(tf.Session(), ui_type="readline")
    >>> typed, sys.stdin = sys.stdin, io.StringIO("run -f has_inf_or_nan\npt y:0\nrun\n")
    >>> value = sess.run(y, {x: [0, 1]})
    run-start: run #1: 1 fetch (y:0); 1 feed (x:0)
    ...
    1 dumped tensor(s) passing filter "has_inf_or_nan":
    ...
    array([-inf,   0.], dtype=float32)
    ...
    >>> sys.stdin = typed
    """

    def __init__(
        self,
        sess: Any,
        dump_root: str | None = None,
        log_usage: bool = True,
        ui_type: str = "curses",
        thread_name_filter: str | None = None,
        config_file_path: Any = False,
    ) -> None:
        self._sess = sess
        self._terminal = Terminal(ui_type, dump_root, thread_name_filter, config_file_path)
        edits_lines()

    def add_tensor_filter(self, filter_name: str, tensor_filter: TensorFilter) -> None:
        """Add a filter that ``run -f`` and ``list_tensors -f`` know by its name.

        Parameters
        ----------
        filter_name : str
        tensor_filter : callable
            Of a `DebugTensorDatum` and its value; true for what is looked for.
        """
        self._terminal.filters[filter_name] = tensor_filter

    def run(
        self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run as `Session.run` does, and ask before and after.

        Raises
        ------
        NotImplementedError
            If a run with options is to be watched.
        SystemExit
            If the user ends the program.
        """

        def unwatched() -> Any:
            return self._sess.run(fetches, feed_dict, options, run_metadata)

        if isinstance(fetches, list | tuple | dict) and not fetches:
            return unwatched()
        if options is not None:
            raise NotImplementedError("RunOptions in a session that is debugged")
        return self._terminal.run(self._sess, fetches, feed_dict, unwatched)

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """Return a function that runs `fetches`, and asks as `run` does.

        Parameters
        ----------
        fetches : any nesting of fetches
        feed_list : list of Tensor, optional
        accept_options : bool
            The function also takes ``options`` and ``run_metadata``.
        """
        elements = list(feed_list or ())

        def call(*values: Any, **run_arguments: Any) -> Any:
            if run_arguments and not accept_options:
                raise TypeError(f"unexpected arguments {sorted(run_arguments)}")
            return self.run(
                fetches, dict(zip(elements, values, strict=True)) or None, **run_arguments
            )

        return call

    def as_default(self) -> AbstractContextManager[Any]:
        """Return a context in which this is the default session."""
        return scope.default_session_is(self)

    def __enter__(self) -> LocalCLIDebugWrapperSession:
        self._sess.__enter__()
        scope.push_session(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scope.pop_session(self)
        self._sess.__exit__(kind, error, traceback)

    @property
    def session(self) -> Any:
        """The session within."""
        return self._sess

    def __getattr__(self, name: str) -> Any:
        """Everything else is the session's."""
        return getattr(self._sess, name)
