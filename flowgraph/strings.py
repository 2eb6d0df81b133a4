"""The `tf.strings` namespace."""

from flowgraph.ops.printing import string_format as format
