"""Sliding windows: where they lie along an axis, for convolution and pooling alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op
from flowgraph.ops.checks import invalid


@dataclass(frozen=True)
class Window:
    """The windows along one axis of an array.

    Attributes
    ----------
    size : int
        Length of the axis.
    kernel, stride, dilation : int
        Elements of a window, steps between windows, steps between their elements.
    before, after : int
        Length of the border on either side.
    output : int
        The number of windows.
    """

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    output: int

    @property
    def extent(self) -> int:
        """The steps a window spans."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def is_bordered(self) -> bool:
        """Whether some window reaches into a border."""
        return self.before > 0 or self.after > 0

    def overlap(self, element: int, start: int = 0, stop: int | None = None) -> tuple[slice, slice]:
        """The windows of ``start:stop`` whose `element` is no border, and where that lies.

        The first slice counts from `start`, the second along the axis.
        """
        stop = self.output if stop is None else stop
        shift = element * self.dilation - self.before
        first = min(max(start, -(shift // self.stride)), stop)
        last = max(min(stop, (self.size - 1 - shift) // self.stride + 1), first)
        begin = first * self.stride + shift
        end = begin + (last - first) * self.stride if last > first else begin
        return slice(first - start, last - start), slice(begin, min(end, self.size), self.stride)

    def counts(self) -> list[int]:
        """How many elements of each window are no border."""
        result = [0] * self.output
        for element in range(self.kernel):
            for index in range(*self.overlap(element)[0].indices(self.output)):
                result[index] += 1
        return result


def place(
    size: int,
    kernel: int,
    stride: int,
    dilation: int = 1,
    padding: str = "VALID",
    border: tuple[int, int] = (0, 0),
) -> Window:
    """Lay windows along an axis.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        See `Window`.
    padding : str
        ``"VALID"``: no border. ``"SAME"``: one output for each `stride` elements, the
        border halved and the odd element put behind. ``"EXPLICIT"``: `border`.
    border : tuple of int
        Before and after.

    Raises
    ------
    InvalidArgumentError
        If not even one window fits.
    """
    extent = (kernel - 1) * dilation + 1
    if padding == "SAME":
        output = -(-size // stride)
        needed = max((output - 1) * stride + extent - size, 0) if output else 0
        border = (needed // 2, needed - needed // 2)
    else:
        border = border if padding == "EXPLICIT" else (0, 0)
        output = (size + sum(border) - extent + stride) // stride
    if output < 0:
        raise invalid(
            f"Computed output size would be negative: {output} [input_size: {size}, "
            f"effective_filter_size: {extent}, stride: {stride}]"
        )
    return Window(size, kernel, stride, dilation, *border, output)


def output_size(
    size: int | None,
    kernel: int | None,
    stride: int,
    dilation: int = 1,
    padding: str = "VALID",
    border: tuple[int, int] = (0, 0),
) -> int | None:
    """The number of windows as far as it is known; ``ValueError`` if they cannot be laid."""
    if dilation < 1:
        raise ValueError(f"Dilation rate must be >= 1, but got {dilation}")
    if stride <= 0:
        raise ValueError(f"Stride must be > 0, but got {stride}")
    if size is None or (kernel is None and padding != "SAME"):
        return None
    if padding == "SAME" or kernel is None:
        return -(-size // stride)
    extent = (kernel - 1) * dilation + 1
    size += sum(border) if padding == "EXPLICIT" else 0
    if extent > size:
        raise ValueError(f"Negative dimension size caused by subtracting {extent} from {size}")
    return (size - extent + stride) // stride


def merged_size(a: int | None, b: int | None) -> int | None:
    """The size that two axes share."""
    if a is not None and b is not None and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
    return b if a is None else a


def widened(x: Array) -> Array:
    """`x` in float32 if its dtype is too narrow to sum in."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x


class Windowed(Op, abstract=True):
    """An op over windows: the attributes that place them.

    Every list has one entry for each axis of the input, in the order of ``data_format``.
    """

    strides: tuple[int, ...]
    padding: str

    def __post_init__(self) -> None:
        allowed = ("SAME", "VALID", "EXPLICIT") if self._takes_borders() else ("SAME", "VALID")
        self._check_choice("padding", self.padding, allowed)
        rank = len(self._format())
        formats = ("NHWC", "NCHW") if rank == 4 else ("NDHWC", "NCDHW")
        self._check_choice("data_format", self._format(), formats)

    def _check_choice(self, name: str, value: Any, allowed: Sequence[str]) -> None:
        if not isinstance(value, str):
            raise TypeError(f"Expected string for argument '{name}' not {value!r}.")
        if value not in allowed:
            choices = ", ".join(f'"{choice}"' for choice in allowed)
            raise ValueError(
                f"Attr '{name}' of '{self.type}' Op passed string '{value}' not in: {choices}."
            )

    def _format(self) -> str:
        return getattr(self, "data_format", "NHWC")

    @classmethod
    def _takes_borders(cls) -> bool:
        return "explicit_paddings" in cls.__dataclass_fields__

    @property
    def rank(self) -> int:
        """The rank of the input."""
        return 5 if "D" in self._format() else 4

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return 1 if self._format().startswith("NC") else self.rank - 1

    @property
    def spatial_axes(self) -> range:
        """The axes that the windows slide along."""
        return range(2, self.rank) if self.channel_axis == 1 else range(1, self.rank - 1)

    def borders(self) -> list[tuple[int, int]]:
        """The explicit border of each axis."""
        flat = getattr(self, "explicit_paddings", ()) or (0,) * (2 * self.rank)
        return list(zip(flat[::2], flat[1::2], strict=True))

    def check_length(self, name: str, values: Sequence[int]) -> None:
        """Raise unless an attribute has an entry for each axis."""
        if len(values) != self.rank:
            raise ValueError(
                f"{self.type} requires the {name} attribute to contain {self.rank} values, "
                f"but got: {len(values)}"
            )


def per_axis(value: Any, rank: int, channel_axis: int, name: str) -> tuple[int, ...]:
    """Read an argument given as one integer, one for each spatial axis, or one for each axis.

    Parameters
    ----------
    value : int, list of int or None
        ``None`` stands for 1.
    rank : int
        The rank of the input.
    channel_axis : int
        Its axis of channels.
    name : str
        The argument's name.

    Raises
    ------
    ValueError
        If the list has another length.

    Examples
    --------
    >>> per_axis(2, 4, 3, "strides")
    (1, 2, 2, 1)
    """
    spatial = rank - 2
    values = [1] if value is None else list(value) if hasattr(value, "__iter__") else [value]
    if len(values) == rank:
        return tuple([int(v) for v in values])
    if len(values) == 1:
        values *= spatial
    elif len(values) != spatial:
        raise ValueError(f"{name} should be of length 1, {spatial} or {rank} but was {len(values)}")
    sizes = [1, *[int(v) for v in values]]
    sizes.insert(channel_axis, 1)
    return tuple(sizes)


def explicit_padding(padding: Any) -> tuple[Any, tuple[int, ...]]:
    """Split a padding argument into the two attributes ``padding`` and ``explicit_paddings``.

    Raises
    ------
    ValueError
        If a list is not ``[before, after]`` for each of four axes.

    Examples
    --------
    >>> explicit_padding([[0, 0], [1, 2], [0, 0], [0, 0]])
    ('EXPLICIT', (0, 0, 1, 2, 0, 0, 0, 0))
    """
    if padding == "EXPLICIT":
        raise ValueError(
            '"EXPLICIT" is not a valid value for the padding parameter. '
            "To use explicit padding, the padding parameter must be a list."
        )
    if not isinstance(padding, list | tuple):
        return padding, ()
    for index, border in enumerate(padding):
        start = (
            "When padding is a list, each element of padding must be a list/tuple of size 2. "
            f"Element with index {index} of padding"
        )
        if not isinstance(border, list | tuple):
            raise ValueError(f"{start} is not a list/tuple")
        if len(border) != 2:
            raise ValueError(f"{start} has size {len(border)}")
    if len(padding) != 4:
        raise ValueError(
            f"When padding is a list, it must be of size 4. Got padding of size: {len(padding)}"
        )
    return "EXPLICIT", tuple([int(n) for border in padding for n in border])
