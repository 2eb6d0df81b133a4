"""Cells around another cell that TensorFlow keeps in contrib: a highway, and a compiler's hint."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.bias import xw_plus_b
from flowgraph.ops.transcendental import sigmoid
from flowgraph.rnn.wrappers import CellWrapper
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Constant


class HighwayWrapper(CellWrapper):
    """A cell whose output is mixed with its input, by a trained gate [1]_.

    Parameters
    ----------
    cell : RNNCell
        With outputs of the size of its inputs.
    couple_carry_transform_gates : bool
        The weight of the output is 1 minus that of the input; with False it is trained too.
    carry_bias_init : float
        What the bias of the gate begins with.

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If outputs and inputs have different shapes or structures.

    References
    ----------
    .. [1] R. Srivastava, K. Greff, J. Schmidhuber, Highway Networks, 2015

    Examples
    --------
    >>> cell = tf.contrib.rnn.HighwayWrapper(tf.nn.rnn_cell.GRUCell(3))
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> tf.global_variables()[-1]
    <tf.Variable 'carry_b:0' shape=(3,) dtype=float32_ref>
    """

    def __init__(
        self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0
    ) -> None:
        super().__init__(cell)
        self._couples = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        outputs, following = self.cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        for given, output in zip(nest.flatten(inputs), nest.flatten(outputs), strict=True):
            given.shape.assert_is_compatible_with(output.shape)
        return nest.map_structure(self._mixed, inputs, outputs), following

    def _mixed(self, given: Tensor, output: Tensor) -> Tensor:
        size = given.shape.with_rank(2)[1].value

        def gate(name: str, start: float) -> Tensor:
            weights = get_variable(f"{name}_w", [size, size])
            bias = get_variable(f"{name}_b", [size], initializer=Constant(start))
            return sigmoid(xw_plus_b(given, weights, bias))

        carry: Any = gate("carry", self._carry_bias_init)
        transform = 1 - carry if self._couples else gate("transform", -self._carry_bias_init)
        mixed: Tensor = given * carry + output * transform
        return mixed


class CompiledWrapper(CellWrapper):
    """A cell that TensorFlow may compile.

    It is the cell itself: the hint changes no result, and nothing is compiled by hint here.

    Parameters
    ----------
    cell : RNNCell
    compile_stateful : bool
        The hint, for operations with a state too.

    Raises
    ------
    TypeError
        If `cell` is no cell.

    Examples
    --------
    >>> cell = tf.contrib.rnn.CompiledWrapper(tf.nn.rnn_cell.GRUCell(3))
    >>> cell.output_size
    3
    """

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        super().__init__(cell)
        self.compile_stateful = compile_stateful

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        output, following = self.cell(inputs, state, scope=scope)
        return output, following
