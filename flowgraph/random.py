"""The `tf.random` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.graph.scope import set_random_seed
from flowgraph.ops.random import (
    get_seed, random_normal as normal, random_uniform as uniform, truncated_normal,
)
from flowgraph.ops.sampling import (
    categorical, multinomial, random_gamma as gamma, random_poisson as poisson, random_shuffle
    as shuffle,
)

__all__ = [
    "categorical", "gamma", "get_seed", "multinomial", "normal", "poisson", "set_random_seed",
    "shuffle", "truncated_normal", "uniform",
]
