"""How many floating-point operations an op takes: one formula a family.

The counts are those that TensorFlow 1.15's profiler has registered (statistic ``"flops"``), for
the ops that it counts: a product and a sum are two, any function of one element is one, padding
counts as the image. The rest follows the same convention; the factorizations are those of Golub
and Van Loan, *Matrix Computations* (4th ed., 2013), to the leading order, and a Fourier
transform of n elements is 5 n log2(n), as FFTW's authors count it. What only moves elements,
makes random numbers or handles text is no arithmetic: zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.graph.op import Op, Spec
from flowgraph.ops.elementwise import Elementwise
from flowgraph.ops.reduction_rules import Reduction
from flowgraph.ops.training import Update
from flowgraph.plan.fused import Fused

Specs = Sequence[Spec]
Formula = Callable[[Any, Specs, Specs], int]


class _UnknownShape(Exception):
    """A count depends on a shape that is not known."""


def flops(op: Op, inputs: Specs, outputs: Specs) -> int | None:
    """Return the number of floating-point operations of one use of an op.

    Parameters
    ----------
    op : Op
    inputs, outputs : sequence of Spec
        Their shapes: those of tensors, or of a plan's slots.

    Returns
    -------
    int or None
        ``None`` where it depends on a dimension that is not known. Loops and branches are zero
        here: `flowgraph.plan.costs` looks inside them.

    Examples
    --------
    >>> from flowgraph.plan.flops import flops
    >>> y = tf.matmul(tf.zeros([2, 3]), tf.zeros([3, 5]))
    >>> flops(y.op.op, y.op.inputs, y.op.outputs)
    60
    """
    formula = _formula(op)
    if formula is None:
        return 0
    try:
        return formula(op, inputs, outputs)
    except _UnknownShape:
        return None


def _formula(op: Op) -> Formula | None:
    if op.type in _FORMULAS:
        return _FORMULAS[op.type]
    return next((formula for kind, formula in _OF_CLASSES if isinstance(op, kind)), None)


def _sizes(spec: Spec) -> tuple[int, ...]:
    sizes = spec.shape.sizes
    if sizes is None or None in sizes:
        raise _UnknownShape
    return tuple([n for n in sizes if n is not None])


def _count(spec: Spec) -> int:
    return math.prod(_sizes(spec))


# -- one element at a time ------------------------------------------------------------------------

_PER_ELEMENT = {
    # As TensorFlow counts them.
    "Rsqrt": 2,
    "RsqrtGrad": 4,
    "SquaredDifference": 2,
    # Derivatives of functions, times the gradient.
    **dict.fromkeys(["SqrtGrad", "EluGrad", "SeluGrad", "SoftplusGrad"], 2),
    **dict.fromkeys(["SigmoidGrad", "TanhGrad", "ReciprocalGrad", "InvGrad", "SoftsignGrad"], 3),
    "Xlogy": 2,
    "Xdivy": 2,
    "ClipByValue": 2,
    # Parts of complex numbers are only moved.
    **dict.fromkeys(["Complex", "Real", "Imag"], 0),
}


def _elementwise(op: Op, inputs: Specs, outputs: Specs) -> int:
    return _PER_ELEMENT.get(op.type, 1) * _count(outputs[0])


def _sum_of_several(op: Op, inputs: Specs, outputs: Specs) -> int:
    return (len(inputs) - 1) * _count(outputs[0])


def _fused(op: Fused, inputs: Specs, outputs: Specs) -> int:
    """The members' results have one shape, that of the group's outputs."""
    (first, *_) = outputs
    values = [*inputs, *[first] * len(op.members)]
    return sum(
        formula(member.op, [values[i] for i in member.inputs], [first])
        for member in op.members
        if (formula := _formula(member.op)) is not None
    )


def _per_input(times: int) -> Formula:
    return lambda op, inputs, outputs: times * _count(inputs[0])


def _per_output(times: int) -> Formula:
    return lambda op, inputs, outputs: times * _count(outputs[0])


# -- sums over axes -------------------------------------------------------------------------------


def _reduction(op: Op, inputs: Specs, outputs: Specs) -> int:
    return max(_count(inputs[0]) - _count(outputs[0]), 0)


def _l2_loss(op: Op, inputs: Specs, outputs: Specs) -> int:
    return 3 * _count(inputs[0]) - 1


# -- products of matrices -------------------------------------------------------------------------


def _matrix_product(op: Any, inputs: Specs, outputs: Specs) -> int:
    transposed = getattr(op, "transpose_a", False) or getattr(op, "adj_x", False)
    return 2 * _sizes(inputs[0])[-2 if transposed else -1] * _count(outputs[0])


def _sparse_product(op: Op, inputs: Specs, outputs: Specs) -> int:
    return 2 * _count(inputs[1]) * _sizes(outputs[0])[1]


def _lstm(cells: int) -> Formula:
    """Gates of a matrix product of [x, h] with w, and 14 operations for each unit."""

    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        x, w = (
            spec
            for argument, spec in zip(op.signature.inputs, inputs, strict=True)
            if argument.name in ("x", "w")
        )
        *steps, _ = _sizes(x)
        return math.prod(steps) * cells * (2 * _count(w) + 14 * (_sizes(w)[1] // 4))

    return formula


def _lstm_cell_gradient(op: Op, inputs: Specs, outputs: Specs) -> int:
    """The products with the gates' gradients are ops of their own."""
    return 25 * _count(inputs[1])


def _gru_cell(op: Op, inputs: Specs, outputs: Specs) -> int:
    rows, size = _sizes(inputs[1])
    return rows * (2 * (_count(inputs[2]) + _count(inputs[3])) + 11 * size)


# -- windows --------------------------------------------------------------------------------------


def _convolution(image: str, kernel: str) -> Formula:
    """Each element of the small image is a product of the kernel with a part of the large one."""

    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        by_name = _by_name(op, inputs, outputs)
        sizes = _sizes(by_name[kernel])
        return 2 * _count(by_name[image]) * math.prod(sizes[:-1])

    return formula


def _depthwise(image: str, kernel: str) -> Formula:
    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        by_name = _by_name(op, inputs, outputs)
        return 2 * _count(by_name[image]) * math.prod(_sizes(by_name[kernel])[:2])

    return formula


def _by_name(op: Op, inputs: Specs, outputs: Specs) -> dict[str, Spec]:
    names = [argument.name for argument in (*op.signature.inputs, *op.signature.outputs)]
    return dict(zip(names, (*inputs, *outputs), strict=True))


def _pooling(small: str, times: int = 1, more: int = 0) -> Formula:
    """So many operations for each element of each window, and `more` for each window."""

    def formula(op: Any, inputs: Specs, outputs: Specs) -> int:
        window = math.prod(int(size) for size in op.ksize)
        return _count(_by_name(op, inputs, outputs)[small]) * (times * window + more)

    return formula


def _batch_norm(op: Any, inputs: Specs, outputs: Specs) -> int:
    """Mean 1, variance 3; centre, scale and shift 2: less where the moments are given."""
    return (6 if op.is_training else 2) * _count(inputs[0])


def _local_response(op: Any, inputs: Specs, outputs: Specs) -> int:
    """Squares summed over a window, times alpha plus the bias to a power, and the quotient."""
    return (2 * int(op.depth_radius) + 5) * _count(outputs[0])


# -- updates --------------------------------------------------------------------------------------

_PER_PARAMETER = {
    "GradientDescent": 2,
    "Momentum": 4,
    "Adagrad": 7,
    "Adadelta": 17,
    "Adam": 12,
    "AdaMax": 10,
    "RMSProp": 12,
    "CenteredRMSProp": 17,
    "Ftrl": 16,
    "FtrlV2": 18,
    "ProximalGradientDescent": 7,
    "ProximalAdagrad": 12,
    "AdagradDA": 11,
}
"""Operations for each element of the gradient."""


def _update(op: Update, inputs: Specs, outputs: Specs) -> int:
    gradient = _by_name(op, inputs, outputs)[op.gradient_name]
    return _PER_PARAMETER[op.type.removeprefix("Sparse").removeprefix("Apply")] * _count(gradient)


def _rows_updated(op: Op, inputs: Specs, outputs: Specs) -> int:
    return _count(inputs[2])


# -- factorizations and transforms ----------------------------------------------------------------


def _of_matrix(per_matrix: Callable[[int, int], float]) -> Formula:
    """What a matrix of m rows and n columns takes, where m is not the smaller."""

    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        *batch, rows, columns = _sizes(inputs[0])
        return math.prod(batch) * round(per_matrix(max(rows, columns), min(rows, columns)))

    return formula


def _equations(per_matrix: Callable[[int, int], float]) -> Formula:
    """What n equations with k right-hand sides take."""

    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        *batch, n, k = _sizes(outputs[0])
        return math.prod(batch) * round(per_matrix(n, k))

    return formula


def _svd(op: Any, inputs: Specs, outputs: Specs) -> int:
    vectors = _of_matrix(lambda m, n: 4 * m * m * n + 8 * m * n * n + 9 * n**3)
    values = _of_matrix(lambda m, n: 4 * m * n * n - 4 * n**3 / 3)
    return (vectors if op.compute_uv else values)(op, inputs, outputs)


def _eigenvalues(op: Any, inputs: Specs, outputs: Specs) -> int:
    return _of_matrix(lambda m, n: 9 * n**3 if op.compute_v else 4 * n**3 / 3)(op, inputs, outputs)


def _fourier(rank: int, times: float = 5) -> Formula:
    def formula(op: Op, inputs: Specs, outputs: Specs) -> int:
        # The real side of a transform has the whole length.
        sizes = max(_sizes(inputs[0]), _sizes(outputs[0]), key=math.prod)
        points = math.prod(sizes[-rank:])
        return round(times * math.prod(sizes) * math.log2(points)) if points > 1 else 0

    return formula


_FORMULAS: dict[str, Formula] = {
    "AddN": _sum_of_several,
    "AccumulateNV2": _sum_of_several,
    "BiasAdd": _per_output(1),
    "Cross": _per_output(3),
    **dict.fromkeys(["Cumsum", "Cumprod"], _per_input(1)),
    **dict.fromkeys(["Softmax", "LogSoftmax"], _per_input(5)),
    # The product with the labels, its sum, and the difference of the two distributions.
    "SoftmaxCrossEntropyWithLogits": _per_input(8),
    "SparseSoftmaxCrossEntropyWithLogits": _per_input(6),
    # -- sums
    "Mean": _per_input(1),
    "EuclideanNorm": _per_input(2),
    "L2Loss": _l2_loss,
    **dict.fromkeys(["ArgMax", "ArgMin", "BiasAddGrad"], _reduction),
    **dict.fromkeys(
        [f"Segment{of}" for of in ("Sum", "Mean", "Prod", "Max", "Min")], _per_input(1)
    ),
    **dict.fromkeys(
        [f"UnsortedSegment{of}" for of in ("Sum", "Prod", "Max", "Min")], _per_input(1)
    ),
    # -- products
    **dict.fromkeys(["MatMul", "SparseMatMul", "BatchMatMul", "BatchMatMulV2"], _matrix_product),
    "SparseTensorDenseMatMul": _sparse_product,
    "LSTMBlockCell": _lstm(1),
    "BlockLSTM": _lstm(1),
    "BlockLSTMGrad": _lstm(2),
    "LSTMBlockCellGrad": _lstm_cell_gradient,
    **dict.fromkeys(["GRUBlockCell", "GRUBlockCellGrad"], _gru_cell),
    # -- windows
    **dict.fromkeys(["Conv2D", "Conv3D"], _convolution("output", "filter")),
    **dict.fromkeys(
        ["Conv2DBackpropInput", "Conv3DBackpropInputV2"], _convolution("out_backprop", "filter")
    ),
    **dict.fromkeys(
        ["Conv2DBackpropFilter", "Conv3DBackpropFilterV2"], _convolution("out_backprop", "output")
    ),
    "DepthwiseConv2dNative": _depthwise("output", "filter"),
    "DepthwiseConv2dNativeBackpropInput": _depthwise("out_backprop", "filter"),
    "DepthwiseConv2dNativeBackpropFilter": _depthwise("out_backprop", "output"),
    **dict.fromkeys(
        ["MaxPool", "MaxPool3D", "MaxPoolWithArgmax", "AvgPool", "AvgPool3D"], _pooling("output")
    ),
    **dict.fromkeys(["MaxPoolGrad", "MaxPool3DGrad"], _pooling("orig_output", 1, 1)),
    **dict.fromkeys(["MaxPoolGradGrad", "MaxPool3DGradGrad"], _pooling("orig_output", 1, 1)),
    "MaxPoolGradWithArgmax": _pooling("grad", 0, 1),
    **dict.fromkeys(["AvgPoolGrad", "AvgPool3DGrad"], _pooling("grad", 2)),
    **dict.fromkeys(["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"], _batch_norm),
    # Sums of dy and of dy times the normalised image, and a linear combination of three.
    **dict.fromkeys([f"FusedBatchNormGrad{v}" for v in ("", "V2", "V3")], _per_input(8)),
    "LRN": _local_response,
    # -- updates
    **dict.fromkeys(["AssignAdd", "AssignSub"], _per_output(1)),
    **dict.fromkeys(
        [f"Scatter{of}" for of in ("Add", "Sub", "Mul", "Div", "Min", "Max", "NdAdd", "NdSub")],
        _rows_updated,
    ),
    # -- linear algebra
    "Cholesky": _of_matrix(lambda m, n: n**3 / 3),
    **dict.fromkeys(
        ["Lu", "MatrixDeterminant", "LogMatrixDeterminant"], _of_matrix(lambda m, n: 2 * n**3 / 3)
    ),
    "MatrixInverse": _of_matrix(lambda m, n: 2 * n**3),
    "MatrixSolve": _equations(lambda n, k: 2 * n**3 / 3 + 2 * n * n * k),
    "MatrixTriangularSolve": _equations(lambda n, k: n * n * k),
    "Qr": _of_matrix(lambda m, n: 4 * (m * n * n - n**3 / 3)),
    "Svd": _svd,
    "SelfAdjointEigV2": _eigenvalues,
    **{f"{way}FFT{rank}D": _fourier(rank) for way in ("", "I") for rank in (2, 3)},
    **{f"{way}FFT{rank}D": _fourier(rank, 2.5) for way in ("R", "IR") for rank in (2, 3)},
    **dict.fromkeys(["FFT", "IFFT"], _fourier(1)),
    # Half the work: the other half of the spectrum is its mirror image.
    **dict.fromkeys(["RFFT", "IRFFT"], _fourier(1, 2.5)),
}

_OF_CLASSES: tuple[tuple[type[Op], Formula], ...] = (
    (Fused, _fused),
    (Elementwise, _elementwise),
    (Reduction, _reduction),
    (Update, _update),
)
