"""`tf.nest`: what `flowgraph.ops.nest` does, under the names and with the errors of `tf.nest`.

A sparse tensor or a pair of slices counts as one leaf, unless its parts are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.ops import nest


def is_nested(seq: Any) -> bool:
    """Whether something is a list, tuple, named tuple or dict.

    Parameters
    ----------
    seq : any

    Examples
    --------
    >>> tf.nest.is_nested([1]), tf.nest.is_nested("ab")
    (True, False)
    """
    return nest.is_sequence(seq)


is_sequence = is_nested


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Return the leaves of a structure in order; a dict's by sorted key.

    Parameters
    ----------
    structure : any nesting of lists, tuples, named tuples and dicts
    expand_composites : bool
        Return the tensors that a sparse tensor consists of in its place.

    Examples
    --------
    >>> tf.nest.flatten({"b": [1, 2], "a": (3, (4,))})
    [3, 4, 1, 2]
    """
    leaves = nest.flatten(structure)
    if not expand_composites:
        return leaves
    return [part for leaf in leaves for part in nest.components(leaf)]


def pack_sequence_as(
    structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False
) -> Any:
    """Return leaves in the form of a structure.

    Parameters
    ----------
    structure : any nesting of lists, tuples, named tuples and dicts
    flat_sequence : list
        The leaves, in the order of `flatten`.
    expand_composites : bool
        Make a sparse tensor of the tensors that stand in its place.

    Raises
    ------
    TypeError
        If `flat_sequence` is no sequence.
    ValueError
        If there are more or fewer leaves than the structure has.

    Examples
    --------
    >>> tf.nest.pack_sequence_as([0, (0, 0)], [1, 2, 3])
    [1, (2, 3)]
    """
    if not nest.is_sequence(flat_sequence):
        raise TypeError("flat_sequence must be a sequence")
    places = nest.flatten(structure)
    sizes = [len(nest.components(leaf)) if expand_composites else 1 for leaf in places]
    flat = list(flat_sequence)
    if not nest.is_sequence(structure):
        if len(flat) != sizes[0]:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(flat)} > 1")
    elif len(flat) != sum(sizes):
        raise ValueError(
            "Could not pack sequence. Structure had "
            f"{sum(sizes)} elements, but flat_sequence had {len(flat)} elements.  Structure: "
            f"{structure}, flat_sequence: {flat_sequence}."
        )
    leaves = []
    for place, size in zip(places, sizes, strict=True):
        parts, flat = flat[:size], flat[size:]
        leaves.append(nest.compose(place, parts) if expand_composites else parts[0])
    return nest.pack_as(structure, leaves)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Return the structure of what a function makes of the leaves of equal structures.

    Parameters
    ----------
    func : callable
        Takes a leaf of each structure.
    *structure : any nesting of lists, tuples, named tuples and dicts
    **kwargs
        ``check_types`` as for `assert_same_structure`, and ``expand_composites``: map the
        tensors that sparse tensors consist of.

    Raises
    ------
    TypeError
        If `func` is not callable, or the types of sequences differ.
    ValueError
        If there is no structure, they are nested differently, or for another keyword.

    Examples
    --------
    >>> tf.nest.map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
            f"`{'`, `'.join(kwargs)}`"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types, expand)
    columns = zip(*(flatten(each, expand) for each in structure), strict=True)
    return pack_sequence_as(structure[0], [func(*leaves) for leaves in columns], expand)


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Check that two structures are nested alike.

    Parameters
    ----------
    nest1, nest2 : any nesting of lists, tuples, named tuples and dicts
    check_types : bool
        Sequences must also be of the same types, named tuples of the same name and fields.
    expand_composites : bool
        A sparse tensor must stand where the other has one.

    Raises
    ------
    ValueError
        If they are nested differently.
    TypeError
        If only the types of sequences differ.

    Examples
    --------
    >>> tf.nest.assert_same_structure([1, (2, 3)], ["a", ("b", "c")])
    """
    if expand_composites:
        nest1, nest2 = _expanded(nest1), _expanded(nest2)
    nest.assert_same_structure(nest1, nest2, check_types)


def _expanded(structure: Any) -> Any:
    """Return a structure with tuples of their tensors for what consists of several."""
    parts = [nest.components(leaf) for leaf in nest.flatten(structure)]
    return nest.pack_as(structure, [tuple(some) if len(some) > 1 else some[0] for some in parts])
