"""A gigabyte of variables, saved and restored; as NumPy's column, a plain copy of the file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benches.case import Case, Program, Work

VARIABLES, SHAPE = 8, (1 << 15, 1 << 10)
HEAD = 1000  # numbers that are compared


class Save(Case):
    """Eight variables of 128 MB into a checkpoint, over the one before."""

    name = "checkpoint_save"

    def tf1(self, tf: Any) -> Work:
        saver, session, folder = self.program(tf)

        def run() -> None:
            prefix = f"{folder.name}/model"
            saver.save(session, prefix, write_meta_graph=False, write_state=False)

        return Work(run, lambda: head(folder))

    def numpy(self, library: Any) -> Work:
        folder = tempfile.TemporaryDirectory()
        with open(data_file(folder), "wb") as file:
            for value in self.values():
                value.tofile(file)
        return Work(
            lambda: shutil.copyfile(data_file(folder), Path(folder.name, "copy")),
            lambda: head(folder),
        )

    def program(self, tf: Any) -> tuple[Any, Any, tempfile.TemporaryDirectory[str]]:
        """Return a saver, a session, and a directory for the files."""
        program = Program(tf)
        for value in self.values():
            program.variable(value)
        return tf.train.Saver(), program.session(), tempfile.TemporaryDirectory()

    def values(self) -> list[Any]:
        numbers = self.numbers()
        return [numbers.random(SHAPE, np.float32) for _ in range(VARIABLES)]


class Restore(Save):
    """The same variables from a checkpoint: all have values, and get them again."""

    name = "checkpoint_restore"

    def tf1(self, tf: Any) -> Work:
        saver, session, folder = self.program(tf)
        saver.save(session, f"{folder.name}/model", write_meta_graph=False)
        first = tf.reshape(tf.global_variables()[0], [-1])[:HEAD]
        return Work(
            lambda: saver.restore(session, f"{folder.name}/model"), lambda: session.run(first)
        )


class FreshRestore(Save):
    """A session begins: its variables have no values before."""

    name = "checkpoint_restore_fresh"

    def tf1(self, tf: Any) -> Work:
        saver, session, folder = self.program(tf)
        saver.save(session, f"{folder.name}/model", write_meta_graph=False)
        session.close()
        first = tf.reshape(tf.global_variables()[0], [-1])[:HEAD]

        def run() -> Any:
            with tf.Session() as begun:
                saver.restore(begun, f"{folder.name}/model")
                return begun.run(first)

        return Work(run)


def data_file(folder: tempfile.TemporaryDirectory[str]) -> Path:
    """Return the path of the variables' values."""
    return Path(folder.name, "model.data-00000-of-00001")


def head(folder: tempfile.TemporaryDirectory[str]) -> Any:
    """Return the first numbers of a checkpoint, as much as shows that it is the same."""
    return np.fromfile(data_file(folder), np.float32, HEAD)


CASES = [Save(), Restore(), FreshRestore()]
