"""The `tf.random` namespace."""

from flowgraph.graph.scope import set_random_seed
from flowgraph.ops.random import (
    get_seed, random_normal as normal, random_uniform as uniform, truncated_normal,
)
from flowgraph.ops.sampling import (
    categorical, multinomial, random_gamma as gamma, random_poisson as poisson, random_shuffle
    as shuffle,
)
