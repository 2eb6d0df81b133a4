"""The layer between a cell and the symbols that a decoder writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.layers.layer import Layer
from flowgraph.ops import nest
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.shapes import TensorShape, as_shape


def check_layer(output_layer: Any) -> None:
    """Raise TypeError unless the argument is a layer or ``None``."""
    if output_layer is not None and not isinstance(output_layer, Layer):
        raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")


def projected_size(cell: Any, output_layer: Layer | None) -> Any:
    """Return the size of a cell's output behind a layer, without the batch."""
    if output_layer is None:
        return cell.output_size
    shape = nest.map_structure(
        lambda size: TensorShape.of((None,)).concatenate(as_shape(size)), cell.output_size
    )
    return nest.map_structure(lambda each: each[1:], output_layer.compute_output_shape(shape))


def lookup_in(embedding: Any) -> Callable[[Any], Tensor]:
    """Return the function from symbols to vectors, which may be given as a table."""
    if callable(embedding):
        return embedding  # type: ignore[no-any-return]
    return lambda ids: embedding_lookup(embedding, ids)
