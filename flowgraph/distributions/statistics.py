"""Statistics that are undefined for some parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_less
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.filling import fill, ones
from flowgraph.ops.selection import where_v2


def filled(shape: Any, value: float, like: Tensor, name: str | None = None) -> Tensor:
    """Return a tensor of one value, of the dtype of `like`."""
    return fill(shape, np.array(value, like.dtype.numpy), name=name)


def nan_where_undefined(is_defined: Tensor, statistic: Tensor, shape: Any) -> Tensor:
    """Return a statistic, NaN where it is undefined."""
    return where_v2(is_defined, statistic, filled(shape, np.nan, statistic, "nan"))


def refused_where_undefined(statistic: Tensor, *parameters: tuple[Tensor, str]) -> Tensor:
    """Return a statistic that stops the run unless the parameters are above 1.

    Parameters
    ----------
    statistic : Tensor
    *parameters : tuple of Tensor and str
        Each parameter, with what is to be said if it is not.
    """
    checks = [
        assert_less(ones([], dtype=statistic.dtype), parameter, message=text)
        for parameter, text in parameters
    ]
    return with_dependencies(checks, statistic)  # type: ignore[no-any-return]
