"""``PartitionedVariable``: variables that are the parts of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flowgraph.dtypes import DType
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import identity, register_tensor_conversion_function
from flowgraph.ops.joining import concat, split
from flowgraph.shapes import TensorShape
from flowgraph.variables.variable import Variable


class PartitionedVariable:
    """Variables that are, in their order, the parts of one along an axis.

    `tf.get_variable` with a partitioner returns one. It takes the place of a tensor, and
    iterating over it gives the parts.

    Parameters
    ----------
    name : str
    shape : TensorShape
        That of the whole.
    dtype : DType
    variable_list : list of Variable
        The parts, each with its `Slice`.
    partitions : list of int
        How many parts each axis has.

    Raises
    ------
    TypeError
        If `variable_list` or `partitions` is no list.
    ValueError
        If they are empty, or do not fit `shape`.

    Examples
    --------
    >>> w = tf.get_variable("w", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    >>> len(w), w.as_tensor()
    (2, <tf.Tensor 'w:0' shape=(4, 2) dtype=float32>)
    """

    def __init__(
        self,
        name: str,
        shape: Any,
        dtype: DType,
        variable_list: Sequence[Variable],
        partitions: Sequence[int],
    ) -> None:
        if not isinstance(variable_list, list | tuple):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, list | tuple):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(count >= 1 for count in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        infos = [variable._get_save_slice_info() for variable in variable_list]
        if None in infos:
            names = [variable.name for variable in variable_list]
            raise ValueError(f"All variables must have a save_slice_info available: {names}")
        if len(shape) != len(partitions):
            raise ValueError(f"len(shape) != len(partitions): {shape} vs. {partitions}")
        for info in infos:
            if shape != info.full_shape:
                raise ValueError(
                    f"All variables' full shapes must match shape: {shape}; but full shapes "
                    f"were: {[info.full_shape]}"
                )
        self._name = name
        self._shape = shape
        self._dtype = dtype
        self._partitions = partitions
        self._variable_list = sorted(
            variable_list, key=lambda variable: variable._get_save_slice_info().var_offset
        )

    # -- what it is -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name of the whole, such as ``"w"``."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self.get_shape()

    def get_shape(self) -> TensorShape:
        """Return the shape of the whole."""
        return self._shape  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._variable_list)

    def _get_variable_list(self) -> list[Variable]:
        return self._variable_list

    def _get_partitions(self) -> Sequence[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        return [axis for axis, count in enumerate(self._partitions) if count > 1] or [0]

    def _partition_axis(self, purpose: str) -> int:
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(f"Cannot {purpose} along more than one dimension: {axes}.")
        return axes[0]

    # -- its value ------------------------------------------------------------------------------

    def as_tensor(self) -> Tensor:
        """Return the whole's value, under no control dependency of the code around."""
        with control_dependencies(None):
            return self._concat()

    def _concat(self) -> Tensor:
        whole: Any = self._variable_list[0]
        if len(self._variable_list) > 1:
            axis = self._partition_axis("concatenate")
            with name_scope(f"{self._name}/ConcatPartitions/"):
                whole = concat(self._variable_list, axis)
        with name_scope(None):
            return identity(whole, name=self._name)

    # -- changing it ----------------------------------------------------------------------------

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Give every part its part of a new value.

        Parameters
        ----------
        value : Tensor, PartitionedVariable, or list of Tensor
            The whole, or the parts.
        use_locking, name, read_value
            As for `Variable.assign`.

        Returns
        -------
        list
            What `Variable.assign` returns for each part.
        """
        return self._apply("assign", value, use_locking, name, read_value)

    def assign_add(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Add to every part. Parameters and result as for `assign`."""
        return self._apply("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> list[Any]:
        """Subtract from every part. Parameters and result as for `assign`."""
        return self._apply("assign_sub", value, use_locking, name, read_value)

    def _apply(self, change: str, value: Any, *options: Any) -> list[Any]:
        axis = self._partition_axis("do assign action")
        if isinstance(value, list | PartitionedVariable):
            parts: Sequence[Any] = list(value)
        else:
            sizes = [variable.shape.as_list()[axis] for variable in self]
            parts = split(value, sizes, axis=axis)
        pairs = zip(self, parts, strict=True)
        changes: list[tuple[Callable[..., Any], Any]] = [(getattr(v, change), p) for v, p in pairs]
        return [apply(part, *options) for apply, part in changes]


def _to_tensor(
    variable: PartitionedVariable, dtype: DType | None, name: str | None, as_ref: bool
) -> Tensor:
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
            f"'{variable.dtype.name}'"
        )
    if as_ref:
        raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
    return variable.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _to_tensor)
