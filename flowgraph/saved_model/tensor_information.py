"""Tensors as TensorInfo messages, and back."""

from __future__ import annotations

from typing import Any

from flowgraph import protos
from flowgraph.dtypes import as_dtype
from flowgraph.graph.graph import Graph
from flowgraph.graph.scope import get_default_graph
from flowgraph.graphdef.attributes import shape_proto
from flowgraph.ops.sparse import SparseTensor


def build_tensor_info(tensor: Any) -> Any:
    """Return a tensor's name, dtype and static shape as a TensorInfo message.

    Parameters
    ----------
    tensor : Tensor or SparseTensor
        Of a sparse tensor, the names of its three parts are written.

    Returns
    -------
    TensorInfo

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> information = tf.saved_model.build_tensor_info(x)
    >>> information.name, [dim.size for dim in information.tensor_shape.dim]
    ('x:0', [-1, 3])
    """
    message = protos.TensorInfo(dtype=as_dtype(tensor.dtype).as_datatype_enum)
    message.tensor_shape.CopyFrom(shape_proto(tensor.get_shape()))
    if isinstance(tensor, SparseTensor):
        message.coo_sparse.values_tensor_name = tensor.values.name
        message.coo_sparse.indices_tensor_name = tensor.indices.name
        message.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        message.name = tensor.name
    return message


def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """Return the tensor that a TensorInfo message names.

    Parameters
    ----------
    tensor_info : TensorInfo
    graph : Graph, optional
        Where to look; the default graph if left out.
    import_scope : str, optional
        The name scope that the graph was put under.

    Returns
    -------
    Tensor or SparseTensor

    Raises
    ------
    KeyError
        If the graph has no such tensor.
    ValueError
        If the message names none.
    NotImplementedError
        If it is of another kind, such as a ragged tensor.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> tf.saved_model.get_tensor_from_tensor_info(tf.saved_model.build_tensor_info(x)) is x
    True
    """
    graph = get_default_graph() if graph is None else graph

    def tensor(name: str) -> Any:
        return graph.get_tensor_by_name(scoped(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return tensor(tensor_info.name)
    if encoding == "coo_sparse":
        parts = tensor_info.coo_sparse
        return SparseTensor(
            tensor(parts.indices_tensor_name),
            tensor(parts.values_tensor_name),
            tensor(parts.dense_shape_tensor_name),
        )
    if encoding is None:
        raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")
    raise NotImplementedError(f"a TensorInfo with {encoding}")


def scoped(name: str, import_scope: str | None) -> str:
    """Return the name that something has under a name scope."""
    return f"{import_scope}/{name}" if import_scope else name
