"""The functions of `tf.raw_ops` as TensorFlow's modules ``gen_*_ops`` have them.

They go by other names, and take what they take by position too.
"""

from __future__ import annotations

from typing import Any

from flowgraph.compat import raw_ops

_HIDDEN = frozenset(
    (
        *("abs", "all", "any", "assert", "complex", "max", "min", "pow", "print", "range"),
        *("slice", "sum"),
        *("clip_by_value", "fused_batch_norm", "histogram_fixed_width"),
    )
)
"""Names that the modules ``gen_*_ops`` do not show: Python's own, and those of better functions."""


def __getattr__(name: str) -> Any:
    found = None if name in _HIDDEN else raw_ops.by_function_name().get(name)
    if found is None:
        raise AttributeError(f"module 'gen_ops' has no attribute {name!r}")
    return raw_ops.function_of(found, name)


def __dir__() -> list[str]:
    return sorted(raw_ops.by_function_name().keys() - _HIDDEN)
