"""Nested structures: lists, tuples, named tuples and dicts of tensors, flat and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.ops.sparse import SparseTensor


def is_sequence(structure: Any) -> bool:
    """Whether `structure` is nested: not a leaf."""
    return isinstance(structure, list | tuple | Mapping)


def flatten(structure: Any) -> list[Any]:
    """Return the leaves of a structure in order; a dict's by sorted key.

    Parameters
    ----------
    structure : any nesting of lists, tuples, named tuples and dicts
        Anything else is a leaf.
    """
    if isinstance(structure, Mapping):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, list | tuple):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def pack_as(structure: Any, leaves: list[Any]) -> Any:
    """Return `leaves` in the form of `structure`.

    Raises
    ------
    ValueError
        If there are more or fewer leaves than the structure has.
    """
    rest = list(reversed(leaves))
    try:
        result = _pack(structure, rest)
    except IndexError:
        rest = [None]
    if rest:
        raise ValueError(
            f"the structure {structure!r} has {len(flatten(structure))} leaves, not {len(leaves)}"
        )
    return result


def _pack(structure: Any, rest: list[Any]) -> Any:
    if isinstance(structure, Mapping):
        values = {key: _pack(structure[key], rest) for key in sorted(structure)}
        kind: Any = type(structure)
        return kind((key, values[key]) for key in structure)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        named: Any = type(structure)
        return named(*[_pack(item, rest) for item in structure])
    if isinstance(structure, list | tuple):
        return type(structure)(_pack(item, rest) for item in structure)
    return rest.pop()


def map_structure(function: Callable[..., Any], *structures: Any) -> Any:
    """Return the structure of what `function` makes of the leaves of equal structures."""
    columns = zip(*[flatten(structure) for structure in structures], strict=True)
    return pack_as(structures[0], [function(*leaves) for leaves in columns])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True) -> None:
    """Check that two structures are nested alike.

    Parameters
    ----------
    nest1, nest2 : any nesting
    check_types : bool
        Sequences must also be of the same types, named tuples of the same name and fields.

    Raises
    ------
    ValueError
        If they are nested differently, or dicts have different keys.
    TypeError
        If only the types of sequences differ.

    Examples
    --------
    >>> from flowgraph.ops import nest
    >>> nest.assert_same_structure([1, (2, 3)], ["a", ("b", "c")])
    """
    kind = _difference(nest1, nest2, check_types)
    if kind is not None:
        pair = zip(("First", "Second"), (nest1, nest2), strict=True)
        raise kind(
            "The two structures don't have the same nested structure.\n\n"
            + "\n\n".join(f"{n} structure: type={type(s).__name__} str={s}" for n, s in pair)
        )


def _difference(a: Any, b: Any, check_types: bool) -> type[Exception] | None:
    """Return the class of the error for how two structures differ, if they do."""
    if is_sequence(a) != is_sequence(b):
        return ValueError
    if not is_sequence(a):
        return None
    if check_types and _kind(a) != _kind(b):
        return TypeError
    if len(a) != len(b):
        return ValueError
    pairs = zip(a, b, strict=True)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if set(a) != set(b):
            return ValueError
        pairs = zip([a[key] for key in a], [b[key] for key in a], strict=True)
    found = [_difference(x, y, check_types) for x, y in pairs]
    return next((kind for kind in found if kind is not None), None)


def _kind(structure: Any) -> Any:
    """Return what two sequences of one type share; dicts of any type are alike."""
    if isinstance(structure, Mapping):
        return Mapping
    fields = getattr(structure, "_fields", None)
    return type(structure) if fields is None else (type(structure).__name__, fields)


def components(leaf: Any) -> list[Any]:
    """Return the tensors that a leaf consists of: itself, or the parts of a composite one."""
    if isinstance(leaf, SparseTensor):
        return [leaf.indices, leaf.values, leaf.dense_shape]
    if isinstance(leaf, IndexedSlices):
        parts = [leaf.values, leaf.indices]
        return parts if leaf.dense_shape is None else [*parts, leaf.dense_shape]
    if hasattr(leaf, "flow_parts"):
        return list(leaf.flow_parts())
    return [leaf]


def compose(leaf: Any, parts: list[Any]) -> Any:
    """Return a leaf like `leaf` that consists of other tensors."""
    if isinstance(leaf, SparseTensor | IndexedSlices):
        return type(leaf)(*parts)
    if hasattr(leaf, "with_flow"):
        return leaf.with_flow(*parts)
    return parts[0]
