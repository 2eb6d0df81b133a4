"""Readers: records out of the files that a queue names."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from flowgraph.formats.record_files import TFRecordOptions
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import reader_ops as nodes
from flowgraph.ops.building import apply, apply_all, build


class ReaderReadV2(NamedTuple):
    """A record."""

    key: Tensor
    value: Tensor


class ReaderReadUpToV2(NamedTuple):
    """Records."""

    keys: Tensor
    values: Tensor


class ReaderBase:
    """What all readers share: records, read from the work that a queue hands out.

    Parameters
    ----------
    reader_ref : Tensor
        The handle.
    supports_serialize : bool
        Whether the state can be kept.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the state can be kept."""
        return self._supports_serialize

    def read(self, queue: Any, name: str | None = None) -> ReaderReadV2:
        """Return the next record; the next file's first, where a file has ended.

        Parameters
        ----------
        queue : QueueBase or Tensor
            Of work to do, such as the names of files.
        name : str, optional

        Returns
        -------
        key, value : Tensor
            String scalars: where the record is from, and the record.

        Raises
        ------
        OutOfRangeError
            When run: if the queue is empty and closed.
        """
        found = apply_all(nodes.ReaderReadV2(), self._reader_ref, _handle(queue), name=name)
        return ReaderReadV2(*found)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> ReaderReadUpToV2:
        """Return the next records of one file: fewer than asked for at its end.

        Parameters
        ----------
        queue : QueueBase or Tensor
            Of work to do, such as the names of files.
        num_records : int or Tensor
        name : str, optional

        Returns
        -------
        keys, values : Tensor
            String vectors: where the records are from, and the records.

        Raises
        ------
        OutOfRangeError
            When run: if the queue is empty and closed.
        """
        op = nodes.ReaderReadUpToV2()
        found = apply_all(op, self._reader_ref, _handle(queue), num_records, name=name)
        return ReaderReadUpToV2(*found)

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Return how many records were read, an int64 scalar."""
        return apply(nodes.ReaderNumRecordsProducedV2(), self._reader_ref, name=name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Return how many files were read to their end, an int64 scalar."""
        return apply(nodes.ReaderNumWorkUnitsCompletedV2(), self._reader_ref, name=name)

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Return the state, a string scalar; UnimplementedError when run if it cannot be kept."""
        return apply(nodes.ReaderSerializeStateV2(), self._reader_ref, name=name)

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """Return an operation that goes back to a state that `serialize_state` gave."""
        op = nodes.ReaderRestoreStateV2()
        operation: Operation = build(op, [self._reader_ref, state], name)
        return operation

    def reset(self, name: str | None = None) -> Operation:
        """Return an operation that starts over."""
        operation: Operation = build(nodes.ReaderResetV2(), [self._reader_ref], name)
        return operation


def _handle(queue: Any) -> Any:
    return queue if isinstance(queue, Tensor) else queue.queue_ref


class WholeFileReader(ReaderBase):
    """Reads files as one record each: the key is the file's name, the value what is in it.

    Parameters
    ----------
    name : str, optional

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = path.write_text("all of it")
    >>> queue = tf.FIFOQueue(1, tf.string)
    >>> key, value = tf.WholeFileReader().read(queue)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue(str(path)))
    ...     print(sess.run(value))
    b'all of it'
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply(nodes.WholeFileReaderV2(), name=name), supports_serialize=True)


class TextLineReader(ReaderBase):
    """Reads files line by line; the key is the file's name and the number of the line.

    Parameters
    ----------
    skip_header_lines : int, optional
        How many lines of each file are left out.
    name : str, optional

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_text("x,y" + chr(10) + "1,2")
    >>> queue = tf.FIFOQueue(1, tf.string)
    >>> key, value = tf.TextLineReader(skip_header_lines=1).read(queue)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue(str(path)))
    ...     print(sess.run(value))
    b'1,2'
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        op = nodes.TextLineReaderV2(skip_header_lines=skip_header_lines or 0)
        super().__init__(apply(op, name=name))


class FixedLengthRecordReader(ReaderBase):
    """Reads records of a fixed length; the key is the file's name and the record's number.

    Parameters
    ----------
    record_bytes : int
        The length of a record.
    header_bytes, footer_bytes : int, optional
        What is left out at the beginning and the end of a file.
    hop_bytes : int, optional
        From the beginning of a record to that of the next; `record_bytes` if left out.
    name : str, optional
    encoding : str, optional
        ``"ZLIB"`` for compressed files.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "a.bin")
    >>> _ = path.write_bytes(b"head1234")
    >>> queue = tf.FIFOQueue(1, tf.string)
    >>> reader = tf.FixedLengthRecordReader(record_bytes=2, header_bytes=4)
    >>> keys, values = reader.read_up_to(queue, 5)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue(str(path)))
    ...     sess.run(values)
    array([b'12', b'34'], dtype=object)
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        op = nodes.FixedLengthRecordReaderV2(
            record_bytes=record_bytes,
            header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
        )
        super().__init__(apply(op, name=name))


class TFRecordReader(ReaderBase):
    """Reads the records of TFRecord files; the key is the file's name and the record's place.

    Parameters
    ----------
    name : str, optional
    options : TFRecordOptions, optional
        How the files are compressed.

    Examples
    --------
    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecords")
    >>> with tf.python_io.TFRecordWriter(path) as writer:
    ...     writer.write(b"a record")
    >>> queue = tf.FIFOQueue(1, tf.string)
    >>> key, value = tf.TFRecordReader().read(queue)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue(str(path)))
    ...     print(sess.run(value))
    b'a record'
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        compression = TFRecordOptions.get_compression_type_string(options)
        op = nodes.TFRecordReaderV2(compression_type=compression)
        super().__init__(apply(op, name=name))


class IdentityReader(ReaderBase):
    """Takes the work itself for the record: key and value are what the queue hands out.

    Parameters
    ----------
    name : str, optional

    Examples
    --------
    >>> queue = tf.FIFOQueue(1, tf.string)
    >>> key, value = tf.IdentityReader().read(queue)
    >>> with tf.Session() as sess:
    ...     sess.run(queue.enqueue("work"))
    ...     print(sess.run(value))
    b'work'
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply(nodes.IdentityReaderV2(), name=name), supports_serialize=True)


class LMDBReader(ReaderBase):
    """Not there: it would need the LMDB library."""

    def __init__(self, name: str | None = None, options: Any = None) -> NoReturn:
        raise NotImplementedError("LMDBReader")
