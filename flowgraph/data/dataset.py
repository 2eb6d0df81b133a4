"""Datasets: pipelines of elements, as part of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, int64
from flowgraph.data.batching import Batching
from flowgraph.data.interleaving import interleaved, random_numbers
from flowgraph.data.iterator import Iterated, Iterator
from flowgraph.data.mapping import Mapping
from flowgraph.data.ordering import Ordering
from flowgraph.data.sources import Sources
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.ops.array import reshape
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply, build
from flowgraph.ops.dataset_files import (
    DatasetToTFRecord,
    FixedLengthRecordDatasetV2,
)
from flowgraph.ops.dataset_files import (
    TextLineDataset as TextLines,
)
from flowgraph.ops.dataset_files import (
    TFRecordDataset as TFRecords,
)


class Dataset(Sources, Ordering, Mapping, Batching, Iterated):
    """A pipeline of elements: where they come from, and what is done with each.

    It is made of another dataset by methods, or of data by ``from_tensor_slices``,
    ``from_generator``, ``range`` and others. An iterator draws its elements.

    Notes
    -----
    An element is a nested structure of tensors, sparse tensors and datasets. In it, tuples and
    dicts nest; a list is a tensor.

    Examples
    --------
    >>> dataset = tf.data.Dataset.from_tensor_slices([1, 2, 3, 4])
    >>> dataset = dataset.map(lambda x: x * 10).shuffle(4, seed=1).batch(2).prefetch(1)
    >>> batch = dataset.make_one_shot_iterator().get_next()
    >>> with tf.Session() as session:
    ...     print(sorted(int(x) for _ in range(2) for x in session.run(batch)))
    [10, 20, 30, 40]
    """


DatasetBase._plain = Dataset

_BUFFER_SIZE = 256 * 1024


class _OfFiles(Dataset):
    """A dataset of strings in files."""

    def _read(
        self, filenames: Any, open_: Callable[[Any], tuple[Op, list[Any]]], parallel: Any
    ) -> None:
        spec = element.TensorSpec([], dtypes.string)
        names = reshape(convert_to_tensor(filenames, dtypes.string), [-1], name="flat_filenames")
        files = Dataset.from_tensor_slices(names)

        def read(name: Any) -> Dataset:
            op, inputs = open_(name)
            return Dataset(apply(op, *inputs), spec)

        if parallel is None:
            dataset = files.flat_map(read)
        else:
            dataset = interleaved(files, read, parallel)
        super().__init__(dataset._variant_tensor, spec, [dataset])


def _optional(value: Any, default: Any, dtype: Any, name: str) -> Any:
    return convert_to_tensor(default if value is None else value, dtype, name)


class TextLineDataset(_OfFiles):
    r"""The lines of text files.

    Parameters
    ----------
    filenames : str, list of str, or Tensor
    compression_type : str, optional
        ``""``, ``"ZLIB"`` or ``"GZIP"``.
    buffer_size : int, optional
        How many bytes are read at once.
    num_parallel_reads : int, optional
        How many files are read at the same time, a line of each by turns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.txt")
    ...     _ = path.write_text("one\ntwo\n")
    ...     line = tf.data.TextLineDataset(str(path)).make_one_shot_iterator().get_next()
    ...     print(tf.Session().run(line))
    b'one'
    """

    _shown = "TextLineDatasetV1"

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def lines(name: Any) -> tuple[Op, list[Any]]:
            kind = _optional(compression_type, "", dtypes.string, "compression_type")
            size = _optional(buffer_size, _BUFFER_SIZE, dtypes.int64, "buffer_size")
            return TextLines(), [name, kind, size]

        self._read(filenames, lines, num_parallel_reads)


class TFRecordDataset(_OfFiles):
    """The records of TFRecord files.

    Parameters
    ----------
    filenames : str, list of str, or Tensor
    compression_type : str, optional
        ``""``, ``"ZLIB"`` or ``"GZIP"``.
    buffer_size : int, optional
        How many bytes are read at once.
    num_parallel_reads : int, optional
        How many files are read at the same time, a record of each by turns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = str(pathlib.Path(directory, "a.tfrecord"))
    ...     with tf.python_io.TFRecordWriter(path) as writer:
    ...         writer.write(b"one")
    ...     record = tf.data.TFRecordDataset(path).make_one_shot_iterator().get_next()
    ...     print(tf.Session().run(record))
    b'one'
    """

    _shown = "TFRecordDatasetV1"

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def records(name: Any) -> tuple[Op, list[Any]]:
            kind = _optional(compression_type, "", dtypes.string, "compression_type")
            size = _optional(buffer_size, _BUFFER_SIZE, dtypes.int64, "buffer_size")
            return TFRecords(), [name, kind, size]

        self._read(filenames, records, num_parallel_reads)


class FixedLengthRecordDataset(_OfFiles):
    """The records of files in which all records have one length.

    Parameters
    ----------
    filenames : str, list of str, or Tensor
    record_bytes : int or Tensor
        The length of a record.
    header_bytes, footer_bytes : int or Tensor, optional
        How much is left out at the beginning and the end of a file.
    buffer_size : int, optional
        How many bytes are read at once.
    compression_type : str, optional
        ``""``, ``"ZLIB"`` or ``"GZIP"``.
    num_parallel_reads : int, optional
        How many files are read at the same time, a record of each by turns.

    Raises
    ------
    InvalidArgumentError
        When run: if a file holds no whole number of records.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.bin")
    ...     _ = path.write_bytes(b"HHabcdef")
    ...     dataset = tf.data.FixedLengthRecordDataset(str(path), 3, header_bytes=2)
    ...     print(tf.Session().run(dataset.make_one_shot_iterator().get_next()))
    b'abc'
    """

    _shown = "FixedLengthRecordDatasetV1"

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        def records(name: Any) -> tuple[Op, list[Any]]:
            sizes = [
                _optional(header_bytes, 0, dtypes.int64, "header_bytes"),
                int64(record_bytes, "record_bytes"),
                _optional(footer_bytes, 0, dtypes.int64, "footer_bytes"),
                _optional(buffer_size, _BUFFER_SIZE, dtypes.int64, "buffer_size"),
            ]
            kind = _optional(compression_type, "", dtypes.string, "compression_type")
            return FixedLengthRecordDatasetV2(), [name, *sizes, kind]

        self._read(filenames, records, num_parallel_reads)


class RandomDataset(Dataset):
    """Random numbers below 2**32, without end.

    Parameters
    ----------
    seed : int, optional

    Examples
    --------
    >>> dataset = tf.data.experimental.RandomDataset(seed=3)
    >>> print(tf.Session().run(dataset.make_one_shot_iterator().get_next()))
    3534849767
    """

    _shown = "RandomDatasetV1"

    def __init__(self, seed: Any = None) -> None:
        numbers = random_numbers(seed)
        super().__init__(numbers._variant_tensor, numbers.element_spec)


class TFRecordWriter:
    """Writes the elements of a dataset to a TFRecord file.

    Parameters
    ----------
    filename : str or Tensor
    compression_type : str, optional
        ``""``, ``"ZLIB"`` or ``"GZIP"``.
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, dtypes.string, name="filename")
        self._compression = _optional(compression_type, "", dtypes.string, "compression_type")

    def write(self, dataset: Dataset) -> Operation:
        """Return the operation that writes all elements.

        Parameters
        ----------
        dataset : Dataset
            Of strings.

        Raises
        ------
        TypeError
            If it is none, or of something else.
        """
        if not isinstance(dataset, Dataset):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        if dataset.output_types != dtypes.string or dataset.output_shapes.ndims != 0:
            raise TypeError(
                "`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape "
                f"{dataset.output_shapes} and types {dataset.output_types}"
            )
        inputs = [dataset._variant_tensor, self._filename, self._compression]
        return build(DatasetToTFRecord(), inputs)


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """Return an iterator that needs no initializer; see `Dataset.make_one_shot_iterator`."""
    return dataset.make_one_shot_iterator()


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """Return an iterator with an initializer; see `Dataset.make_initializable_iterator`."""
    return dataset.make_initializable_iterator(shared_name)
