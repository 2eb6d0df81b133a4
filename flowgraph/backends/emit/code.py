"""C code while it is being written: lines, values, and the memory that they live in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from flowgraph.backends.emit.scalar import type_of
from flowgraph.dtypes import Array, DType, as_dtype
from flowgraph.plan.fuse import DTYPES, LARGE
from flowgraph.plan.plan import Slot

_ALIGN = 64


class UnsupportedError(Exception):
    """Something has no C: the message says what."""


class Value:
    """A value of fixed shape in the code.

    One element is a variable or an expression, several lie in memory in C order.

    Attributes
    ----------
    dtype : DType
    sizes : tuple of int
    constant : array or None
    is_own : bool
        It lies in memory of its own, which only the step that makes it writes.
    """

    __slots__ = ("_name", "constant", "dtype", "is_own", "sizes")

    def __init__(
        self, name: str | Callable[[], str], dtype: DType, sizes: Sequence[int],
        constant: Array | None = None, is_own: bool = False,
    ) -> None:  # fmt: skip
        self._name = name
        self.dtype = dtype
        self.sizes = tuple(sizes)
        self.constant = constant
        self.is_own = is_own

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.sizes)

    @property
    def form(self) -> tuple[DType, tuple[int, ...]]:
        """The dtype and the sizes."""
        return self.dtype, self.sizes

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return int(self.count * self.dtype.numpy.itemsize)

    @property
    def name(self) -> str:
        """The expression of the element, or of the address of the first one."""
        if not isinstance(self._name, str):
            self._name = self._name()  # a constant has memory only where the code uses it
        return self._name

    def at(self, index: str) -> str:
        """Return the expression of an element."""
        return self.name if self.count == 1 else f"{self.name}[{index}]"

    def part(self, start: int, sizes: Sequence[int]) -> Value:
        """Return elements that follow each other, in another shape."""
        count = math.prod(sizes)
        if self.count == 1:
            name = self.name
        elif count == 1:
            name = f"{self.name}[{start}]"
        else:
            name = f"({self.name} + {start})" if start else self.name
        return Value(name, self.dtype, sizes, is_own=self.is_own)


class Code:
    """Lines of a function, the declarations above them, and the layout of its memory.

    Attributes
    ----------
    declarations, lines : list of str
    size : int
        The bytes of memory that the function wants at ``memory``.
    constants : list of (int, array)
        What is to lie there, and where.
    work : int
        About how many operations on elements one run through the lines takes.
    """

    def __init__(self) -> None:
        self.declarations: list[str] = []
        self.lines: list[str] = []
        self.size = 0
        self.constants: list[tuple[int, Array]] = []
        self.work = 0
        self._known: dict[Any, str] = {}
        self._names = 0
        self._depth = 1

    def add(self, *lines: str) -> None:
        """Add lines."""
        self.lines += [f"{'    ' * self._depth}{line}" for line in lines]

    @contextmanager
    def block(self, head: str = "") -> Iterator[None]:
        """Put braces around the lines that are added."""
        self.add(f"{head} {{".strip())
        self._depth += 1
        yield
        self._depth -= 1
        self.add("}")

    @contextmanager
    def loops(self, *sizes: int, is_free: bool = False) -> Iterator[list[str]]:
        """Put loops around the lines that are added, and yield their indices.

        A loop of one turn is none. The turns of the last one may be made at once if `is_free`.
        """
        self._names += 1
        names = [f"i{self._names}_{axis}" if n > 1 else "0" for axis, n in enumerate(sizes)]
        heads = [f"for (long {i} = 0; {i} < {n}; {i}++)" for i, n in zip(names, sizes, strict=True)]
        heads = [head for head, n in zip(heads, sizes, strict=True) if n > 1]
        for head in heads or [""]:
            if is_free and heads and head is heads[-1]:
                self.add("#pragma GCC ivdep")
            self.add(f"{head} {{".strip())
            self._depth += 1
        yield names
        for _ in heads or [""]:
            self._depth -= 1
            self.add("}")

    def fresh(self) -> str:
        """Return a name that nothing has."""
        self._names += 1
        return f"x{self._names}"

    def place(self, nbytes: int) -> int:
        """Return where there is memory for so many bytes."""
        at = self.size
        self.size += -(-nbytes // _ALIGN) * _ALIGN
        return at

    def declare(self, dtype: DType, sizes: Sequence[int]) -> Value:
        """Return a new value, to be written. Steps over large ones are worth several threads."""
        name, kind = self.fresh(), type_of(dtype)
        value = Value(name, dtype, sizes, is_own=True)
        if value.count > LARGE:
            raise UnsupportedError("large values")
        if value.count == 1:
            self.declarations.append(f"{kind} {name} = 0;")
        else:
            self._lay(name, f"{kind} *const restrict", self.place(value.nbytes))
        return value

    def home(self, dtype: DType, sizes: Sequence[int]) -> tuple[Value, int]:
        """Return a value that is there when the function begins, and where it lies."""
        name, kind = self.fresh(), type_of(dtype)
        value = Value(name, dtype, sizes)
        at = self.place(value.nbytes)
        if value.count == 1:
            self.declarations.append(f"{kind} {name} = *({kind} *)(memory + {at});")
        else:
            self._lay(name, f"{kind} *const restrict", at)
        return value, at

    def given(self, dtype: DType, sizes: Sequence[int], number: int) -> Value:
        """Return a value whose address the function is given: the number of it."""
        name, kind = self.fresh(), type_of(dtype)
        self.declarations.append(f"const {kind} *const {name} = given[{number}];")
        value = Value(name, dtype, sizes)
        return Value(f"*{name}", dtype, sizes) if value.count == 1 else value

    def constant(self, array: Array) -> Value:
        """Return a constant."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        dtype = as_dtype(array.dtype)
        return Value(lambda: self._constant(array, dtype), dtype, array.shape, array)

    def _constant(self, array: Array, dtype: DType) -> str:
        key = array.dtype.str, array.size, array.tobytes()
        if key not in self._known:
            check_dtype(dtype)
            self._known[key] = name = self.fresh()
            at, kind = self.place(array.nbytes), type_of(dtype)
            self.constants.append((at, array))
            if array.size == 1:
                self.declarations.append(f"const {kind} {name} = *(const {kind} *)(memory + {at});")
            else:
                self._lay(name, f"const {kind} *const restrict", at)
        return self._known[key]

    def _lay(self, name: str, kind: str, at: int) -> None:
        pointer = kind.removesuffix("const restrict")
        self.declarations.append(f"{kind} {name} = ({pointer})(memory + {at});")

    def copy(self, source: Value, target: Value) -> None:
        """Copy a value."""
        if target.count == 1:
            self.add(f"{target.name} = {source.name};")
        else:
            self.add(f"__builtin_memcpy({target.name}, {source.name}, {target.nbytes});")
        self.work += target.count // 8 + 1


def check_dtype(dtype: DType) -> None:
    """Refuse a dtype that the emitter has no type for."""
    if dtype.name not in DTYPES:
        raise UnsupportedError(f"a value of {dtype.name}")


def form_of(slot: Slot) -> tuple[DType, tuple[int, ...]]:
    """Return the dtype and the sizes of what a slot holds."""
    check_dtype(slot.dtype)
    sizes = slot.shape.sizes
    if sizes is None or None in sizes:
        raise UnsupportedError(f"{slot.tensor.name} has a size that only a run knows")
    known = tuple([int(n) for n in sizes if n is not None])
    if 0 in known:
        raise UnsupportedError(f"{slot.tensor.name} is empty")
    return slot.dtype, known
