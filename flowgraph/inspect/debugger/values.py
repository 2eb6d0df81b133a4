"""Values as the debugger prints them: a part, ranges marked, a summary in numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from flowgraph.dtypes import Array

_NUMBER = re.compile(r"[-+]?(?:inf|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)", re.IGNORECASE)
_SLICED = re.compile(r"^(?P<name>[^\[\]]+)(?:\[(?P<indices>[-\d:,. ]*)\])?$")
_THRESHOLD = 1000


class CommandError(Exception):
    """A command that cannot be carried out, with the text to show."""


def parse_sliced(text: str) -> tuple[str, str]:
    """Split ``name[1:, 0]`` into the name and the brackets.

    Raises
    ------
    CommandError
        If there is more in the brackets than numbers and colons.
    """
    found = _SLICED.match(text.strip())
    if found is None:
        raise CommandError(f"Invalid tensor name or slicing: {text}")
    indices = found["indices"]
    return found["name"], "" if indices is None else f"[{indices}]"


def sliced(value: Array, brackets: str) -> Any:
    """Return the part of a value that brackets of integers, slices and ``...`` name.

    Raises
    ------
    CommandError
        If there is no such part.
    """
    if not brackets:
        return value
    try:
        return value[tuple(_index(part.strip()) for part in brackets[1:-1].split(","))]
    except (ValueError, IndexError) as error:
        raise CommandError(f"Invalid tensor slicing {brackets}: {error}") from None


def _index(text: str) -> Any:
    if text == "...":
        return ...
    if ":" in text:
        return slice(*[int(part) if part.strip() else None for part in text.split(":")])
    return int(text)


def parse_ranges(text: str) -> list[tuple[float, float]]:
    """Return the pairs of ``[a, b]``, ``a,b`` or ``[[a, b], [c, d]]``.

    Raises
    ------
    CommandError
        If these are no pairs of a smaller and a larger number.
    """
    numbers = [float(number) for number in _NUMBER.findall(text)]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    rest = re.sub(r"[\[\]\s,]", "", _NUMBER.sub("", text))
    if rest or not pairs or len(numbers) % 2 or any(low > high for low, high in pairs):
        raise CommandError(f"Invalid ranges: {text}")
    return pairs


def shown(
    title: str, value: Any, ranges: str | None = None, entire: bool = False, summary: bool = False
) -> str:
    """Return a value as text.

    Parameters
    ----------
    title : str
    value : array or number
    ranges : str, optional
        Elements in them are counted, and marked by ``*`` if there are few enough to print.
    entire : bool
        Leave no element out.
    summary : bool
        Say how many elements are NaN, negative ... and what their bounds are.
    """
    array = np.asarray(value)
    head = f'Tensor "{title}":'
    threshold = array.size if entire else _THRESHOLD
    formats: Any = {}
    if ranges is not None:
        pairs = parse_ranges(ranges)
        inside = np.zeros(array.shape, bool)
        for low, high in pairs:
            inside |= (array >= low) & (array <= high)
        share = 100 * inside.mean() if array.size else 0.0
        head += (
            f" Highlighted({ranges}): {int(inside.sum())} of {array.size} element(s) ({share:.2f}%)"
        )

        def mark(number: Any) -> str:
            text = str(array.dtype.type(number))
            return f"*{text}*" if any(low <= number <= high for low, high in pairs) else text

        if array.dtype.kind == "f":
            formats["float_kind"] = mark
        elif array.dtype.kind in "iu":
            formats["int_kind"] = mark
    lines = [head]
    if array.ndim:
        lines += [f"  dtype: {array.dtype}", f"  shape: {array.shape}"]
    if summary:
        lines += ["", *numeric_summary(array)]
    with np.printoptions(threshold=max(threshold, 1), formatter=formats or None):
        lines += ["", repr(array) if array.ndim else str(array)]
    return "\n".join(lines)


def numeric_summary(array: Array) -> list[str]:
    """Return tables of how many elements are of each kind, and of their bounds, mean and spread."""
    if not array.size:
        return ["No numeric summary available due to empty tensor."]
    if array.dtype.kind == "b":
        counts = {"False": int((~array).sum()), "True": int(array.sum())}
        return ["Numeric summary:", *_table({k: v for k, v in counts.items() if v}, array.size)]
    if array.dtype.kind not in "iuf":
        return [f"No numeric summary available due to the dtype {array.dtype}."]
    finite = array[np.isfinite(array)]
    tests = {
        "nan": np.isnan(array),
        "-inf": np.isneginf(array),
        "-": np.isfinite(array) & (array < 0),
        "0": array == 0,
        "+": np.isfinite(array) & (array > 0),
        "+inf": np.isposinf(array),
    }
    counts = {name: int(test.sum()) for name, test in tests.items() if test.any()}
    lines = ["Numeric summary:", *_table(counts, array.size)]
    if finite.size:
        numbers = {
            "min": finite.min(), "max": finite.max(), "mean": finite.mean(), "std": finite.std(),
        }  # fmt: skip
        lines += _rows({name: str(number) for name, number in numbers.items()})
    return lines


def _table(counts: dict[str, int], total: int) -> list[str]:
    return _rows({name: str(n) for name, n in counts.items()} | {"total": str(total)}, bar=True)


def _rows(cells: dict[str, str], bar: bool = False) -> list[str]:
    widths = [max(len(name), len(value)) for name, value in cells.items()]
    result = []
    for row in (list(cells), list(cells.values())):
        parts = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
        if bar:
            parts.insert(-1, "|")
        result.append(f"| {' '.join(parts)} |")
    return result
