"""``SavedModelBuilder``: graphs with the values of their variables, as a directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from flowgraph import protos
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, add_to_collection, get_collection
from flowgraph.graphdef.export import write_message
from flowgraph.saved_model.assets import add_assets
from flowgraph.saved_model.keys import (
    DEFAULT_SERVING_SIGNATURE_DEF_KEY,
    INIT_OP_SIGNATURE_KEY,
    LEGACY_INIT_OP_KEY,
    MAIN_OP_KEY,
    SAVED_MODEL_FILENAME_PB,
    SAVED_MODEL_FILENAME_PBTXT,
    SAVED_MODEL_SCHEMA_VERSION,
    SERVING,
    TRAIN_OP_SIGNATURE_KEY,
    VARIABLES_DIRECTORY,
    VARIABLES_FILENAME,
)
from flowgraph.saved_model.signatures import predict_signature_def
from flowgraph.train.saver import Saver
from flowgraph.train.saver_nodes import saveable_objects

_log = logging.getLogger("tensorflow")


class SavedModelBuilder:
    """Writes graphs, one set of values for their variables, and assets to a directory.

    The directory is TensorFlow's: ``saved_model.pb`` (the graphs), ``variables/`` (a
    checkpoint) and ``assets/`` (files that the graphs read).

    Parameters
    ----------
    export_dir : str
        The directory, which must be empty or not there.

    Raises
    ------
    AssertionError
        If it holds something.

    Examples
    --------
    >>> import os, tempfile
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> y = tf.multiply(x, tf.Variable(3.0), name="y")
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> builder = tf.saved_model.builder.SavedModelBuilder(path)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     builder.add_meta_graph_and_variables(sess, [tf.saved_model.tag_constants.SERVING])
    >>> os.path.basename(builder.save())
    b'saved_model.pb'
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     _ = tf.saved_model.loader.load(sess, ["serve"], path)
    ...     sess.run("y:0", {"x:0": 2.0})
    np.float32(6.0)
    """

    def __init__(self, export_dir: str | bytes) -> None:
        self._export_dir = os.fsdecode(export_dir)
        self._message = protos.SavedModel(saved_model_schema_version=SAVED_MODEL_SCHEMA_VERSION)
        self._has_variables = False
        if os.path.exists(self._export_dir) and os.listdir(self._export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different "
                "export directory, or delete all the contents of the specified directory: "
                f"{self._export_dir}"
            )
        os.makedirs(self._export_dir, exist_ok=True)

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Any] | None = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Add the default graph, and save its variables.

        Parameters
        ----------
        sess : Session
            Where the variables have their values.
        tags : list of str
            What the graph is found by.
        signature_def_map : dict of str to SignatureDef, optional
            What to feed and to fetch, for each use of it.
        assets_collection : list of Tensor, optional
            Constants that name files, which are copied.
        legacy_init_op : Operation, optional
            The older name of `main_op`.
        clear_devices : bool
            Leave out the devices of the operations.
        main_op : Operation, optional
            Run when the graph has been loaded and its variables restored.
        strip_default_attrs : bool
            Leave out attributes that have their defaults.
        saver : Saver, optional
            What saves the variables; one of all of them if left out.

        Raises
        ------
        AssertionError
            If variables were saved before, or a signature is incomplete.
        KeyError
            If a signature has a reserved name.
        TypeError, ValueError
            If an asset is no constant, `main_op` no operation, or the graph has a main
            operation already.
        """
        if self._has_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please invoke "
                "`add_meta_graph()` instead."
            )
        _check_signatures(signature_def_map or {})
        self._add_collections(assets_collection, main_op or legacy_init_op)
        directory = os.path.join(self._export_dir, VARIABLES_DIRECTORY)
        os.makedirs(directory, exist_ok=True)
        saver = _saver() if saver is None else saver
        path = os.path.join(directory, VARIABLES_FILENAME)
        saver.save(sess, path, write_meta_graph=False, write_state=False)
        self._add(saver, tags, signature_def_map or {}, clear_devices, strip_default_attrs)
        self._has_variables = True

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Any] | None = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Add the default graph, whose variables are among those saved.

        Parameters and errors as for `add_meta_graph_and_variables`.

        Raises
        ------
        AssertionError
            If no variables were saved yet, or a signature is incomplete.
        """
        if not self._has_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please invoke "
                "`add_meta_graph_and_variables()` first."
            )
        _check_signatures(signature_def_map or {})
        self._add_collections(assets_collection, main_op or legacy_init_op)
        saver = _saver() if saver is None else saver
        self._add(saver, tags, signature_def_map or {}, clear_devices, strip_default_attrs)

    def save(self, as_text: bool = False) -> bytes:
        """Write the graphs.

        Parameters
        ----------
        as_text : bool
            Write the text form, ``saved_model.pbtxt``; else ``saved_model.pb``.

        Returns
        -------
        bytes
            The file's path.
        """
        os.makedirs(self._export_dir, exist_ok=True)
        name = SAVED_MODEL_FILENAME_PBTXT if as_text else SAVED_MODEL_FILENAME_PB
        path = os.path.join(self._export_dir, name)
        write_message(self._message, path, as_text)
        _log.info("SavedModel written to: %s", path)
        return os.fsencode(path)

    def _add_collections(self, assets: Iterable[Any] | None, main_op: Operation | None) -> None:
        add_assets(assets, self._export_dir)
        if main_op is None:
            return
        if not isinstance(main_op, Operation):
            raise TypeError(f"main_op needs to be an Operation: {main_op!r}")
        for key in (MAIN_OP_KEY, LEGACY_INIT_OP_KEY):
            if get_collection(key):
                raise ValueError(
                    f"Graph already contains one or more main ops under the collection {key}."
                )
        add_to_collection(MAIN_OP_KEY, main_op)

    def _add(
        self,
        saver: Saver,
        tags: Iterable[str],
        signatures: Mapping[str, Any],
        clear_devices: bool,
        strip_default_attrs: bool,
    ) -> None:
        message = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        message.meta_info_def.tags.extend(tags)
        for key, signature in signatures.items():
            message.signature_def[key].CopyFrom(signature)
        self._message.meta_graphs.append(message)


def simple_save(
    session: Any,
    export_dir: str | bytes,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    legacy_init_op: Operation | None = None,
) -> None:
    """Save the default graph, for others to feed `inputs` and fetch `outputs`.

    Parameters
    ----------
    session : Session
        Where the variables have their values.
    export_dir : str
        The directory, which must be empty or not there.
    inputs, outputs : dict of str to Tensor
    legacy_init_op : Operation, optional
        Run when the graph has been loaded and its variables restored.

    Raises
    ------
    AssertionError
        If the directory holds something.
    ValueError
        If `inputs` or `outputs` are empty.

    Examples
    --------
    >>> import os, tempfile
    >>> x = tf.placeholder(tf.float32)
    >>> y = tf.multiply(x, tf.Variable(3.0))
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     tf.saved_model.simple_save(sess, path, {"x": x}, {"y": y})
    >>> sorted(os.listdir(path))
    ['saved_model.pb', 'variables']
    """
    signatures = {DEFAULT_SERVING_SIGNATURE_DEF_KEY: predict_signature_def(inputs, outputs)}
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        [SERVING],
        signatures,
        assets_collection=get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()


def _saver() -> Saver:
    return Saver(saveable_objects(), sharded=True, allow_empty=True)


def _check_signatures(signatures: Mapping[str, Any]) -> None:
    for signature in signatures.values():
        for field in (signature.inputs, signature.outputs):
            for key in field:
                _check_tensor(field[key])
    reserved = {INIT_OP_SIGNATURE_KEY: "initialization", TRAIN_OP_SIGNATURE_KEY: "the train op"}
    for key, use in reserved.items():
        if key in signatures:
            raise KeyError(
                f'SignatureDef map key "{key}" is reserved for {use}. Please use a different key.'
            )


def _check_tensor(information: Any) -> None:
    encoding = information.WhichOneof("encoding")
    if encoding is None:
        raise AssertionError(
            "All TensorInfo protos used in the SignatureDefs must have one of the 'encoding' "
            f"fields (e.g., name or coo_sparse) set: {information}"
        )
    if encoding == "composite_tensor":
        for component in information.composite_tensor.components:
            _check_tensor(component)
    elif not information.dtype:
        raise AssertionError(
            "All TensorInfo protos used in the SignatureDefs must have the dtype field set: "
            f"{information}"
        )
