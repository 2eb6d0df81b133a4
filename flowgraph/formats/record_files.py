"""The public face of TFRecord files: a writer, its options, and an iterator."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, ClassVar

from flowgraph.errors import FailedPreconditionError
from flowgraph.formats.records import Compression, RecordWriter, read_records
from flowgraph.formats.system_errors import translated


class TFRecordCompressionType:
    """How a file of records is compressed as a whole."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


_NAMES = {
    TFRecordCompressionType.ZLIB: "ZLIB",
    TFRecordCompressionType.GZIP: "GZIP",
    TFRecordCompressionType.NONE: "",
}


class TFRecordOptions:
    """How a file of records is compressed.

    Parameters
    ----------
    compression_type : str or int, optional
        ``"GZIP"``, ``"ZLIB"`` or ``""``, or one of `TFRecordCompressionType`.
    flush_mode : int, optional
        How a flush ends what is compressed so far, in zlib's numbers; ``Z_SYNC_FLUSH`` if left
        out.
    input_buffer_size, output_buffer_size : int, optional
        Hints on how many bytes to compress at a time; they do not change what is written.
    window_bits, compression_level, compression_method, mem_level, compression_strategy : int, \
optional
        zlib's parameters.

    Raises
    ------
    ValueError
        If there is no such compression, or zlib has no such method.

    Examples
    --------
    >>> options = tf.python_io.TFRecordOptions("GZIP", compression_level=9)
    >>> tf.python_io.TFRecordOptions.get_compression_type_string(options)
    'GZIP'
    """

    compression_type_map: ClassVar[dict[int, str]] = _NAMES

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        self.get_compression_type_string(compression_type)
        if compression_method not in (None, zlib.DEFLATED):
            raise ValueError(f"compression_method must be {zlib.DEFLATED}, the only one of zlib")
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """Return ``"GZIP"``, ``"ZLIB"`` or ``""`` for options, a number, a name or ``None``.

        Raises
        ------
        ValueError
            If there is no such compression.
        """
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        name = options if isinstance(options, str) else cls.compression_type_map.get(options)
        if name not in cls.compression_type_map.values():
            raise ValueError(f'Not a valid compression_type: "{options}"')
        return str(name)

    def _as_compression(self) -> Compression:
        given = {
            "level": self.compression_level,
            "window_bits": self.window_bits,
            "memory_level": self.mem_level,
            "strategy": self.compression_strategy,
            "flush_mode": self.flush_mode,
        }
        kind = self.get_compression_type_string(self)
        return Compression(kind, **{k: v for k, v in given.items() if v is not None})


class TFRecordWriter:
    """Writes records to a file.

    Parameters
    ----------
    path : str
        Of the file; one that exists is replaced.
    options : TFRecordOptions, str or int, optional
        How it is compressed.

    Raises
    ------
    NotFoundError
        If the directory does not exist.
    ValueError
        If there is no such compression.

    Examples
    --------
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "data.tfrecords")
    >>> with tf.python_io.TFRecordWriter(path) as writer:
    ...     writer.write(b"first")
    ...     writer.write(b"second")
    >>> list(tf.python_io.tf_record_iterator(path))
    [b'first', b'second']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        compression = options._as_compression()
        with translated():
            file = open(os.fspath(path), "wb")  # noqa: SIM115 - the writer closes it
        self._writer: RecordWriter | None = RecordWriter(file, compression)

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, record: bytes) -> None:
        """Append a record.

        Parameters
        ----------
        record : bytes
            Such as a message's ``SerializeToString()``.

        Raises
        ------
        TypeError
            If it is no bytes.
        FailedPreconditionError
            If the writer is closed.
        """
        if not isinstance(record, bytes):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        self._open().write(record)

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        self._open().flush()

    def close(self) -> None:
        """Close the file. A closed writer stays closed."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self) -> RecordWriter:
        if self._writer is None:
            message = "Writer not initialized or previously closed"
            raise FailedPreconditionError(None, None, message)
        return self._writer


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """Yield the records of a file.

    Parameters
    ----------
    path : str
    options : TFRecordOptions, str or int, optional
        How it is compressed.

    Raises
    ------
    NotFoundError
        If there is no such file.
    DataLossError
        If the file is damaged.

    Examples
    --------
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "data.tfrecords")
    >>> example = tf.train.Example()
    >>> example.features.feature["age"].int64_list.value.append(29)
    >>> with tf.python_io.TFRecordWriter(path, "GZIP") as writer:
    ...     writer.write(example.SerializeToString())
    >>> for record in tf.python_io.tf_record_iterator(path, "GZIP"):
    ...     print(tf.train.Example.FromString(record).features.feature["age"].int64_list.value)
    [29]
    """
    return read_records(os.fspath(path), TFRecordOptions.get_compression_type_string(options))
