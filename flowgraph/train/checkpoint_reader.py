"""Looking into checkpoints without a graph."""

from __future__ import annotations

import os
from typing import Any

from flowgraph import protos
from flowgraph.dtypes import DType
from flowgraph.errors import NotFoundError
from flowgraph.formats.checkpoint import open_checkpoint
from flowgraph.ops.checks import bracketed
from flowgraph.train.checkpoint_state import latest_checkpoint


class CheckpointReader:
    """The tensors of a checkpoint, by name.

    Parameters
    ----------
    filename : str or bytes
        What `Saver.save` returned.

    Raises
    ------
    TypeError
        If `filename` is no string.
    tf.errors.NotFoundError
        If there is no such checkpoint.
    tf.errors.DataLossError
        If it is damaged.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, path)
    >>> reader = tf.train.NewCheckpointReader(path)
    >>> reader.get_variable_to_shape_map()
    {'w': [2]}
    >>> reader.get_tensor("w")
    array([1., 2.], dtype=float32)
    """

    def __init__(self, filename: str | bytes) -> None:
        self._file = open_checkpoint(_text(filename))

    def has_tensor(self, tensor_str: str | bytes) -> bool:
        """Return whether there is a tensor of that name."""
        return _text(tensor_str) in self._file

    def get_tensor(self, tensor_str: str | bytes) -> Any:
        """Return a tensor's value, an array or a NumPy scalar.

        Raises
        ------
        tf.errors.NotFoundError
            If there is no such tensor.
        tf.errors.DataLossError
            If its bytes are not those that were written.
        """
        name = _text(tensor_str)
        if name not in self._file:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
        value = self._file.read(name)
        return value if value.ndim else value[()]

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Return the shape of each tensor, as a list."""
        return {name: list(self._file.shape(name)) for name in self._file.names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """Return the dtype of each tensor."""
        return {name: self._file.dtype(name) for name in self._file.names()}

    def debug_string(self) -> bytes:
        """Return a line for each tensor: its name, dtype and shape."""
        file, enum_name = self._file, protos.DataType.Name
        lines = [
            f"{name} ({enum_name(int(file.dtype(name)))}) {bracketed(file.shape(name))}\n"
            for name in file.names()
        ]
        return "".join(lines).encode()


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    raise TypeError(f"Expected binary or unicode string, got {value!r}")


def NewCheckpointReader(filepattern: str | bytes) -> CheckpointReader:
    """Return the `CheckpointReader` of a checkpoint. Parameters and errors as there."""
    return CheckpointReader(filepattern)


def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """Return the reader of a checkpoint, or of the latest in a directory.

    Parameters
    ----------
    ckpt_dir_or_file : str

    Raises
    ------
    ValueError
        If a directory has no checkpoint.
    tf.errors.NotFoundError
        If there is no such checkpoint.

    Examples
    --------
    >>> tf.train.load_checkpoint("no-such-directory/model")
    Traceback (most recent call last):
    flowgraph.errors.NotFoundError: Unsuccessful TensorSliceReader constructor: ...
    """
    return CheckpointReader(checkpoint_path(ckpt_dir_or_file))


def checkpoint_path(ckpt_dir_or_file: str) -> str:
    """Return the path of a checkpoint, or of the latest in a directory; ValueError without one."""
    if not os.path.isdir(ckpt_dir_or_file):
        return ckpt_dir_or_file
    latest = latest_checkpoint(ckpt_dir_or_file)
    if latest is None:
        raise ValueError(
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}"
        )
    return latest


def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """Return the value of one tensor of a checkpoint.

    Parameters
    ----------
    ckpt_dir_or_file : str
        A checkpoint, or a directory, of which the latest is taken.
    name : str
        A ``:0`` at its end is left out.

    Raises
    ------
    ValueError
        If a directory has no checkpoint.
    tf.errors.NotFoundError
        If there is no such checkpoint or tensor.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, path)
    >>> tf.train.load_variable(path, "w")
    array([1., 2.], dtype=float32)
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Return the names and shapes of a checkpoint's tensors, sorted by name.

    Parameters
    ----------
    ckpt_dir_or_file : str
        A checkpoint, or a directory, of which the latest is taken.

    Raises
    ------
    ValueError
        If a directory has no checkpoint.
    tf.errors.NotFoundError
        If there is no such checkpoint.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, path)
    >>> tf.train.list_variables(path)
    [('w', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
