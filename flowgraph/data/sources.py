"""The datasets that a pipeline begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, int64
from flowgraph.data.function import of_elements
from flowgraph.dtypes import Array, DType
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.ops import nest
from flowgraph.ops.arithmetic import add
from flowgraph.ops.assertions import assert_that
from flowgraph.ops.comparison import greater
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply, identity
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.dataset_interleave import FlatMapDataset
from flowgraph.ops.dataset_sources import (
    PyGeneratorDataset,
    RangeDataset,
    SparseTensorSliceDataset,
    TensorDataset,
    TensorSliceDataset,
)
from flowgraph.ops.file import matching_files
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.sparse import SparseTensor
from flowgraph.ops.string_reduce import reduce_join
from flowgraph.shapes import TensorShape


class Sources(DatasetBase):
    """The methods that make datasets of other things."""

    @classmethod
    def from_tensors(cls, tensors: Any) -> Any:
        """Return the dataset of one element.

        Parameters
        ----------
        tensors : nested structure
            Of what becomes tensors, of sparse tensors or datasets. Tuples and dicts nest.

        Examples
        --------
        >>> dataset = tf.data.Dataset.from_tensors(([1, 2], "a"))
        >>> dataset.output_types
        (tf.int32, tf.string)
        """
        structure = element.normalized(tensors)
        spec = element.specs_of(structure)
        op = TensorDataset(output_shapes=element.forms(spec)["output_shapes"])
        components = element.encoded(spec, structure)
        if not components:
            raise ValueError(
                "Attr 'Toutput_types' of 'TensorDataset' Op passed list of length 0 less than "
                "minimum 1."
            )
        return cls._plain(apply(op, components), spec)

    @classmethod
    def from_tensor_slices(cls, tensors: Any) -> Any:
        """Return the dataset of the rows of tensors.

        Parameters
        ----------
        tensors : nested structure
            Of what becomes tensors, or of sparse tensors, all of equally many rows.

        Raises
        ------
        ValueError
            If a tensor is a scalar, or the numbers of rows differ.

        Examples
        --------
        >>> dataset = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [[3.0], [4.0]]})
        >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
        {'a': np.int32(1), 'b': array([3.], dtype=float32)}
        """
        structure = element.normalized(tensors)
        spec = element.specs_of(structure)
        components = element.encoded_slices(spec, structure)
        rows: int | None = None
        for leaf in nest.flatten(spec):
            size = leaf.shape.as_list()[0] if leaf.shape.ndims else None
            if rows is not None and size is not None and size != rows:
                raise ValueError(f"Dimensions {rows} and {size} are not compatible")
            rows = size if rows is None else rows
        spec = element.unbatched(spec)
        op = TensorSliceDataset(output_shapes=element.forms(spec)["output_shapes"])
        return cls._plain(apply(op, components), spec)

    @classmethod
    def from_sparse_tensor_slices(cls, sparse_tensor: Any) -> Any:
        """Return the dataset of the rows of a sparse tensor, each as its three parts.

        Parameters
        ----------
        sparse_tensor : SparseTensor

        Raises
        ------
        TypeError
            If it is none.

        Examples
        --------
        >>> sp = tf.SparseTensor([[0, 1]], [5.0], [1, 2])
        >>> dataset = tf.data.Dataset.from_sparse_tensor_slices(sp)
        >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
        (array([[1]]), array([5.], dtype=float32), array([2]))
        """
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(
                f"`sparse_tensor` must be a `tf.SparseTensor` object. Was {sparse_tensor}."
            )
        shape = sparse_tensor.indices.shape
        rank = shape.as_list()[1] if shape.ndims else None
        size = None if rank is None else rank - 1
        spec = (
            element.TensorSpec([None, size], dtypes.int64),
            element.TensorSpec([None], sparse_tensor.dtype),
            element.TensorSpec([size], dtypes.int64),
        )
        parts = (sparse_tensor.indices, sparse_tensor.values, sparse_tensor.dense_shape)
        return cls._plain(apply(SparseTensorSliceDataset(), *parts), spec)

    @classmethod
    def range(cls, *args: Any) -> Any:
        """Return the dataset of the numbers that Python's ``range`` gives.

        Parameters
        ----------
        *args
            A stop; or a start and a stop; or these and a step.

        Examples
        --------
        >>> numbers = tf.data.Dataset.range(1, 10, 4).make_one_shot_iterator().get_next()
        >>> session = tf.Session()
        >>> [int(session.run(numbers)) for _ in range(3)]
        [1, 5, 9]
        """
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
        inputs = int64(start, "start"), int64(stop, "stop"), int64(step, "step")
        spec = element.TensorSpec([], dtypes.int64)
        return cls._plain(apply(RangeDataset(**element.forms(spec)), *inputs), spec)

    @classmethod
    def from_generator(
        cls,
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Any = None,
    ) -> Any:
        """Return the dataset of what a Python function yields.

        Parameters
        ----------
        generator : callable
            Returns what can be iterated, anew for each pass over the dataset.
        output_types : DType or nested structure
            Of each element.
        output_shapes : TensorShape or nested structure, optional
            Unknown if left out.
        args : tuple of Tensor, optional
            Their values, as arrays, are passed to `generator`.

        Raises
        ------
        TypeError
            If `generator` is not callable.
        InvalidArgumentError
            When run: if an element has another structure, dtype or shape.

        Examples
        --------
        >>> def rows():
        ...     for n in range(1, 4):
        ...         yield [n] * n
        >>> dataset = tf.data.Dataset.from_generator(rows, tf.int32, [None])
        >>> tf.Session().run(dataset.padded_batch(3, [None]).make_one_shot_iterator().get_next())
        array([[1, 0, 0],
               [2, 2, 0],
               [3, 3, 3]], dtype=int32)
        """
        if not callable(generator):
            raise TypeError("`generator` must be callable.")
        spec = element.from_legacy(output_types, output_shapes)
        given = () if args is None else args
        tensors = [convert_to_tensor(value, name=f"args_{i}") for i, value in enumerate(given)]
        yielded = _Yielded(generator, element.output_types(spec), element.output_shapes(spec))

        def read(_: Any) -> Any:
            op = PyGeneratorDataset(generator=yielded)
            return cls._plain(apply(op, [*tensors]), spec)

        # TensorFlow makes the generator in a function of one element that stands for the pass.
        once = cls.from_tensors(0)
        function = of_elements(read, "Dataset.from_generator()", once.element_spec)
        op = FlatMapDataset(f=function.body, **element.forms(spec))
        return once._derived(op, [function.captured], spec)

    @classmethod
    def list_files(cls, file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Any:
        """Return the dataset of the names of files that match a pattern.

        Parameters
        ----------
        file_pattern : str, list of str, or Tensor
            With ``*``, ``?`` and ``[...]``.
        shuffle : bool, optional
            Whether the order is random, as it is if left out.
        seed : int, optional

        Raises
        ------
        InvalidArgumentError
            When run: if no file matches.

        Examples
        --------
        >>> dataset = tf.data.Dataset.list_files("*.tfrecord", shuffle=False)
        >>> dataset.output_types
        tf.string
        """
        with name_scope("list_files"):
            pattern = convert_to_tensor(file_pattern, dtypes.string, name="file_pattern")
            found = matching_files(pattern)
            is_some = greater(shape_of(found)[0], 0, name="match_not_empty")
            joined = reduce_join(pattern, separator=", ")
            message = add("No files matched pattern: ", joined, name="message")
            check = assert_that(is_some, [message], summarize=1, name="assert_not_empty")
            with control_dependencies([check]):
                found = identity(found)
            dataset = cls.from_tensor_slices(found)
            if shuffle is None or shuffle:
                count = shape_of(found, out_type=dtypes.int64)[0]
                dataset = dataset.shuffle(maximum(count, 1), seed=seed)
            return dataset


class _Yielded:
    """What a user's generator yields, as elements.

    Parameters
    ----------
    generator : callable
    types, shapes : nested structure
        What is expected of each element.
    """

    def __init__(self, generator: Callable[..., Any], types: Any, shapes: Any) -> None:
        self._generator = generator
        self._types = types
        self._components: list[tuple[DType, TensorShape]] = list(
            zip(nest.flatten(types), nest.flatten(shapes), strict=True)
        )

    def __call__(self, *args: Array) -> Iterator[tuple[Array, ...]]:
        """Yield elements."""
        # Copies: the arrays that are kept are read-only.
        given = [value.copy()[()] if value.ndim == 0 else value.copy() for value in args]
        for structure in self._generator(*given):
            try:
                leaves = element.leaves_like(self._types, structure)
            except (TypeError, ValueError):
                raise TypeError(
                    "`generator` yielded an element that did not match the expected structure. "
                    f"The expected structure was {self._types}, but the yielded element was "
                    f"{structure}."
                ) from None
            pairs = zip(leaves, self._components, strict=True)
            yield tuple([_array(leaf, *form) for leaf, form in pairs])


def _array(value: Any, dtype: DType, shape: TensorShape) -> Array:
    try:
        array = np.asarray(value, dtype=None if dtype is dtypes.string else dtype.numpy)
        if dtype is dtypes.string:
            array = _strings(array, value)
    except (TypeError, ValueError):
        raise TypeError(
            "`generator` yielded an element that could not be converted to the expected type. The "
            f"expected type was {dtype.name}, but the yielded element was {value}."
        ) from None
    if not shape.is_compatible_with(array.shape):
        raise ValueError(
            f"`generator` yielded an element of shape {array.shape} where an element of shape "
            f"{shape} was expected."
        )
    return array.copy() if array is value else array


def _strings(array: Array, value: Any) -> Array:
    if array.dtype.kind == "U":
        array = np.char.encode(np.asarray(value, str), "utf-8")
    if array.dtype.kind not in "SO":
        raise TypeError(value)
    if array.dtype.kind == "O":
        given = array.reshape(-1)
        array = np.empty(array.shape, object)
        array.reshape(-1)[:] = [x.encode() if isinstance(x, str) else x for x in given]
        return array
    # NumPy cuts trailing zeros off fixed-width bytes.
    result = np.empty(array.shape, object)
    result[...] = np.asarray(value, object) if array.dtype.kind == "S" else array
    flat = result.reshape(-1)
    flat[:] = [x.encode() if isinstance(x, str) else bytes(x) for x in flat]
    return result
