"""What is said of the GPUs that a run may use."""

import pytest

import flowgraph as tf
from flowgraph.runtime import devices

GPU = devices.DeviceAttributes("/device:GPU:0", "GPU", 1 << 30)


def test_without_a_gpu(monkeypatch):
    cpu = devices.DeviceAttributes("/device:CPU:0", "CPU", 1 << 28)
    monkeypatch.setattr(devices, "local_devices", lambda: [cpu])
    assert tf.test.gpu_device_name() == ""
    assert tf.test.is_gpu_available() is False
    assert tf.test.is_gpu_available(min_cuda_compute_capability=(3, 0)) is False


def test_with_a_gpu(monkeypatch):
    monkeypatch.setattr(devices, "local_devices", lambda: [GPU, GPU._replace(name="other")])
    assert tf.test.gpu_device_name() == "/device:GPU:0"
    assert tf.test.is_gpu_available(cuda_only=True) is True
    with pytest.raises(NotImplementedError, match="min_cuda_compute_capability"):
        tf.test.is_gpu_available(min_cuda_compute_capability=(3, 0))


def test_no_device_is_of_a_kind_that_was_not_built():
    assert tf.test.is_built_with_cuda() or not tf.test.is_gpu_available()
