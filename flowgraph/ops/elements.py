"""What a `TensorArray` holds during one run: its elements, each written once."""

from __future__ import annotations

import enum
import itertools
from typing import Any

import numpy as np

from flowgraph.dtypes import Array, as_dtype
from flowgraph.errors import InvalidArgumentError, UnimplementedError
from flowgraph.ops.checks import bracketed, invalid, runtime_name
from flowgraph.shapes import TensorShape

_numbers = itertools.count()


class State(enum.IntFlag):
    """What native code may do to an element, and what it has done."""

    READABLE = 1
    WRITABLE = 2
    CLEARS = 4
    WRITTEN = 8
    READ = 16


class Elements:
    """A mutable list of arrays.

    Elements of one shape lie in one block of memory, so that they are put together
    without a copy.

    Parameters
    ----------
    name : str
        For messages; made unique by a number.
    dtype : numpy.dtype
    size : int
    shape : TensorShape
        What is known of the elements' shapes.
    grows : bool
        Writing beyond the end makes it longer.
    clears : bool
        Reading an element lets go of it.
    identical : bool
        All elements have the shape of the first one written.
    sums : bool
        It holds gradients: writing an element again adds to it.
    """

    def __init__(
        self, xp: Any, name: str, dtype: Any, size: int, shape: TensorShape,
        grows: bool, clears: bool, identical: bool, sums: bool = False,
    ) -> None:  # fmt: skip
        if size < 0:
            raise invalid("Size should be >= 0.")
        self.name = f"{name}_{next(_numbers)}"
        self._shape = shape
        self._xp = xp
        self._dtype = dtype
        self._grows = grows
        self._clears = clears
        self._identical = identical
        self._sums = sums
        self._values: list[Any] = [None] * size
        self._sizes: list[tuple[int, ...] | None] = [None] * size
        self._written = [False] * size
        self._read = [False] * size
        self._block: Any = None
        self._is_closed = False
        self._gradients: dict[str, Elements] = {}

    def __len__(self) -> int:
        self._check_open()
        return len(self._values)

    def sizes(self) -> tuple[int, ...] | None:
        """Return the shape that all elements have and keep; ``None`` if there is no such one."""
        shapes = set(self._sizes)
        return shapes.pop() if len(shapes) == 1 and not self._grows else None

    def close(self) -> None:
        """Let go of everything."""
        self._is_closed = True
        self._values.clear()
        self._block = None

    def gradient(self, source: str) -> Elements:
        """Return the array of the elements' gradients, made on first use."""
        self._check_open()
        if source not in self._gradients:
            made = Elements(
                self._xp, f"{self.name}@{source}", self._dtype, len(self._values), self._shape,
                grows=False, clears=True, identical=self._identical, sums=True,
            )  # fmt: skip
            made._sizes = list(self._sizes)
            self._gradients[source] = made
        return self._gradients[source]

    def write(self, index: int, value: Array) -> None:
        """Copy a value into an element."""
        self._check_open()
        # NumPy's own strings lose the zeros at their end.
        value = self._xp.asarray(value, object if isinstance(value, bytes) else None)
        if value.dtype != self._dtype:
            own, other = (runtime_name(as_dtype(kind)) for kind in (self._dtype, value.dtype))
            raise invalid(f"TensorArray dtype is {own} but Op is trying to write dtype {other}.")
        self._make_room(index)
        self._check_write(index, value)
        if self._identical and not self._shape.is_fully_defined():
            self._shape = TensorShape.of(value.shape)
        self._written[index] = True
        held = self._values[index]
        if held is not None:
            held += value
            return
        self._sizes[index] = value.shape
        place = self._place(index, value.shape)
        place[...] = value
        self._values[index] = place

    def _make_room(self, index: int) -> None:
        size = len(self._values)
        if 0 <= index < size:
            return
        if index < 0 or not self._grows:
            raise self._error(
                f"Tried to write to index {index} but array is not resizeable and size is: {size}"
            )
        more = index + 1 - size
        self._values += [None] * more
        self._sizes += [None] * more
        self._written += [False] * more
        self._read += [False] * more

    def _check_write(self, index: int, value: Array) -> None:
        because = f"to TensorArray index {index} because"
        if self._sums:
            if self._read[index]:
                raise self._error(f"Could not write {because} it has already been read.")
            sizes = self._sizes[index]
            if sizes is not None and sizes != value.shape:
                raise self._error(
                    f"Could not aggregate {because} the existing shape is {bracketed(sizes)} but "
                    f"the new input shape is {bracketed(value.shape)}."
                )
        elif self._written[index]:
            raise self._error(f"Could not write {because} it has already been written to.")
        if not self._shape.is_compatible_with(value.shape):
            raise self._error(
                f"Could not write {because} the value shape is {bracketed(value.shape)} which is "
                "incompatible with the TensorArray's inferred element shape: "
                f"{_written_shape(self._shape)} (consider setting infer_shape=False)."
            )

    def _place(self, index: int, sizes: tuple[int, ...]) -> Array:
        """Return memory for an element: in the block, or its own."""
        if self._block is None and not self._grows:
            self._block = self._xp.empty((len(self._values), *sizes), self._dtype)
        if self._block is not None and self._block.shape[1:] == sizes:
            return self._block[index, ...]
        return self._xp.empty(sizes, self._dtype)

    def read(self, index: int) -> Array:
        """Return an element; zeros if it was never written but its shape is known."""
        self._check_open()
        if not 0 <= index < len(self._values):
            raise invalid(
                f"Tried to read from index {index} but array size is: {len(self._values)}"
            )
        value = self._values[index]
        if value is None:
            if self._written[index]:
                raise self._error(
                    f"Could not read index {index} twice because it was cleared after a previous "
                    "read (perhaps try setting clear_after_read = false?)."
                )
            value = self._zeros(index)
        self._read[index] = True
        if self._clears:
            self._written[index] = True
            self._values[index] = None
            return value
        return value.copy()

    def _zeros(self, index: int) -> Array:
        sizes = self._sizes[index]
        if sizes is None and self._shape.is_fully_defined():
            sizes = self._shape.sizes  # type: ignore[assignment]
        if sizes is None:
            raise self._error(
                f"Could not read from TensorArray index {index}.  Furthermore, the element shape "
                f"is not fully defined: {_written_shape(self._shape)}.  It is possible you are "
                "working with a resizeable TensorArray and stop_gradients is not allowing the "
                "gradients to be written.  If you set the full element_shape property on the "
                "forward TensorArray, the proper all-zeros tensor will be returned instead of "
                "incurring this error."
            )
        if self._dtype.hasobject:
            return self._xp.full(sizes, b"", object)
        return self._xp.zeros(sizes, self._dtype)

    def lend(
        self, sizes: tuple[int, ...], dtype: Any, source: str | None
    ) -> tuple[Elements, Array, Array] | None:
        """Return an array, the block of all its elements and the `State` of each, for native code.

        It is this array, or that of the gradients of a source. The code writes to the block, and
        changes the states: see `settle`. ``None`` if the elements do not lie in one block of this
        form.
        """
        if source is not None:
            return None if self._is_closed else self.gradient(source).lend(sizes, dtype, None)
        is_form = dtype == self._dtype and self._shape.is_compatible_with(sizes)
        if self._is_closed or self._grows or not is_form or self._xp is not np:
            return None
        if self._block is None:
            if any(value is not None for value in self._values):
                return None
            self._block = np.empty((len(self._values), *sizes), dtype)
        block = self._block
        if block.shape[1:] != sizes or not block.flags.c_contiguous:
            return None
        states = np.full(len(block), State.CLEARS if self._clears else 0, np.uint8)
        there = [value is not None for value in self._values]
        inside = [value is not None and value.base is block for value in self._values]
        states[inside] |= np.uint8(State.READABLE)
        closed = self._read if self._sums else self._written
        is_new = ~(np.array(there, bool) | np.array(closed, bool))
        if self._sums:
            is_new &= [known is None or known == sizes for known in self._sizes]
        states[is_new] |= np.uint8(State.WRITABLE)
        return self, block, states

    def settle(self, block: Array, states: Array) -> None:
        """Take note of what native code has done to a block that was lent."""
        for index in np.nonzero(states & np.uint8(State.WRITTEN))[0].tolist():
            self._written[index] = True
            self._sizes[index] = block.shape[1:]
            self._values[index] = block[index, ...]
            if self._identical and not self._shape.is_fully_defined():
                self._shape = TensorShape.of(block.shape[1:])
        for index in np.nonzero(states & np.uint8(State.READ))[0].tolist():
            self._read[index] = True
            if self._clears:
                self._written[index] = True
                self._values[index] = None

    def gather(self, indices: Array, shape: TensorShape) -> Array:
        """Return elements as the rows of one array."""
        self._check_open()
        known = self._shape.merge_with(shape)
        if not len(indices):
            return self._empty(known, "packing")
        if self._is_whole(indices):
            block, self._block = self._block, None
            self._values = [None] * len(self._values)
            self._read = [True] * len(self._values)
            return block
        rows = [self.read(int(index)) for index in indices]
        for index, row in zip(indices, rows, strict=True):
            if row.shape != rows[0].shape:
                raise invalid(
                    f"TensorArray has inconsistent shapes.  Index {indices[0]} has shape: "
                    f"{bracketed(rows[0].shape)} but index {index} has shape: "
                    f"{bracketed(row.shape)}"
                )
        return self._xp.stack(rows)

    def _is_whole(self, indices: Array) -> bool:
        """Whether the indices are all in order, and the block holds them all, to be let go."""
        size = len(self._values)
        if not self._clears or self._block is None or len(indices) != size:
            return False
        in_block = all(v is not None and v.base is self._block for v in self._values)
        return in_block and bool((indices == self._xp.arange(size)).all())

    def _empty(self, shape: TensorShape, what: str) -> Array:
        if not shape.is_fully_defined():
            raise UnimplementedError(
                None, None,
                f"TensorArray has size zero, but element shape {_written_shape(shape)} is not "
                f"fully defined. Currently only static shapes are supported when {what} "
                "zero-size TensorArrays.",
            )  # fmt: skip
        return self._xp.zeros((0, *(shape.sizes or ())), self._dtype)

    def concat(self, shape: TensorShape) -> tuple[Array, Array]:
        """Return the elements one after another along axis 0, and their lengths."""
        self._check_open()
        xp = self._xp
        if not self._values:
            return self._empty(shape, "concatenating"), xp.zeros(0, "int64")
        parts = [self.read(index) for index in range(len(self._values))]
        for index, part in enumerate(parts):
            if not part.ndim:
                raise invalid(
                    f"Concat saw a scalar shape at index {index} but requires at least vectors.  "
                    "Did you mean to call pack?"
                )
            if part.shape[1:] != parts[0].shape[1:]:
                raise invalid(
                    "TensorArray has inconsistent shapes.  Index 0 has (excepting dimension 0) "
                    f"shape: {bracketed(parts[0].shape[1:])} but index {index} has (excepting "
                    f"dimension 0) shape: {bracketed(part.shape[1:])}"
                )
        return xp.concatenate(parts), xp.asarray([len(part) for part in parts], "int64")

    def scatter(self, indices: Array, values: Array) -> None:
        """Copy the rows of an array into elements."""
        self._check_open()
        if len(indices) != len(values):
            raise invalid(
                "Expected len(indices) == values.shape[0], but saw: "
                f"{len(indices)} vs. {len(values)}"
            )
        largest = max(map(int, indices), default=-1)
        if largest >= len(self._values) and not self._grows:
            raise invalid(
                f"Max scatter index must be < array size ({largest} vs. {len(self._values)})"
            )
        if self._fill(indices, values):
            return
        for index, value in zip(indices, values, strict=True):
            self.write(int(index), value)

    def _fill(self, indices: Array, values: Array) -> bool:
        """Copy rows into all elements at once; False if they are not all new, or not in order."""
        size = len(self._values)
        sizes = values.shape[1:]
        is_new = not (self._grows or self._sums or any(self._written))
        is_form = values.dtype == self._dtype and self._shape.is_compatible_with(sizes)
        if not (size and is_new and is_form and indices.tolist() == list(range(size))):
            return False
        self._block = self._xp.array(values, order="C")
        self._values = [self._block[index, ...] for index in range(size)]
        self._sizes, self._written = [sizes] * size, [True] * size
        if self._identical and not self._shape.is_fully_defined():
            self._shape = TensorShape.of(sizes)
        return True

    def split(self, value: Array, lengths: Array) -> None:
        """Copy pieces of an array, of given lengths along axis 0, into the elements."""
        self._check_open()
        if not value.ndim:
            raise invalid("Expected value to be at least a vector, but received shape: []")
        if int(lengths.sum()) != len(value):
            raise invalid(
                "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{int(lengths.sum())} and value's shape is: {bracketed(value.shape)}"
            )
        if len(lengths) != len(self._values) and not self._grows:
            raise invalid(
                "TensorArray's size is not equal to the size of lengths "
                f"({len(self._values)} vs. {len(lengths)}), and the TensorArray is not marked as "
                "dynamically resizeable"
            )
        start = 0
        for index, length in enumerate(map(int, lengths)):
            self.write(index, value[start : start + length])
            start += length

    def _check_open(self) -> None:
        if self._is_closed:
            raise invalid(f"TensorArray {self.name} has already been closed.")

    def _error(self, text: str) -> InvalidArgumentError:
        return invalid(f"TensorArray {self.name}: {text}")


def _written_shape(shape: TensorShape) -> str:
    return "<unknown>" if shape.sizes is None else bracketed(shape.sizes)
