"""Variables as operations: the reference, and the ops that read and write through it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ClassVar

from flowgraph.dtypes import Array, DType
from flowgraph.errors import FailedPreconditionError, OutOfRangeError
from flowgraph.graph.op import Kernel, Op, Resources, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import NUMBERS
from flowgraph.ops.merging import merge_shapes
from flowgraph.ops.types import INDICES
from flowgraph.shapes import Sizes, TensorShape


class Cell:
    """What one session keeps for one variable: the value in a reference.

    Writers change the buffer in place, so that its address may be relied on until
    ``replaced`` is called.

    Parameters
    ----------
    name : str
        The variable operation's name.
    dtype : DType
    shape : TensorShape
        What the variable declares.
    xp : module
        The array module that holds the value.
    replaced : callable
        Called whenever `array` becomes another array.

    Attributes
    ----------
    array : array or None
        The buffer, or ``None`` before the first write.
    lock : threading.RLock
        Held while the buffer is written.
    """

    __slots__ = ("_replaced", "_xp", "array", "dtype", "lock", "name", "shape")

    def __init__(
        self, name: str, dtype: DType, shape: TensorShape, xp: Any, replaced: Callable[[], None]
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.array: Array | None = None
        self.lock = threading.RLock()
        self._xp = xp
        self._replaced = replaced

    @property
    def initialized(self) -> bool:
        """Whether the variable has a value."""
        return self.array is not None

    def read(self) -> Array:
        """Return the buffer itself.

        Raises
        ------
        FailedPreconditionError
            If nothing was written yet.
        """
        if self.array is None:
            raise FailedPreconditionError(
                None, None, f"Attempting to use uninitialized value {self.name}"
            )
        return self.array

    def write(self, value: Array, is_given: bool = False) -> None:
        """Copy `value` into the buffer, or into a new one if its shape is another.

        The first value of a variable becomes the buffer itself if `is_given`.
        """
        with self.lock:
            if self.array is not None and self.array.shape == value.shape:
                self.array[...] = value
                return
            # C order, so that a scatter can write through a reshaped view.
            copy = None if is_given and value.base is None else True
            self.array = self._xp.array(value, dtype=self.dtype.numpy, order="C", copy=copy)
            self._replaced()

    def fill(self, shape: tuple[int, ...], read: Callable[[Array], Any]) -> None:
        """Let `read` write a value into the buffer, or into a new one if its shape is another.

        If that fails there is no value any more: half of it may be another.
        """
        with self.lock:
            array, self.array = self.array, None
            is_kept = array is not None and array.shape == shape
            if not is_kept:
                array = self._xp.empty(shape, dtype=self.dtype.numpy)
            try:
                read(array)
                self.array = array
            finally:
                if not is_kept or self.array is None:
                    self._replaced()


class VariableV2(Op):
    """A reference to a value that a session keeps between runs."""

    signature = Signature("-> ref: ref(dtype)")
    is_stateful = True

    shape: TensorShape
    dtype: DType
    container: str = ""
    shared_name: str = ""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.shape,)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        def make() -> Cell:
            return Cell(operation.name, self.dtype, self.shape, xp, resources.replaced)

        return lambda: resources.get(operation, make)


class IsVariableInitialized(Op):
    """Whether a variable has a value."""

    signature = Signature("ref: ref(dtype) -> is_initialized: bool")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (TensorShape.of(()),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.asarray(inputs[0].initialized)


class InitializedValue(Op):
    """A variable's value, or another one while it has none.

    TensorFlow writes it as ``cond(is_variable_initialized(v), read, initial_value)``.
    """

    signature = Signature("ref: ref(T), initial_value: T -> value: T")
    is_stateful = True
    reads_references = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape.most_specific_compatible_shape(inputs[1].shape),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        cell, initial_value = inputs
        return xp.array(cell.array if cell.initialized else initial_value, copy=True)


class DeepCopy(Op):
    """A copy of a value: what a variable held then, whatever is written to it later."""

    signature = Signature("x: T -> y: T")
    is_stateful = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[0].shape,)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        return xp.array(inputs[0], copy=True)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Any, ...]:
        return (dys[0],)


class Assign(Op):
    """A new value for a variable."""

    signature = Signature("ref: ref(T), value: T -> output_ref: ref(T)")
    is_stateful = True
    writes_variable = (0,)

    may_keep: ClassVar[int | None] = 1

    validate_shape: bool = True
    use_locking: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        ref, value = inputs
        return (merge_shapes(ref.shape, value.shape) if self.validate_shape else value.shape,)

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, value = inputs
        return self._assigned(cell, value, is_given=False)

    def keeping(self, xp: Any, *inputs: Any) -> Cell:
        cell, value = inputs
        return self._assigned(cell, value, is_given=True)

    def _assigned(self, cell: Cell, value: Array, is_given: bool) -> Cell:
        self.check(cell, value.shape)
        cell.write(value, is_given)
        return cell

    def check(self, cell: Cell, shape: tuple[int, ...]) -> None:
        """Raise unless a variable may have a value of this shape."""
        if self.validate_shape:
            held: Sizes | None = cell.shape.sizes if cell.array is None else cell.array.shape
            if not TensorShape.of(held).is_compatible_with(shape):
                raise invalid(
                    "Assign requires shapes of both tensors to match. "
                    f"lhs shape= {bracketed(held or ())} rhs shape= {bracketed(shape)}"
                )

    gradient = Op.not_differentiable


class _Update(Op, abstract=True):
    """A value combined with a variable's, in place."""

    signature = Signature("ref: ref(T), value: T -> output_ref: ref(T)", T=NUMBERS)
    is_stateful = True
    writes_variable = (0,)

    use_locking: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (merge_shapes(inputs[0].shape, inputs[1].shape),)

    def combine(self, xp: Any, array: Array, value: Array) -> None:
        """Change `array` by `value`."""
        raise NotImplementedError(f"kernel of {self.type}")

    def compute(self, xp: Any, *inputs: Any) -> Cell:
        cell, value = inputs
        with cell.lock:
            array = cell.read()
            if array.shape != value.shape:
                raise invalid("Parameters and update must be the same size")
            self.combine(xp, array, value)
        return cell  # type: ignore[no-any-return]

    gradient = Op.not_differentiable


class AssignAdd(_Update):
    """A variable increased by a value."""

    def combine(self, xp: Any, array: Array, value: Array) -> None:
        xp.add(array, value, out=array)


class AssignSub(_Update):
    """A variable decreased by a value."""

    def combine(self, xp: Any, array: Array, value: Array) -> None:
        xp.subtract(array, value, out=array)


class CountUpTo(Op):
    """A variable's value before it is increased by one; an error at the limit."""

    signature = Signature("ref: ref(T) -> output: T", T=INDICES)
    is_stateful = True
    writes_variable = (0,)

    limit: int

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, 0),)

    def compute(self, xp: Any, *inputs: Any) -> Array:
        (cell,) = inputs
        with cell.lock:
            before = cell.read().copy()
            if int(before) >= self.limit:
                raise OutOfRangeError(None, None, f"Reached limit of {self.limit}")
            cell.write(before + before.dtype.type(1))
        return before
