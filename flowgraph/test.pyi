from flowgraph.autodiff.checker import compute_gradient, compute_gradient_error
from flowgraph.compat.testing import get_temp_dir, main, TestCase
from flowgraph.runtime.devices import gpu_device_name, is_built_with_cuda, is_gpu_available

__all__ = [
    "TestCase", "compute_gradient", "compute_gradient_error", "get_temp_dir", "gpu_device_name",
    "is_built_with_cuda", "is_gpu_available", "main",
]
