"""Warnings about programs that run, but seldom do what was meant.

Each is given once per place in the user's program, at that place. Python's ``warnings`` silences
them, one kind or all: ``warnings.simplefilter("ignore", tf.debugging.CautionWarning)``.
"""

from __future__ import annotations

import warnings
from typing import Any

from flowgraph.source import Site, here


class CautionWarning(UserWarning):
    """A program seldom means what it says. The base of the package's warnings of this kind.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", tf.debugging.CautionWarning)
    ...     y = tf.nn.softmax(tf.nn.softmax([[1.0, 2.0]]))
    """


class BroadcastWarning(CautionWarning):
    """A column and a vector meet in a loss: every element meets every other."""


class GrowingGraphWarning(CautionWarning):
    """A line adds operations to a graph again and again, between runs."""


class LostFractionWarning(CautionWarning):
    """A placeholder of integers is fed numbers with fractions, which are dropped."""


class NonFiniteWarning(CautionWarning):
    """A run made a NaN or an infinity. See ``nan_guard`` of `Session`."""


class SoftmaxTwiceWarning(CautionWarning):
    """Probabilities are given where logits belong."""


_GIVEN: dict[str, dict[Any, Any]] = {}
"""What Python's warnings keep for each file, to give a text once for a line."""


def caution(kind: type[CautionWarning], message: str, site: Site | None = None) -> None:
    """Warn once for a place in the user's program.

    Parameters
    ----------
    kind : type
        A subclass of `CautionWarning`.
    message : str
    site : Site, optional
        The place; where the user's program is now if left out.
    """
    site = here() if site is None else site
    given = _GIVEN.setdefault(site.filename, {})
    warnings.warn_explicit(message, kind, site.filename, site.line, registry=given)
