"""A hook that debugs the steps of a monitored session."""

from __future__ import annotations

from typing import Any

from flowgraph.inspect.debugger.dump import TensorFilter
from flowgraph.inspect.debugger.terminal import Terminal, edits_lines
from flowgraph.train.session_run_hook import SessionRunContext, SessionRunHook


class LocalCLIDebugHook(SessionRunHook):
    """Asks in the terminal before and after each step. See `LocalCLIDebugWrapperSession`.

    Parameters
    ----------
    ui_type, dump_root, thread_name_filter, config_file_path
        As of `LocalCLIDebugWrapperSession`.
    """

    def __init__(
        self,
        ui_type: str = "curses",
        dump_root: str | None = None,
        thread_name_filter: str | None = None,
        config_file_path: Any = None,
    ) -> None:
        self._terminal = Terminal(ui_type, dump_root, thread_name_filter, config_file_path)

    def add_tensor_filter(self, filter_name: str, tensor_filter: TensorFilter) -> None:
        """Add a filter. See `LocalCLIDebugWrapperSession`."""
        self._terminal.filters[filter_name] = tensor_filter

    def begin(self) -> None:
        edits_lines()

    def before_run(self, run_context: SessionRunContext) -> None:
        """Have the session's next run debugged: that of the step, with what all hooks fetch."""
        session, terminal = run_context.session, self._terminal

        def once(
            fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None
        ) -> Any:
            del session.run  # the class's own is back

            def unwatched() -> Any:
                return session.run(fetches, feed_dict, options, run_metadata)

            return terminal.run(session, fetches, feed_dict, unwatched)

        session.run = once
