"""Cells around another cell that map its inputs or outputs: embedding and projection."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import device, name_scope
from flowgraph.ops import nest
from flowgraph.ops.array import reshape
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.rnn.cell import RNNCell, assert_like_rnncell
from flowgraph.rnn.linear import Linear
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import RandomUniform
from flowgraph.variables.variable_scope import get_variable_scope

_log = logging.getLogger("flowgraph")


class _Around(RNNCell):
    """A cell around another one, with variables of its own and the other's state."""

    def __init__(self, cell: Any, reuse: Any) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


class EmbeddingWrapper(_Around):
    """A cell whose inputs are numbers of symbols, looked up in a table.

    Parameters
    ----------
    cell : RNNCell
    embedding_classes : int
        How many symbols there are.
    embedding_size : int
    initializer : initializer, optional
        Of the table; by default the scope's, else uniform of variance 1.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If a size is not positive.

    Examples
    --------
    >>> cell = tf.contrib.rnn.EmbeddingWrapper(tf.nn.rnn_cell.GRUCell(3), 10, 4)
    >>> output, _ = cell(tf.constant([[7], [2]]), cell.zero_state(2, tf.float32))
    >>> [variable.name for variable in tf.global_variables()][0]
    'embedding_wrapper/embedding:0'
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._shape = [embedding_classes, embedding_size]
        self._initializer = initializer

    def call(self, inputs: Any, state: Any) -> Any:  # type: ignore[override]
        with device("/cpu:0"):
            initializer = self._initializer or get_variable_scope().initializer
            bound = math.sqrt(3)
            table = get_variable(
                "embedding",
                self._shape,
                initializer=initializer or RandomUniform(-bound, bound),
                dtype=nest.flatten(state)[0].dtype,
            )
            return self._cell(embedding_lookup(table, reshape(inputs, [-1])), state)


class _Projecting(_Around):
    """A cell with a linear map before or after it."""

    def __init__(
        self, cell: Any, size: int, activation: Callable[[Any], Any] | None, reuse: Any
    ) -> None:
        super().__init__(cell, reuse)
        self._size = size
        self._activation = activation
        self._linear: Linear | None = None

    def _projected(self, x: Any) -> Any:
        if self._linear is None:
            self._linear = Linear([x], self._size)
        result = self._linear([x])
        return result if self._activation is None else self._activation(result)


class InputProjectionWrapper(_Projecting):
    """A cell whose inputs are mapped linearly to another size.

    Parameters
    ----------
    cell : RNNCell
    num_proj : int
        The size that the cell sees.
    activation : callable, optional
    input_size : optional
        Deprecated: the inputs tell it.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    TypeError
        If `cell` is no cell.

    Examples
    --------
    >>> cell = tf.contrib.rnn.InputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 4)
    >>> output, _ = cell(tf.ones([2, 8]), cell.zero_state(2, tf.float32))
    >>> tf.global_variables()[0]
    <tf.Variable 'input_projection_wrapper/kernel:0' shape=(8, 4) dtype=float32_ref>
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Callable[[Any], Any] | None = None,
        input_size: Any = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, num_proj, activation, reuse)
        if input_size is not None:
            _log.warning("%s: The input_size parameter is deprecated.", self)

    def call(self, inputs: Any, state: Any) -> Any:  # type: ignore[override]
        return self._cell(self._projected(inputs), state)


class OutputProjectionWrapper(_Projecting):
    """A cell whose outputs are mapped linearly to another size.

    Parameters
    ----------
    cell : RNNCell
    output_size : int
    activation : callable, optional
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If the size is not positive.

    Examples
    --------
    >>> cell = tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.GRUCell(3), 7)
    >>> outputs, _ = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 4]), dtype=tf.float32)
    >>> outputs.shape.as_list()
    [2, 5, 7]
    """

    def __init__(
        self,
        cell: Any,
        output_size: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
    ) -> None:
        super().__init__(cell, output_size, activation, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")

    @property
    def output_size(self) -> Any:
        return self._size

    def call(self, inputs: Any, state: Any) -> Any:  # type: ignore[override]
        output, following = self._cell(inputs, state)
        return self._projected(output), following
