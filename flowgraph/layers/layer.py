"""``Layer``: variables and the operations that use them, under one name."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

from flowgraph.dtypes import as_dtype
from flowgraph.graph.scope import get_collection_ref, graph_of, name_scope
from flowgraph.layers.identifiers import function_of
from flowgraph.layers.input_spec import check_inputs
from flowgraph.layers.records import Records
from flowgraph.layers.structure import as_tensor, leaves, mapped
from flowgraph.layers.weights import Weights
from flowgraph.ops.core import cast
from flowgraph.ops.core import shape as shape_of
from flowgraph.shapes import TensorShape
from flowgraph.variables.scope import VariableScope
from flowgraph.variables.variable_scope import variable_scope

_COUNTS = ("__layer_counts",)
_OF_KERAS = ("input_shape", "batch_input_shape", "batch_size", "weights", "dynamic", "autocast")


class Layer(Weights, Records):
    """The base of layers, for classes of one's own.

    A subclass makes its variables in `build`, with `add_weight`, and its operations in
    `call`. The first call opens a variable scope: the name given, or the snake-case name
    of the class, made unique. All calls share the variables.

    Parameters
    ----------
    trainable : bool
        Whether optimizers change the variables by default.
    name : str, optional
    dtype : DType, optional
        That of the variables; by default that of the first input.
    activity_regularizer : callable, optional
        Gives a loss for an output; its mean over the batch is added to the losses.
    _reuse : bool or AUTO_REUSE, optional
        Whether the variables must exist already.
    _scope : str or VariableScope, optional
        The variable scope, instead of one from the name.

    Raises
    ------
    TypeError
        For another keyword argument.
    NotImplementedError
        For those that Keras models give to layers.

    Attributes
    ----------
    built : bool
        Whether `build` has run.
    input_spec : InputSpec, list of InputSpec, or None
        What is asked of the inputs; checked before `build` and again after it.

    Examples
    --------
    >>> class Shift(tf.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.by = self.add_weight("by", [int(input_shape[-1])])
    ...         self.built = True
    ...     def call(self, inputs):
    ...         return inputs + self.by
    >>> layer = Shift()
    >>> layer(tf.ones([4, 2]))
    <tf.Tensor 'shift/add:0' shape=(4, 2) dtype=float32>
    >>> layer.weights
    [<tf.Variable 'shift/by:0' shape=(2,) dtype=float32_ref>]
    """

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        *,
        activity_regularizer: Any = None,
        _reuse: Any = None,
        _scope: Any = None,
        **kwargs: Any,
    ) -> None:
        for unknown in kwargs:
            if unknown in _OF_KERAS:
                raise NotImplementedError(f"layers with {unknown}")
            raise TypeError("Keyword argument not understood:", unknown)
        Weights.__init__(self)
        Records.__init__(self)
        self.trainable = trainable
        self.built = False
        self.input_spec: Any = None
        self.activity_regularizer = function_of("regularizer", activity_regularizer)
        self._dtype = None if dtype is None else as_dtype(dtype).base_dtype.name
        self._base_name = name or _snake_case(type(self).__name__)
        self._name = name or _numbered(self._base_name)
        self._reuse = _reuse
        self._graph: Any = None
        self._again: Any = None
        self._scope: VariableScope | None = None
        if _scope:
            with variable_scope(_scope) as self._scope:
                pass

    # -- what a subclass gives ------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the variables, given the shape of the input, or the structure of shapes."""
        self.built = True

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        """Return the outputs. The base class returns its inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape that an input of shape `input_shape` leads to."""
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")

    # -- names ----------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The name given, or one of this graph's own."""
        return self._name

    @property
    def scope_name(self) -> str:
        """The name of the variable scope; ValueError before the first call."""
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been '
                "used yet. The scope name  is determined the first time the layer instance is "
                "called. You must therefore call the layer before querying `scope_name`."
            )
        return self._scope.name

    @property
    def dtype(self) -> str | None:
        """The name of the variables' dtype; ``None`` until it is known."""
        return self._dtype

    @property
    def graph(self) -> Any:
        """The graph of the first call's inputs."""
        return self._graph

    def _set_scope(self, scope: Any = None) -> VariableScope:
        if self._scope is None:
            if self._reuse:
                opened = variable_scope(self._base_name if scope is None else scope)
            else:
                opened = variable_scope(scope, default_name=self._base_name)
            with opened as self._scope:
                pass
        return self._scope

    def _reopened(self, scope: VariableScope) -> variable_scope:
        """Return the variable scope of one call."""
        if not self.built:
            return variable_scope(scope, reuse=self._reuse, auxiliary_name_scope=False)
        if self._again is None:
            self._again = variable_scope(scope, reuse=True, auxiliary_name_scope=False)
        return self._again  # type: ignore[no-any-return]

    # -- calls ----------------------------------------------------------------------------------

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Build the layer if it is not, and return what `call` makes of `inputs`.

        Parameters
        ----------
        inputs : Tensor, or nested structure of tensors
            Arrays and numbers are converted.
        *args, **kwargs
            Go to `call`. ``scope`` names the variable scope on the first call.

        Raises
        ------
        ValueError
            If an input is not as `input_spec` says.
        """
        inputs = mapped(as_tensor, inputs)
        tensors = list(leaves(inputs))
        graph = graph_of(tensors)
        with ExitStack() as stack:
            stack.enter_context(graph.as_default())
            scope = self._set_scope(kwargs.pop("scope", None))
            if self._graph is None:
                self._graph = graph
            stack.enter_context(self._reopened(scope))
            stack.enter_context(name_scope(scope.original_name_scope))
            if not self.built:
                check_inputs(self.input_spec, tensors, self._name)
                if self._dtype is None and tensors:
                    self._dtype = tensors[0].dtype.base_dtype.name
                self.build(mapped(lambda leaf: leaf.shape, inputs))
                self.built = True
            check_inputs(self.input_spec, tensors, self._name)
            outputs = self.call(inputs, *args, **kwargs)
            self._regularize_activity(tensors, outputs)
        self._called(inputs, outputs)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Do what calling the layer does."""
        return self(inputs, *args, **kwargs)

    def _regularize_activity(self, inputs: list[Any], outputs: Any) -> None:
        if self.activity_regularizer is None:
            return
        with name_scope("ActivityRegularizer"):
            for output in leaves(outputs):
                loss = self.activity_regularizer(output)
                self.add_loss(loss / cast(shape_of(output)[0], loss.dtype), inputs)


def _snake_case(name: str) -> str:
    """Return the name of a class as that of a scope: ``Conv2DTranspose`` as conv2d_transpose."""
    words = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name))
    return ("private" if words.startswith("_") else "") + words.lower()


def _numbered(prefix: str) -> str:
    """Return `prefix` with how many layers of that kind this graph has."""
    held = get_collection_ref(_COUNTS)
    if not held:
        held.append({})
    counts: dict[str, int] = held[0]
    counts[prefix] = counts.get(prefix, 0) + 1
    return f"{prefix}_{counts[prefix]}"
