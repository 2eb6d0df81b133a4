"""What TensorBoard's projector of embeddings is to show."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.graphdef.export import write_message

FILENAME = "projector_config.pbtxt"
"""The file that TensorBoard looks for."""


def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Write a ``ProjectorConfig`` beside the event files, where TensorBoard finds it.

    Parameters
    ----------
    summary_writer : FileWriter
        Whose directory to write to.
    config : ProjectorConfig
        Each of its ``embeddings`` names a variable in a checkpoint of that directory, and
        files with labels and pictures of its rows.

    Raises
    ------
    ValueError
        If the writer has no directory.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from flowgraph.contrib.tensorboard.plugins import projector
    >>> folder = tempfile.mkdtemp()
    >>> config = projector.ProjectorConfig()
    >>> config.embeddings.add(tensor_name="words", metadata_path="words.tsv").tensor_name
    'words'
    >>> with tf.summary.FileWriter(folder) as writer:
    ...     projector.visualize_embeddings(writer, config)
    >>> print(pathlib.Path(folder, "projector_config.pbtxt").read_text(), end="")
    embeddings {
      tensor_name: "words"
      metadata_path: "words.tsv"
    }
    """
    logdir = summary_writer.get_logdir()
    if logdir is None:
        raise ValueError("Summary writer must have a logdir")
    write_message(config, os.path.join(os.fspath(logdir), FILENAME), as_text=True)
