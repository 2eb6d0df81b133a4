"""The session: owns variables and plans, and runs a graph."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from flowgraph import source
from flowgraph.backends.threads import set_threads
from flowgraph.graph import scope
from flowgraph.graph.graph import Graph
from flowgraph.plan.plan import Request
from flowgraph.runtime import feeds as feeding
from flowgraph.runtime import other_graph
from flowgraph.runtime.config import (
    ConfigProto,
    OptimizerOptions,
    RunOptions,
    native_tier,
)
from flowgraph.runtime.devices import DeviceAttributes, SessionDevices
from flowgraph.runtime.executor import Executor
from flowgraph.runtime.fetches import Fetches
from flowgraph.runtime.growth import Growth
from flowgraph.runtime.guard import GuardedExecutor, guarded_store
from flowgraph.runtime.inspected import Inspected
from flowgraph.runtime.limited import limit, run_with_options
from flowgraph.runtime.partial import PartialRun, go_on
from flowgraph.runtime.route import Route, is_nested
from flowgraph.runtime.server_state import renew, session_config, session_store, state_of
from flowgraph.user_code import ended

_ROUTES_KEPT = 256


class BaseSession(Inspected):
    """What `Session` and `InteractiveSession` share.

    Parameters
    ----------
    target : str
        That of a server in this process, or ``""`` for none.
    graph : Graph, optional
        The default graph if left out.
    config : ConfigProto, optional
    nan_guard : str, optional
        See `Session`.
    """

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: ConfigProto | None = None,
        *,
        nan_guard: str | None = None,
    ) -> None:
        served = state_of(target) if target else None
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        self._graph = scope.get_default_graph() if graph is None else graph
        self._config = session_config(config, served)
        self._is_limited = self._config.operation_timeout_in_ms > 0  # type: ignore[attr-defined]
        level = self._config.graph_options.optimizer_options.opt_level  # type: ignore[attr-defined]
        self._optimised = level != OptimizerOptions.L0
        self._target = target
        self._job = "localhost" if served is None else served.job
        self._make_executor: type[Executor] = Executor
        if nan_guard is None:
            self._store = session_store(served, self._config, self._optimised)
        else:
            self._make_executor = GuardedExecutor
            self._store = guarded_store(
                nan_guard, served, self._optimised, native_tier(self._config)
            )
        self._store.devices = self._devices = SessionDevices(self._config, self._job)
        threads = self._config.intra_op_parallelism_threads  # type: ignore[attr-defined]
        if threads > 0:
            set_threads(threads)
        weakref.finalize(self, self._store.clear)  # threads end with the session
        self._routes: dict[Any, Route] = {}
        self._executors: dict[Any, Executor] = {}
        self._placed = 0
        self._growth = Growth()
        self._lock = threading.Lock()
        self._closed: source.Site | None = None
        if self._config.log_device_placement:  # type: ignore[attr-defined]
            self._devices.log_mapping()

    @property
    def graph(self) -> Graph:
        """The graph it runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The graph as a GraphDef message."""
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        """The target."""
        return self._target

    def list_devices(self) -> list[DeviceAttributes]:
        """Return the devices a run may use."""
        return self._devices.attributes()

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: RunOptions | None = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run what `fetches` need and return their values.

        Parameters
        ----------
        fetches : Tensor, Operation, Variable, str, or any nesting of them
            In lists, tuples, named tuples or dicts; an operation gives ``None``.
        feed_dict : dict, optional
            Values that replace tensors in this run, by tensor or name.
        options : RunOptions, optional
        run_metadata : RunMetadata, optional

        Returns
        -------
        The structure of `fetches`, with arrays and NumPy scalars in it. They belong
        to the caller.

        Raises
        ------
        RuntimeError
            If the session is closed.
        TypeError, ValueError
            If a fetch or a feed is not of this graph or does not fit.
        tf.errors.OpError
            If an operation fails.

        Examples
        --------
        >>> x = tf.placeholder(tf.float32)
        >>> with tf.Session() as sess:
        ...     sess.run({"twice": x * 2, "same": x}, {x: [3]})
        {'twice': array([6.], dtype=float32), 'same': array([3.], dtype=float32)}
        """
        if options is not None or self._is_limited:
            return self._run_with_options(fetches, feed_dict, options, run_metadata)
        try:
            kind = type(fetches)  # a named tuple equals a tuple
            key = (kind, tuple(fetches) if kind is list else fetches)
            route = self._routes.get((key, tuple(feed_dict) if feed_dict else None))
        except TypeError:  # not hashable: a nested structure
            key, route = None, None
        if route is None or self._closed is not None:
            route = self._route(fetches, feed_dict, key)
        values = route.values(feed_dict) if feed_dict else ()
        return route.rebuild(route.executor.run(values))

    def _run_with_options(
        self, fetches: Any, feed_dict: Any, options: RunOptions | None, run_metadata: Any
    ) -> Any:
        route = self._route(fetches, feed_dict, None)
        values = route.values(feed_dict) if feed_dict else ()
        results = run_with_options(route.executor, values, options, run_metadata, self._config)
        return route.rebuild(results)

    def _route(self, fetches: Any, feed_dict: Any, key: Any) -> Route:
        """Find the way from a call's arguments to an executor."""
        self._check_open()
        if not self._graph._operations:
            raise RuntimeError(
                "The Session graph is empty.  Add operations to the graph before calling run()."
                f"{other_graph.explained_empty(self._graph)}"
            )
        parsed = Fetches(self._graph, fetches)
        fed = list(feeding.flatten(self._graph, feed_dict)) if feed_dict else []
        tensors = tuple(tensor for tensor, _ in fed)
        request = parsed.request(tensors)
        direct = not fed or all(
            k is tensor or isinstance(k, str) for k, tensor in zip(feed_dict, tensors, strict=False)
        )
        route = Route(self._executor(request), parsed.rebuild, direct)
        if key is not None and not is_nested(fetches):
            if len(self._routes) >= _ROUTES_KEPT:
                self._routes.clear()
            self._routes[key, tuple(feed_dict) if feed_dict else None] = route
        return route

    def _executor(self, request: Request) -> Executor:
        if len(set(request.feeds)) != len(request.feeds):
            raise ValueError(f"a tensor is fed twice: {[tensor.name for tensor in request.feeds]}")
        key = request[1:]
        with self._lock:
            executor = self._executors.get(key)
            if executor is None:
                self._place()
                if len(self._executors) >= _ROUTES_KEPT:
                    self._executors.clear()  # a graph that grows at each run would fill the memory
                executor = self._make_executor(request, self._store, self._optimised)
                self._executors[key] = executor
        return executor

    def _place(self) -> None:
        """Check the devices of the operations added since the last time."""
        operations = self._graph._operations[self._placed :]
        config: Any = self._config
        self._devices.check_placement(
            operations, config.allow_soft_placement, config.log_device_placement
        )
        if self._placed:
            self._growth.note(operations)
        self._placed += len(operations)

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """Return a function that runs `fetches`, given values in the order of `feed_list`.

        Parameters
        ----------
        fetches : any nesting of fetches
        feed_list : list of Tensor, optional
        accept_options : bool
            The function also takes ``options`` and ``run_metadata``.

        Examples
        --------
        >>> x = tf.placeholder(tf.float32)
        >>> double = tf.Session().make_callable(x * 2, [x])
        >>> print(double(4))
        8.0
        """
        self._check_open()
        parsed = Fetches(self._graph, fetches)
        elements = feeding.keys(self._graph, () if feed_list is None else feed_list)
        executor, rebuild = self._executor(parsed.request(elements)), parsed.rebuild

        def call(*values: Any, **run_arguments: Any) -> Any:
            if run_arguments:
                unknown = set(run_arguments) - {"options", "run_metadata"}
                if unknown or not accept_options:
                    raise TypeError(f"unexpected arguments {sorted(run_arguments)}")
            self._check_open()
            if len(values) != len(elements):
                raise TypeError(f"{len(elements)} values are to be fed, not {len(values)}")
            if not run_arguments and not self._is_limited:
                return rebuild(executor.run(values))
            options, metadata = map(run_arguments.get, ("options", "run_metadata"))
            return rebuild(run_with_options(executor, values, options, metadata, self._config))

        return call

    def partial_run_setup(self, fetches: Any, feeds: Sequence[Any] | None = None) -> PartialRun:
        """Announce the fetches and feeds of a run that is to happen in several calls.

        Parameters
        ----------
        fetches : any nesting of fetches
        feeds : list of Tensor, optional

        Returns
        -------
        PartialRun
            The handle for `partial_run`.

        Examples
        --------
        >>> a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
        >>> total, product = a + 1.0, (a + 1.0) * b
        >>> sess = tf.Session()
        >>> handle = sess.partial_run_setup([total, product], [a, b])
        >>> print(sess.partial_run(handle, total, {a: 1.0}))
        2.0
        >>> print(sess.partial_run(handle, product, {b: 3.0}))
        6.0
        """
        self._check_open()
        if self._make_executor is not Executor:
            raise NotImplementedError("a partial run under a nan_guard")
        with self._lock:
            self._place()
        parsed = Fetches(self._graph, fetches)
        elements = feeding.keys(self._graph, feeds or ())
        return PartialRun(parsed.request(elements), self._store)

    def partial_run(self, handle: PartialRun, fetches: Any, feed_dict: Any = None) -> Any:
        """Continue a partial run: give more feeds, and get what they make available.

        Parameters
        ----------
        handle : PartialRun
            From `partial_run_setup`.
        fetches : any nesting of fetches
            Among those announced.
        feed_dict : dict, optional
            Among those announced, each given once.

        Raises
        ------
        InvalidArgumentError
            If a feed or fetch was not announced, or a feed that a fetch needs was not given.
        """
        self._check_open()
        parsed = Fetches(self._graph, fetches)
        fed = list(feeding.flatten(self._graph, feed_dict or {}))
        with limit(None, self._config):
            return parsed.rebuild(go_on(handle, fed, parsed.tensors, parsed.targets))

    def close(self) -> None:
        """Release the variables and plans. The session cannot be used any more."""
        if self._closed is None:
            self._closed = source.here()
        self._routes.clear()
        self._executors.clear()
        self._store.clear()

    def _check_open(self) -> None:
        if self._closed is not None:
            raise RuntimeError(
                f"Attempted to use a closed Session.\n  it was closed at\n  {ended(self._closed)}"
            )

    def as_default(self) -> AbstractContextManager[Any]:
        """Return a context in which this is the default session; it stays open after.

        `Tensor.eval` and `Operation.run` find it. The default graph stays what it was.
        """
        return scope.default_session_is(self)


class Session(BaseSession):
    """Runs a graph and keeps the values of its variables.

    Parameters
    ----------
    target : str
        That of a server in this process, or ``""`` for none.
    graph : Graph, optional
        The default graph if left out.
    config : ConfigProto, optional
    nan_guard : str, optional
        ``"raise"`` or ``"warn"`` of the first operation of a run that makes a NaN, or an infinity
        that reaches a fetch, a variable or a NaN. Values stay what they are, runs take longer.
        flowgraph's own. Runs with a ``trace_level`` are not looked at.

    Examples
    --------
    >>> with tf.Session() as sess:
    ...     print(sess.run(tf.add(1, 2)))
    3

    >>> p = tf.nn.softmax(tf.constant([[0.0, 200.0]]))
    >>> loss = -tf.reduce_sum([[1.0, 0.0]] * tf.log(p, name="log_p"))
    >>> try:
    ...     tf.Session(nan_guard="raise").run(loss)
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(str(error).splitlines()[0])
    log_p:0 : Tensor had Inf values
    """

    _entered = False

    def __enter__(self) -> Session:
        self._check_open()
        if self._entered:
            raise RuntimeError(
                "Session context managers are not re-entrant. Use `Session.as_default()` if you "
                "want to enter a session multiple times."
            )
        self._entered = True
        scope.push_graph(self._graph)
        scope.push_session(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scope.pop_session(self)
        scope.pop_graph(self._graph)
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Let a server of this process forget its variables and queues; `config` has no effect."""
        if containers:
            raise NotImplementedError("Session.reset of some containers")
        renew(target)
