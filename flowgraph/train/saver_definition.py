"""SaverDef messages: the names of the operations of a `Saver`, in and out of name scopes."""

from __future__ import annotations

from typing import Any

from flowgraph import protos

_NAMES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


def copied(saver_def: Any) -> Any:
    """Return a message of its own."""
    return protos.SaverDef.FromString(saver_def.SerializeToString())


def put_under(saver_def: Any, scope: str | None) -> Any:
    """Return what a SaverDef becomes when its operations are put under a scope.

    Raises
    ------
    ValueError
        If it is no SaverDef, or leaves out a name.
    """
    if not isinstance(saver_def, protos.SaverDef):
        raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def}")
    for field in ("save_tensor_name", "restore_op_name"):
        if not getattr(saver_def, field):
            raise ValueError(f"saver_def must specify the {field}: {saver_def}")
    result = copied(saver_def)
    if scope:
        for field in _NAMES:
            setattr(result, field, f"{scope.rstrip('/')}/{getattr(result, field)}")
    return result


def taken_from(saver_def: Any, scope: str) -> Any:
    """Return what a SaverDef is within a scope, or ``None`` if it is not in the scope."""
    prefix = f"{scope.rstrip('/')}/"
    if not saver_def.filename_tensor_name.startswith(prefix):
        return None
    result = copied(saver_def)
    for field in _NAMES:
        setattr(result, field, getattr(result, field).removeprefix(prefix))
    return result
