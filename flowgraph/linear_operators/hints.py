"""What is known of an operator that is made of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowgraph.linear_operators.base import LinearOperator


def common_dtype(operators: Sequence[LinearOperator]) -> Any:
    """Return the dtype of operators.

    Raises
    ------
    ValueError
        If there are none.
    TypeError
        If they have several.
    """
    if not operators:
        raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
    if len({operator.dtype for operator in operators}) > 1:
        found = "   ".join(f"({o.name!r}, tf.{o.dtype.name})" for o in operators)
        raise TypeError(f"Expected all operators to have the same dtype.  Found {found}")
    return operators[0].dtype


def all_have(operators: Sequence[LinearOperator], hint: str, given: Any, error: str) -> Any:
    """Return ``True`` if all operators have a hint, else what was given.

    Raises
    ------
    ValueError
        If they all have it, and it is said that the whole has not.
    """
    if not all(getattr(operator, hint) for operator in operators):
        return given
    if given is False:
        raise ValueError(error)
    return True


def same_as(operator: LinearOperator, hint: str, given: Any, error: str) -> Any:
    """Return a hint that an operator and what is made of it share.

    Raises
    ------
    ValueError
        If another one was given.
    """
    known = getattr(operator, hint)
    if known is None or given is None:
        return known if given is None else given
    if known != given:
        raise ValueError(error)
    return given


def product_hints(left: LinearOperator, right: LinearOperator) -> dict[str, Any]:
    """Return the hints of the product of two operators that commute."""
    is_non_singular = None
    if left.is_non_singular and right.is_non_singular:
        is_non_singular = True
    elif left.is_non_singular is False or right.is_non_singular is False:
        is_non_singular = False
    is_self_adjoint = True if left.is_self_adjoint and right.is_self_adjoint else None
    is_positive = left.is_positive_definite and right.is_positive_definite
    return {
        "is_non_singular": is_non_singular,
        "is_self_adjoint": is_self_adjoint,
        "is_positive_definite": True if is_positive and is_self_adjoint else None,
    }


def all_known(
    operators: Sequence[Any], given: Mapping[str, tuple[bool | None, str]], text: str
) -> dict[str, bool | None]:
    """Return what `all_have` does for several hints, each given with its word for `text`."""
    return {
        hint: all_have(operators, hint, value, text.format(word))
        for hint, (value, word) in given.items()
    }
