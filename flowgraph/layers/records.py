"""What a layer's calls leave behind: losses, updates, and their inputs and outputs."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import GraphKeys, get_collection_ref
from flowgraph.graph.tensor import Tensor
from flowgraph.layers.dependence import depending
from flowgraph.layers.structure import leaves, mapped


class Records:
    """The part of a layer that keeps record of its calls."""

    trainable: bool
    _name: str

    def __init__(self) -> None:
        self._updates: list[Any] = []
        self._losses: list[Tensor] = []
        self._calls: list[tuple[Any, Any]] = []

    def _called(self, inputs: Any, outputs: Any) -> None:
        self._calls.append((inputs, outputs))
        _extend(GraphKeys.UPDATE_OPS, self.updates)

    # -- losses and updates ---------------------------------------------------------------------

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add losses, also to ``GraphKeys.REGULARIZATION_LOSSES``.

        Parameters
        ----------
        losses : Tensor or list of Tensor
        inputs : Tensor or list of Tensor, optional
            What they depend on. It is read off the graph, so that this changes nothing.
        """
        new = list(leaves(losses))
        self._losses += new
        _extend(GraphKeys.REGULARIZATION_LOSSES, new)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Add operations to run with each training step.

        They go to ``GraphKeys.UPDATE_OPS`` when the call ends. Parameters as for `add_loss`.
        """
        self._updates += [
            update if isinstance(update, Operation) else update.op for update in leaves(updates)
        ]

    @property
    def losses(self) -> list[Tensor]:
        """The losses of the variables and of the outputs so far."""
        return list(self._losses)

    @property
    def updates(self) -> list[Any]:
        """The operations of `add_update`: none if the layer is not trainable."""
        return list(self._updates) if self.trainable else []

    def get_losses_for(self, inputs: Any) -> list[Tensor]:
        """Return the losses that depend on `inputs`; for ``None``, on no input at all."""
        return self._for(self._losses, inputs)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Return the updates that depend on `inputs`; for ``None``, on no input at all."""
        return self._for(self.updates, inputs)

    def _for(self, elements: list[Any], inputs: Any) -> list[Any]:
        if inputs is not None:
            return depending(elements, leaves(inputs))
        dependent = depending(elements, (t for given, _ in self._calls for t in leaves(given)))
        return [element for element in elements if element not in dependent]

    # -- inputs and outputs ---------------------------------------------------------------------

    def get_input_at(self, node_index: int) -> Any:
        """Return the input of one call."""
        return self._call(node_index, "input")[0]

    def get_output_at(self, node_index: int) -> Any:
        """Return the output of one call."""
        return self._call(node_index, "output")[1]

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shape of the input of one call, as a tuple."""
        return mapped(_sizes, self._call(node_index, "input_shape")[0])

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shape of the output of one call, as a tuple."""
        return mapped(_sizes, self._call(node_index, "output_shape")[1])

    @property
    def input(self) -> Any:
        """The input of the only call; AttributeError if there were none or several."""
        self._check_one_call("input")
        return self.get_input_at(0)

    @property
    def output(self) -> Any:
        """The output of the only call; AttributeError if there were none or several."""
        self._check_one_call("output")
        return self.get_output_at(0)

    @property
    def input_shape(self) -> Any:
        """The shape that the inputs of all calls have; AttributeError if they differ."""
        return self._shape_of_all("input", self.get_input_shape_at)

    @property
    def output_shape(self) -> Any:
        """The shape that the outputs of all calls have; AttributeError if they differ."""
        return self._shape_of_all("output", self.get_output_shape_at)

    def _call(self, index: int, what: str) -> tuple[Any, Any]:
        if not self._calls:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if index >= len(self._calls):
            raise ValueError(
                f"Asked to get {what} at node {index}, but the layer has only {len(self._calls)} "
                "inbound nodes."
            )
        return self._calls[index]

    def _check_one_call(self, what: str) -> None:
        if not self._calls:
            raise AttributeError(f"Layer {self._name} is not connected, no {what} to return.")
        if len(self._calls) > 1:
            raise AttributeError(
                f"Layer {self._name} has multiple inbound nodes, hence the notion of "
                f'"layer {what}" is ill-defined. Use `get_{what}_at(node_index)` instead.'
            )

    def _shape_of_all(self, what: str, shape_at: Any) -> Any:
        if not self._calls:
            raise AttributeError(
                f"The layer has never been called and thus has no defined {what} shape."
            )
        first, *others = (shape_at(index) for index in range(len(self._calls)))
        if any(other != first for other in others):
            raise AttributeError(
                f'The layer "{self._name}" has multiple inbound nodes, with different {what} '
                f'shapes. Hence the notion of "{what} shape" is ill-defined for the layer. Use '
                f"`get_{what}_shape_at(node_index)` instead."
            )
        return first


def _sizes(tensor: Any) -> Any:
    sizes = tensor.shape.sizes
    return None if sizes is None else tuple(sizes)


def _extend(collection: str, elements: list[Any]) -> None:
    """Append to a collection those elements that it does not hold yet."""
    held = get_collection_ref(collection)
    known = {id(element) for element in held}
    held += [element for element in elements if id(element) not in known]
