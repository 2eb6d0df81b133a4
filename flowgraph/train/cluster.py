"""``ClusterSpec``: the processes of a distributed program, by job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph import protos


class ClusterSpec:
    """The processes of a distributed program: jobs, each of tasks with addresses.

    Parameters
    ----------
    cluster : dict, ClusterDef or ClusterSpec
        For each job its addresses: a list, or a dict by task number.

    Raises
    ------
    TypeError
        If `cluster` is something else, or an address or number is.

    Examples
    --------
    >>> cluster = tf.train.ClusterSpec({"worker": ["a:2222", "b:2222"], "ps": ["c:2222"]})
    >>> cluster.jobs, cluster.num_tasks("worker"), cluster.task_address("worker", 1)
    (['worker', 'ps'], 2, 'b:2222')
    """

    def __init__(self, cluster: Any) -> None:
        self._tasks: dict[str, dict[int, Any]] = {}
        if isinstance(cluster, ClusterSpec):
            cluster = cluster.as_cluster_def()
        if isinstance(cluster, Mapping):
            for job, tasks in cluster.items():
                self._tasks[job] = _numbered(job, tasks)
        elif getattr(getattr(cluster, "DESCRIPTOR", None), "name", "") == "ClusterDef":
            self._tasks = {job.name: dict(job.tasks) for job in cluster.job}
        else:
            raise TypeError(
                "`cluster` must be a dictionary mapping one or more job names to lists of network "
                "addresses, or a `ClusterDef` protocol buffer"
            )
        for job, tasks in self._tasks.items():
            if not isinstance(job, str | bytes):
                raise TypeError(f"Job name {job!r} must be bytes or unicode")
            for number, address in tasks.items():
                if not isinstance(number, int):
                    raise TypeError(
                        f"{number!r} has type {type(number).__name__}, but expected one of: int"
                    )
                if not isinstance(address, str | bytes):
                    raise TypeError(f"Task address {address!r} must be bytes or unicode")

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __eq__(self, other: object) -> bool:
        return self._tasks == (other._tasks if isinstance(other, ClusterSpec) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        tasks = ", ".join(f"{job!r}: {self._listed(job)!r}" for job in sorted(self._tasks))
        return f"ClusterSpec({{{tasks}}})"

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._tasks)

    def num_tasks(self, job_name: str) -> int:
        """Return how many tasks a job has; ValueError if there is no such job."""
        return len(self._of(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """Return the numbers of a job's tasks, sorted; ValueError if there is no such job."""
        return sorted(self._of(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """Return a task's address.

        Raises
        ------
        ValueError
            If there is no such job or task.
        """
        tasks = self._of(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """Return a job's addresses by task number, ``None`` where a number has none.

        Raises
        ------
        ValueError
            If there is no such job.
        """
        tasks = self._of(job_name)
        return [tasks.get(number) for number in range(max(tasks, default=-1) + 1)]

    def as_dict(self) -> dict[str, Any]:
        """Return the addresses by job: lists, or dicts where task numbers are missing."""
        return {job: self._listed(job) for job in self.jobs}

    def as_cluster_def(self) -> Any:
        """Return the cluster as a ClusterDef message."""
        message = protos.ClusterDef()
        for job, tasks in sorted(self._tasks.items()):
            message.job.add(name=job, tasks=tasks)
        return message

    def _of(self, job: str) -> dict[int, str]:
        if job not in self._tasks:
            raise ValueError(f"No such job in cluster: {job!r}")
        return self._tasks[job]

    def _listed(self, job: str) -> Any:
        tasks = self._tasks[job]
        listed = self.job_tasks(job)
        return listed if listed and None not in listed else tasks


def _numbered(job: str, tasks: Any) -> dict[int, str]:
    if isinstance(tasks, list | tuple):
        return dict(enumerate(tasks))
    if isinstance(tasks, Mapping):
        return dict(tasks)
    raise TypeError(
        f"The tasks for job {job!r} must be a list or a dictionary from integers to strings."
    )
