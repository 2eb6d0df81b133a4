"""Types of a program's own that `Session.run` takes: what is fetched or fed in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Conversion(NamedTuple):
    """What a type was registered with. See `register_session_run_conversion_functions`."""

    tensor_type: type
    fetch_function: Callable[[Any], tuple[list[Any], Callable[[list[Any]], Any]]] | None
    feed_function: Callable[[Any, Any], list[tuple[Any, Any]]] | None
    feed_function_for_partial_run: Callable[[Any], list[Any]] | None


_registered: list[Conversion] = []


def register_session_run_conversion_functions(
    tensor_type: type,
    fetch_function: Any = None,
    feed_function: Any = None,
    feed_function_for_partial_run: Any = None,
) -> None:
    """Let `Session.run` take objects of a type of the program's own.

    Parameters
    ----------
    tensor_type : type
        The type; objects of its subclasses are taken too.
    fetch_function : callable, optional
        From an object to what to fetch, a list, and a function from the list of the values to
        the object's value.
    feed_function : callable, optional
        From an object and the value fed for it to pairs of tensors and their values.
    feed_function_for_partial_run : callable, optional
        From an object to the tensors that a partial run may be fed for it.

    Raises
    ------
    ValueError
        If the type, or one of its subclasses, is registered already.

    Examples
    --------
    >>> class Shifted:
    ...     def __init__(self, tensor, by):
    ...         self.tensor, self.by = tensor, by
    >>> register_session_run_conversion_functions(
    ...     Shifted,
    ...     lambda s: ([s.tensor], lambda values: values[0] + s.by),
    ...     lambda s, value: [(s.tensor, value - s.by)],
    ... )
    >>> x = Shifted(tf.placeholder_with_default(1.0, []), 10.0)
    >>> with tf.Session() as session:
    ...     print(session.run(x), session.run(x.tensor, {x: 13.0}))
    11.0 3.0
    """
    if any(issubclass(known.tensor_type, tensor_type) for known in _registered):
        raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _registered.insert(
        0, Conversion(tensor_type, fetch_function, feed_function, feed_function_for_partial_run)
    )


def conversion_of(value: Any) -> Conversion | None:
    """Return how an object is converted; ``None`` if its type is not registered."""
    return next((known for known in _registered if isinstance(value, known.tensor_type)), None)
