"""Placing variables on parameter servers and everything else on the workers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.device import DeviceSpec, as_spec
from flowgraph.train.cluster import ClusterSpec

_log = logging.getLogger("tensorflow")

STANDARD_PS_OPS = (
    *("Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp"),
    *("MutableHashTable", "MutableHashTableV2"),
    *("MutableHashTableOfTensors", "MutableHashTableOfTensorsV2"),
    *("MutableDenseHashTable", "MutableDenseHashTableV2"),
    *("BoostedTreesEnsembleResourceHandleOp", "BoostedTreesQuantileStreamResourceHandleOp"),
)
"""The types of the operations that parameter servers hold."""


class _InTurn:
    """Chooses one task after the other."""

    def __init__(self, num_tasks: int) -> None:
        self._num_tasks = num_tasks
        self._next = 0

    def __call__(self, op: Any) -> int:
        task = self._next
        self._next = (task + 1) % self._num_tasks
        return task


def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Any], int] | None = None,
) -> Callable[[Any], str] | None:
    """Return a function for `tf.device` that spreads variables over the parameter servers.

    Parameters
    ----------
    ps_tasks : int
        How many parameter servers there are; none makes the result ``None``.
    ps_device, worker_device : str
        The devices of variables, and of everything else.
    merge_devices : bool
        Complete a device that an operation has already, instead of leaving it.
    cluster : ClusterSpec, dict or ClusterDef, optional
        Says how many parameter servers there are, in place of `ps_tasks`.
    ps_ops : list of str, optional
        The types of the operations for parameter servers; variables and tables if left out.
    ps_strategy : callable, optional
        Returns the task for an operation; one after the other if left out.

    Returns
    -------
    callable or None
        From an operation to its device.

    Raises
    ------
    TypeError
        If `ps_strategy` is not callable, or `cluster` is no cluster.

    Examples
    --------
    >>> with tf.device(tf.train.replica_device_setter(ps_tasks=2)):
    ...     v, w = tf.Variable(1.0), tf.Variable(2.0)
    ...     x = v + w
    >>> v.device, w.device, x.device
    ('/job:ps/task:0', '/job:ps/task:1', '/job:worker')
    """
    if cluster is not None:
        jobs = ClusterSpec(cluster).as_dict()
        ps_tasks = len(jobs.get(DeviceSpec.from_string(ps_device).job or "", ()))
    if ps_tasks == 0:
        return None
    if not merge_devices:
        _log.warning("It is better to complete devices, with merge_devices=True")
    strategy = _InTurn(ps_tasks) if ps_strategy is None else ps_strategy
    if not callable(strategy):
        raise TypeError("ps_strategy must be callable")
    of_ps = frozenset(STANDARD_PS_OPS if ps_ops is None else ps_ops)

    def place(operation: Any) -> str:
        asked = operation.device or ""
        if asked and not merge_devices:
            return str(asked)
        given = as_spec(asked)
        on_ps = bool(ps_device) and operation.type in of_ps
        result = DeviceSpec.from_string((ps_device if on_ps else worker_device) or "")
        if on_ps and result.job and given.job in (None, result.job):
            result.task = strategy(operation)
        result.merge_from(given)
        return result.to_string()

    return place
