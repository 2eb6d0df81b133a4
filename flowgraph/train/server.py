"""``Server``: a server of one task, in this process."""

from __future__ import annotations

import itertools
import threading
from typing import Any, NoReturn

from flowgraph import protos
from flowgraph.errors import InternalError
from flowgraph.runtime.config import ConfigProto
from flowgraph.runtime.server_state import ServerState, serve
from flowgraph.train.cluster import ClusterSpec

_numbers = itertools.count(1)


class Server:
    """A server whose sessions share variables and queues, by the names of operations.

    It has one task and lives in this process; nothing listens at its target.

    Parameters
    ----------
    server_or_cluster_def : ServerDef, ClusterDef, ClusterSpec or dict
    job_name : str, optional
        Needed where the cluster has several jobs.
    task_index : int, optional
        Needed where the job has several tasks.
    protocol : str, optional
        Only ``"grpc"``.
    config : ConfigProto, optional
        What its sessions have where their own says nothing. `server_def` does not tell it.
    start : bool

    Raises
    ------
    TypeError
        If `server_or_cluster_def` or `config` is something else.
    ValueError
        If the job or the task is not clear.
    InternalError
        If the cluster does not have the job.
    NotImplementedError
        For a cluster of several tasks, another `protocol`, and a ServerDef with options for
        sessions.

    Examples
    --------
    >>> server = tf.train.Server.create_local_server()
    >>> w = tf.Variable(3.0)
    >>> with tf.Session(server.target) as sess:
    ...     sess.run(w.initializer)
    >>> with tf.Session(server.target) as sess:
    ...     print(sess.run(w))
    3.0
    """

    def __init__(
        self,
        server_or_cluster_def: Any,
        job_name: str | None = None,
        task_index: int | None = None,
        protocol: str | None = None,
        config: Any = None,
        start: bool = True,
    ) -> None:
        if config is not None and not isinstance(config, ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        self._config = ConfigProto() if config is None else config
        self._server_def = _described(server_or_cluster_def, job_name, task_index, protocol)
        self._target = f"grpc://localhost:{next(_numbers)}"
        if start:
            self.start()

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """Return a server of one job ``"local"``."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)

    @property
    def server_def(self) -> Any:
        """The ServerDef message."""
        return self._server_def

    @property
    def target(self) -> str:
        """What a session of this process takes to use the server."""
        return self._target

    def start(self) -> None:
        """Let sessions use it."""
        serve(self._target, ServerState(self._server_def.job_name, self._config))

    def join(self) -> NoReturn:
        """Wait for ever, as programs do that only serve."""
        while True:
            threading.Event().wait()


def _described(given: Any, job: str | None, task: int | None, protocol: str | None) -> Any:
    if getattr(getattr(given, "DESCRIPTOR", None), "name", "") == "ServerDef":
        if "default_session_config" in {field.name for field, _ in given.ListFields()}:
            raise NotImplementedError("tf.train.Server of a ServerDef with default_session_config")
        cluster = ClusterSpec(given.cluster)
        job = given.job_name if job is None else job
        task = given.task_index if task is None else task
        protocol = given.protocol or None if protocol is None else protocol
    else:
        try:
            cluster = ClusterSpec(given)
        except TypeError as error:
            raise TypeError(
                "Could not convert `server_or_cluster_def` to a `tf.train.ServerDef` or "
                "`tf.train.ClusterSpec`."
            ) from error
    if job is None:
        if len(cluster.jobs) != 1:
            raise ValueError("Must specify an explicit `job_name`.")
        job = cluster.jobs[0]
    if job not in cluster.jobs:
        raise InternalError(None, None, f'Job "{job}" was not defined in cluster')
    if task is None:
        if cluster.num_tasks(job) != 1:
            raise ValueError("Must specify an explicit `task_index`.")
        task = cluster.task_indices(job)[0]
    if sum(map(cluster.num_tasks, cluster.jobs)) != 1:
        raise NotImplementedError("tf.train.Server in a cluster of several tasks")
    if protocol not in (None, "grpc"):
        raise NotImplementedError(f"tf.train.Server with protocol {protocol!r}")
    return protos.ServerDef(
        cluster=cluster.as_cluster_def(), job_name=job, task_index=task, protocol="grpc"
    )
