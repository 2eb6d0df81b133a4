"""The switches between TensorFlow 1's behaviour and 2's, which only go one way here.

Graphs, reference variables, control flow of version 1, tensors that compare by identity, and
shapes made of `Dimension` are all there is, as they are the default in 1.15.
"""

from __future__ import annotations

from typing import Any, NoReturn


def executing_eagerly() -> bool:
    """Whether operations run as they are written: never.

    Examples
    --------
    >>> tf.executing_eagerly()
    False
    """
    return False


def resource_variables_enabled() -> bool:
    """Whether variables are resources by default: they are not."""
    return False


def control_flow_v2_enabled() -> bool:
    """Whether conditions and loops are version 2's: they are not."""
    return False


def disable_v2_behavior() -> None:
    """Keep to TensorFlow 1's behaviour.

    Examples
    --------
    >>> tf.disable_v2_behavior()
    """


def disable_eager_execution() -> None:
    """Keep to graphs and sessions."""


def disable_resource_variables() -> None:
    """Keep to reference variables."""


def disable_control_flow_v2() -> None:
    """Keep to version 1's conditions and loops."""


def disable_tensor_equality() -> None:
    """Keep to comparing tensors by identity."""


def disable_v2_tensorshape() -> None:
    """Keep to shapes whose elements are `Dimension`."""


def enable_v2_behavior() -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_v2_behavior: flowgraph has TensorFlow 1's behaviour only")


def enable_eager_execution(
    config: Any = None, device_policy: Any = None, execution_mode: Any = None
) -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_eager_execution: flowgraph runs graphs in sessions only")


def enable_resource_variables() -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_resource_variables: flowgraph has reference variables only")


def enable_control_flow_v2() -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_control_flow_v2: flowgraph has version 1's control flow")


def enable_tensor_equality() -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_tensor_equality: tensors compare by identity in flowgraph")


def enable_v2_tensorshape() -> NoReturn:
    """Raise NotImplementedError."""
    raise NotImplementedError("enable_v2_tensorshape: flowgraph's shapes are made of Dimension")
