"""Whether samples are a differentiable function of a distribution's parameters."""

from __future__ import annotations


class ReparameterizationType:
    """How samples depend on the parameters. Two of them are equal only if they are one.

    Parameters
    ----------
    rep_type : str

    Examples
    --------
    >>> tf.distributions.FULLY_REPARAMETERIZED
    <Reparameteriation Type: FULLY_REPARAMETERIZED>
    """

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameteriation Type: {self._rep_type}>"


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
"""Gradients flow through samples into all parameters."""

NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")
"""They do not."""
