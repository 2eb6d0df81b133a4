"""LSTMs with one state over time and one over frequencies."""

from __future__ import annotations

import logging
from collections import namedtuple
from collections.abc import Iterator, Sequence
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.ops.bias import bias_add
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat, split
from flowgraph.ops.linalg import matmul
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.transcendental import sigmoid, tanh
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.coupled_lstm import warn_of_initializer
from flowgraph.rnn.frequency_windows import Windows
from flowgraph.rnn.sharding import sharded_variable
from flowgraph.variables.get_variable import get_variable
from flowgraph.variables.initializers import Zeros
from flowgraph.variables.variable_scope import variable_scope

_log = logging.getLogger("flowgraph")


class GridLSTMCell(RNNCell):
    """An LSTM that at each time runs over windows of the input, with a state each way [1]_.

    A window has a state over time, and hands another one to the window above. Its output is
    that over time and that over frequencies.

    Parameters
    ----------
    num_units : int
        For each window.
    use_peepholes : bool
    share_time_frequency_weights : bool
        The same weights over time and over frequencies.
    cell_clip : float, optional
        What the cell holds is kept between ``-cell_clip`` and ``cell_clip``.
    initializer : optional
        Not used, as in TensorFlow: give it to the variable scope around the cell.
    num_unit_shards : int
        In how many variables a matrix is.
    forget_bias : float
    feature_size, frequency_skip : int
        The size of a window, and how far it is from the next.
    num_frequency_blocks : list of int
        How many windows there are, in each block. Blocks have weights of their own.
    start_freqindex_list, end_freqindex_list : list of int, optional
        Where each block is; by default one block is the whole input.
    couple_input_forget_gates : bool
        The forget gate is 1 minus the input gate.
    state_is_tuple : bool
        The state is a named tuple; with False one tensor.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        If `num_frequency_blocks` is missing, or the blocks do not fit the inputs.

    References
    ----------
    .. [1] N. Kalchbrenner, I. Danihelka, A. Graves, Grid Long Short-Term Memory, 2015

    Examples
    --------
    >>> cell = tf.contrib.rnn.GridLSTMCell(
    ...     3, feature_size=2, frequency_skip=1, num_frequency_blocks=[3])
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list(), state._fields[:2]
    ([2, 18], ('state_f00_b00_c', 'state_f00_b00_m'))
    """

    _directions: tuple[str, ...] = ("state",)
    _tuple_name = "GridLSTMStateTuple"

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: Sequence[int] | None = None,
        start_freqindex_list: Sequence[int] | None = None,
        end_freqindex_list: Sequence[int] | None = None,
        couple_input_forget_gates: bool = False,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        warn_of_initializer(self, initializer)
        if not state_is_tuple:
            _log.warning("%s: a state in one tensor is slower. Use state_is_tuple=True.", self)
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._shares = share_time_frequency_weights
        self._cell_clip = cell_clip
        self._num_unit_shards = num_unit_shards
        self._forget_bias = forget_bias
        self._couples = couple_input_forget_gates
        self._windows = Windows(
            feature_size,
            frequency_skip,
            num_frequency_blocks,
            start_freqindex_list,
            end_freqindex_list,
        )
        self._state_tuple_type: Any = None
        if state_is_tuple:
            fields = [
                f"{_prefix(direction, window, block)}_{part}"
                for direction in self._directions
                for block, count in enumerate(num_frequency_blocks)
                for window in range(count)
                for part in "cm"
            ]
            make: Any = namedtuple  # its fields are known only here
            self._state_tuple_type = make(self._tuple_name, fields)

    @property
    def _width(self) -> int:
        return 2 * self._num_units * sum(self._windows.counts) * len(self._directions)

    @property
    def output_size(self) -> int:
        return self._width

    @property
    def state_size(self) -> Any:
        kind = self._state_tuple_type
        return self._width if kind is None else kind(*[self._num_units] * len(kind._fields))

    @property
    def state_tuple_type(self) -> Any:
        """The class of the state, ``None`` if it is one tensor."""
        return self._state_tuple_type

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        rows = inputs.shape[0].value or shape_of(inputs)[0]
        outputs, following = self._run(self._windows.of(inputs), "state", state, rows)
        kind = self._state_tuple_type
        after = concat(following, 1) if kind is None else kind(*following)
        return concat(outputs, 1), after

    def _run(
        self, blocks: list[list[Tensor]], direction: str, state: Any, rows: Any
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return the outputs and the next states of all windows."""
        outputs, following = [], []
        for block, windows in enumerate(blocks):
            weights = _Weights(self, block, windows[0].dtype)
            h_below = zeros([rows, self._num_units], weights.dtype)
            c_below = zeros([rows, self._num_units], weights.dtype)
            for number, window in enumerate(windows):
                c, h = self._state_of(state, _prefix(direction, number, block), number)
                x = concat([window, h, h_below], 1)
                (c_below, h_below), (c, h) = weights.step(x, c_below, c)
                following += [c, h]
                outputs += [h, h_below]
        return outputs, following

    def _state_of(self, state: Any, prefix: str, window: int) -> Iterator[Tensor]:
        size = self._num_units
        if self._state_tuple_type is not None:
            return (getattr(state, f"{prefix}_{part}") for part in "cm")
        return (slice_of(state, [0, (2 * window + i) * size], [-1, size]) for i in (0, 1))


def _prefix(direction: str, window: int, block: int) -> str:
    return f"{direction}_f{window:02d}_b{block:02d}"


class _Weights:
    """The variables of a block, and a step over one window."""

    def __init__(self, cell: Any, block: int, dtype: Any) -> None:
        self.cell = cell
        self.dtype = dtype
        size = cell._num_units
        self._gates = 3 if cell._couples else 4
        rows, columns = cell._windows.size + 2 * size, self._gates * size
        ways = "f" if cell._shares else "ft"
        self._maps = [
            (
                sharded_variable(f"W_{way}_{block}", [rows, columns], dtype, cell._num_unit_shards),
                get_variable(f"B_{way}_{block}", shape=[columns], initializer=Zeros(), dtype=dtype),
            )
            for way in ways
        ]
        self._peepholes: dict[str, list[Any]] = {}
        if cell._use_peepholes:
            for role in ("freq", "time")[: len(ways)]:
                for gate in "IO" if cell._couples else "FIO":
                    self._peepholes[f"{gate}{role}"] = [
                        get_variable(f"W_{gate}_diag_{role}{way}_{block}", [size], dtype=dtype)
                        for way in "ft"
                    ]

    def step(self, x: Tensor, c_freq: Any, c_time: Any) -> tuple[Any, Any]:
        """Return the states over frequencies and over time after a window."""
        sums = [
            split(bias_add(matmul(x, kernel), bias), self._gates, axis=1)
            for kernel, bias in self._maps
        ]
        before = c_freq, c_time
        roles = ("freq", "time")
        gates = dict(zip(roles, sums * 2 if len(sums) == 1 else sums, strict=True))
        after = [self._held(role, gates[role], before) for role in roles]
        states = []
        for role, c in zip(roles, after, strict=True):
            states.append((c, self._peeped("O", role, gates[role][-1], after) * tanh(c)))
        return states[0], states[1]

    def _held(self, role: str, gates: list[Tensor], before: tuple[Any, Any]) -> Any:
        """Return what a cell holds after a window."""
        i, j = gates[:2]
        taken = self._peeped("I", role, i, before)
        if self.cell._couples:
            kept = 1.0 - taken
        else:
            kept = self._peeped("F", role, gates[2] + self.cell._forget_bias, before)
        c = kept * before[role == "time"] + taken * tanh(j)
        clip = self.cell._cell_clip
        return c if clip is None else clip_by_value(c, -clip, clip)

    def _peeped(self, gate: str, role: str, total: Any, held: Sequence[Any]) -> Any:
        """Return the sigmoid of a gate, with what it sees of both cells."""
        if self.cell._use_peepholes:
            weights = self._peepholes[f"{gate}{'freq' if self.cell._shares else role}"]
            for weight, c in zip(weights, held, strict=True):
                total = total + weight * c
        return sigmoid(total)


class BidirectionalGridLSTMCell(GridLSTMCell):
    """A `GridLSTMCell` over the windows from below, and another one from above.

    Parameters
    ----------
    num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer
        As for `GridLSTMCell`.
    num_unit_shards, forget_bias, feature_size, frequency_skip, num_frequency_blocks
        As for `GridLSTMCell`.
    start_freqindex_list, end_freqindex_list, couple_input_forget_gates
        As for `GridLSTMCell`.
    backward_slice_offset : int
        How far the windows from above are moved, over zeros beyond the ends.
    reuse : bool or AUTO_REUSE, optional

    Raises
    ------
    ValueError
        As for `GridLSTMCell`.

    Examples
    --------
    >>> cell = tf.contrib.rnn.BidirectionalGridLSTMCell(
    ...     3, feature_size=2, frequency_skip=1, num_frequency_blocks=[3])
    >>> output, state = cell(tf.ones([2, 4]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list(), state._fields[-1]
    ([2, 36], 'bwd_state_f02_b00_m')
    """

    _directions = ("fwd_state", "bwd_state")
    _tuple_name = "BidirectionalGridLSTMStateTuple"

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        share_time_frequency_weights: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_unit_shards: int = 1,
        forget_bias: float = 1.0,
        feature_size: int | None = None,
        frequency_skip: int | None = None,
        num_frequency_blocks: Sequence[int] | None = None,
        start_freqindex_list: Sequence[int] | None = None,
        end_freqindex_list: Sequence[int] | None = None,
        couple_input_forget_gates: bool = False,
        backward_slice_offset: int = 0,
        reuse: Any = None,
    ) -> None:
        super().__init__(
            num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer,
            num_unit_shards, forget_bias, feature_size, frequency_skip, num_frequency_blocks,
            start_freqindex_list, end_freqindex_list, couple_input_forget_gates, True, reuse,
        )  # fmt: skip
        self._backward_offset = int(backward_slice_offset)

    def call(self, inputs: Any, state: Any) -> tuple[Tensor, Any]:  # type: ignore[override]
        rows = inputs.shape[0].value or shape_of(inputs)[0]
        forward = self._windows.of(inputs)
        backward = forward
        if self._backward_offset:
            backward = self._windows.of(inputs, self._backward_offset)
        with variable_scope("fwd"):
            outputs, following = self._run(forward, "fwd_state", state, rows)
        with variable_scope("bwd"):
            turned = [windows[::-1] for windows in backward]
            others, last = self._run(turned, "bwd_state", state, rows)
        return concat(outputs + others, 1), self._state_tuple_type(*following, *last)
