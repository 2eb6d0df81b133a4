"""What a `Supervisor` needs of the graph: given, found in its collections, or made."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import GraphKeys
from flowgraph.ops.control import group
from flowgraph.summary.merging import merge_all
from flowgraph.train.global_steps import get_global_step
from flowgraph.train.saver import Saver
from flowgraph.train.scaffold import tables_initializer
from flowgraph.variables.collections import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

_log = logging.getLogger("tensorflow")
DEFAULT = 0
"""Stands for what the graph's collections hold, or what is made in its place."""


class SupervisedModel:
    """The operations of a model that a supervisor runs. Arguments: those of `Supervisor`."""

    def __init__(
        self,
        graph: Graph,
        ready_op: Any,
        ready_for_local_init_op: Any,
        init_op: Any,
        local_init_op: Any,
        saver: Any,
        summary_op: Any,
        global_step: Any,
    ) -> None:
        self._graph = graph
        with self._graph.as_default():
            self._ready_op = self._found(
                ready_op, GraphKeys.READY_OP, report_uninitialized_variables
            )
            self._ready_for_local_init_op = self._found(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, lambda: None
            )
            self._init_op = self._found(init_op, GraphKeys.INIT_OP, global_variables_initializer)
            self._local_init_op = self._found(
                local_init_op, GraphKeys.LOCAL_INIT_OP, _default_local_init_op
            )
            self._saver = self._found(
                saver, GraphKeys.SAVERS, lambda: Saver() if global_variables() else None
            )
            self._summary_op = self._found(summary_op, GraphKeys.SUMMARY_OP, merge_all)
            self._global_step = get_global_step() if global_step is DEFAULT else global_step

    def _found(self, given: Any, key: str, make: Callable[[], Any]) -> Any:
        """Return what was given, or what a collection holds, or what is made for it."""
        if given is not DEFAULT:
            return given
        found = self._graph.get_collection(key)
        if len(found) > 1:
            _log.info("Found %d %s operations. Returning the first one.", len(found), key)
        if found:
            return found[0]
        made = make()
        if made is not None:
            self._graph.add_to_collection(key, made)
        return made

    @property
    def init_op(self) -> Any:
        """Initializes the model."""
        return self._init_op

    @property
    def ready_op(self) -> Any:
        """Says what the model lacks."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Says what `local_init_op` lacks."""
        return self._ready_for_local_init_op

    @property
    def summary_op(self) -> Any:
        """The summaries, or ``None``."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """Saves and restores the model."""
        return self._saver

    @property
    def global_step(self) -> Any:
        """The global step, or ``None``."""
        return self._global_step


def _default_local_init_op() -> Any:
    return group(local_variables_initializer(), tables_initializer())


def check_devices(graph: Graph) -> None:
    """Raise a ValueError if a variable could lie on this worker rather than the chief's."""
    for operation in graph.get_operations():
        if operation.type in ("Variable", "VariableV2") and not operation.device:
            raise ValueError(
                f"When using replicas, all Variables must have their device set: {operation}"
            )
