"""Devices: which there are, and where a graph's operations are placed."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from flowgraph.backends.cupy.devices import Devices
from flowgraph.backends.cupy.machine import Properties, machine
from flowgraph.errors import InvalidArgumentError, NotFoundError
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.operation import Operation
from flowgraph.plan.place import assigned, runs_on_gpu

_HOST_MEMORY = 256 << 20


class DeviceAttributes(NamedTuple):
    """A device that a run may use."""

    name: str
    device_type: str
    memory_limit_bytes: int
    description: str = ""


class SessionDevices(Devices):
    """The devices of one session.

    Parameters
    ----------
    config : ConfigProto, optional
        Its ``device_count`` and ``gpu_options``.
    job : str
        The job in the names of the devices.

    Raises
    ------
    NotFoundError
        If there is to be no CPU.
    """

    def __init__(self, config: Any = None, job: str = "localhost") -> None:
        super().__init__(self._chosen)
        self._job = job
        self._count = dict(config.device_count) if config is not None else {}
        self._options = None if config is None else config.gpu_options
        self.cpus = self._count.get("CPU", 1)
        if self.cpus < 1:
            raise NotFoundError(None, None, "No CPU devices are available in this process")

    def _chosen(self) -> tuple[Any, ...]:
        """Return the array modules of the GPUs that the configuration leaves."""
        most = self._count.get("GPU")
        found = None if most == 0 else machine()
        indices = range(found.count) if found is not None else ()
        if found is None or not indices:
            return ()
        visible = self._options.visible_device_list if self._options is not None else ""
        chosen = list(indices) if not visible else _visible(visible, len(indices))
        modules = tuple([found.module(index) for index in chosen[:most]])
        fraction = self._options.per_process_gpu_memory_fraction if self._options else 0.0
        if fraction:
            for module in modules:
                module.limit_memory(fraction)
        return modules

    def attributes(self) -> list[DeviceAttributes]:
        """Return what is known of each device: first the CPUs, then the GPUs."""
        return [
            *(
                DeviceAttributes(self._name("CPU", n), "CPU", _HOST_MEMORY)
                for n in range(self.cpus)
            ),
            *(
                DeviceAttributes(
                    self._name("GPU", n), "GPU", self.properties(n).memory, self._described(n)
                )
                for n in range(len(self.gpus))
            ),
        ]

    def properties(self, number: int) -> Properties:
        """Return what is known of a GPU."""
        found = machine()
        assert found is not None
        return found.properties(self.gpus[number].index)

    def log_mapping(self) -> None:
        """Print which hardware the devices are, as TensorFlow does."""
        if not self.gpus:
            print("Device mapping: no known devices.")
            return
        print("Device mapping:")
        for number in range(len(self.gpus)):
            print(f"{self._name('GPU', number)} -> {self._described(number)}")

    def _described(self, number: int) -> str:
        """Say which hardware a GPU is, as TensorFlow does."""
        found = self.properties(number)
        return (
            f"device: {self.gpus[number].index}, name: {found.name}, pci bus id: "
            f"{found.pci_bus_id}, compute capability: {'.'.join(map(str, found.capability))}"
        )

    def check_placement(self, operations: Sequence[Operation], soft: bool, log: bool) -> None:
        """Check that each operation's device exists, and that it can run there.

        Parameters
        ----------
        operations : sequence of Operation
        soft : bool
            Place elsewhere what asks for a device that does not exist or cannot run it.
        log : bool
            Print each operation's device, to stdout as TensorFlow does.

        Raises
        ------
        InvalidArgumentError
            If an operation cannot have the device that it asks for and `soft` is false.
        """
        known: dict[str, bool] = {"": True}
        misplaced = []
        for operation in operations:
            device = operation.device
            if device not in known:
                known[device] = self._exists(DeviceSpec.from_string(device))
            if not soft and (not known[device] or self._is_refused(operation)):
                misplaced.append(operation)
            elif log:
                print(f"{operation.name}: ({operation.type}): {self._placed(operation)}")
        if misplaced:  # a constant that is an operation's input says less than the operation
            operation = next((o for o in misplaced if o.inputs), misplaced[0])
            is_there = known[operation.device]
            why = _unsupported(operation) if is_there else self._unplaceable(operation)
            raise InvalidArgumentError(None, operation, f"{why}\n{_advice(operation, is_there)}")

    def _exists(self, spec: DeviceSpec) -> bool:
        index = spec.device_index or 0
        if spec.job not in (None, self._job) or spec.replica or spec.task:
            return False
        if spec.device_type == "GPU":
            return index < len(self.gpus)
        return spec.device_type in (None, "CPU") and index < self.cpus

    def _is_refused(self, operation: Operation) -> bool:
        """Whether an operation asks for a GPU and has nothing to run there."""
        if "gpu" not in operation.device.lower():
            return False
        is_gpu = DeviceSpec.from_string(operation.device).device_type == "GPU"
        return is_gpu and not runs_on_gpu(operation)

    def _placed(self, operation: Operation) -> str:
        """Return the full name of an operation's device."""
        place = assigned(operation, len(self.gpus))
        if place:
            return self._name("GPU", int(place.removeprefix("GPU:")))
        spec = DeviceSpec.from_string(operation.device)
        index = spec.device_index or 0
        is_there = spec.device_type == "CPU" and index < self.cpus
        return self._name("CPU", index if is_there else 0)

    def _name(self, kind: str, number: int) -> str:
        return f"/job:{self._job}/replica:0/task:0/device:{kind}:{number}"

    def _unplaceable(self, operation: Operation) -> str:
        is_gpu = DeviceSpec.from_string(operation.device).device_type == "GPU"
        available = ", ".join(device.name for device in self.attributes())
        missing = " The requested device appears to be a GPU, but CUDA is not enabled."
        return (
            f"Cannot assign a device for operation {operation.name}: {operation.name} was "
            f"explicitly assigned to {operation.device} but available devices are [ {available} ]. "
            "Make sure the device specification refers to a valid device."
            f"{missing * (is_gpu and not self.gpus)}\n\t {_node(operation)}"
        )


def _visible(text: str, count: int) -> list[int]:
    """Return the GPUs of a list such as ``"1,0"``.

    Raises
    ------
    InvalidArgumentError
        If one is no number, is not there, or stands twice.
    """
    chosen: list[int] = []
    for part in text.split(","):
        if not part.strip().isdecimal():
            raise InvalidArgumentError(
                None, None, f"Could not parse entry in 'visible_device_list': '{part}'. "
                f"visible_device_list = {text}",
            )  # fmt: skip
        index = int(part)
        if index >= count:
            raise InvalidArgumentError(
                None, None, f"'visible_device_list' listed an invalid GPU id '{index}' but "
                f"visible device count is {count}",
            )  # fmt: skip
        if index in chosen:
            raise InvalidArgumentError(
                None, None, f"visible_device_list contained a duplicate entry: {text}"
            )
        chosen.append(index)
    return chosen


def _unsupported(operation: Operation) -> str:
    return (
        f"Cannot assign a device for operation {operation.name}: Could not satisfy explicit "
        f"device specification '{operation.device}' because no supported kernel for GPU devices "
        f"is available.\n\t {_node(operation)}"
    )


def _node(operation: Operation) -> str:
    site = operation.site
    return f"[[node {operation.name} (defined at {site.filename}:{site.line}) ]]"


def _advice(operation: Operation, is_there: bool) -> str:
    """Return hints on how to run an operation anyway."""
    hint = "  hint: ConfigProto(allow_soft_placement=True) runs it on the CPU"
    if is_there or DeviceSpec.from_string(operation.device).device_type != "GPU":
        return hint
    found = machine()
    if found is None:
        extra = "pip install 'flowgraph[cuda13x]' (or cuda12x) brings what a GPU needs"
    elif not found.count:
        extra = "CuPy is installed, but finds no GPU: nvidia-smi says whether the driver does"
    else:
        return hint
    return f"{hint}\n  hint: {extra}"


def local_devices(config: Any = None) -> list[DeviceAttributes]:
    """Return the devices of this process, as far as a configuration leaves them."""
    return SessionDevices(config).attributes()


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

    Examples
    --------
    >>> tf.test.is_gpu_available() == bool(tf.test.gpu_device_name())
    True
    """
    devices = SessionDevices()
    least = min_cuda_compute_capability or (0, 0)
    numbers = range(len(devices.gpus))
    return any(devices.properties(number).capability >= tuple(least) for number in numbers)


def gpu_device_name() -> str:
    """Return the name of the first GPU, or an empty string."""
    return "/device:GPU:0" if SessionDevices().gpus else ""


def is_built_with_cuda() -> bool:
    """Return whether this version can run on CUDA devices, if there are any."""
    return find_spec("flowgraph.backends.cuda") is not None
