"""Event files, which TensorBoard shows: records that are Event messages.

The name of a file says when it was begun and where. Its first event says which version of the
format it has.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from flowgraph import protos
from flowgraph.formats.records import RecordWriter, read_records
from flowgraph.formats.system_errors import translated

FILE_VERSION = "brain.Event:2"


class EventFile:
    """Writes events to a file in a directory, made with the first of them.

    After `close` the next event begins another file.

    Parameters
    ----------
    directory : str
    suffix : str
        What the name ends with.
    """

    def __init__(self, directory: str, suffix: str = "") -> None:
        self._directory = directory
        self._suffix = suffix
        self._records: RecordWriter | None = None
        self._begun = 0

    def write(self, event: Any) -> None:
        """Append an Event message.

        Raises
        ------
        tf.errors.OpError
            Of the class that fits, if the file cannot be written; so do `flush` and `close`.
        """
        if self._records is None:
            self._records = self._opened()
            version = protos.Event(wall_time=float(self._begun), file_version=FILE_VERSION)
            self._records.write(version.SerializeToString())
        self._records.write(event.SerializeToString())

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        if self._records is not None:
            self._records.flush()

    def close(self) -> None:
        """Close the file."""
        records, self._records = self._records, None
        if records is not None:
            records.close()

    def _opened(self) -> RecordWriter:
        self._begun = int(time.time())
        while True:
            name = f"events.out.tfevents.{self._begun:010d}.{socket.gethostname()}{self._suffix}"
            with translated(), suppress(FileExistsError):
                return RecordWriter(open(os.path.join(self._directory, name), "xb"))
            self._begun += 1  # the name is of another writer, or of a file closed in this second


def summary_iterator(path: Any) -> Iterator[Any]:
    """Yield the events of an event file.

    Parameters
    ----------
    path : str

    Yields
    ------
    Event

    Raises
    ------
    NotFoundError
        If there is no such file.
    DataLossError
        If the file is damaged.

    Examples
    --------
    >>> import glob, tempfile
    >>> with tempfile.TemporaryDirectory() as logdir:
    ...     with tf.summary.FileWriter(logdir) as writer:
    ...         value = tf.Summary.Value(tag="loss", simple_value=0.5)
    ...         writer.add_summary(tf.Summary(value=[value]), global_step=3)
    ...     for event in tf.train.summary_iterator(glob.glob(f"{logdir}/*")[0]):
    ...         print(event.step, [v.simple_value for v in event.summary.value])
    0 []
    3 [0.5]
    """
    for record in read_records(os.fspath(path)):
        yield protos.Event.FromString(record)
