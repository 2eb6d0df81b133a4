"""What ``tensorflow.python.util.tf_decorator`` has: decorators that can be taken off again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple


class TFDecorator(NamedTuple):
    """What a decorated function remembers of its decoration.

    Attributes
    ----------
    decorator_name : str
        The decorator's name.
    decorated_target : callable
        The function that was decorated.
    decorator_doc : str
        What the decorator adds to the documentation.
    decorator_argspec : object
        The arguments that the decorated function shows, where they are others.
    """

    decorator_name: str
    decorated_target: Callable[..., Any]
    decorator_doc: str
    decorator_argspec: Any


def make_decorator(
    target: Callable[..., Any],
    decorator_func: Callable[..., Any],
    decorator_name: str | None = None,
    decorator_doc: str = "",
    decorator_argspec: Any = None,
) -> Callable[..., Any]:
    """Give a function that wraps another the other's name, documentation and attributes.

    Parameters
    ----------
    target : callable
        The function that is wrapped.
    decorator_func : callable
        The one that wraps it: it is changed and returned.
    decorator_name : str, optional
        The name of `decorator_func` if left out.
    decorator_doc : str
    decorator_argspec : object, optional
        See `TFDecorator`.

    Examples
    --------
    >>> def twice(x):
    ...     return 2 * x
    >>> def loud(*args):
    ...     print("called")
    ...     return twice(*args)
    >>> wrapped = make_decorator(twice, loud)
    >>> wrapped.__name__, unwrap(wrapped)[1] is twice
    ('twice', True)
    """
    note = TFDecorator(
        decorator_name or decorator_func.__name__, target, decorator_doc, decorator_argspec
    )
    wrapped: Any = functools.wraps(target)(decorator_func)
    wrapped._tf_decorator = note
    return decorator_func


def unwrap(maybe_tf_decorator: Any) -> tuple[list[TFDecorator], Any]:
    """Return what `make_decorator` noted of a function, outermost first, and the innermost one.

    Parameters
    ----------
    maybe_tf_decorator : callable
    """
    notes: list[TFDecorator] = []
    while isinstance(note := vars(maybe_tf_decorator).get("_tf_decorator"), TFDecorator):
        notes.append(note)
        maybe_tf_decorator = note.decorated_target
    return notes, maybe_tf_decorator
