"""``basic_train_loop``: a training step again and again, under a supervisor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.train.supervisor import Supervisor


def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Any = None,
    kwargs: Any = None,
    master: str = "",
) -> None:
    """Call a function with a session until the supervisor is to stop.

    Parameters
    ----------
    supervisor : Supervisor
    train_step_fn : callable
        Takes the session, and then `args` and `kwargs`.
    args, kwargs : optional
    master : str
        The session's target.

    Examples
    --------
    >>> train = tf.assign_add(tf.train.get_or_create_global_step(), 1)
    >>> supervisor = tf.train.Supervisor()
    >>> def step(sess):
    ...     if sess.run(train) == 3:
    ...         supervisor.request_stop()
    >>> tf.train.basic_train_loop(supervisor, step)
    """
    arguments, named = args or (), kwargs or {}
    with supervisor.managed_session(master) as sess:
        while not supervisor.should_stop():
            train_step_fn(sess, *arguments, **named)
