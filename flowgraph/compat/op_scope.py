"""`tf.op_scope`, the older form of `tf.name_scope`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flowgraph.graph.scope import name_scope


@contextmanager
def op_scope(
    values: Sequence[Any], name: str | None, default_name: str | None = None
) -> Iterator[str]:
    """As `tf.name_scope`, which takes its name first.

    Parameters
    ----------
    values : list of Tensor
    name, default_name : str, optional

    Examples
    --------
    >>> with tf.op_scope([tf.constant(1.0)], None, "old") as scope:
    ...     print(scope)
    old/
    """
    logging.getLogger("tensorflow").warning(
        "tf.op_scope(values, name, default_name) is deprecated, "
        "use tf.name_scope(name, default_name, values)"
    )
    with name_scope(name, default_name, values) as scope:
        yield scope
