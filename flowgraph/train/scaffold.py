"""``Scaffold``: the operations that a training session needs besides those of the model."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    GraphKeys,
    add_to_collection,
    device,
    get_collection,
    get_default_graph,
    name_scope,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.constant import constant
from flowgraph.ops.control import group, no_op
from flowgraph.ops.joining import concat
from flowgraph.summary.merging import merge_all
from flowgraph.train.saver import Saver
from flowgraph.variables.collections import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)

_log = logging.getLogger("tensorflow")


def collected_saver() -> Any:
    """Return the saver that ``GraphKeys.SAVERS`` holds, or ``None``.

    Raises
    ------
    RuntimeError
        If it holds several.
    """
    savers = get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to "
            "use by passing it to the constructor."
        )
    return savers[0] if savers else None


def tables_initializer() -> Operation:
    """Return an operation that fills the graph's lookup tables, named ``init_all_tables``."""
    return group(*get_collection(GraphKeys.TABLE_INITIALIZERS), name="init_all_tables")


def _initialize_resources() -> Operation:
    """Return what TensorFlow has for resources other than variables, of which there are none."""
    return no_op("init")


def _report(variables: Any = None) -> Tensor:
    """Return the names of variables without a value, and of resources, of which there are none."""
    missing = report_uninitialized_variables(variables)
    with name_scope("report_uninitialized_resources"), device("/cpu:0"):
        resources = constant([], dtype=dtypes.string)
    return concat([missing, resources], 0)


class Scaffold:
    """What a training session runs besides the model: to initialize, to check, to save.

    What is not given is taken from the graph's collections, or made by `finalize`.

    Parameters
    ----------
    init_op : Operation, optional
        Initializes the model, where no checkpoint does.
    init_feed_dict : dict, optional
        Fed to `init_op`.
    init_fn : callable, optional
        Called with the scaffold and the session after `init_op`.
    ready_op : Tensor, optional
        Its value is empty when the model is ready, or names what is missing.
    ready_for_local_init_op : Tensor, optional
        The same for `local_init_op`.
    local_init_op : Operation, optional
        Initializes what no checkpoint holds; run also after a checkpoint is restored.
    summary_op : Tensor, optional
        The summaries.
    saver : Saver, optional
    copy_from_scaffold : Scaffold, optional
        Gives what is not given here.

    Raises
    ------
    TypeError
        If `copy_from_scaffold` is something else.

    Examples
    --------
    >>> w = tf.Variable(0.0, name="w")
    >>> def set_to_two(scaffold, session):
    ...     w.load(2.0, session)
    >>> with tf.train.MonitoredTrainingSession(scaffold=tf.train.Scaffold(init_fn=set_to_two)) as s:
    ...     print(s.run(w))
    2.0
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[..., Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Any = None,
    ) -> None:
        other = copy_from_scaffold
        if other is not None and not isinstance(other, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        self._init_fn: Any = None
        if init_fn is not None:
            given = init_fn
            self._init_fn = lambda session: given(self, session)
        self._init_op = init_op
        self._init_feed_dict = init_feed_dict
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._local_init_op = local_init_op
        self._summary_op = summary_op
        self._saver = saver
        if other is not None:
            for name, value in vars(other).items():
                if getattr(self, name) is None:
                    setattr(self, name, value)

    def finalize(self) -> Scaffold:
        """Find or make what is not given, and finalize the graph."""
        if self._init_op is None:
            self._init_op = self.get_or_default("init_op", GraphKeys.INIT_OP, _default_init_op)
        if self._ready_op is None:
            self._ready_op = self.get_or_default("ready_op", GraphKeys.READY_OP, _report)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = self.get_or_default(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                lambda: _report(global_variables()),
            )
        if self._local_init_op is None:
            self._local_init_op = self.get_or_default(
                "local_init_op", GraphKeys.LOCAL_INIT_OP, self.default_local_init_op
            )
        if self._summary_op is None:
            self._summary_op = self.get_or_default("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = collected_saver()
        if self._saver is None:
            self._saver = Saver(sharded=True, allow_empty=True)
            add_to_collection(GraphKeys.SAVERS, self._saver)
        self._saver.build()
        get_default_graph().finalize()
        _log.info("Graph was finalized.")
        return self

    @property
    def init_fn(self) -> Any:
        """A function of the session, or ``None``."""
        return self._init_fn

    @property
    def init_op(self) -> Any:
        """Initializes the model."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """Fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Says what the model lacks."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Says what `local_init_op` lacks."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """Initializes what no checkpoint holds."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """The summaries, or ``None``."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """Saves and restores the model."""
        return self._saver

    @staticmethod
    def get_or_default(
        arg_name: str, collection_key: str, default_constructor: Callable[[], Any]
    ) -> Any:
        """Return what a collection holds, or what a function makes and the collection gets.

        Parameters
        ----------
        arg_name : str
            The argument of `Scaffold` that could say which to take.
        collection_key : str
        default_constructor : callable

        Raises
        ------
        RuntimeError
            If the collection holds several.
        """
        found = get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which '
                "one to use by passing it to the tf.Scaffold constructor as:  "
                f"tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Operation:
        """Return an operation that initializes the local variables and fills the tables."""
        return group(local_variables_initializer(), tables_initializer(), _initialize_resources())


def _default_init_op() -> Operation:
    initializers = get_collection("saved_model_initializers")
    return group(global_variables_initializer(), _initialize_resources(), *initializers)
