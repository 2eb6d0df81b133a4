"""Runs with options: a time limit, a report of what ran."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flowgraph.ops.waiting import time_limit
from flowgraph.runtime.config import ConfigProto, RunOptions
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.tracing import reports, run_reporting


def limit(options: RunOptions | None, config: ConfigProto) -> AbstractContextManager[None]:
    """Return the context of a run that has as much time as its options or its session give.

    Raises
    ------
    TypeError
        If `options` are no `RunOptions`.
    """
    if options is not None and not isinstance(options, RunOptions):
        raise TypeError(f"options must be a tf.RunOptions, but got {type(options)}")
    given: Any = options
    milliseconds = 0 if options is None else given.timeout_in_ms
    if milliseconds <= 0:
        milliseconds = config.operation_timeout_in_ms  # type: ignore[attr-defined]
    return time_limit(milliseconds / 1000) if milliseconds > 0 else nullcontext()


def run_with_options(
    executor: Executor,
    values: Sequence[Any],
    options: RunOptions | None,
    metadata: Any,
    config: ConfigProto,
) -> list[Any]:
    """Run a request within its time, and report of it if it is asked for.

    Parameters
    ----------
    executor : Executor
    values : sequence
        What is fed.
    options : RunOptions, optional
    metadata : RunMetadata, optional
        Written to.
    config : ConfigProto
        The session's.

    Raises
    ------
    TypeError
        If `options` are no `RunOptions`.
    DeadlineExceededError
        If the run takes longer than it may.
    """
    with limit(options, config):
        if options is not None and metadata is not None and reports(options):
            return run_reporting(executor, values, options, metadata)
        return executor.run(values)
