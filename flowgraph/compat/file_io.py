"""The names of ``tensorflow.python.lib.io.file_io`` for what `tf.io.gfile` does."""

from __future__ import annotations

from typing import Any

from flowgraph.compat.file_object import GFile
from flowgraph.compat.files import Path, copy, rename, stat, walk
from flowgraph.compat.files import exists as file_exists
from flowgraph.compat.files import glob as get_matching_files
from flowgraph.compat.files import isdir as is_directory
from flowgraph.compat.files import listdir as list_directory
from flowgraph.compat.files import makedirs as recursive_create_dir
from flowgraph.compat.files import mkdir as create_dir
from flowgraph.compat.files import remove as delete_file
from flowgraph.compat.files import rmtree as delete_recursively

FileIO = GFile

__all__ = [
    "FileIO",
    "copy",
    "create_dir",
    "delete_file",
    "delete_recursively",
    "file_exists",
    "get_matching_files",
    "is_directory",
    "list_directory",
    "read_file_to_string",
    "recursive_create_dir",
    "rename",
    "stat",
    "walk",
    "write_string_to_file",
]


def read_file_to_string(filename: Path, binary_mode: bool = False) -> Any:
    """Return what a file holds, as text or bytes."""
    with GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Path, file_content: bytes | str) -> None:
    """Write a file whole."""
    with GFile(filename, "w") as file:
        file.write(file_content)
