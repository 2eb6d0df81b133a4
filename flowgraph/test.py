"""The `tf.test` namespace."""

from flowgraph.autodiff.checker import compute_gradient, compute_gradient_error
