"""Device names: parsing, completing and merging them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PART = re.compile(
    r"job:(?P<job>[^:]+)$|(?P<key>replica|task):(?P<number>\d+|\*)$"
    r"|device:(?P<type>\w+):(?P<index>\d+|\*)$|(?P<bare>cpu|gpu)(:(?P<bare_index>\d+|\*))?$",
    re.I,
)


class DeviceSpec:
    """A device name in parts, each of which may be left open.

    Parameters
    ----------
    job, replica, task, device_type, device_index : optional
        The parts of ``/job:j/replica:r/task:t/device:TYPE:i``.

    Examples
    --------
    >>> tf.DeviceSpec.from_string("/gpu:1").to_string()
    '/device:GPU:1'
    """

    __slots__ = ("device_index", "device_type", "job", "replica", "task")

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self.job = job
        self.replica = replica
        self.task = task
        self.device_type = device_type.upper() if device_type else None
        self.device_index = device_index

    @classmethod
    def from_string(cls, text: str) -> DeviceSpec:
        """Parse a device name.

        Raises
        ------
        ValueError
            If `text` is not of the form ``/job:j/replica:r/task:t/device:TYPE:i``.
        """
        spec = cls()
        for part in filter(None, text.split("/")):
            match = _PART.match(part)
            if match is None:
                raise ValueError(f"Unknown attribute: '{part.partition(':')[0]}' in '{text}'")
            kind = match["type"] or match["bare"]
            index = match["index"] or match["bare_index"]
            if kind is not None:
                if spec.device_type is not None:
                    raise ValueError(f"Cannot specify multiple device types: {text}")
                spec.device_type = kind.upper()
                spec.device_index = None if index in (None, "*") else int(index)
            elif match["job"] is not None:
                spec.job = match["job"]
            elif match["number"] != "*":
                setattr(spec, match["key"], int(match["number"]))
        return spec

    def merge_from(self, inner: DeviceSpec) -> None:
        """Take over every part that `inner` states."""
        for part in self.__slots__:
            value = getattr(inner, part)
            if value is not None:
                setattr(self, part, value)

    def to_string(self) -> str:
        """Return the canonical name; open parts are left out."""
        text = "" if self.job is None else f"/job:{self.job}"
        text += "" if self.replica is None else f"/replica:{self.replica}"
        text += "" if self.task is None else f"/task:{self.task}"
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            text += f"/device:{self.device_type}:{index}"
        return text

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """Set the parts to those of a device name, and return this object."""
        parsed = DeviceSpec.from_string(spec)
        for part in self.__slots__:
            setattr(self, part, getattr(parsed, part))
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())

    def __repr__(self) -> str:
        return f"DeviceSpec({self.to_string()!r})"


DeviceFunction = Callable[[Any], Any]


def as_spec(device: Any) -> DeviceSpec:
    """Return a device name, or a specification, as a specification."""
    return device if isinstance(device, DeviceSpec) else DeviceSpec.from_string(device)


def resolve(stack: list[DeviceSpec | DeviceFunction], operation: Any) -> str:
    """Return the device that a stack of scopes gives to `operation`.

    Parts named further inside win. A function sees the operation with the device
    that the scopes inside it gave, and what it returns replaces that device.
    """
    name = ""
    for scope in reversed(stack):
        if callable(scope):
            operation.device = name
            answer = scope(operation)
            name = answer.to_string() if isinstance(answer, DeviceSpec) else answer or ""
        else:
            merged = DeviceSpec()
            merged.merge_from(scope)
            merged.merge_from(DeviceSpec.from_string(name))
            name = merged.to_string()
    return name
