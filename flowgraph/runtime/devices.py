"""Devices: which there are, and whether a graph's operations can be placed on them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

from flowgraph.errors import InvalidArgumentError
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.operation import Operation

_CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


class DeviceAttributes(NamedTuple):
    """A device that a run may use."""

    name: str
    device_type: str
    memory_limit_bytes: int


def local_devices(job: str = "localhost") -> list[DeviceAttributes]:
    """Return the devices of this process, as those of a job."""
    return [DeviceAttributes(_named(job), "CPU", 256 << 20)]


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """Return whether a run may use a GPU.

    Parameters
    ----------
    cuda_only : bool
        Count CUDA devices alone; there are no other GPUs.
    min_cuda_compute_capability : tuple of int, optional
        Count only those of at least this compute capability.

    Raises
    ------
    NotImplementedError
        If there is a GPU and `min_cuda_compute_capability` is given.

    Examples
    --------
    >>> tf.test.is_gpu_available() == bool(tf.test.gpu_device_name())
    True
    """
    found = bool(gpu_device_name())
    if found and min_cuda_compute_capability is not None:
        raise NotImplementedError("is_gpu_available with min_cuda_compute_capability")
    return found


def gpu_device_name() -> str:
    """Return the name of the first GPU, or an empty string."""
    gpus = (device.name for device in local_devices() if device.device_type == "GPU")
    return next(gpus, "")


def is_built_with_cuda() -> bool:
    """Return whether this version can run on CUDA devices, if there are any."""
    return find_spec("flowgraph.backends.cupy") is not None


def log_mapping() -> None:
    """Print which hardware the devices are, as TensorFlow does where there is only the CPU."""
    print("Device mapping: no known devices.")


def check_placement(
    operations: Sequence[Operation], soft: bool, log: bool, job: str = "localhost"
) -> None:
    """Check that each operation's device exists.

    Parameters
    ----------
    operations : sequence of Operation
    soft : bool
        Place on the CPU what asks for a device that does not exist.
    log : bool
        Print each operation's device, to stdout as TensorFlow does.
    job : str
        The job in the names of the devices.

    Raises
    ------
    InvalidArgumentError
        If a device does not exist and `soft` is false.
    """
    known: dict[str, bool] = {"": True}
    misplaced = []
    for operation in operations:
        device = operation.device
        if device not in known:
            known[device] = _exists(DeviceSpec.from_string(device), job)
        if not known[device] and not soft:
            misplaced.append(operation)
        elif log:
            print(f"{operation.name}: ({operation.type}): {_named(job)}")
    if misplaced:  # a constant that is an operation's input says less than the operation
        operation = next((o for o in misplaced if o.inputs), misplaced[0])
        raise InvalidArgumentError(None, operation, _unplaceable(operation, _named(job)))


def _named(job: str) -> str:
    return _CPU.replace("localhost", job)


def _exists(spec: DeviceSpec, job: str) -> bool:
    return (
        spec.device_type in (None, "CPU")
        and spec.device_index in (None, 0)
        and spec.job in (None, job)
        and not spec.replica
        and not spec.task
    )


def _unplaceable(operation: Operation, cpu: str) -> str:
    is_gpu = DeviceSpec.from_string(operation.device).device_type == "GPU"
    return (
        f"Cannot assign a device for operation {operation.name}: {operation.name} was explicitly "
        f"assigned to {operation.device} but available devices are [ {cpu} ]. Make sure the "
        "device specification refers to a valid device."
        + " The requested device appears to be a GPU, but CUDA is not enabled."
        * is_gpu
        + "\n"
        f"\t [[node {operation.name} (defined at {operation.site.filename}:"
        f"{operation.site.line}) ]]\n"
        "  hint: ConfigProto(allow_soft_placement=True) runs it on the CPU"
    )
