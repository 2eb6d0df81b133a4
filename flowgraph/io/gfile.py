"""The `tf.io.gfile` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.compat.file_object import GFile
from flowgraph.compat.files import (
    copy, exists, glob, isdir, listdir, makedirs, mkdir, remove, rename, rmtree, stat, walk,
)

__all__ = [
    "GFile", "copy", "exists", "glob", "isdir", "listdir", "makedirs", "mkdir", "remove",
    "rename", "rmtree", "stat", "walk",
]
