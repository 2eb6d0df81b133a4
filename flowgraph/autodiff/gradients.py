"""Reverse-mode differentiation: one sweep over the operations between ``xs`` and ``ys``."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from flowgraph import dtypes
from flowgraph.autodiff import node_counts, registry
from flowgraph.autodiff.accumulation import Gradient, accumulate, check_method
from flowgraph.autodiff.paths import captured_from, is_trainable, operations_between, sources
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.graph import Graph
from flowgraph.graph.op import Op
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import graph_of, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.control import tuple_
from flowgraph.ops.core import constant, convert_to_tensor, identity, shape
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.reduction import unbroadcast


class UnconnectedGradients(enum.Enum):
    """What the gradient is with respect to an x that no y depends on.

    Attributes
    ----------
    NONE
        ``None``.
    ZERO
        Zeros of x's shape.

    Examples
    --------
    >>> x, y = tf.constant([1.0, 2.0]), tf.constant(1.0)
    >>> (zero,) = tf.gradients(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    >>> tf.Session().run(zero)
    array([0., 0.], dtype=float32)
    """

    NONE = "none"
    ZERO = "zero"


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Add operations for the derivatives of the sum of `ys` with respect to each of `xs`.

    Parameters
    ----------
    ys : Tensor or list of Tensor
        What to differentiate.
    xs : Tensor, Variable or list of them
        What to differentiate with respect to.
    grad_ys : Tensor or list, optional
        Gradients of `ys` to start from, each of its y's shape; ``None``, for the list or an
        entry, means ones.
    name : str
        The scope of the operations added.
    colocate_gradients_with_ops : bool
        Place each gradient beside its operation.
    gate_gradients : bool
        Let no gradient of an operation be used before all of them are computed.
    aggregation_method : int, optional
        One of `tf.AggregationMethod`'s constants.
    stop_gradients : Tensor or list, optional
        Tensors to take as constants.
    unconnected_gradients : UnconnectedGradients
        What to return for an x that no y depends on.

    Returns
    -------
    list of Tensor, IndexedSlices or None
        One entry of the same shape for each x. It is `IndexedSlices` where x is used by
        `gather` alone.

    Raises
    ------
    LookupError
        If an operation between `xs` and `ys` has no gradient.
    ValueError
        If `grad_ys` does not fit `ys`, or a gradient function's result its operation.
    TypeError
        If a y is not numeric, or a complex y has no ``grad_y``.

    Examples
    --------
    >>> x = tf.constant([3.0])
    >>> y = x * x
    >>> (dy,) = tf.gradients(y, x)
    >>> (ddy,) = tf.gradients(dy, x)
    >>> tf.Session().run([dy, ddy])
    [array([6.], dtype=float32), array([2.], dtype=float32)]
    """
    targets, sources, stops = _as_list(ys), _as_list(xs), _as_list(stop_gradients)
    seeds = [None] * len(targets) if grad_ys is None else _as_list(grad_ys)
    if len(seeds) != len(targets):
        raise ValueError(f"Passed {len(seeds)} grad_ys for {len(targets)} ys")
    method = check_method(aggregation_method)
    try:
        unconnected = UnconnectedGradients(unconnected_gradients)
    except ValueError:
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}"
        ) from None
    graph = graph_of([*targets, *sources, *stops, *seeds])
    with graph.as_default():
        with name_scope(name, "gradients"):
            targets = [convert_to_tensor(y, name=f"y_{i}") for i, y in enumerate(targets)]
            sources = [_source(x, f"x_{i}") for i, x in enumerate(sources)]
            stopped = {_source(s, "stop_gradient").op for s in stops}
            sweep = Sweep(graph, stopped, method, gate_gradients, colocate_gradients_with_ops)
            found = sweep.run(targets, sources, seeds)
        if unconnected is UnconnectedGradients.ZERO:
            return [found[x] if x in found else zeros_like(x) for x in sources]
        return [found.get(x) for x in sources]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _source(x: Any, name: str) -> Tensor:
    """Return the tensor that stands for `x`; for a variable, its reference."""
    return convert_to_tensor(x, name=name, as_ref=True)


def _seed(y: Tensor, seed: Any, position: int) -> Gradient:
    """Return the gradient that the sweep starts from at `y`."""
    name, kind = f"grad_ys_{position}", y.dtype.base_dtype
    if seed is None:
        if kind.is_complex:
            raise TypeError(f"Gradients of complex tensors must set grad_ys (y.dtype = {kind!r})")
        if not (kind.is_floating or kind.is_integer):
            raise TypeError(
                f"Tensor {y} with type {kind.name} must be numeric to obtain a default gradient"
            )
        return fill(shape(y), constant(1, kind, name=name))
    if isinstance(seed, IndexedSlices):
        return IndexedSlices(
            identity(seed.values, f"{name}_values"),
            identity(seed.indices, f"{name}_indices"),
            None if seed.dense_shape is None else identity(seed.dense_shape, f"{name}_shape"),
        )
    tensor = convert_to_tensor(seed, name=f"grad_y_{position}", preferred_dtype=kind)
    given = tensor.dtype.base_dtype
    if given is kind is dtypes.variant:  # what flows back to the history of a branch or loop
        return tensor
    text = (
        f"Gradient type {given.name} generated for {{}} tensor {y} with type {kind.name} must be "
    )
    if kind.is_complex and not given.is_complex:
        raise TypeError(text.format("complex-valued") + "complex")
    if not kind.is_complex and not (given.is_floating or given.is_integer):
        raise TypeError(text.format("real or integer-valued") + "real or integer")
    return identity(tensor, name)


class Inside(Protocol):
    """A graph inside an op, for the gradients of another such graph."""

    def nodes_read(self, operation: Operation, made: Sequence[Operation]) -> int:
        """Return the nodes that bring what `made`, an operation's gradient, reads from there."""
        ...

    def nodes_of_zeros(self, tensor: Tensor) -> int:
        """Return the nodes for zeros like a tensor there."""
        ...


class Structural(NamedTuple):
    """The gradients of an operation that holds graphs.

    Attributes
    ----------
    dxs : list
        One for each input.
    nodes : int
        How many nodes TensorFlow makes for them.
    twice : list of int
        The inputs whose gradient is the sum of two here, which TensorFlow sums with the others.
    """

    dxs: list[Any]
    nodes: int
    twice: Sequence[int] = ()


_structural: dict[type[Op], Callable[..., Structural]] = {}


def register_structural(op: type[Op]) -> Callable[[Any], Any]:
    """Decorate the gradient of an op that holds graphs: it has to differentiate them.

    It takes the sweep, the operation, which inputs need gradients, and the outputs' gradients.
    """

    def register(function: Callable[..., Structural]) -> Callable[..., Structural]:
        _structural[op] = function
        return function

    return register


@dataclass
class Sweep:
    """One backward pass: `gradients` without its conversions.

    Attributes
    ----------
    nodes : int
        How many nodes TensorFlow would have made for it, but for the first gradients.
    """

    graph: Graph
    stopped: set[Operation]
    method: int
    gate: bool
    colocate: bool
    inside: Inside | None = None
    nodes: int = 0

    def within(self, graph: Graph, inside: Inside) -> Sweep:
        """Return a pass over a body, which adds the gradients to the body `graph`."""
        return Sweep(graph, set(), self.method, self.gate, False, inside)

    def run(
        self, ys: Sequence[Tensor], xs: Sequence[Tensor], seeds: Sequence[Any]
    ) -> dict[Tensor, Gradient]:
        """Return the gradient of each of `xs` that one reaches."""
        arrived: defaultdict[Tensor, list[Gradient]] = defaultdict(list)
        for i, (y, seed) in enumerate(zip(ys, seeds, strict=True)):
            with self.beside(y.op):
                arrived[y].append(_seed(y, seed, i))
        start = self.graph.node_count
        found: dict[Tensor, Gradient] = {}
        origins = captured_from(ys, xs)
        order = operations_between(ys, xs, origins)
        between, wanted = set(order), set(xs)
        twice: Counter[Tensor] = Counter()
        for operation in order:
            with self.graph.gradient_of(operation), self.beside(operation):
                dys = []
                for y in operation.outputs:
                    terms = arrived.pop(y, ())
                    dys.append(accumulate(terms, self.method, operation.name))
                    self.nodes += node_counts.sums(terms, twice[y], self.method)
                pairs = zip(operation.outputs, dys, strict=True)
                found.update((y, dy) for y, dy in pairs if dy is not None and y in wanted)
                inputs = sources(operation, origins)
                needed = [x.op in between for x in inputs]
                if operation in self.stopped or not any(needed) or all(dy is None for dy in dys):
                    continue
                structural = _structural.get(type(operation.op))
                dxs: Sequence[Gradient | None]
                if inputs is not operation.inputs:
                    dxs = dys
                    self.nodes += node_counts.captured(operation)
                elif structural is None:
                    dxs = self.differentiate(operation, dys, needed)
                else:
                    with self.graph.name_scope(f"{operation.name}_grad"):
                        dxs, nodes, summed = structural(self, operation, needed, *dys)
                    self.nodes += nodes
                    twice.update(operation.inputs[i] for i in summed)
            for x, dx, is_needed in zip(inputs, dxs, needed, strict=True):
                if dx is not None and is_needed:
                    arrived[x].append(dx)
        self.graph.inside += start + self.nodes - self.graph.node_count
        return found

    def beside(self, operation: Operation) -> AbstractContextManager[None]:
        """Place what is made inside the block with `operation`, if that was asked for."""
        return self.graph.colocate_with(operation) if self.colocate else nullcontext()

    def differentiate(
        self, operation: Operation, dys: list[Gradient | None], needed: Sequence[bool]
    ) -> Sequence[Gradient | None]:
        """Return the gradients of an operation's inputs, from those of its outputs."""
        rule = registry.rule(operation)
        if rule is None:
            return [None] * len(operation.inputs)
        inside = self.inside
        missing = [
            (i, y) for i, y in enumerate(operation.outputs) if dys[i] is None and is_trainable(y)
        ]
        for i, y in missing:
            self.nodes += 1 if inside is None else inside.nodes_of_zeros(y)
            if not rule.takes_missing:
                dys[i] = zeros_like(y, optimize=False)
        with self.graph.name_scope(f"{operation.name}_grad"):
            start, first = self.graph.node_count, self.graph.size
            result = rule.function(operation, *dys)
            dxs = list(result) if isinstance(result, list | tuple) else [result]
            if len(dxs) != len(operation.inputs):
                raise ValueError(
                    f"Num gradients {len(dxs)} generated for op {operation} do not match "
                    f"num inputs {len(operation.inputs)}"
                )
            if rule.broadcasts:  # slices have no axes to sum over
                dxs = [convert_to_tensor(x) if isinstance(x, IndexedSlices) else x for x in dxs]
            if rule.nodes is None:
                self.nodes += self.graph.node_count - start
            else:
                self.nodes += node_counts.count(rule.nodes, operation, dys)
            if inside is not None:
                self.nodes += inside.nodes_read(operation, self.graph.made_since(first))
            if self.gate:
                self.nodes += node_counts.gate(operation, dxs)
            fitted = [
                None if dx is None or not needed[i] else _fit(dx, operation, i, rule.broadcasts)
                for i, dx in enumerate(dxs)
            ]
            # What a loop runs turn by turn has no gates: each waits for the one before as it is.
            if self.gate and inside is None and sum(dx is not None for dx in fitted) > 1:
                gated: Any = tuple_(fitted)
                return list(gated)
            return fitted


def _fit(dx: Any, operation: Operation, i: int, broadcasts: bool) -> Gradient:
    """Return a gradient of input `i` in the input's shape."""
    if isinstance(dx, IndexedSlices):
        return dx
    x = operation.inputs[i]
    fitted = convert_to_tensor(dx, preferred_dtype=x.dtype.base_dtype)
    if broadcasts:
        shapes = operation.op.host_inputs  # what the op is told to stretch to, not stretched itself
        others = [t for j, t in enumerate(operation.inputs) if j != i and j not in shapes]
        fitted = unbroadcast(fitted, x, others[0] if len(others) == 1 else operation.outputs[0])
    try:
        fitted.set_shape(x.shape)
    except ValueError:
        raise ValueError(
            "Incompatible shapes between op input and calculated input gradient.  Forward "
            f"operation: {operation.name}.  Input index: {i}. Original input shape: "
            f"{x.shape}.  Calculated input gradient shape: {fitted.shape}\n  built at\n"
            f"  {operation.site}"
        ) from None
    return fitted
