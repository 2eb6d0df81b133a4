"""The graph's collections of losses, and their totals."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import GraphKeys, add_to_collection, get_collection
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.core import constant


def add_loss(loss: Tensor, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Add a loss to those that `get_losses` returns.

    Parameters
    ----------
    loss : Tensor
    loss_collection : str, optional
        The collection; ``None`` for none.

    Examples
    --------
    >>> tf.losses.add_loss(tf.constant(2.0, name="penalty"))
    >>> tf.losses.get_losses()
    [<tf.Tensor 'penalty:0' shape=() dtype=float32>]
    """
    if loss_collection:
        add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """Return the losses made so far.

    Parameters
    ----------
    scope : str, optional
        A regular expression that their names must match from the start.
    loss_collection : str
    """
    return get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """Return the losses that regularizers of variables have made. See `get_losses`."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(
    scope: str | None = None, name: str = "total_regularization_loss"
) -> Tensor:
    """Return the sum of the regularization losses, 0 if there are none.

    Parameters
    ----------
    scope : str, optional
        As in `get_losses`.
    name : str

    Examples
    --------
    >>> print(tf.Session().run(tf.losses.get_regularization_loss()))
    0.0
    """
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else constant(0.0)


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """Return the sum of the losses.

    Parameters
    ----------
    add_regularization_losses : bool
        Count the regularization losses too.
    name : str
    scope : str, optional
        As in `get_losses`.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> _ = tf.losses.mean_squared_error([1.0], [3.0])
    >>> _ = tf.losses.absolute_difference([1.0], [3.0])
    >>> print(tf.Session().run(tf.losses.get_total_loss()))
    6.0
    """
    losses = get_losses(scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name=name)
