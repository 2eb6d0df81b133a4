"""The optimizers' dense updates of float32 variables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.backends.native.call import Call, Place, Result, Scratch, call

_FUNCTIONS = {
    "ApplyGradientDescent": ("fg_gradient_descent", None),
    "ApplyMomentum": ("fg_momentum", "use_nesterov"),
    "ApplyAdagrad": ("fg_adagrad", "update_slots"),
    "ApplyAdam": ("fg_adam", "use_nesterov"),
    "ApplyRMSProp": ("fg_rmsprop", None),
}
"""The function of each op, and the attribute that chooses its variant."""


def update(
    library: Any, op: Any, inputs: Sequence[Place], outputs: Sequence[Result], scratch: Scratch
) -> Call | None:
    """A variable and its slots, changed by a gradient."""
    function, attribute = _FUNCTIONS[op.type]
    whole = inputs[0].shape
    for argument, place in zip(op.signature.inputs, inputs, strict=True):
        is_array = argument.is_ref or argument.name == op.gradient_name
        if place.dtype != np.float32 or place.shape != (whole if is_array else ()):
            return None
    variant = [] if attribute is None else [getattr(op, attribute)]
    return call(library[function], math.prod(whole), *variant, *inputs)


MAKERS = dict.fromkeys(_FUNCTIONS, update)
