"""``Saver``: variables to checkpoints and back, with the latest few kept."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.errors import FailedPreconditionError, NotFoundError
from flowgraph.graph.scope import GraphKeys
from flowgraph.graphdef.collection_def import register_proto_function
from flowgraph.train.checkpoint_state import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    meta_graph_path,
    update_checkpoint_state,
    update_relative_state,
)
from flowgraph.train.kept_checkpoints import KeptCheckpoints
from flowgraph.train.meta_graph_export import export_meta_graph
from flowgraph.train.restore_failure import explained
from flowgraph.train.save_path import save_path_of_step
from flowgraph.train.saver_definition import put_under, taken_from
from flowgraph.train.saver_nodes import build_saver, named_variables, saveable_objects

_log = logging.getLogger("tensorflow")
_V2 = 2


class Saver:
    """Saves variables to checkpoints, restores them, and keeps the latest few.

    The files are TensorFlow's: ``P.index``, ``P.data-00000-of-00001`` and ``P.meta``
    (the graph) for a checkpoint `P`, and ``checkpoint``, which names the latest. A
    checkpoint is complete before ``checkpoint`` names it, and one that is replaced
    stays whole until the new one is.

    Parameters
    ----------
    var_list : list of Variable, or dict of str to Variable, optional
        What to save; a dict says under which names. All global variables if left out.
    reshape : bool
        Restore tensors of as many elements but another shape.
    sharded : bool
        Write a data file for each device.
    max_to_keep : int or None
        How many checkpoints to keep; ``None`` or 0 for all of them.
    keep_checkpoint_every_n_hours : float
        Besides these, keep one for every so many hours.
    name : str, optional
        The scope of the operations, ``"save"`` if left out.
    restore_sequentially : bool
        Restore one variable after the other. It is always so.
    saver_def : SaverDef, optional
        Take the operations that this names instead of making any.
    builder : None
    defer_build : bool
        Make the operations when `build` is called.
    allow_empty : bool
        Without variables, do nothing rather than raise an error.
    write_version : int
        2, the second version of the format. Both are read.
    pad_step_number : bool
        Write steps with eight digits, so that names sort.
    save_relative_paths : bool
        Have ``checkpoint`` name its neighbours by relative paths, so that the directory
        can be moved.
    filename : str, optional
        Where the operations save when a program runs them itself and feeds nothing.

    Attributes
    ----------
    saver_def : SaverDef
        What it is made of.

    Raises
    ------
    TypeError, ValueError
        If `var_list` is no such thing, has no variables, or has one twice.
    NotImplementedError
        For a `builder`, and for the first version of the format.

    Examples
    --------
    >>> import os, tempfile
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> saver = tf.train.Saver()
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = saver.save(sess, os.path.join(tempfile.mkdtemp(), "model"), global_step=7)
    >>> os.path.basename(path)
    'model-7'
    >>> with tf.Session() as sess:
    ...     saver.restore(sess, path)
    ...     sess.run(w)
    array([1., 2.], dtype=float32)
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = _V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set "
                "defer_build=False or var_list=None."
            )
        if builder is not None:
            raise NotImplementedError("tf.train.Saver with builder")
        if saver_def is None and write_version != _V2:
            raise NotImplementedError("tf.train.Saver that writes the first version of the format")
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep
        self._hours = keep_checkpoint_every_n_hours
        self._name = name
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        self._is_built = False
        self._is_empty = False
        self._kept = KeptCheckpoints(max_to_keep or 0, keep_checkpoint_every_n_hours)
        self.saver_def: Any = None
        if saver_def is not None:
            self._adopt(saver_def)
        elif not defer_build:
            self.build()

    def build(self) -> None:
        """Make the operations, if they are not there."""
        if self._is_built:
            return
        self._is_built = True
        if self._var_list is None:
            self._var_list = saveable_objects()
        if not self._var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return
        variables = named_variables(self._var_list)
        made = build_saver(variables, self._reshape, self._sharded, self._name, self._filename)
        made.max_to_keep = self._max_to_keep or 0
        made.keep_checkpoint_every_n_hours = self._hours
        made.version = _V2
        self.saver_def = made

    def _adopt(self, saver_def: Any) -> None:
        """Take operations that are there, in the scope `name` if it is given."""
        adopted = self.saver_def = put_under(saver_def, self._name)
        self._sharded = adopted.sharded
        self._is_built = True
        self._kept = KeptCheckpoints(adopted.max_to_keep, adopted.keep_checkpoint_every_n_hours)

    # -- saving -------------------------------------------------------------------------------

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Save the variables.

        Parameters
        ----------
        sess : Session
        save_path : str
            The checkpoint's path, without what ends the names of its files.
        global_step : int, Tensor or Variable, optional
            Added to the path, as in ``model-100``.
        latest_filename : str, optional
            The name of the file that names the latest checkpoint, ``"checkpoint"`` if
            left out.
        meta_graph_suffix : str
            The end of the name of the graph's file.
        write_meta_graph : bool
            Write the graph too. A graph that no file can hold is left out with a warning.
        write_state : bool
            Note it as the latest, and delete the oldest.
        strip_default_attrs, save_debug_info : bool
            As for `tf.train.export_meta_graph`.

        Returns
        -------
        str or None
            The checkpoint's path; ``None`` if there are no variables.

        Raises
        ------
        TypeError
            If `sess` is no session.
        ValueError
            If the path is empty, its directory is missing, or two files would have one
            name.
        RuntimeError
            If the operations were not made.
        NotImplementedError
            For `save_debug_info`.
        tf.errors.FailedPreconditionError
            If a variable has no value.
        """
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        save_path = os.fspath(save_path)
        named = latest_filename or "checkpoint"
        form = self._pad_step_number, self._sharded
        path = save_path_of_step(sess, save_path, global_step, named, *form)
        if not self._is_empty:
            path = self._run_save(sess, save_path, path)
        if write_meta_graph:
            self._save_graph(
                sess.graph,
                meta_graph_path(path, meta_graph_suffix),
                strip_default_attrs=strip_default_attrs,
                save_debug_info=save_debug_info,
            )
        if self._is_empty:
            return None
        if write_state:
            self._kept.record(path)
            write = update_relative_state if self._save_relative_paths else update_checkpoint_state
            write(os.path.dirname(save_path), path, self.last_checkpoints, latest_filename)
            self._kept.delete_old(self.saver_def.version, meta_graph_suffix)
        return path

    def _run_save(self, sess: Any, save_path: str, path: str) -> str:
        saver_def = self.saver_def
        try:
            saved = sess.run(saver_def.save_tensor_name, {saver_def.filename_tensor_name: path})
        except (FailedPreconditionError, NotFoundError) as error:
            if os.path.isdir(os.path.dirname(save_path) or "."):
                raise
            raise ValueError(
                f"Parent directory of {save_path} doesn't exist, can't save."
            ) from error
        return str(saved.decode())

    def _save_graph(self, graph: Any, path: str, **options: Any) -> None:
        """Write the graph; with a warning, nothing, since the variables matter more."""
        try:
            with graph.as_default():
                self.export_meta_graph(path, **options)
        except NotImplementedError as error:
            if any(options.values()):
                raise
            _log.warning("The graph is not saved to %s: there is no file form of %s", path, error)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Sequence[str] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """Return the default graph with this Saver, and write it to a file.

        Parameters, result and errors as for `tf.train.export_meta_graph`.
        """
        return export_meta_graph(
            filename=filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    # -- restoring ----------------------------------------------------------------------------

    def restore(self, sess: Any, save_path: str) -> None:
        """Give the variables the values of a checkpoint. They need no initializing.

        Parameters
        ----------
        sess : Session
        save_path : str
            What `save` returned, or `latest_checkpoint` returns.

        Raises
        ------
        ValueError
            If there is no such checkpoint.
        tf.errors.NotFoundError
            If a variable is not in it. The text lists which names differ.
        tf.errors.InvalidArgumentError
            If a variable has another shape or dtype.
        tf.errors.DataLossError
            If the checkpoint is damaged. No variable has changed then.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        if self.saver_def is None:
            raise RuntimeError("`build()` should be called before restore if defer_build==True")
        path = os.fspath(save_path)
        if not checkpoint_exists(path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {path}")
        _log.info("Restoring parameters from %s", path)
        with explained():
            sess.run(self.saver_def.restore_op_name, {self.saver_def.filename_tensor_name: path})

    # -- which there are ----------------------------------------------------------------------

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that are kept, the latest last."""
        return self._kept.paths

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Say which checkpoints there are, the latest last. Their ages are not known."""
        self._kept.set((path, np.inf) for path in last_checkpoints)

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: Sequence[tuple[str, float]]
    ) -> None:
        """Say which checkpoints there are, and when each was written.

        Parameters
        ----------
        last_checkpoints_with_time : list of (str, float)
            Paths and seconds since 1970, the latest last.
        """
        self._kept.set(last_checkpoints_with_time)

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Say which checkpoints a former run left, the latest last; those gone are left out."""
        found = [(path, get_checkpoint_mtimes([path])) for path in checkpoint_paths]
        self._kept.set((path, times[0]) for path, times in found if times)

    # -- as messages --------------------------------------------------------------------------

    def as_saver_def(self) -> Any:
        """Return the SaverDef that a Saver of the same graph can be made from."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return the SaverDef as it is for a scope of the graph.

        Parameters
        ----------
        export_scope : str, optional
            Only for operations in it, with the scope left out of their names.

        Returns
        -------
        SaverDef or None
            ``None`` if the Saver is not in the scope.
        """
        if export_scope is None:
            return self.saver_def
        return taken_from(self.saver_def, export_scope)

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """Return a Saver of the operations that a SaverDef names.

        Parameters
        ----------
        saver_def : SaverDef
        import_scope : str, optional
            Where the operations were put.
        """
        return Saver(saver_def=saver_def, name=import_scope)


register_proto_function(GraphKeys.SAVERS, "SaverDef", Saver.to_proto, Saver.from_proto)
