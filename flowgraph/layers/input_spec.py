"""``InputSpec``: what a layer asks of its inputs, and the check of it."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import as_dtype


class InputSpec:
    """The dtype, rank and sizes that a layer's input must have. ``None`` leaves one open.

    Parameters
    ----------
    dtype : DType, optional
    shape : tuple of int or None, optional
        It settles the rank.
    ndim, max_ndim, min_ndim : int, optional
        The rank, and its bounds.
    axes : dict of int to int, optional
        Sizes of axes.

    Examples
    --------
    >>> tf.layers.InputSpec(ndim=4, axes={-1: 3})
    InputSpec(ndim=4, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
    ) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype).name
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = dict(axes or {})

    def get_config(self) -> dict[str, Any]:
        """Return the arguments to make it anew."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Return a spec made with what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.get_config().items() if value)
        return f"InputSpec({given})"


def check_inputs(specs: Any, inputs: list[Any], layer: str) -> None:
    """Raise ValueError unless `inputs` are as the layer of that name asks."""
    if specs is None:
        return
    specs = list(specs) if isinstance(specs, list | tuple) else [specs]
    if len(inputs) != len(specs):
        raise ValueError(
            f"Layer {layer} expects {len(specs)} inputs, but it received {len(inputs)} input "
            f"tensors. Inputs received: {inputs}"
        )
    for index, (spec, given) in enumerate(zip(specs, inputs, strict=True)):
        if spec is not None:
            wrong = _difference(spec, given)
            if wrong is not None:
                raise ValueError(f"Input {index} of layer {layer} is incompatible with {wrong}")


def _difference(spec: InputSpec, given: Any) -> str | None:
    """Return what an input has otherwise than `spec` says, in TensorFlow's words."""
    bounded = (spec.ndim, spec.min_ndim, spec.max_ndim) != (None, None, None)
    sizes = given.shape.sizes
    if sizes is None:
        if bounded or spec.axes:
            return "the layer: its rank is undefined, but the layer requires a defined rank."
        return None
    rank, full = len(sizes), f"Full shape received: {list(sizes)}"
    if spec.ndim is not None and rank != spec.ndim:
        return f"the layer: expected ndim={spec.ndim}, found ndim={rank}. {full}"
    if spec.max_ndim is not None and rank > spec.max_ndim:
        return f"the layer: expected max_ndim={spec.max_ndim}, found ndim={rank}"
    if spec.min_ndim is not None and rank < spec.min_ndim:
        return f"the layer: : expected min_ndim={spec.min_ndim}, found ndim={rank}. {full}"
    if spec.dtype is not None and given.dtype.base_dtype.name != spec.dtype:
        return f"the layer: expected dtype={spec.dtype}, found dtype={given.dtype}"
    for axis, size in spec.axes.items():
        if size is not None and sizes[axis] not in (size, None):
            return (
                f"the layer: expected axis {axis} of input shape to have value {size} but "
                f"received input with shape {list(sizes)}"
            )
    for wanted, size in zip(spec.shape or (), sizes, strict=False):
        if None not in (wanted, size) and wanted != size:
            return f"the layer: expected shape={tuple(spec.shape)}, found shape={list(sizes)}"
    return None
