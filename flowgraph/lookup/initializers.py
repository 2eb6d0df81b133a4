"""What fills a lookup table: pairs of tensors, or the lines of a text file."""

from __future__ import annotations

import abc
import os
import uuid
from typing import TYPE_CHECKING, Any

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, add_to_collection, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import build, convert_to_tensor
from flowgraph.ops.table import InitializeTableFromTextFileV2, LookupTableImportV2
from flowgraph.ops.table_file import LINE_NUMBER as _LINE_NUMBER
from flowgraph.ops.table_file import WHOLE_LINE as _WHOLE_LINE

if TYPE_CHECKING:
    from flowgraph.lookup.tables import LookupInterface


class TableInitializerBase(abc.ABC):
    """What fills a table.

    Parameters
    ----------
    key_dtype, value_dtype : DType
        Of the keys and values it gives.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        self._key_dtype = as_dtype(key_dtype)
        self._value_dtype = as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of the values."""
        return self._value_dtype

    @abc.abstractmethod
    def initialize(self, table: LookupInterface) -> Operation:
        """Return an operation that fills a table."""

    @property
    def _shared_name(self) -> str:
        """A name that tables of the same content share."""
        return f"hash_table_{uuid.uuid4()}"


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table with keys and their values.

    Parameters
    ----------
    keys, values : Tensor
        Vectors of one length.
    key_dtype, value_dtype : DType, optional
        What `keys` and `values` are converted to.
    name : str, optional

    Examples
    --------
    >>> pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2], value_dtype=tf.int64)
    >>> pairs.key_dtype, pairs.value_dtype
    (tf.string, tf.int64)
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        self._keys = convert_to_tensor(keys, key_dtype, "keys")
        self._values = convert_to_tensor(values, value_dtype, "values")
        self._name = "key_value_init" if name is None else name
        super().__init__(self._keys.dtype.base_dtype, self._values.dtype.base_dtype)

    def initialize(self, table: LookupInterface) -> Operation:
        table._check_dtypes(self.key_dtype, self.value_dtype)
        handle = table.resource_handle
        with name_scope(self._name, values=[handle, self._keys, self._values]):
            operation = build(LookupTableImportV2(), (handle, self._keys, self._values))
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        return operation


class TextFileIndex:
    """What part of a line is a key or a value, besides its columns from 0 on."""

    WHOLE_LINE = _WHOLE_LINE
    LINE_NUMBER = _LINE_NUMBER


class TextFileInitializer(TableInitializerBase):
    r"""Fills a table with the lines of a text file.

    Parameters
    ----------
    filename : str or Tensor
    key_dtype : DType
    key_index : int
        The column of a line that is the key, counted from 0; or
        `TextFileIndex.WHOLE_LINE`; or `TextFileIndex.LINE_NUMBER`, which counts from 0.
    value_dtype : DType
    value_index : int
        The column that is the value, or one of the two others.
    vocab_size : int, optional
        How many lines to use; the file must have so many. All if left out.
    delimiter : str
        The character between columns.
    name : str, optional

    Raises
    ------
    ValueError
        If there is no file name, or columns and dtypes do not fit.
    OpError
        When run: if the file cannot be read, or does not say what it should.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.NamedTemporaryFile("w", suffix=".txt")
    >>> print("one", "two", sep="\n", file=file, flush=True)
    >>> lines = tf.lookup.TextFileInitializer(
    ...     file.name,
    ...     tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
    ...     tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
    ... )
    >>> found = tf.lookup.StaticHashTable(lines, -1).lookup(tf.constant(["two", "three"]))
    >>> with tf.Session() as session:
    ...     session.run(tf.tables_initializer())
    ...     session.run(found)
    array([ 1, -1])
    >>> file.close()
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError(f"Filename required for {name}.")
        super().__init__(key_dtype, value_dtype)
        for index, dtype, word in (
            (key_index, self.key_dtype, "Key"),
            (value_index, self.value_dtype, "Value"),
        ):
            if index < _WHOLE_LINE:
                raise ValueError(f"Invalid {word.lower()} index {index}.")
            if index == _LINE_NUMBER and dtype != dtypes.int64:
                raise ValueError(
                    f"Signature mismatch. {word}s must be dtype {dtypes.int64}, got {dtype}."
                )
            if index == _WHOLE_LINE and not (dtype.is_integer or dtype == dtypes.string):
                raise ValueError(
                    f"Signature mismatch. {word}s must be integer or string, got {dtype}."
                )
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._filename = os.fspath(filename) if hasattr(filename, "__fspath__") else filename
        self._path = convert_to_tensor(self._filename, dtypes.string, "asset_path")
        self._key_index = key_index
        self._value_index = value_index
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = "text_file_init" if name is None else name

    def initialize(self, table: LookupInterface) -> Operation:
        table._check_dtypes(self.key_dtype, self.value_dtype)
        op = InitializeTableFromTextFileV2(
            key_index=self._key_index,
            value_index=self._value_index,
            vocab_size=-1 if self._vocab_size is None else self._vocab_size,
            delimiter=self._delimiter,
        )
        with name_scope(self._name, values=[table.resource_handle]):
            operation = build(op, (table.resource_handle, self._path))
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        if self._path.op.type == "Const":  # what a placeholder will be given is not known here
            add_to_collection(GraphKeys.ASSET_FILEPATHS, self._path)
        return operation

    @property
    def _shared_name(self) -> str:
        size = [] if self._vocab_size is None else [self._vocab_size]
        parts = (self._filename, *size, self._key_index, self._value_index)
        return "_".join(["hash_table", *map(str, parts)])


class TextFileStringTableInitializer(TextFileInitializer):
    r"""Fills a table from numbers to strings: by default from line numbers to lines.

    Parameters
    ----------
    filename : str or Tensor
    key_column_index, value_column_index : int
        As `key_index` and `value_index` of `TextFileInitializer`.
    vocab_size, delimiter, name
        As for `TextFileInitializer`.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.LINE_NUMBER,
        value_column_index: int = TextFileIndex.WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_string_table_init",
    ) -> None:
        super().__init__(
            filename,
            dtypes.int64,
            key_column_index,
            dtypes.string,
            value_column_index,
            vocab_size,
            delimiter,
            name,
        )


class TextFileIdTableInitializer(TextFileInitializer):
    r"""Fills a table from strings to numbers: by default from lines to line numbers.

    Parameters
    ----------
    filename : str or Tensor
    key_column_index, value_column_index : int
        As `key_index` and `value_index` of `TextFileInitializer`.
    vocab_size, delimiter, name
        As for `TextFileInitializer`.
    key_dtype : DType
        The dtype of the keys.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = TextFileIndex.WHOLE_LINE,
        value_column_index: int = TextFileIndex.LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str = "text_file_id_table_init",
        key_dtype: Any = dtypes.string,
    ) -> None:
        super().__init__(
            filename,
            key_dtype,
            key_column_index,
            dtypes.int64,
            value_column_index,
            vocab_size,
            delimiter,
            name,
        )
