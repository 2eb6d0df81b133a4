"""CSV files as datasets."""

from __future__ import annotations

import csv
import glob
import gzip
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.dataset import Dataset
from flowgraph.data.function import of_elements
from flowgraph.data.interleaving import interleaved
from flowgraph.data.transformations import AUTOTUNE, ignore_errors, shuffle_and_repeat
from flowgraph.dtypes import DType
from flowgraph.ops.constant import constant
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply
from flowgraph.ops.dataset_csv import CSVDataset
from flowgraph.ops.dataset_map import MapDataset

_TYPES = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)
_BUFFER_SIZE = 4 * 1024 * 1024


def _defaults(values: Sequence[Any]) -> list[Any]:
    """Return what stands for missing fields: an empty tensor where a dtype says which it is."""
    return [
        constant(np.empty(0, value.numpy), value)
        if isinstance(value, DType) and value in _TYPES
        else value
        for value in values
    ]


class CsvDataset(Dataset):
    r"""The records of CSV files, each a tuple of scalars.

    Parameters
    ----------
    filenames : str, list of str, or Tensor
    record_defaults : list
        For each column a dtype, if the field must be there, or what stands for a missing one.
    compression_type : str, optional
        ``""``, ``"ZLIB"`` or ``"GZIP"``.
    buffer_size : int, optional
        How many bytes are read at once.
    header : bool
        Leave out the first line of each file.
    field_delim : str
        What stands between fields.
    use_quote_delim : bool
        Whether double quotes go around fields.
    na_value : str
        What a missing field may read, beside nothing.
    select_cols : list of int, optional
        The columns that are taken, in increasing order.

    Raises
    ------
    InvalidArgumentError
        When run: if a record has more or fewer fields, or a field cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.csv")
    ...     _ = path.write_text("1,,x\n2,0.5,y\n")
    ...     dataset = tf.data.experimental.CsvDataset(str(path), [tf.int32, [1.5], tf.string])
    ...     tf.Session().run(dataset.make_one_shot_iterator().get_next())
    (np.int32(1), np.float32(1.5), b'x')
    """

    _shown = "CsvDatasetV1"

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        names = convert_to_tensor(filenames, dtypes.string, name="filenames")
        kind = convert_to_tensor(compression_type or "", dtypes.string, name="compression_type")
        defaults = [
            convert_to_tensor(value, name=f"record_defaults_{i}")
            for i, value in enumerate(_defaults(record_defaults))
        ]
        size = _BUFFER_SIZE if buffer_size is None else buffer_size
        columns: Any = np.empty(0, np.int64) if select_cols is None else select_cols
        inputs = [
            names,
            kind,
            convert_to_tensor(size, dtypes.int64, name="buffer_size"),
            convert_to_tensor(header, dtypes.bool, name="header"),
            convert_to_tensor(field_delim, dtypes.string, name="field_delim"),
            convert_to_tensor(use_quote_delim, dtypes.bool, name="use_quote_delim"),
            convert_to_tensor(na_value, dtypes.string, name="na_value"),
            convert_to_tensor(columns, dtypes.int64, name="select_cols"),
            defaults,
        ]
        spec = tuple([element.TensorSpec([], tensor.dtype) for tensor in defaults])
        super().__init__(apply(CSVDataset(**element.forms(spec)), *inputs), spec)


def make_csv_dataset(
    file_pattern: Any,
    batch_size: int,
    column_names: Any = None,
    column_defaults: Any = None,
    label_name: str | None = None,
    select_columns: Any = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int | None = None,
    num_parallel_reads: int | None = None,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: str | None = None,
    ignore_errors: bool = False,
) -> Any:
    r"""Return the dataset of batches of the records of CSV files.

    Parameters
    ----------
    file_pattern : str or list of str
        Names of files, which may have ``*``, ``?`` and ``[...]`` in them.
    batch_size : int
    column_names : list of str, optional
        Taken from the first line if left out.
    column_defaults : list, optional
        As for `CsvDataset`. If left out, dtypes are those that fit the first records, and missing
        fields are 0 or empty.
    label_name : str, optional
        A column that is handed out by itself.
    select_columns : list of int or str, optional
        The columns that are taken.
    field_delim, use_quote_delim, na_value, header, compression_type
        As for `CsvDataset`.
    num_epochs : int, optional
        How many times; without end if left out, in batches that are all full.
    shuffle : bool
        Whether the order is random.
    shuffle_buffer_size, shuffle_seed : int
        As for `Dataset.shuffle`.
    prefetch_buffer_size : int, optional
        How many batches are made ahead.
    num_parallel_reads : int, optional
        How many files are read at the same time; 1 if left out.
    sloppy : bool
        Lets elements come in another order. They come in the same order here.
    num_rows_for_inference : int, optional
        How many records dtypes are taken from; ``None`` for all.
    ignore_errors : bool
        Leave out records that cannot be read.

    Returns
    -------
    Dataset
        Of dicts of a column's name and its batch; with `label_name`, of pairs of such a dict and
        the batch of labels.

    Raises
    ------
    ValueError
        If there is no such file, or the columns do not fit.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "a.csv")
    ...     _ = path.write_text("x,y\n1,0.5\n2,1.5\n")
    ...     dataset = tf.data.experimental.make_csv_dataset(
    ...         str(path), 2, shuffle=False, num_epochs=1)
    ...     tf.Session().run(dataset.make_one_shot_iterator().get_next())["y"]
    array([0.5, 1.5], dtype=float32)
    """
    paths = _matching(file_pattern)
    dataset = Dataset.from_tensor_slices(paths)
    if shuffle:
        dataset = dataset.shuffle(len(paths), shuffle_seed)
    rows = _Rows(paths, field_delim, use_quote_delim, compression_type)
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = rows.header()
    names = list(column_names)
    if len(names) != len(set(names)):
        raise ValueError("Cannot have duplicate column names.")
    columns = None if select_columns is None else _positions(select_columns, names)
    if column_defaults is None:
        chosen = range(len(names)) if columns is None else columns
        records = rows.records(len(names), header)
        column_defaults = _inferred(islice(records, num_rows_for_inference), chosen, na_value)
    elif columns is not None and len(column_defaults) != len(columns):
        raise ValueError("If specified, column_defaults and select_columns must have same length.")
    defaults = _defaults(column_defaults)
    if columns is not None and len(names) > len(columns):
        names = [names[position] for position in columns]
    if label_name is not None and label_name not in names:
        raise ValueError("`label_name` provided must be one of the columns.")

    def read(name: Any) -> Any:
        dataset: Any = CsvDataset(
            name,
            defaults,
            compression_type,
            header=header,
            field_delim=field_delim,
            use_quote_delim=use_quote_delim,
            na_value=na_value,
            select_cols=columns,
        )
        return dataset.apply(_left_out()) if ignore_errors else dataset

    def named(*fields: Any) -> Any:
        features = OrderedDict(zip(names, fields, strict=True))
        return features if label_name is None else (features, features.pop(label_name))

    if num_parallel_reads == AUTOTUNE:
        dataset = dataset.interleave(read, num_parallel_calls=num_parallel_reads)
    else:
        dataset = interleaved(dataset, read, num_parallel_reads or 1, sloppy=sloppy)
    if shuffle and num_epochs != 1:
        dataset = dataset.apply(shuffle_and_repeat(shuffle_buffer_size, num_epochs, shuffle_seed))
    elif shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    elif num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    batches = dataset.batch(batch_size, drop_remainder=num_epochs is None)
    function = of_elements(named, "make_csv_dataset()", batches.element_spec)
    forms = element.forms(function.spec)
    op = MapDataset(f=function.body, use_inter_op_parallelism=False, **forms)
    result = batches._derived(op, [function.captured], function.spec)
    return result.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


_left_out = ignore_errors


def _matching(pattern: Any) -> list[str]:
    """Return the sorted names of files that match patterns."""
    patterns = [pattern] if isinstance(pattern, str) else list(pattern)
    if not patterns:
        raise ValueError("File pattern is empty.")
    paths = []
    for each in patterns:
        found = glob.glob(each)
        if not found:
            raise ValueError(f"No files match {pattern}.")
        paths += found
    return sorted(paths)


class _Rows:
    """The rows of CSV files, read while the graph is built."""

    def __init__(self, paths: list[str], delimiter: str, quotes: bool, kind: str | None) -> None:
        if kind not in (None, "", "GZIP"):
            raise ValueError(f"compression_type ({kind}) is not supported")
        self._paths = paths
        self._compressed = kind == "GZIP"
        self._format: dict[str, Any] = {
            "delimiter": delimiter,
            "quoting": csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        }

    def _of(self, path: str) -> Iterator[list[str]]:
        opener: Any = gzip.open if self._compressed else open
        with opener(path, "rt", encoding="utf-8", newline="") as text:
            yield from csv.reader(text, **self._format)

    def header(self) -> list[str]:
        """Return the first row, which is the same in all files."""
        found: list[list[str]] = []
        for path in self._paths:
            row = next(self._of(path), None)
            if row is None:
                raise ValueError(
                    f"Received StopIteration when reading the header line of {path}.  Empty file?"
                )
            if found and row != found[0]:
                raise ValueError("Files have different column names in the header row.")
            found.append(row)
        return found[0]

    def records(self, columns: int, has_header: bool) -> Iterator[list[str]]:
        """Yield the rows of all files."""
        for path in self._paths:
            for row in islice(self._of(path), int(has_header), None):
                if len(row) != columns:
                    raise ValueError(
                        "Problem inferring types: CSV row has different number of fields than "
                        "expected."
                    )
                yield row


def _positions(selected: Any, names: list[str]) -> list[int]:
    """Return the sorted positions of columns, given by position or name."""
    positions = []
    for each in selected:
        if isinstance(each, int):
            if not 0 <= each < len(names):
                raise ValueError(
                    f"Column index {each} specified in select_columns out of valid range."
                )
            positions.append(each)
        elif each not in names:
            raise ValueError(
                f"Value '{each}' specified in select_columns not a valid column index or name."
            )
        else:
            positions.append(names.index(each))
    if len(set(positions)) != len(positions):
        raise ValueError("select_columns contains duplicate columns")
    return sorted(positions)


def _inferred(records: Iterator[list[str]], columns: Any, missing: str) -> list[Any]:
    """Return defaults of the narrowest dtypes that hold the fields of records."""
    order = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.string)
    found: list[int | None] = [None] * len(columns)
    for record in records:
        for i, column in enumerate(columns):
            field = record[column]
            if field not in ("", missing):
                fits = next(n for n, dtype in enumerate(order) if _fits(field, dtype))
                found[i] = fits if found[i] is None else max(fits, found[i] or 0)
    kinds = [dtypes.string if n is None else order[n] for n in found]
    return [constant([0 if kind is not dtypes.string else ""], kind) for kind in kinds]


def _fits(field: str, dtype: DType) -> bool:
    if dtype is dtypes.string:
        return True
    try:
        if dtype.is_integer:
            return bool(dtype.min <= int(field) <= dtype.max)
        value = abs(float(field))
    except ValueError:
        return False
    limits = np.finfo(dtype.numpy)
    is_normal = float(limits.tiny) <= value <= float(limits.max)
    return is_normal or value == 0.0 or not np.isfinite(value)
