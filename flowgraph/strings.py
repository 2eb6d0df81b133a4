"""The `tf.strings` namespace."""


# fmt: off

from flowgraph.ops.printing import string_format as format
from flowgraph.ops.string import string_join as join

__all__ = [
    "format", "join",
]
