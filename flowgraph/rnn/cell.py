"""``RNNCell``: one step of a recurrent network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.layer import Layer
from flowgraph.ops import nest
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.core import shape as shape_of
from flowgraph.rnn.sizes import zero_states
from flowgraph.shapes import as_shape
from flowgraph.variables.collections import trainable_variables
from flowgraph.variables.variable_scope import get_variable_scope, variable_scope


class RNNCell(Layer):
    """The base of cells, for classes of one's own.

    A cell turns an input and a state into an output and the next state. A subclass gives
    `state_size`, `output_size` and `call`; variables may be made in `call` with
    `tf.get_variable`, or in `build` with `add_weight`.

    Parameters
    ----------
    trainable : bool
    name : str, optional
        The name of the variable scope; by default the class's, in snake case.
    dtype : DType, optional
        That of the variables; by default that of the first input.
    **kwargs
        As for `tf.layers.Layer`.

    Attributes
    ----------
    state_size : int, TensorShape or nested structure of them
        The sizes of the state, without the batch.
    output_size : int or TensorShape

    Examples
    --------
    >>> class Sum(tf.nn.rnn_cell.RNNCell):
    ...     state_size = output_size = 2
    ...     def call(self, inputs, state):
    ...         total = inputs + state
    ...         return total, total
    >>> outputs, last = tf.nn.dynamic_rnn(Sum(), tf.ones([1, 3, 2]), dtype=tf.float32)
    >>> tf.Session().run(last)
    array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._scope_around: variable_scope | None = None

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Return the output and the next state.

        Parameters
        ----------
        inputs : Tensor
            ``(batch, input size)``.
        state : Tensor or nested structure of Tensor
            ``(batch, size)`` for each size of `state_size`.
        scope : str or VariableScope, optional
            The variable scope, instead of one of the cell's name.
        """
        if scope is not None:
            with variable_scope(scope, custom_getter=self._recording) as opened:
                return super().__call__(inputs, state, scope=opened)
        if self._scope_around is None:
            self._scope_around = variable_scope(get_variable_scope(), custom_getter=self._recording)
        with self._scope_around:
            return super().__call__(inputs, state)

    def _recording(self, getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return the variable asked for, and list it among the cell's own."""
        variable = getter(*args, **kwargs)
        trained = variable in trainable_variables()
        weights = self._trainable_weights if trained else self._non_trainable_weights
        if all(variable is not held for held in weights):
            weights.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The sizes of the state, without the batch."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output, without the batch."""
        raise NotImplementedError("Abstract method")

    def build(self, input_shape: Any) -> None:
        """Do nothing: `call` may make the variables."""

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return a state of zeros, with the batch size and dtype of `inputs` or as given.

        Raises
        ------
        ValueError
            If they are not given, or `inputs` has others.
        """
        if inputs is not None:
            inputs = convert_to_tensor(inputs, name="inputs")
            rows = inputs.shape[0].value
            if batch_size is not None:
                is_tensor = isinstance(batch_size, Tensor)
                known = batch_size.static_value() if is_tensor else batch_size
                if rows != known:
                    raise ValueError(
                        "batch size from input tensor is different from the input param. Input "
                        f"tensor batch: {rows}, batch_size: {batch_size}"
                    )
            if dtype is not None and inputs.dtype != dtype:
                raise ValueError(
                    "dtype from input tensor is different from the input param. Input tensor "
                    f"dtype: {inputs.dtype}, dtype: {dtype}"
                )
            batch_size = rows or shape_of(inputs)[0]
            dtype = inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros, in the structure of `state_size`.

        Parameters
        ----------
        batch_size : int or Tensor
        dtype : DType

        Returns
        -------
        Tensor or nested structure of Tensor
            ``(batch_size, size)`` for each size of `state_size`.
        """
        with name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return zero_states(self.state_size, batch_size, dtype)


class LayerRNNCell(RNNCell):
    """The base of cells that make their variables in `build`, as other layers do."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        return Layer.__call__(self, inputs, state, scope=scope)

    def _depth(self, inputs_shape: Any) -> int:
        """Return the size of the inputs, whose dtype must be one of floating-point numbers."""
        sizes = as_shape(inputs_shape).as_list()
        depth: int | None = sizes[-1]
        if depth is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {tuple(sizes)}")
        check_floating(self.dtype)
        return depth


def check_floating(*dtypes: Any) -> None:
    """Raise ValueError unless the dtypes are of floating-point or complex numbers, or ``None``."""
    for dtype in dtypes:
        kind = None if dtype is None else as_dtype(dtype)
        if kind is not None and not (kind.is_floating or kind.is_complex):
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {kind}")


def check_operands(inputs: Any, state: Any) -> None:
    """Raise ValueError unless inputs and state are of floating-point or complex numbers."""
    check_floating(*(tensor.dtype for tensor in nest.flatten([inputs, state])))


def assert_like_rnncell(cell_name: str, cell: Any) -> None:
    """Raise TypeError unless an argument has what a cell must have."""
    found = {
        "'output_size' property is missing": hasattr(cell, "output_size"),
        "'state_size' property is missing": hasattr(cell, "state_size"),
        "either 'zero_state' or 'get_initial_state' method is required": (
            hasattr(cell, "zero_state") or hasattr(cell, "get_initial_state")
        ),
        "is not callable": callable(cell),
    }
    errors = [error for error, is_there in found.items() if not is_there]
    if errors:
        raise TypeError(
            f"The argument {cell_name!r} ({cell}) is not an RNNCell: {', '.join(errors)}."
        )
