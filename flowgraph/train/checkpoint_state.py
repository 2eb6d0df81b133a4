"""The ``checkpoint`` file, which says which checkpoints a directory has and which is the latest."""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from flowgraph import protos
from flowgraph.formats import replace
from flowgraph.formats.bundle import index_path
from flowgraph.formats.system_errors import translated

_log = logging.getLogger("tensorflow")
_FILENAME = "checkpoint"
_V2 = 2


def generate_checkpoint_state_proto(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> Any:
    """Return a ``CheckpointState`` message.

    Parameters
    ----------
    save_dir : str
        The directory of the ``checkpoint`` file. Relative paths are made relative to
        it, unless it is absolute.
    model_checkpoint_path : str
        The latest checkpoint.
    all_model_checkpoint_paths : list of str, optional
        All of them, the latest last. It is added if it is not there.
    all_model_checkpoint_timestamps : list of float, optional
        When each was written, in seconds since 1970.
    last_preserved_timestamp : float, optional
        When the last checkpoint was written that is to stay for ever.

    Raises
    ------
    ValueError
        If there are not as many timestamps as paths.

    Examples
    --------
    >>> tf.train.generate_checkpoint_state_proto("logs", "logs/model-2", ["logs/model-1"])
    model_checkpoint_path: "model-2"
    all_model_checkpoint_paths: "model-1"
    all_model_checkpoint_paths: "model-2"
    """
    paths = list(all_model_checkpoint_paths or [])
    if not paths or paths[-1] != model_checkpoint_path:
        paths.append(model_checkpoint_path)
    times = all_model_checkpoint_timestamps
    if times and len(times) != len(paths):
        raise ValueError(
            "Checkpoint timestamps, if provided, must match checkpoint paths (got paths "
            f"{paths} and timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        paths = [p if os.path.isabs(p) else os.path.relpath(p, save_dir) for p in paths]
        if not os.path.isabs(model_checkpoint_path):
            model_checkpoint_path = os.path.relpath(model_checkpoint_path, save_dir)
    return protos.CheckpointState(
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def update_checkpoint_state(
    save_dir: str,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Write the ``checkpoint`` file of a directory.

    Parameters
    ----------
    save_dir, model_checkpoint_path, all_model_checkpoint_paths
        As for `generate_checkpoint_state_proto`.
    latest_filename : str, optional
        The file's name, ``"checkpoint"`` if left out.
    all_model_checkpoint_timestamps, last_preserved_timestamp
        As for `generate_checkpoint_state_proto`.

    Raises
    ------
    RuntimeError
        If a checkpoint has the file's own path.
    tf.errors.OpError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> directory = tempfile.mkdtemp()
    >>> tf.train.update_checkpoint_state(directory, "model-7")
    >>> tf.train.get_checkpoint_state(directory).model_checkpoint_path.endswith("/model-7")
    True
    """
    path = os.path.join(save_dir, latest_filename or _FILENAME)
    state = generate_checkpoint_state_proto(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )
    if path == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for checkpoint state.  "
            "Please use a different save path."
        )
    from google.protobuf import text_format

    with translated():
        replace.write(path, text_format.MessageToString(state).encode())


def update_relative_state(
    save_dir: str, path: str, paths: Sequence[str], latest_filename: str | None = None
) -> None:
    """Do as `update_checkpoint_state`, with absolute paths made relative to the directory."""
    path, *paths = [os.path.relpath(p, save_dir) if os.path.isabs(p) else p for p in (path, *paths)]
    update_checkpoint_state(save_dir, path, paths, latest_filename)


def get_checkpoint_state(checkpoint_dir: str, latest_filename: str | None = None) -> Any:
    """Return what the ``checkpoint`` file of a directory says, or ``None``.

    Parameters
    ----------
    checkpoint_dir : str
    latest_filename : str, optional
        The file's name, ``"checkpoint"`` if left out.

    Returns
    -------
    CheckpointState or None
        Its fields ``model_checkpoint_path`` and ``all_model_checkpoint_paths`` begin
        with `checkpoint_dir` or are absolute. ``None`` if there is no such file, or it
        cannot be read.

    Raises
    ------
    ValueError
        If the file names no checkpoint.

    Examples
    --------
    >>> tf.train.get_checkpoint_state("no-such-directory") is None
    True
    """
    path = os.path.join(checkpoint_dir, latest_filename or _FILENAME)
    from google.protobuf import text_format

    state = protos.CheckpointState()
    try:
        with open(path, "rb") as file:
            text_format.Merge(file.read(), state)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        _log.warning("%s: %s", type(error).__name__, error)
        _log.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    state.model_checkpoint_path = os.path.join(checkpoint_dir, state.model_checkpoint_path)
    paths = state.all_model_checkpoint_paths
    paths[:] = [os.path.join(checkpoint_dir, p) for p in paths]
    return state


def latest_checkpoint(checkpoint_dir: str, latest_filename: str | None = None) -> str | None:
    """Return the path of the latest checkpoint in a directory, or ``None``.

    Parameters
    ----------
    checkpoint_dir : str
    latest_filename : str, optional
        The name of the file that says it, ``"checkpoint"`` if left out.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     tf.train.Saver().save(sess, path, global_step=3) == path + "-3"
    True
    >>> tf.train.latest_checkpoint(os.path.dirname(path)) == path + "-3"
    True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    path: str = state.model_checkpoint_path
    if checkpoint_exists(path):
        return path
    _log.error("Couldn't match files for checkpoint %s", path)
    return None


def checkpoint_exists(checkpoint_prefix: str) -> bool:
    """Return whether there is a checkpoint of either format.

    Parameters
    ----------
    checkpoint_prefix : str
        May have wildcards.

    Examples
    --------
    >>> tf.train.checkpoint_exists("no-such-directory/model")
    False
    """
    return bool(_matching(index_path(checkpoint_prefix)) or _matching(checkpoint_prefix))


def _matching(pattern: str) -> list[str]:
    return [pattern] if os.path.exists(pattern) else sorted(glob.glob(pattern))


def get_checkpoint_mtimes(checkpoint_prefixes: Iterable[str]) -> list[float]:
    """Return when checkpoints were written, in seconds since 1970.

    Parameters
    ----------
    checkpoint_prefixes : list of str
        Those that do not exist are passed over.

    Examples
    --------
    >>> tf.train.get_checkpoint_mtimes(["no-such-directory/model"])
    []
    """
    times = []
    for prefix in checkpoint_prefixes:
        files = _matching(index_path(prefix)) or _matching(prefix)
        with suppress(FileNotFoundError):
            times += [os.stat(file).st_mtime for file in files[:1]]
    return times


def remove_checkpoint(
    checkpoint_prefix: str, checkpoint_format_version: int = _V2, meta_graph_suffix: str = "meta"
) -> None:
    """Delete the files of a checkpoint.

    Parameters
    ----------
    checkpoint_prefix : str
    checkpoint_format_version : int
        1 or 2, a value of ``SaverDef``'s ``CheckpointFormatVersion``.
    meta_graph_suffix : str
        The end of the name of the graph's file.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> w = tf.Variable(1.0)
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> tf.train.remove_checkpoint(path)
    >>> tf.train.checkpoint_exists(path)
    False
    """
    exact = glob.escape(checkpoint_prefix)
    files = [meta_graph_path(checkpoint_prefix, meta_graph_suffix)]
    if checkpoint_format_version == _V2:
        # Without its index the data is no checkpoint any more, rather than a damaged one.
        files += [index_path(checkpoint_prefix), *glob.glob(f"{exact}.data-?????-of-?????")]
    else:
        files += _matching(checkpoint_prefix)
    with translated():
        for file in files:
            with suppress(FileNotFoundError):
                os.unlink(file)


def meta_graph_path(checkpoint_prefix: str, suffix: str = "meta") -> str:
    """Return the path of the graph's file beside a checkpoint, or beside one of its shards."""
    base, sharded, _ = checkpoint_prefix.rpartition("-?????-of-")
    return f"{base if sharded else checkpoint_prefix}.{suffix}"
