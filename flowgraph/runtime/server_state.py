"""What the sessions of a server share: variables and queues, by the names of operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from flowgraph.backends.native.library import Tier
from flowgraph.graph.operation import Operation
from flowgraph.runtime.function import Functions

_states: dict[str, ServerState] = {}


class ServerState(Functions):
    """A store that outlives the sessions that use it, of different graphs too.

    Parameters
    ----------
    tier : Tier
        When plans use native kernels.
    job : str
        The server's job, in the names of its devices.
    """

    def __init__(self, tier: Tier, job: str) -> None:
        super().__init__(True, tier)
        self.job = job

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept for an operation of that name, made on first use."""
        return super().get((Operation, key.name) if isinstance(key, Operation) else key, make)

    def clear(self) -> None:
        """Do nothing: a session that ends leaves the server as it is."""


def serve(target: str, state: ServerState) -> None:
    """Let sessions on a target share a state."""
    _states[target] = state


def state_of(target: str) -> ServerState:
    """Return the state of the server of this process that a target names.

    Raises
    ------
    NotImplementedError
        If it is none of this process.
    """
    if target not in _states:
        raise NotImplementedError(f"a session on a remote target ({target!r})")
    return _states[target]


def renew(target: str) -> None:
    """Let the server that a target names begin anew."""
    before = state_of(target)
    _states[target] = ServerState(before.tier, before.job)
    Functions.clear(before)
