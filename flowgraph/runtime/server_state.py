"""What the sessions of a server share: variables and queues, by the names of operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from flowgraph.backends.native.library import Tier
from flowgraph.graph.operation import Operation
from flowgraph.runtime.config import ConfigProto, completed, native_tier
from flowgraph.runtime.function import Functions, Shared

_states: dict[str, ServerState] = {}


class ServerState(Functions):
    """A store that outlives the sessions that use it, of different graphs too.

    Parameters
    ----------
    job : str
        The server's job, in the names of its devices.
    config : ConfigProto
        What sessions have where their own says nothing.
    """

    def __init__(self, job: str, config: ConfigProto) -> None:
        super().__init__(True, native_tier(config))
        self.job = job
        self.config = config

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept for an operation of that name, made on first use."""
        return super().get((Operation, key.name) if isinstance(key, Operation) else key, make)

    def clear(self) -> None:
        """Do nothing: a session that ends leaves the server as it is."""


class ServedSession(Shared):
    """One session's store over a server's: the plans are as its own options say.

    Parameters
    ----------
    state : ServerState
    optimised, tier
        As of `Functions`.
    """

    def __init__(self, state: ServerState, optimised: bool, tier: Tier) -> None:
        super().__init__(state)
        self.optimised, self.tier = optimised, tier
        self.asked = []


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


def session_config(config: ConfigProto | None, served: ServerState | None) -> ConfigProto:
    """Return a session's options, with its server's where it has none; TypeError if they are none.

    Parameters
    ----------
    config : ConfigProto or None
    served : ServerState or None
    """
    if config is not None and not isinstance(config, ConfigProto):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    own = ConfigProto() if config is None else config
    return own if served is None else completed(own, served.config)


def session_store(served: ServerState | None, config: ConfigProto, optimised: bool) -> Functions:
    """Return the store of a session, of a server's or not.

    Parameters
    ----------
    served : ServerState or None
    config : ConfigProto
        The session's. With ``isolate_session_state`` it shares nothing with others.
    optimised : bool
        As of `Functions`.
    """
    options: Any = config
    tier = native_tier(config)
    if served is None or options.isolate_session_state:
        return Functions(optimised, tier)
    return ServedSession(served, optimised, tier)


def renew(target: str) -> None:
    """Let the server that a target names begin anew."""
    before = state_of(target)
    _states[target] = ServerState(before.job, before.config)
    Functions.clear(before)
