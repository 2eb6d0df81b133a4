"""Which part of a whole a variable is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph import protos


class Slice:
    """The part of a whole that a variable is, under whose name it is saved.

    Parameters
    ----------
    full_name : str
    full_shape : list of int
        The whole's.
    var_offset : list of int
        Where the part begins.
    var_shape : list of int
        The part's.
    save_slice_info_def : SaveSliceInfoDef, optional
        Says all of these.
    import_scope : str, optional
        The scope that the name in the message is under.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Sequence[int] | None = None,
        var_offset: Sequence[int] | None = None,
        var_shape: Sequence[int] | None = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if save_slice_info_def is not None:
            prefix = f"{import_scope.rstrip('/')}/" if import_scope else ""
            full_name = prefix + save_slice_info_def.full_name
            full_shape = save_slice_info_def.full_shape
            var_offset = save_slice_info_def.var_offset
            var_shape = save_slice_info_def.var_shape
        self.full_name = full_name or ""
        self.full_shape = list(full_shape or ())
        self.var_offset = list(var_offset or ())
        self.var_shape = list(var_shape or ())

    @property
    def spec(self) -> str:
        """The part as files describe it: ``"7 2 3,2:0,2"`` for rows 3 and 4 of seven."""
        extents = zip(self.var_offset, self.var_shape, strict=True)
        sizes = " ".join(map(str, self.full_shape))
        return f"{sizes} {':'.join(f'{start},{length}' for start, length in extents)}"

    def of_slot(self, name: str, ndims: int) -> Slice:
        """Return the part that a slot is whose variable is this part."""
        return Slice(
            f"{self.full_name}/{name}",
            self.full_shape[:ndims],
            self.var_offset[:ndims],
            self.var_shape[:ndims],
        )

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return a SaveSliceInfoDef, or ``None`` if it is not under `export_scope`."""
        scope = f"{export_scope.rstrip('/')}/" if export_scope else ""
        if not self.full_name.startswith(scope):
            return None
        return protos.SaveSliceInfoDef(
            full_name=self.full_name.removeprefix(scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )


class Sliceable:
    """What may be a part of a whole: a variable."""

    SaveSliceInfo = Slice
    _save_slice_info: Slice | None = None

    def _set_save_slice_info(self, save_slice_info: Slice) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> Slice | None:
        return self._save_slice_info


class PartitionInfo:
    """What an initializer is told of the whole whose part it fills.

    Parameters
    ----------
    full_shape : list of int
        The whole's.
    var_offset : list of int
        Where the part begins.

    Raises
    ------
    TypeError
        If one is no sequence.
    ValueError
        If the part begins outside the whole.
    """

    def __init__(self, full_shape: Sequence[int], var_offset: Sequence[int]) -> None:
        for name, value in (("full_shape", full_shape), ("var_offset", var_offset)):
            if not isinstance(value, list | tuple):
                raise TypeError(
                    f"`{name}` must be a sequence (like tuple or list) instead of "
                    f"{type(value).__name__}"
                )
        if len(var_offset) != len(full_shape):
            raise ValueError(
                f"Expected equal length, but `var_offset` is of length {len(var_offset)} while "
                f"full_shape is of length {len(full_shape)}."
            )
        for offset, size in zip(var_offset, full_shape, strict=True):
            if not 0 <= offset < size:
                raise ValueError(
                    f"Expected 0 <= offset < shape but found offset={offset}, shape={size} for "
                    f"var_offset={var_offset}, full_shape={full_shape}"
                )
        self.full_shape = full_shape
        self.var_offset = var_offset

    def single_offset(self, shape: Sequence[int]) -> int:
        """Return where a part of `shape` begins on the axis that is divided; 0 if none is."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self.var_offset[axis]

    def single_slice_dim(self, shape: Sequence[int]) -> int | None:
        """Return the axis on which a part of `shape` is less than the whole.

        Raises
        ------
        TypeError
            If `shape` is no sequence.
        ValueError
            If it is of another rank, reaches beyond the whole, or there is more than one axis.
        """
        if not isinstance(shape, list | tuple):
            raise TypeError(
                f"`shape` must be a sequence (like tuple or list) instead of {type(shape).__name__}"
            )
        if len(shape) != len(self.full_shape):
            raise ValueError(
                f"Expected equal length, but received shape={shape} of length {len(shape)} while "
                f"self.full_shape={self.full_shape} is of length {len(self.full_shape)}."
            )
        for axis, (offset, size) in enumerate(zip(self.var_offset, shape, strict=True)):
            if offset + size > self.full_shape[axis]:
                raise ValueError(
                    f"With self.var_offset={self.var_offset}, a partition of shape={shape} would "
                    f"exceed self.full_shape={self.full_shape} in dimension {axis}."
                )
        axes = [i for i, size in enumerate(shape) if size != self.full_shape[i]]
        if len(axes) > 1:
            raise ValueError(
                f"Cannot use single_slice_dim() with shape={shape} and self.full_shape="
                f"{self.full_shape} since slice dim could be either dimension {axes[1]} or "
                f"{axes[0]}."
            )
        return axes[0] if axes else None
