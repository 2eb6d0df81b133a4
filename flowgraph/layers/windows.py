"""Arguments of layers that move a window over their inputs, and the sizes they lead to."""

from __future__ import annotations

from typing import Any


def per_axis(value: Any, count: int, name: str) -> tuple[int, ...]:
    """Return a size for each of `count` axes, from one for all or one for each.

    Raises
    ------
    ValueError
        If it is neither; `name` is the argument's.
    """
    if isinstance(value, int):
        return (value,) * count
    wrong = f"The `{name}` argument must be a tuple of {count} integers. Received: {value}"
    try:
        given = tuple(value)
    except TypeError:
        raise ValueError(wrong) from None
    if len(given) != count:
        raise ValueError(wrong)
    for one in given:
        try:
            int(one)
        except (ValueError, TypeError):
            raise ValueError(f"{wrong} including element {one} of type {type(one)}") from None
    return given


def padding_of(value: Any) -> str:
    """Return ``"valid"``, ``"same"`` or ``"causal"``; ValueError for another one."""
    if not isinstance(value, str):
        raise NotImplementedError(f"layers with padding={value!r}")
    padding = value.lower()
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", '
            f"only for `Conv1D). Received: {padding}"
        )
    return padding


def data_format_of(value: str | None) -> str:
    """Return ``"channels_last"`` or ``"channels_first"``; ValueError for another one."""
    data_format = "channels_last" if value is None else value.lower()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            'The `data_format` argument must be one of "channels_first", "channels_last". '
            f"Received: {value}"
        )
    return data_format


def layout(data_format: str, rank: int) -> str:
    """Return a data format as ops state it: ``"NHWC"`` and its like."""
    spatial = "DHW"[3 - rank :]
    return f"N{spatial}C" if data_format == "channels_last" else f"NC{spatial}"


def windows_along(
    size: int | None, window: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return how many windows fit along an axis."""
    if size is None:
        return None
    covered = 1 if padding in ("same", "causal") else window + (window - 1) * (dilation - 1)
    return (size - covered + stride) // stride


def covered_by(size: Any, window: int, padding: str, stride: int) -> Any:
    """Return what an axis has that `size` windows cover: the converse of `windows_along`.

    Parameters
    ----------
    size : int, None or Tensor
    """
    if size is None:
        return None
    return size * stride if padding == "same" else size * stride + max(window - stride, 0)
