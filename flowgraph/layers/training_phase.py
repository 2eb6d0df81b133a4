"""Doing one thing in training and another otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.ops.conditional import cond
from flowgraph.ops.core import convert_to_tensor


def known_phase(training: Any) -> bool | None:
    """Return whether it is training, or ``None`` if only a run shows it.

    Raises
    ------
    TypeError
        Unless `training` is a bool, 0, 1 or a tensor.
    """
    if hasattr(training, "graph"):
        value = convert_to_tensor(training).static_value()
        return None if value is None else bool(value)
    if isinstance(training, bool) or training in (0, 1):
        return bool(training)
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(training)}"
    )


def in_training(training: Any, yes: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """Return what `yes` gives in training, and else what `otherwise` gives.

    Parameters
    ----------
    training : bool, 0, 1 or bool Tensor
        Where only a run shows it, this is a `tf.cond`.
    yes, otherwise : callable
        Without arguments. They return a tensor, or a tuple of as many each.
    """
    known = known_phase(training)
    if known is None:
        return cond(training, yes, otherwise)
    return yes() if known else otherwise()
