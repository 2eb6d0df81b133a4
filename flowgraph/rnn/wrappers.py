"""Cells around another cell: dropout, residual connections, a device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flowgraph.graph.scope import device, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.division import div
from flowgraph.ops.dropout import dropout_v2
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import floor
from flowgraph.ops.random import random_uniform
from flowgraph.rnn.cell import RNNCell, assert_like_rnncell
from flowgraph.rnn.lstm import LSTMStateTuple
from flowgraph.shapes import as_shape


class CellWrapper(RNNCell):
    """A cell around another one. It has no variables and no scope of its own."""

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert_like_rnncell("cell", cell)
        self.cell = cell

    @property
    def wrapped_cell(self) -> Any:
        """The inner cell."""
        return self.cell

    @property
    def state_size(self) -> Any:
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        return self._around(inputs, state, scope)

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        raise NotImplementedError


def _keeps_memory(state: Any) -> Any:
    """Return which parts of a state drop out: all, but for what an LSTM holds."""
    return LSTMStateTuple(c=False, h=True) if isinstance(state, LSTMStateTuple) else True


class DropoutWrapper(CellWrapper):
    """A cell with dropout of its inputs, outputs and states.

    Parameters
    ----------
    cell : RNNCell
    input_keep_prob, output_keep_prob, state_keep_prob : float or Tensor
        With which probability a unit is kept; ``1.0`` means no dropout. The state that drops
        out is the next one; the output does not see it.
    variational_recurrent : bool
        The same units drop out at every step of a run [1]_.
    input_size : int, TensorShape or nested structure of them, optional
        The size of the inputs. Needed for variational dropout of the inputs.
    dtype : DType, optional
        That of the inputs, outputs and states. Needed for variational dropout.
    seed : int, optional
    dropout_state_filter_visitor : callable, optional
        Takes a part of the state and returns whether it drops out, or a structure of bools
        for its parts. By default all does, but for the ``c`` of an `LSTMStateTuple`.
    **kwargs
        As for `RNNCell`.

    Raises
    ------
    TypeError
        If `cell` is no cell, or the filter is not callable.
    ValueError
        If a probability is not between 0 and 1, or an argument for variational dropout is
        missing.

    References
    ----------
    .. [1] Y. Gal, Z. Ghahramani, A Theoretically Grounded Application of Dropout in
       Recurrent Neural Networks, 2016

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(3), output_keep_prob=0.5)
    >>> cell.state_size
    3
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        visitor = dropout_state_filter_visitor
        if visitor is not None and not callable(visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._filter = visitor or _keeps_memory
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent = variational_recurrent
        self._input_size = input_size
        self._seed = seed
        self._noise: dict[str, list[Tensor]] = {}
        if variational_recurrent:
            if dtype is None:
                raise ValueError("When variational_recurrent=True, dtype must be provided")
            self._draw_noise(input_size, dtype)

    def _draw_noise(self, input_size: Any, dtype: Any) -> None:
        sizes = {"state": self.state_size, "output": self.output_size}
        if _drops(self._input_keep_prob):
            if input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided"
                )
            sizes = {"input": input_size, **sizes}
        for what, structure in sizes.items():
            self._noise[what] = [
                random_uniform(
                    concat([[1], as_shape(size).as_list()], 0),
                    seed=self._seed_for(what, index),
                    dtype=dtype,
                )
                for index, size in enumerate(nest.flatten(structure))
            ]

    def _seed_for(self, what: str, index: int) -> int | None:
        """Return a seed of its own for each tensor that drops out."""
        if self._seed is None:
            return None
        digest = hashlib.md5(f"{self._seed}{what}_{index}".encode(), usedforsecurity=False)
        return int(digest.hexdigest()[:8], 16) & 0x7FFFFFFF

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        if _drops(self._input_keep_prob):
            inputs = self._dropped("input", inputs, self._input_keep_prob)
        output, following = self.cell(inputs, state, scope=scope)
        if _drops(self._state_keep_prob):
            chosen = _chosen(self._filter, following)
            following = self._dropped("state", following, self._state_keep_prob, chosen)
        if _drops(self._output_keep_prob):
            output = self._dropped("output", output, self._output_keep_prob)
        return output, following

    def _dropped(
        self, what: str, structure: Any, keep: Any, chosen: list[bool] | None = None
    ) -> Any:
        leaves = nest.flatten(structure)
        pairs = zip(leaves, chosen or [True] * len(leaves), strict=True)
        drop = self._drop_alike if self._variational_recurrent else self._drop
        return nest.pack_as(
            structure,
            [drop(what, i, t, keep) if is_chosen else t for i, (t, is_chosen) in enumerate(pairs)],
        )

    def _drop(self, what: str, index: int, tensor: Any, keep: Any) -> Any:
        return dropout_v2(tensor, rate=1.0 - keep, seed=self._seed_for(what, index))

    def _drop_alike(self, what: str, index: int, tensor: Any, keep: Any) -> Any:
        kept = floor(keep + self._noise[what][index])
        result = div(tensor, keep) * kept
        result.set_shape(tensor.shape)
        return result


def _probability(name: str, value: Any) -> Any:
    """Return a probability as a number, or as a tensor where it is not known yet."""
    tensor = convert_to_tensor(value)
    known = tensor.static_value()
    if known is None:
        return tensor
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {int(known)}")
    return float(known)


def _drops(keep_prob: Any) -> bool:
    return not isinstance(keep_prob, float) or keep_prob < 1


def _chosen(visitor: Callable[[Any], Any], state: Any) -> list[bool]:
    """Return for each leaf of a state whether it drops out, as a visitor decides."""
    answer = visitor(state)
    if nest.is_sequence(answer):
        nest.assert_same_structure(answer, state)
        return [bool(leaf) for leaf in nest.flatten(answer)]
    if not isinstance(answer, bool):
        raise TypeError(f"traverse_fn returned a non-bool scalar: {answer} for input: {state}")
    if not nest.is_sequence(state):
        return [answer]
    if not answer:
        return [False] * len(nest.flatten(state))
    parts = [state[key] for key in sorted(state)] if isinstance(state, dict) else state
    return [choice for part in parts for choice in _chosen(visitor, part)]


class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs.

    Parameters
    ----------
    cell : RNNCell
    residual_fn : callable, optional
        Makes the output of the inputs and the inner output; by default their sum.
    **kwargs
        As for `RNNCell`.

    Raises
    ------
    TypeError
        If `cell` is no cell.
    ValueError
        If outputs and inputs have different shapes or structures.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.ResidualWrapper(tf.nn.rnn_cell.GRUCell(3))
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    """

    def __init__(
        self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn or _sum

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        outputs, following = self.cell(inputs, state, scope=scope)
        return self._residual_fn(inputs, outputs), following


def _sum(inputs: Any, outputs: Any) -> Any:
    nest.assert_same_structure(inputs, outputs)
    for given, output in zip(nest.flatten(inputs), nest.flatten(outputs), strict=True):
        given.shape.assert_is_compatible_with(output.shape)
    return nest.map_structure(lambda given, output: given + output, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell whose operations are placed on a device.

    Parameters
    ----------
    cell : RNNCell
    device : str or callable
        As for `tf.device`.
    **kwargs
        As for `RNNCell`.

    Raises
    ------
    TypeError
        If `cell` is no cell.

    Examples
    --------
    >>> cell = tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.GRUCell(3), "/cpu:0")
    >>> cell.zero_state(2, tf.float32).device
    '/device:CPU:0'
    """

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        scope = name_scope(f"{type(self).__name__}ZeroState", values=[batch_size])
        with scope, device(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def _around(self, inputs: Any, state: Any, scope: Any) -> tuple[Any, Any]:
        with device(self._device):
            output, following = self.cell(inputs, state, scope=scope)
        return output, following
