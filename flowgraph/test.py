"""The `tf.test` namespace."""


# fmt: off

from flowgraph.autodiff.checker import compute_gradient, compute_gradient_error
from flowgraph.runtime.devices import gpu_device_name, is_built_with_cuda, is_gpu_available

__all__ = [
    "compute_gradient", "compute_gradient_error", "gpu_device_name", "is_built_with_cuda",
    "is_gpu_available",
]
