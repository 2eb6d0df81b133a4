"""Device names: parsing, completing and merging them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PART = re.compile(r"(?:device:)?(?P<type>[A-Za-z_]+):(?P<index>\d+|\*)$|(?P<bare>cpu|gpu)$", re.I)


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
            key, _, value = part.partition(":")
            if key == "job" and value:
                spec.job = value
            elif key in ("replica", "task") and value.isdigit():
                setattr(spec, key, int(value))
            elif key in ("replica", "task") and value == "*":
                continue
            elif match := _PART.match(part):
                spec.device_type = (match["type"] or match["bare"]).upper()
                index = match["index"]
                spec.device_index = None if index in (None, "*") else int(index)
            elif part != "device:*":
                raise ValueError(f"Unknown attribute: '{key}' in '{text}'")
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

    def __repr__(self) -> str:
        return f"DeviceSpec({self.to_string()!r})"


DeviceFunction = Callable[[Any], Any]


def resolve(stack: list[str | DeviceSpec | DeviceFunction], operation: Any) -> str:
    """Return the device that a stack of scopes gives to `operation`.

    Parts named further inside win; a function sees the operation with the
    device that the scopes inside it gave, and ``None`` entries reset the stack
    before this is called.
    """
    if not stack:
        return ""
    spec = DeviceSpec()
    for scope in reversed(stack):
        if callable(scope):
            operation.device = spec.to_string()
            scope = scope(operation) or ""
        outer = scope if isinstance(scope, DeviceSpec) else DeviceSpec.from_string(scope)
        merged = DeviceSpec()
        merged.merge_from(outer)
        merged.merge_from(spec)
        spec = merged
    return spec.to_string()
