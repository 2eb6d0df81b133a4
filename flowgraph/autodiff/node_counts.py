"""How many nodes TensorFlow makes for the gradient of an operation, where ours makes others.

With a graph seed alone, an op's own seed is the number of nodes made so far
(`Graph.node_count`). Gradients here are built with fewer nodes than TensorFlow's: what is
made after them draws the same numbers because the difference is counted. Every number here
was measured with TensorFlow 1.15, and is checked against recorded ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.body import Body

Count = int | Callable[[Operation, Sequence[Any]], int]
"""A number of nodes, for some types by the operation and its outputs' gradients."""


def count(of: Count, operation: Operation, dys: Sequence[Any]) -> int:
    """Return the number of nodes made for one operation."""
    return of if isinstance(of, int) else of(operation, dys)


def gate(operation: Operation, dxs: Sequence[Any]) -> int:
    """Return the number of nodes that make gradients wait for each other."""
    given = [dx for dx in dxs if dx is not None]
    returned = count(RETURNED.get(operation.type, len(given)), operation, dxs)
    absent = max(returned - len(given), 0)
    if len(given) + absent < 2:
        return 0
    return 1 + absent + sum(_parts(dx) for dx in given)


def _parts(dx: Any) -> int:
    if not isinstance(dx, IndexedSlices):
        return 1
    return 2 if dx.dense_shape is None else 3


def sums(terms: Sequence[Any], twice: int, method: int) -> int:
    """Return the nodes that sum the gradients of a tensor.

    Parameters
    ----------
    terms : sequence of Tensor or IndexedSlices
    twice : int
        How many of them are sums of two already, and are not in TensorFlow.
    method : int
        The aggregation method.
    """
    number = len(terms) + twice
    if number < 2:
        return 0
    if all(isinstance(term, IndexedSlices) for term in terms):
        return 4  # a concatenation of the values and one of the indices
    slices = sum(isinstance(term, IndexedSlices) for term in terms)
    return 5 * slices + (1 if slices or method == 0 else number - 1)


def captured(operation: Operation) -> int:
    """Return the nodes for the gradient of what stands inside a body for a tensor around it."""
    graph = operation.graph
    return SWITCHED if isinstance(graph, Body) and not graph.parallel_iterations else 0


SWITCHED = 6
"""Nodes for the gradient of a ``Switch``: zeros of the branch not taken, and a ``Merge``."""


def is_known(tensor: Any) -> bool:
    """Whether the shape is known."""
    return _sizes(tensor) is not None


def _sizes(tensor: Any) -> tuple[int, ...] | None:
    """Return the static shape, if all of it is known."""
    sizes = tensor.shape.sizes
    return None if sizes is None or None in sizes else sizes


# -- broadcasting ----------------------------------------------------------------------------

_REDUCED = 2  # Sum, Reshape
_AXES = 3  # two shapes, BroadcastGradientArgs


def _stretched(operation: Operation, dy: Any) -> int:
    """Return the nodes that sum the gradients of two inputs over the axes of stretching.

    Known shapes become constants, and the axes of a pair of them are worked out once a graph.
    """
    x, y = (_sizes(tensor) for tensor in operation.inputs)
    if not isinstance(dy, Tensor):
        return _AXES + 2 * (_REDUCED + 5)  # slices become a tensor for each sum
    if x is None or y is None:
        return _AXES + 2 * _REDUCED
    constants = 2 * _REDUCED
    reduced = sum(constants for sizes in (x, y) if sizes != _sizes(dy))
    return reduced + _once(operation, ("axes", x, y), _AXES)


def _once(operation: Operation, what: Any, nodes: int) -> int:
    """Return `nodes` the first time it is asked for `what` in a graph, then 0."""
    known = operation.graph.root.worked_out
    if what in known:
        return 0
    known.add(what)
    return nodes


def _alike(operation: Operation, dy: Any) -> bool:
    """Whether both inputs and the gradient have one known shape."""
    shape = _sizes(operation.inputs[0])
    others = [operation.inputs[1], dy]
    return (
        shape is not None
        and isinstance(dy, Tensor)
        and all(_sizes(tensor) == shape for tensor in others)
    )


def _elementwise(alike: int, stretched: int) -> Count:
    """Count `alike` nodes for inputs of one known shape, else `stretched` and the sums."""

    def nodes(operation: Operation, dys: Sequence[Any]) -> int:
        if _alike(operation, dys[0]):
            return alike
        return stretched + _stretched(operation, dys[0])

    return nodes


def _multiply(operation: Operation, dys: Sequence[Any]) -> int:
    kind = dys[0].dtype.base_dtype
    if kind in (dtypes.int32, dtypes.float32) and _alike(operation, dys[0]):
        return 2
    conjugates = 2 if kind.is_complex else 0
    return 2 + conjugates + _stretched(operation, dys[0])


def _power(operation: Operation, dys: Sequence[Any]) -> int:
    conjugates = 3 if operation.outputs[0].dtype.base_dtype.is_complex else 0
    return 16 + conjugates + _stretched(operation, dys[0])


def _wide(narrow: int) -> Count:
    """Count a cast of a constant more for other dtypes than float32."""
    return lambda operation, dys: narrow + (operation.inputs[0].dtype != dtypes.float32)


def _batched_product(operation: Operation, dys: Sequence[Any]) -> int:
    x, y = (_sizes(tensor) for tensor in operation.inputs)
    return 2 if x is not None and x == y else 17


# -- reductions ------------------------------------------------------------------------------

_KEPT = 9  # from a shape and axes to the shape with ones


def _axis_cast(operation: Operation) -> int:
    return int(operation.inputs[1].dtype is dtypes.int64)


def _sum(operation: Operation, dys: Sequence[Any]) -> int:
    x, axes = operation.inputs
    sizes, known = x.shape.sizes, axes.static_value()
    if sizes is not None and known is not None:
        if known.ndim == 1 and known.tolist() == list(range(len(sizes))):
            return 4  # Reshape to ones and Tile, each with its shape
        if None not in sizes:
            key = ("kept", sizes, tuple(known.reshape(-1).tolist()))
            return 4 + _once(operation, key, 18 if known.size == 0 else 17)
    return 1 + _KEPT + 3 + 3 + _axis_cast(operation)


def _mean(operation: Operation, dys: Sequence[Any]) -> int:
    known = _sizes(operation.inputs[0]) is not None and _sizes(operation.outputs[0]) is not None
    return _sum(operation, dys) + (2 if known else 11)


def _extreme(operation: Operation, dys: Sequence[Any]) -> int:
    return 19 + _axis_cast(operation)


# -- joining and picking -----------------------------------------------------------------------


def _concat(operation: Operation, dys: Sequence[Any]) -> int:
    values = operation.inputs[:-1]
    if len(values) == 1:
        return 0
    known = [_sizes(value) is not None for value in values]
    # The shapes that are known, up to the first that is not: then one node gives them all.
    shapes = len(known) if all(known) else known.index(False) + 2
    offsets = 1 + len(values) if len(values) <= 16 else 11
    axis = operation.graph is not operation.graph.root  # a copy of it, outside the body
    return 2 + shapes + offsets + axis


def _gather(operation: Operation, dys: Sequence[Any]) -> int:
    axis = operation.inputs[2].static_value()
    if axis is not None and axis == 0:
        return 13
    op: Any = operation.op
    return 55 + 41 * int(op.batch_dims)


def _unsorted_segments(operation: Operation, dys: Sequence[Any]) -> int:
    values, segments = (tensor.shape.ndims for tensor in operation.inputs[:2])
    extra = 0 if values is None or segments is None else values - segments
    return 12 + 2 * extra


def _unsorted_extreme(operation: Operation, dys: Sequence[Any]) -> int:
    return 11 + _unsorted_segments(operation, dys)


def _unsorted_product(operation: Operation, dys: Sequence[Any]) -> int:
    return 20 + _unsorted_segments(operation, dys)


# -- networks ----------------------------------------------------------------------------------


def _softmax_cross_entropy(operation: Operation, dys: Sequence[Any]) -> int:
    # In a loop, zeros of a shape that is not known are not seen to be zeros.
    graph = operation.graph
    hidden = isinstance(graph, Body) and graph.in_loop and not is_known(operation.outputs[1])
    return 8 if dys[1] is None and not hidden else 18


def _bias_gradient(operation: Operation, dys: Sequence[Any]) -> int:
    op: Any = operation.op
    return 31 if op.data_format == "NCHW" else 20


def _normalization(operation: Operation, dys: Sequence[Any]) -> int:
    op: Any = operation.op
    return 7 if op.data_format == "NCHW" and not op.is_training else 1


def _normalized(operation: Operation, dys: Sequence[Any]) -> int:
    op: Any = operation.op
    return 5 if op.is_training else 3


def _resized(operation: Operation, dys: Sequence[Any]) -> int:
    sizes = operation.inputs[0].shape.sizes
    return 2 if sizes is not None and None not in sizes[1:3] else 6


def _matrix_diagonal(operation: Operation, dys: Sequence[Any]) -> int:
    sizes = operation.inputs[0].shape.sizes
    is_square = sizes is not None and len(sizes) == 2 and None not in sizes and sizes[0] == sizes[1]
    return 1 if is_square else 2


def _set_matrix_diagonal(operation: Operation, dys: Sequence[Any]) -> int:
    return 3 if _sizes(operation.inputs[0]) is not None else 21


NODES: dict[str, Count] = {
    "Add": _elementwise(0, 0),
    "AddV2": _elementwise(0, 0),
    "Sub": _elementwise(1, 1),
    "Mul": _multiply,
    "MulNoNan": lambda operation, dys: 2 if _alike(operation, dys[0]) else 9,
    "Pow": _power,
    "SquaredDifference": _elementwise(5, 5),
    "Div": 12,
    "RealDiv": 12,
    "DivNoNan": 12,
    "Cholesky": lambda operation, dys: 45 if operation.inputs[0].shape.ndims is None else 33,
    "FloorMod": 10,
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), _normalization),
    "Maximum": 13,
    "Minimum": 13,
    "Xlogy": _wide(14),
    "Xdivy": _wide(17),
    "BatchMatMulV2": _batched_product,
    "Sum": _sum,
    "Mean": _mean,
    "Max": _extreme,
    "Min": _extreme,
    "Prod": 49,
    "ConcatV2": _concat,
    "GatherV2": _gather,
    "UnsortedSegmentSum": _unsorted_segments,
    "UnsortedSegmentProd": _unsorted_product,
    "SoftmaxCrossEntropyWithLogits": _softmax_cross_entropy,
    "BiasAddGrad": _bias_gradient,
    "AvgPoolGrad": 2,
    "AvgPool3DGrad": 2,
    "Betainc": 25,
    "BroadcastTo": 4,
    "ComplexAbs": 6,
    "Conv3D": 4,
    "DynamicPartition": 11,
    "Erfc": 6,
    "ExtractImagePatches": 97,
    "Fill": 2,
    "Igamma": 19,
    "Igammac": 21,
    "LeakyReluGrad": 4,
    "LogMatrixDeterminant": 7,
    "MatrixDeterminant": 8,
    "MatrixDiagPart": _matrix_diagonal,
    "MatrixSetDiag": _set_matrix_diagonal,
    "MaxPoolGrad": 7,
    "MaxPoolGradGrad": 7,
    "MaxPool3DGrad": 7,
    "MaxPool3DGradGrad": 7,
    "Polygamma": 9,
    "Qr": 27,
    "RGBToHSV": 385,
    "Relu6Grad": 4,
    "ReluGrad": 4,
    "ResizeNearestNeighbor": _resized,
    "SegmentMax": 10,
    "SegmentMean": 16,
    "SegmentMin": 10,
    "SelectV2": 12,
    "Sign": 3,
    "Softplus": 2,
    "SparseDenseCwiseDiv": 26,
    "SparseDenseCwiseMul": 23,
    "SparseReduceSum": 16,
    "SparseReorder": 13,
    "SparseSoftmax": 6,
    "SqrtGrad": 5,
    "TensorScatterAdd": 2,
    "TensorScatterSub": 3,
    "TensorScatterUpdate": 4,
    "TopKV2": 43,
    "UnsortedSegmentMax": _unsorted_extreme,
    "UnsortedSegmentMin": _unsorted_extreme,
    "Zeta": 11,
}

RETURNED: dict[str, Count] = {
    "AvgPoolGrad": 2,
    "AvgPool3DGrad": 2,
    "FusedBatchNorm": _normalized,
    "FusedBatchNormV2": _normalized,
    "FusedBatchNormV3": _normalized,
    "MaxPoolGrad": 3,
    "MaxPoolGradGrad": 3,
    "MaxPool3DGrad": 3,
    "MaxPool3DGradGrad": 3,
    "TopKV2": 2,
}
"""How many gradients TensorFlow returns, where some of its are zeros that are ``None`` here."""
