"""Default arguments of functions inside a block: ``arg_scope``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Defaults = dict[str, dict[str, Any]]

_current: ContextVar[Defaults | None] = ContextVar("_current", default=None)


def _key(function: Any) -> str:
    return str(getattr(function, "_scope_key", function))


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes defaults from the `arg_scope` around.

    Examples
    --------
    >>> @tf.contrib.framework.add_arg_scope
    ... def scaled(x, factor=1):
    ...     return x * factor
    >>> with tf.contrib.framework.arg_scope([scaled], factor=3):
    ...     scaled(2), scaled(2, factor=5)
    (6, 10)
    """
    key = str(func)

    @functools.wraps(func)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **((_current.get() or {}).get(key, {}) | kwargs))

    scoped._scope_key = key  # type: ignore[attr-defined]
    return scoped


def has_arg_scope(func: Callable[..., Any]) -> bool:
    """Return whether `add_arg_scope` made the function."""
    return hasattr(func, "_scope_key")


def arg_scoped_arguments(func: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the arguments that an `arg_scope` can give defaults to."""
    _check(func)
    parameters = inspect.signature(func).parameters.values()
    return tuple(p.name for p in parameters if p.default is not p.empty)


def _check(func: Any) -> None:
    if not has_arg_scope(func):
        raise ValueError(
            "%s is not decorated with @add_arg_scope", (func.__module__, func.__name__)
        )


@contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Defaults]:
    """Give functions other defaults inside the block.

    Parameters
    ----------
    list_ops_or_scope : list of callable, or what an arg_scope gave
        Functions that `add_arg_scope` made; or the defaults of an earlier block, which
        then replace those of the blocks around.
    **kwargs
        The defaults. They go on top of those of the blocks around.

    Raises
    ------
    ValueError
        If `add_arg_scope` did not make a function, or keywords go with earlier defaults.
    TypeError
        If `list_ops_or_scope` is neither.

    Examples
    --------
    >>> layers = tf.contrib.layers
    >>> with tf.contrib.framework.arg_scope([layers.fully_connected], activation_fn=tf.tanh):
    ...     layers.fully_connected(tf.ones([2, 3]), 4)
    <tf.Tensor 'fully_connected/Tanh:0' shape=(2, 4) dtype=float32>
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling adictionary, kwargs must be empty."
            )
        defaults = dict(list_ops_or_scope)
    elif isinstance(list_ops_or_scope, list | tuple):
        defaults = dict(_current.get() or {})
        for func in list_ops_or_scope:
            _check(func)
            defaults[_key(func)] = defaults.get(_key(func), {}) | kwargs
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    token = _current.set(defaults)
    try:
        yield defaults
    finally:
        _current.reset(token)
