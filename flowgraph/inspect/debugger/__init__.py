"""A debugger for the terminal: ``from tensorflow.python import debug as tf_debug``."""

from flowgraph.inspect.debugger.dump import DebugTensorDatum, has_inf_or_nan
from flowgraph.inspect.debugger.hook import LocalCLIDebugHook
from flowgraph.inspect.debugger.wrapper import LocalCLIDebugWrapperSession

__all__ = [
    "DebugTensorDatum",
    "LocalCLIDebugHook",
    "LocalCLIDebugWrapperSession",
    "has_inf_or_nan",
]
