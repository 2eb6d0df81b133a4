"""The `tf.strings` namespace."""


# fmt: off

from flowgraph.ops.printing import string_format as format

__all__ = [
    "format",
]
