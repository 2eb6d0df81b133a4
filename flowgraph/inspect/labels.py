"""The words for operations and tensors in pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.inspect.lettering import shortened

_NUMBER = re.compile(r"_\d+$")
_MOST = 36
"""How many letters a title has at most."""
_TOLD = 36
"""How many letters a subtitle has at most."""
_ATTRIBUTE = 60
_DOT = " · "


def form(spec: Spec) -> str:
    """Return a dtype and a shape in short, such as ``float32[?,784]``."""
    sizes = spec.shape.sizes
    shape = "?" if sizes is None else ",".join("?" if n is None else str(n) for n in sizes)
    return f"{spec.dtype.base_dtype.name}[{shape}]"


def value(array: Any) -> str | None:
    """Return a constant as text if it is short, else None."""
    if array is None or array.size > 6:
        return None
    if array.dtype.kind in "fc":
        items = [f"{item:.4g}" for item in array.ravel().tolist()]
    else:
        items = [str(item) for item in array.ravel().tolist()]
    text = items[0] if array.ndim == 0 else f"[{','.join(items)}]"
    return text if len(text) <= _TOLD else None


def title(name: str) -> str:
    """Return what a box is called."""
    return shortened(name, _MOST)


def subtitle(operation: Operation, told: dict[str, str], written: Iterable[str] = ()) -> str:
    """Return the second line of a box: the type unless the name tells, and what is not drawn.

    Parameters
    ----------
    operation : Operation
    told : dict of str to str
        Values of inputs, by their names in the op's signature.
    written : iterable of str
        The variables that it writes.
    """
    base = _NUMBER.sub("", operation.name.rpartition("/")[2])
    kinds = {"VariableV2": "variable", "Placeholder": "fed", "PlaceholderWithDefault": "fed"}
    parts = (
        []
        if base.lower() == operation.type.lower()
        else [kinds.get(operation.type, operation.type)]
    )
    parts += [f"→ {name}" for name in written]
    parts += [f"{name}={text}" for name, text in told.items()]
    text = parts[0] if parts else ""
    for part in parts[1:]:
        if len(text) + len(part) + len(_DOT) > _TOLD:
            return f"{shortened(text, _TOLD - 2)} …"
        text = f"{text}{_DOT}{part}"
    return shortened(text, _TOLD)


def arguments(operation: Operation) -> list[str]:
    """Return for each input the name that the op's signature gives it."""
    names: list[str] = []
    left = list(operation.op.signature.inputs)
    while left:
        argument, *after = left
        count = 1
        if argument.is_sequence:
            rest = len(operation.inputs) - len(names) - sum(not a.is_sequence for a in after)
            count = rest // sum(a.is_sequence for a in left)
        names += [argument.name] * count
        left = after
    return names


def tooltip(operation: Operation) -> str:
    """Return all there is to know: name, type, outputs, attributes, and the user's line."""
    lines = [operation.name, f"{operation.type} → " + ", ".join(map(form, operation.outputs))]
    if not operation.outputs:
        lines[1] = operation.type
    attributes = {**operation.op.attributes(), **operation.implied_attributes()}
    lines += [f"{name}: {_told(content)}" for name, content in sorted(attributes.items())]
    if operation.device:
        lines.append(f"device: {operation.device}")
    if operation.forward is not None:
        lines.append(f"gradient of {operation.forward.name}")
    return "\n".join([*lines, site(operation)])


def site(operation: Operation) -> str:
    """Return where the user's program made an operation: file, line and text."""
    return f"{operation.site.place}  {operation.site.text}".rstrip()


def _told(content: Any) -> str:
    if isinstance(content, np.ndarray):
        return value(content) or f"{content.dtype}{list(content.shape)}"
    if isinstance(content, Graph):
        return "a graph"
    if isinstance(content, list | tuple):
        text = f"[{', '.join(_told(item) for item in content)}]"
    elif isinstance(content, Op):
        text = content.type
    else:
        text = getattr(content, "name", None) or str(content)
    return shortened(text, _ATTRIBUTE)
