"""Functions over the rows of tensors: ``map_fn``, ``foldl``, ``foldr`` and ``scan``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.looping import while_loop
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.shapes import TensorShape


class _Rows:
    """The tensors whose rows a function is called with, in arrays."""

    def __init__(self, elems: Any) -> None:
        self.structure = elems
        self.tensors = [convert_to_tensor(leaf, name="elem") for leaf in nest.flatten(elems)]

    def count(self) -> Any:
        """Return how many rows there are: a number, or a tensor if it is not known."""
        self._check_rank()
        first = self.tensors[0]
        known = first.shape.as_list()[0] if first.shape.rank else None
        # TensorFlow asks for the size of an empty tensor when it runs, too.
        return known or strided_slice_from_key(shape_of(first), 0)

    def _check_rank(self) -> None:
        """Raise unless there are rows."""
        if self.tensors[0].shape.rank != 0:
            return
        if len(self.tensors) == 1:
            raise ValueError("elems must be a 1+ dimensional Tensor, not a scalar")
        raise ValueError("elements in elems must be 1+ dimensional Tensors, not scalars")

    def unstack(self, count: Any) -> list[TensorArray]:
        """Return an array of rows for each tensor."""
        arrays = [
            TensorArray(
                tensor.dtype,
                size=count,
                dynamic_size=False,
                infer_shape=True,
                element_shape=tensor.shape[1:] if tensor.shape.rank else None,
            )
            for tensor in self.tensors
        ]
        pairs = zip(arrays, self.tensors, strict=True)
        self.arrays = [array.unstack(tensor) for array, tensor in pairs]
        return self.arrays

    def at(self, index: Any) -> Any:
        """Return the rows of an index, in the structure of the tensors."""
        return nest.pack_as(self.structure, [array.read(index) for array in self.arrays])

    def stack(self, arrays: list[TensorArray]) -> list[Tensor]:
        """Return as many rows of results as there are rows."""
        rows: int | None = None
        for tensor in self.tensors:
            merged = TensorShape.of((rows,)).merge_with(tensor.shape[:1])
            rows = merged.as_list()[0]
        results = []
        for array in arrays:
            result = array.stack()
            if result.shape.rank:
                result.set_shape(TensorShape.of((rows,)).concatenate(result.shape[1:]))
            results.append(result)
        return results


def _check_callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError("fn must be callable.")


def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Return what a function makes of each row of `elems`, stacked.

    Parameters
    ----------
    fn : callable
        Takes a row, or one row of each tensor in the structure of `elems`.
    elems : Tensor or structure of Tensor
        Of the same length along axis 0.
    dtype : DType or structure of DType, optional
        Of what `fn` returns, where that differs from `elems`.
    parallel_iterations : int, optional
        A hint: rows are taken one after the other here.
    back_prop : bool
        False cuts gradients off.
    swap_memory : bool
        A hint, for memory of devices.
    infer_shape : bool
        All results have one shape.
    name : str, optional

    Returns
    -------
    Tensor or structure of Tensor

    Raises
    ------
    TypeError
        If `fn` is not callable, or `elems` holds a sparse tensor.
    ValueError
        If `elems` is a scalar, or `fn` returns another structure.

    Examples
    --------
    >>> squares = tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3]))
    >>> tf.Session().run(squares)
    array([1, 4, 9], dtype=int32)
    """
    _check_callable(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map on the values of a sparse tensor use either  SparseTensor("
            "input.indices, fn(input.values), input.dense_shape) or  SparseTensor(input.indices, "
            "map_fn(fn, input.values), input.dense_shape)"
        )
    with name_scope(name, "map", nest.flatten(elems)):
        rows = _Rows(elems)
        outputs = elems if dtype is None else dtype
        kinds = (
            [tensor.dtype for tensor in rows.tensors] if dtype is None
            else [as_dtype(kind) for kind in nest.flatten(dtype)]
        )  # fmt: skip
        count = rows.count()
        rows.unstack(count)
        start = constant(0)
        results = [
            TensorArray(kind, size=count, dynamic_size=False, infer_shape=infer_shape)
            for kind in kinds
        ]

        def turn(i: Tensor, arrays: list[TensorArray]) -> Any:
            made = fn(rows.at(i))
            nest.assert_same_structure(outputs, made)
            values = nest.flatten(made)
            return i + 1, [a.write(i, value) for a, value in zip(arrays, values, strict=True)]

        _, arrays = while_loop(
            lambda i, _: i < count,
            turn,
            (start, results),
            parallel_iterations=parallel_iterations or 10,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return nest.pack_as(outputs, rows.stack(arrays))


def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the rows of `elems` from the first to the last.

    Parameters
    ----------
    fn : callable
        Takes the value so far and a row, returns the next value.
    elems : Tensor or structure of Tensor
        Of the same length along axis 0.
    initializer : Tensor or structure of Tensor, optional
        The value to begin with; the first row if left out.
    parallel_iterations : int
        A hint: rows are taken one after the other here.
    back_prop : bool
        False cuts gradients off.
    swap_memory : bool
        A hint, for memory of devices.
    name : str, optional

    Returns
    -------
    Tensor or structure of Tensor
        The last value.

    Raises
    ------
    TypeError
        If `fn` is not callable.

    Examples
    --------
    >>> print(tf.Session().run(tf.foldl(lambda a, x: a * 10 + x, tf.constant([1, 2, 3]))))
    123
    """
    _check_callable(fn)
    hints = (parallel_iterations, back_prop, swap_memory)
    with name_scope(name, "foldl", nest.flatten(elems)):
        rows = _Rows(elems)
        count = rows.count()
        rows.unstack(count)
        if initializer is None:
            value, start = rows.at(0), constant(1)
        else:
            value, start = initializer, constant(0)
        return _fold(
            lambda i, _: i < count, lambda i, a: [i + 1, fn(a, rows.at(i))],
            [start, value], count, hints,
        )  # fmt: skip


def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the rows of `elems` from the last to the first.

    The parameters are those of `foldl`; `fn` takes the value so far and a row here, too.

    Raises
    ------
    TypeError
        If `fn` is not callable.

    Examples
    --------
    >>> print(tf.Session().run(tf.foldr(lambda a, x: a * 10 + x, tf.constant([1, 2, 3]))))
    321
    """
    _check_callable(fn)
    hints = (parallel_iterations, back_prop, swap_memory)
    with name_scope(name, "foldr", nest.flatten(elems)):
        rows = _Rows(elems)
        count = rows.count()
        rows.unstack(count)
        if initializer is None:
            start = count - 1
            value = rows.at(start)
        else:
            start, value = count, initializer

        def turn(i: Tensor, a: Any) -> Any:
            i -= 1
            return [i, fn(a, rows.at(i))]

        return _fold(lambda i, _: i > 0, turn, [start, value], count, hints)


def _fold(condition: Any, turn: Any, start: Any, count: Any, hints: tuple[int, bool, bool]) -> Any:
    parallel_iterations, back_prop, swap_memory = hints
    _, value = while_loop(
        condition,
        turn,
        start,
        parallel_iterations=parallel_iterations,
        back_prop=back_prop,
        swap_memory=swap_memory,
        maximum_iterations=count,
    )
    return value


def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the rows of `elems` as `foldl`, and return all values on the way, stacked.

    Parameters
    ----------
    fn : callable
        Takes the value so far and a row, returns the next value.
    elems : Tensor or structure of Tensor
        Of the same length along axis 0.
    initializer : Tensor or structure of Tensor, optional
        The value to begin with, not returned. If left out it is the first row, which is
        the first value then.
    parallel_iterations : int
        A hint: rows are taken one after the other here.
    back_prop : bool
        False cuts gradients off.
    swap_memory : bool
        A hint, for memory of devices.
    infer_shape : bool
        All values have one shape.
    reverse : bool
        Begin with the last row.
    name : str, optional

    Returns
    -------
    Tensor or structure of Tensor
        A value for each row, along axis 0.

    Raises
    ------
    TypeError
        If `fn` is not callable.
    ValueError
        If `fn` returns another structure than it is given.

    Examples
    --------
    >>> tf.Session().run(tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])))
    array([1, 3, 6], dtype=int32)
    """
    _check_callable(fn)
    with name_scope(name, "scan", nest.flatten(elems)):
        rows = _Rows(elems)
        count = rows.count()
        rows.unstack(count)
        structure = elems if initializer is None else initializer
        begin = 0
        if initializer is None:
            values = [array.read(count - 1 if reverse else 0) for array in rows.arrays]
        else:
            values = [convert_to_tensor(leaf) for leaf in nest.flatten(initializer)]
        arrays = [
            TensorArray(
                value.dtype,
                size=count,
                element_shape=value.shape if infer_shape else None,
                dynamic_size=False,
                infer_shape=infer_shape,
            )
            for value in values
        ]
        if initializer is None:
            begin = 1
            arrays = [
                array.write(count - 1 if reverse else 0, value)
                for array, value in zip(arrays, values, strict=True)
            ]

        def turn(i: Tensor, so_far: list[Tensor], arrays: list[TensorArray]) -> Any:
            made = fn(nest.pack_as(structure, so_far), rows.at(i))
            nest.assert_same_structure(structure, made)
            values = nest.flatten(made)
            written = [a.write(i, value) for a, value in zip(arrays, values, strict=True)]
            return (i - 1 if reverse else i + 1), values, written

        start = count - 1 - begin if reverse else begin
        _, _, arrays = while_loop(
            (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < count),
            turn,
            (start, values, arrays),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return nest.pack_as(structure, rows.stack(arrays))
