"""``while_loop``: a subgraph runs again and again while a condition holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import get_default_graph, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.body import Body, captured_by
from flowgraph.ops.building import build
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import identity, stop_gradient
from flowgraph.ops.functional import While, is_written
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape, as_shape


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeat `body` while `cond` holds, and return the loop variables' last values.

    Parameters
    ----------
    cond : callable
        Takes the loop variables, returns a bool scalar.
    body : callable
        Takes the loop variables, returns their next values in the same structure.
    loop_vars : list, tuple or structure of Tensor
        The values to begin with.
    shape_invariants : structure of TensorShape, optional
        The shape that each variable keeps in every turn; by default the shape it begins with.
    parallel_iterations : int
        A hint: turns run one after the other here. Seeds made after a gradient depend on it.
    back_prop : bool
        False cuts gradients off.
    swap_memory : bool
        A hint, for memory of devices.
    name : str, optional
    maximum_iterations : int or Tensor, optional
        Stop after so many turns.
    return_same_structure : bool
        Keep a list or tuple of one; else its element is returned.

    Returns
    -------
    Tensor or structure of Tensor

    Raises
    ------
    TypeError
        If `cond` or `body` is not callable, or a variable changes its dtype.
    ValueError
        If there are no loop variables, or the structure or a shape changes.

    Examples
    --------
    >>> i, total = tf.while_loop(
    ...     lambda i, total: i < 5, lambda i, total: (i + 1, total + i), (0, 0))
    >>> print(tf.Session().run(total))
    10
    """
    for function, what in ((cond, "cond"), (body, "body")):
        if not callable(function):
            raise TypeError(f"{what} must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if not nest.flatten(loop_vars):
        raise ValueError("No loop variables provided")
    with name_scope(name, "while", nest.flatten(loop_vars)) as scope:
        if maximum_iterations is not None:
            return _bounded(
                cond, body, loop_vars, shape_invariants, maximum_iterations, back_prop, scope,
                return_same_structure, parallel_iterations,
            )  # fmt: skip
        loop = _Loop(get_default_graph(), scope[:-1], loop_vars, shape_invariants)
        finals = loop.build(cond, body, parallel_iterations)
        leave = identity if back_prop else stop_gradient
        exits = [leave(t, name="Exit") for t in finals]
        structure = loop.regroup(exits)
    return structure if return_same_structure else _unwrapped(structure)


def _unwrapped(structure: Any) -> Any:
    if isinstance(structure, list | tuple) and len(structure) == 1:
        return structure[0]
    return structure


def _bounded(
    cond: Any, body: Any, loop_vars: Any, invariants: Any, limit: Any, back_prop: bool,
    scope: str, same: bool, parallel_iterations: int,
) -> Any:  # fmt: skip
    """The loop with a counter: the condition also holds the number of turns."""
    limit = convert_to_tensor(limit, name="maximum_iterations")
    if limit.shape.ndims not in (None, 0):
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {limit.shape}")
    counter = convert_to_tensor(0, limit.dtype, name="iteration_counter")
    is_alone = isinstance(loop_vars, list | tuple) and len(loop_vars) == 1 and not same
    variables = loop_vars[0] if is_alone else loop_vars
    if invariants is not None:
        alone = is_alone and isinstance(invariants, list | tuple)
        invariants = (TensorShape([]), invariants[0] if alone else invariants)

    def call(function: Any, values: Any) -> Any:
        if is_alone or not isinstance(values, list | tuple):
            return function(values)
        return function(*values)

    _, finals = while_loop(
        lambda count, values: (count < limit) & convert_to_tensor(call(cond, values)),
        lambda count, values: (count + 1, call(body, values)),
        (counter, variables),
        invariants,
        parallel_iterations=parallel_iterations,
        back_prop=back_prop,
        name=scope,
    )
    return finals


class _Loop:
    """A loop while it is being built."""

    def __init__(self, graph: Graph, scope: str, loop_vars: Any, invariants: Any) -> None:
        self.graph = graph
        self.scope = scope
        self.structure = loop_vars if nest.is_sequence(loop_vars) else [loop_vars]
        self.leaves = [_tensor_leaf(leaf) for leaf in nest.flatten(loop_vars)]
        self.initial = [
            identity(part) if part.dtype.is_ref_dtype else part
            for leaf in self.leaves
            for part in nest.components(leaf)
        ]
        self.shapes = [tensor.shape for tensor in self.initial]
        if invariants is not None:
            self._restrict(invariants)

    def _restrict(self, invariants: Any) -> None:
        given = _flatten_shapes(invariants)
        if len(given) != len(self.leaves):
            nest.assert_same_structure(self.structure, invariants)
        position = 0
        for leaf, shape in zip(self.leaves, given, strict=True):
            count = len(nest.components(leaf))
            if count == 1:
                wanted = as_shape(shape)
                start = self.initial[position].shape
                if not _covers(wanted, start):
                    raise ValueError(
                        f"The shape invariant specified for {self.initial[position].name} is not "
                        "compatible with the initial shape of the loop variable. It enters the "
                        f"loop with shape {start}, but the specified shape invariant is {wanted}."
                    )
                self.shapes[position] = wanted
            elif isinstance(leaf, SparseTensor):
                rank = as_shape(shape).rank
                bounds = [[None, rank], [None], [rank]]
                self.shapes[position : position + 3] = [TensorShape(each) for each in bounds]
            elif isinstance(leaf, IndexedSlices):
                rows = TensorShape.of((None,)).concatenate(as_shape(shape)[1:])
                self.shapes[position : position + 2] = [rows, TensorShape.of((None,))]
            position += count

    def build(self, cond: Any, body: Any, parallel_iterations: int) -> list[Tensor]:
        """Add the operation and return the last values, flat."""
        graph, count = self.graph, len(self.initial)
        test = Body(graph, self.scope, before=count)  # Enter, of each variable
        with test.as_default():
            test.outputs = [self._predicate(test, self._call(cond, test))]
        passed = test.node_count - graph.node_count + 1 + count  # LoopCond, Switch
        inside = Body(graph, self.scope, before=passed)
        inside.parallel_iterations = parallel_iterations
        inside.reserve(test)
        with inside.as_default():
            following = self._call(body, inside)
            inside.outputs = self._outputs(following, inside)
            passed = inside.node_count - graph.node_count
            writers = _see_writes(test, inside)
            with inside.control_dependencies(writers):
                (again,) = inside.inline(test, inside.outputs)
        captured = captured_by(test, inside)
        op = While(
            captured=tuple(captured),
            cond=test,
            body=inside,
            again=again,
            Tout=tuple(tensor.dtype.base_dtype for tensor in self.initial),
        )
        with graph.control_dependencies([*test.waits, *inside.waits]):
            operation: Operation = build(op, [[*self.initial, *captured]], "While")
        graph.inside += passed - 1 + count  # NextIteration
        return list(operation.outputs[:count])

    def _predicate(self, body: Body, result: Any) -> Tensor:
        """Return the condition, a bool scalar."""
        tensor = body.adopt(convert_to_tensor(result))
        if tensor.dtype.base_dtype is not dtypes.bool:
            raise TypeError(
                f"Input 'input' of 'LoopCond' Op has type {tensor.dtype.base_dtype.name} that "
                f"does not match expected type of bool.\n  it is {tensor!r}, made at\n"
                f"  {tensor.op.site}"
            )
        if tensor.shape.ndims not in (None, 0):
            sizes = str(tensor.shape.as_list()).replace(" ", "").replace("None", "?")
            raise ValueError(
                f"Shape must be rank 0 but is rank {tensor.shape.ndims} for "
                f"'{self.scope}/LoopCond' (op: 'LoopCond') with input shapes: {sizes}.\n"
                f"  the condition is {tensor!r}, made at\n  {tensor.op.site}"
            )
        return tensor

    def _call(self, function: Any, body: Body) -> Any:
        parameters = [
            body.declare(tensor.dtype.base_dtype, shape, "variable")
            for tensor, shape in zip(self.initial, self.shapes, strict=True)
        ]
        arguments = _regroup_leaves(self.structure, self.leaves, parameters)
        if isinstance(arguments, list | tuple) and not hasattr(arguments, "_fields"):
            return function(*arguments)
        return function(*arguments) if isinstance(arguments, tuple) else function(arguments)

    def regroup(self, tensors: list[Tensor]) -> Any:
        """Return tensors in the structure of what the body returned."""
        return _regroup_leaves(self.result, self.leaves, tensors)

    def _outputs(self, following: Any, body: Body) -> list[Tensor]:
        """Return the next values of the variables, checked against the first ones."""
        if not nest.is_sequence(following):
            following = [following]
        structure = self.structure
        if not isinstance(structure, Mapping):
            # The outermost list may be a tuple as well.
            nest.assert_same_structure(list(structure), list(following))
        else:
            nest.assert_same_structure(structure, following)
        self.result = following
        leaves = nest.flatten(following)
        outputs = []
        parts = [part for leaf in leaves for part in nest.components(leaf)]
        for part, first, shape in zip(parts, self.initial, self.shapes, strict=True):
            tensor = body.adopt(_to_tensor(part, first))
            tensor = identity(tensor) if tensor.dtype.is_ref_dtype else tensor
            if tensor.dtype.base_dtype is not first.dtype.base_dtype:
                raise TypeError(
                    f"Input tensor '{first.name}' enters the loop with dtype {first.dtype.name}, "
                    f"but has dtype {tensor.dtype.name} after 1 iteration.\n  it is "
                    f"{tensor!r}, made at\n  {tensor.op.site}"
                )
            if not _covers(shape, tensor.shape):
                raise ValueError(
                    f"Input tensor '{first.name}' enters the loop with shape {shape}, but has "
                    f"shape {tensor.shape} after one iteration. To allow the shape to vary across "
                    "iterations, use the `shape_invariants` argument of tf.while_loop to specify "
                    f"a less-specific shape.\n  it is {tensor!r}, made at\n  {tensor.op.site}"
                )
            outputs.append(tensor)
        return outputs


def _see_writes(test: Body, inside: Body) -> list[Operation]:
    """Let each turn read the variables that turns write, and return the operations that do."""
    references = [t for t in captured_by(test, inside) if t.dtype.is_ref_dtype]
    for reference in references:
        if is_written(inside, reference) or is_written(test, reference):
            test.reads_anew(reference)
            inside.reads_anew(reference)
    return [operation for operation in inside.get_operations() if operation.op.writes()]


def _to_tensor(value: Any, like: Tensor) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if hasattr(value, "_as_graph_element"):
        return convert_to_tensor(value)
    return convert_to_tensor(value, like.dtype.base_dtype)


def _tensor_leaf(leaf: Any) -> Any:
    is_composite = len(nest.components(leaf)) != 1 or hasattr(leaf, "flow_parts")
    return leaf if is_composite else convert_to_tensor(leaf)


def _flatten_shapes(structure: Any) -> list[Any]:
    if isinstance(structure, TensorShape):
        return [structure]
    if (
        isinstance(structure, list | tuple)
        and all(n is None or isinstance(n, int) for n in structure)
        and structure
    ):
        return [structure]
    if isinstance(structure, dict):
        return [s for key in sorted(structure) for s in _flatten_shapes(structure[key])]
    if isinstance(structure, list | tuple):
        return [s for item in structure for s in _flatten_shapes(item)]
    return [structure]


def _covers(general: TensorShape, special: TensorShape) -> bool:
    """Whether every value of shape `special` is one of shape `general`."""
    if general.sizes is None:
        return True
    if special.sizes is None or len(general.sizes) != len(special.sizes):
        return False
    pairs = zip(general.sizes, special.sizes, strict=True)
    return all(g is None or g == s for g, s in pairs)


def _regroup_leaves(structure: Any, leaves: list[Any], tensors: list[Tensor]) -> Any:
    rest = iter(tensors)
    composed = [nest.compose(leaf, [next(rest) for _ in nest.components(leaf)]) for leaf in leaves]
    return nest.pack_as(structure, composed)
