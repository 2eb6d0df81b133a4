"""Cells with long short-term memory."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.identifiers import activation_of, initializer_of
from flowgraph.layers.input_spec import InputSpec
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.bias import bias_add
from flowgraph.ops.constant import constant
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import LayerRNNCell, check_floating, check_operands
from flowgraph.variables.initializers import Zeros

_log = logging.getLogger("flowgraph")


class LSTMStateTuple(NamedTuple("LSTMStateTuple", [("c", Any), ("h", Any)])):
    """The state of an LSTM: what the cell holds, ``c``, and its last output, ``h``.

    Examples
    --------
    >>> tf.nn.rnn_cell.LSTMStateTuple(c=3, h=4)
    LSTMStateTuple(c=3, h=4)
    """

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both; TypeError if they differ."""
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        return self.c.dtype


class _LSTM(LayerRNNCell):
    """What the LSTM cells share."""

    def __init__(
        self, num_units: int, forget_bias: float, state_is_tuple: bool, activation: Any,
        reuse: Any, name: str | None, dtype: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        check_floating(self.dtype)
        if not state_is_tuple:
            _log.warning(
                "%s: a state in one tensor is slower, and deprecated. Use state_is_tuple=True.",
                self,
            )
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_of(activation) or tanh

    @property
    def state_size(self) -> Any:
        size, output = self._num_units, self.output_size
        return LSTMStateTuple(size, output) if self._state_is_tuple else size + output

    @property
    def output_size(self) -> int:
        return self._num_units


class BasicLSTMCell(_LSTM):
    """A cell with long short-term memory [1]_, without peepholes, clipping or projection.

    The gates stand in the order input, candidate, forget, output: ``i, j, f, o = [inputs, h]
    @ kernel + bias``. Then ``c' = c * sigmoid(f + forget_bias) + sigmoid(i) * activation(j)``
    and the output is ``h' = activation(c') * sigmoid(o)``.

    Parameters
    ----------
    num_units : int
    forget_bias : float
        Added to the forget gate, so that a new cell remembers.
    state_is_tuple : bool
        With False the state is one tensor, ``c`` beside ``h``.
    activation : callable or str, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
        Whether the variables must exist already.
    name : str, optional
    dtype : DType, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the inputs are no floating-point numbers, or their size is not known.

    References
    ----------
    .. [1] W. Zaremba, I. Sutskever, O. Vinyals, Recurrent Neural Network Regularization, 2014

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    >>> output, (c, h) = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> cell.weights[0]
    <tf.Variable 'basic_lstm_cell/kernel:0' shape=(7, 12) dtype=float32_ref>
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_units, forget_bias, state_is_tuple, activation, reuse, name, dtype, **kwargs
        )

    def build(self, inputs_shape: Any) -> None:
        size = self._num_units
        self._kernel = self.add_weight("kernel", [self._depth(inputs_shape) + size, 4 * size])
        self._bias = self.add_weight("bias", [4 * size], initializer=Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        check_operands(inputs, state)
        one = constant(1, dtype=dtypes.int32)
        c, h = state if self._state_is_tuple else split(state, 2, axis=one)
        gates = bias_add(matmul(concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = split(gates, 4, axis=one)
        kept = multiply(c, sigmoid(add(f, constant(self._forget_bias, dtype=f.dtype))))
        c = add(kept, multiply(sigmoid(i), self._activation(j)))
        h = multiply(self._activation(c), sigmoid(o))
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)


class LSTMCell(_LSTM):
    """A cell with long short-term memory, with peepholes [1]_, clipping and projection [2]_.

    As `BasicLSTMCell`; with peepholes, the input and the forget gate also see ``w * c`` and
    the output gate ``w * c'``.

    Parameters
    ----------
    num_units : int
    use_peepholes : bool
    cell_clip : float, optional
        What the cell holds is kept between ``-cell_clip`` and ``cell_clip``.
    initializer : initializer, optional
        Of the kernels and the peepholes' weights.
    num_proj : int, optional
        The size of the output, a linear function of ``h``.
    proj_clip : float, optional
        The output is kept between ``-proj_clip`` and ``proj_clip``.
    num_unit_shards, num_proj_shards : None
        Deprecated.
    forget_bias : float
    state_is_tuple : bool
    activation : callable or str, optional
        By default `tf.tanh`.
    reuse : bool or AUTO_REUSE, optional
        Whether the variables must exist already.
    name : str, optional
    dtype : DType, optional
    **kwargs
        As for `tf.layers.Layer`.

    Raises
    ------
    ValueError
        If the inputs are no floating-point numbers, or their size is not known.
    NotImplementedError
        If the variables are to be in shards.

    References
    ----------
    .. [1] F. Gers, J. Schmidhuber, Recurrent Nets that Time and Count, 2000
    .. [2] H. Sak, A. Senior, F. Beaufays, Long Short-Term Memory Recurrent Neural Network
       Architectures for Large Scale Acoustic Modeling, 2014

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.LSTMCell(8, use_peepholes=True, num_proj=3)
    >>> cell.state_size
    LSTMStateTuple(c=8, h=3)
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        shards = {"num_unit_shards": num_unit_shards, "num_proj_shards": num_proj_shards}
        for argument, value in shards.items():
            if value is not None:
                raise NotImplementedError(f"LSTMCell with {argument}")
        super().__init__(
            num_units, forget_bias, state_is_tuple, activation, reuse, name, dtype, **kwargs
        )
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializer_of(initializer)
        self._num_proj = num_proj
        self._proj_clip = proj_clip

    @property
    def output_size(self) -> int:
        return self._num_proj or self._num_units

    def build(self, inputs_shape: Any) -> None:
        size, initializer = self._num_units, self._initializer
        rows = self._depth(inputs_shape) + self.output_size
        self._kernel = self.add_weight("kernel", [rows, 4 * size], initializer=initializer)
        self._bias = self.add_weight("bias", [4 * size], initializer=Zeros(dtype=self.dtype))
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = (
                self.add_weight(f"w_{gate}_diag", [size], initializer=initializer) for gate in "fio"
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_weight(
                "projection/kernel", [size, self._num_proj], initializer=initializer
            )
        self.built = True

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        check_operands(inputs, state)
        c, h = state if self._state_is_tuple else self._parts(state)
        if inputs.shape.with_rank(2)[1].value is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        gates = bias_add(matmul(concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = split(gates, 4, axis=1)
        if self._use_peepholes:
            kept = sigmoid(f + self._forget_bias + self._w_f_diag * c) * c
            c = kept + sigmoid(i + self._w_i_diag * c) * self._activation(j)
        else:
            c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = clip_by_value(c, -self._cell_clip, self._cell_clip)
        gate = sigmoid(o + self._w_o_diag * c) if self._use_peepholes else sigmoid(o)
        h = gate * self._activation(c)
        if self._num_proj is not None:
            h = matmul(h, self._proj_kernel)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)

    def _parts(self, state: Any) -> tuple[Tensor, Tensor]:
        c = slice_of(state, [0, 0], [-1, self._num_units])
        return c, slice_of(state, [0, self._num_units], [-1, self.output_size])
