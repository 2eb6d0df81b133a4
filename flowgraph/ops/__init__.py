"""The ops: one class each, in one file a family."""

import importlib
import pkgutil

from flowgraph.graph.op import Op


def declared(op_type: str) -> type[Op] | None:
    """Return the op of that type name; ``None`` if there is none.

    A program loads the families that it uses. A name that is in none of these makes all be loaded.
    """
    if op_type not in Op.declared:
        declare_all()
    return Op.declared.get(op_type)


def declare_all() -> None:
    """Load every family, so that ``Op.declared`` is complete."""
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(family.name)
