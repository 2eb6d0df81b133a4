"""``tensorflow.python.client.device_lib``: the devices of this machine."""

from __future__ import annotations

from typing import Any

from flowgraph import protos
from flowgraph.runtime.devices import local_devices


def list_local_devices(session_config: Any = None) -> list[Any]:
    """Return what is known of each device, as DeviceAttributes messages.

    Parameters
    ----------
    session_config : ConfigProto, optional
        Its ``device_count`` and ``gpu_options`` say which devices are left.

    Examples
    --------
    >>> from flowgraph.compat.device_list import list_local_devices
    >>> [(device.name, device.device_type) for device in list_local_devices()][:1]
    [('/device:CPU:0', 'CPU')]
    """
    return [
        protos.DeviceAttributes(
            name=device.name[device.name.index("/device:") :],
            device_type=device.device_type,
            memory_limit=device.memory_limit_bytes,
            physical_device_desc=device.description,
        )
        for device in local_devices(session_config)
    ]
