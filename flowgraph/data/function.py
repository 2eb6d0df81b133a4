"""The functions of a dataset: Python functions of elements, as the bodies of ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.data import element
from flowgraph.graph.scope import get_default_graph
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body


class FunctionGraph(Body):
    """A body whose seeds depend on its own nodes only, as those of a function do."""

    @property
    def node_count(self) -> int:
        return len(self._operations) + self.inside


class Function:
    """A Python function as a body.

    Parameters
    ----------
    function : callable
        Is called once, to build the body.
    described : str
        What it was passed to, for messages.
    *specs : structure of TypeSpec
        Of each argument; a tuple stands for as many arguments.

    Attributes
    ----------
    body : Body
    captured : list of Tensor
        What it uses from outside.
    spec : structure of TypeSpec
        Of what it returns.

    Raises
    ------
    TypeError
        If it returns what no element can consist of.
    """

    def __init__(self, function: Callable[..., Any], described: str, *specs: Any) -> None:
        if not callable(function):
            raise ValueError("Argument must be callable")
        self.body = body = FunctionGraph(get_default_graph(), "")
        arguments = []
        with body.as_default():
            for spec in specs:
                forms = [leaf._form() for leaf in nest.flatten(spec)]
                tensors = [body.declare(dtype, shape, "args") for dtype, shape in forms]
                arguments.append(element.decoded(spec, tensors))
            result = function(*arguments)
            if isinstance(result, list):
                result = tuple(result)
            try:
                result = element.normalized(result, None)
                self.spec = element.specs_of(result)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"Unsupported return value from function passed to {described}: {result}."
                ) from error
            body.outputs = [body.adopt(t) for t in element.encoded(self.spec, result)]
        self.captured: list[Tensor] = list(body.captures)
        if body.waits:
            raise NotImplementedError("control dependencies of a dataset's function on the outside")
        for tensor in self.captured:
            if tensor.dtype.is_ref_dtype:
                raise NotImplementedError(
                    f"a dataset's function that takes a reference to a variable ({tensor.op.name})"
                )


def of_elements(function: Callable[..., Any], described: str, spec: Any) -> Function:
    """Return a function of elements as a body; a tuple is passed as several arguments."""
    return Function(function, described, *(spec if type(spec) is tuple else (spec,)))


def of_states(
    function: Callable[..., Any], described: str, state: Any, spec: Any, returns_pair: bool
) -> tuple[Function, Any]:
    """Return a function of a state and an element as a body, and the type of all states.

    The shape of a state is what the states before and after a call have in common.

    Parameters
    ----------
    function : callable
    described : str
    state : structure of TypeSpec
        Of the first state.
    spec : structure of TypeSpec
        Of the elements.
    returns_pair : bool
        Whether it returns a result beside the next state.

    Raises
    ------
    TypeError
        If the next state has another structure or other dtypes.
    """
    while True:
        made = Function(function, described, state, spec)
        after = made.spec
        if returns_pair:
            if not isinstance(after, tuple) or len(after) != 2:
                raise TypeError(
                    "The scan function must return a pair comprising the new state and the output "
                    "value."
                )
            after = after[0]
        for what, of in (("classes", element.output_classes), ("types", element.output_types)):
            if of(after) != of(state):
                raise TypeError(
                    f"The element {what} for the new state must match the initial state. Expected "
                    f"{of(state)}; got {of(after)}."
                )
        wider = nest.map_structure(element.in_common, state, after)
        if repr(wider) == repr(state):
            return made, state
        state = wider
