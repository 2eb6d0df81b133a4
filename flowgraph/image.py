"""The `tf.image` namespace."""

from flowgraph.ops.random_crop import random_crop
