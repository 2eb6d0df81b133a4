"""A cell that looks at its own last outputs."""

from __future__ import annotations

import logging
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, reshape
from flowgraph.ops.convolution import conv2d
from flowgraph.ops.joining import concat
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.softmax import softmax
from flowgraph.ops.transcendental import tanh
from flowgraph.rnn.cell import RNNCell, assert_like_rnncell
from flowgraph.rnn.linear import Linear
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.variable_scope import variable_scope

_log = logging.getLogger("flowgraph")


class AttentionCellWrapper(RNNCell):
    """A cell with attention to its own last outputs [1]_.

    Parameters
    ----------
    cell : RNNCell
    attn_length : int
        How many outputs to look at.
    attn_size : int, optional
        The size of the output and of what is seen; the cell's output size by default.
    attn_vec_size : int, optional
        The depth that outputs and query are compared in; `attn_size` by default.
    input_size : int, optional
        The size of the cell's input; that of the inputs by default.
    state_is_tuple : bool
        With False the state is one tensor: that of the cell, what was seen, and the outputs.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If `attn_length` is not positive, or a state that is a tuple is to be one tensor.

    References
    ----------
    .. [1] D. Bahdanau, K. Cho, Y. Bengio, Neural Machine Translation by Jointly Learning to
       Align and Translate, 2015

    Examples
    --------
    >>> cell = tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(3), attn_length=4)
    >>> outputs, _ = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 6]), dtype=tf.float32)
    >>> cell.state_size, outputs.shape.as_list()
    ((3, 3, 12), [2, 5, 3])
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        if nest.is_sequence(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size "
                f"is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        if not state_is_tuple:
            _log.warning("%s: a state in one tensor is slower. Use state_is_tuple=True.", self)
        self._cell = cell
        self._length = attn_length
        self._size = cell.output_size if attn_size is None else attn_size
        self._vector_size = self._size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple
        self._linear: dict[str, Linear] = {}

    @property
    def state_size(self) -> Any:
        sizes = self._cell.state_size, self._size, self._size * self._length
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        return self._size

    def _mapped(self, role: str, inputs: list[Tensor], size: int) -> Tensor:
        if role not in self._linear:
            self._linear[role] = Linear(inputs, size)
        return self._linear[role](inputs)

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        own, seen, last = state if self._state_is_tuple else self._parts(state)
        last = reshape(last, [-1, self._length, self._size])
        size = self._input_size
        if size is None:
            size = inputs.shape.as_list()[1]
        output, own = self._cell(self._mapped("input", [inputs, seen], size), own)
        query = concat(nest.flatten(own), 1) if self._state_is_tuple else own
        seen, last = self._look(query, last)
        with variable_scope("attn_output_projection"):
            output = self._mapped("output", [output, seen], self._size)
        last = concat([last, expand_dims(output, 1)], 1)
        last = reshape(last, [-1, self._length * self._size])
        following = own, seen, last
        return output, following if self._state_is_tuple else concat(list(following), 1)

    def _parts(self, state: Tensor) -> list[Tensor]:
        sizes = self._cell.state_size, self._size, self._size * self._length
        begins = [0, sizes[0], sizes[0] + sizes[1]]
        return [
            slice_of(state, [0, begin], [-1, size])
            for begin, size in zip(begins, sizes, strict=True)
        ]

    def _look(self, query: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is seen of the last outputs, and all of them but the oldest."""
        size, depth = self._size, self._vector_size
        with variable_scope("attention"):
            kernel: Any = get_variable("attn_w", [1, 1, size, depth])
            v: Any = get_variable("attn_v", [depth])
            hidden = reshape(last, [-1, self._length, 1, size])
            keys = conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            y = reshape(self._mapped("query", [query], depth), [-1, 1, 1, depth])
            weights = softmax(reduce_sum(v * tanh(keys + y), [2, 3]))
            weights = reshape(weights, [-1, self._length, 1, 1])
            context = reduce_sum(weights * hidden, [1, 2])
            return reshape(context, [-1, size]), slice_of(last, [0, 1, 0], [-1, -1, -1])
