"""Accumulators: gradients of a time step are averaged, those of earlier steps dropped."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph import dtypes
from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import accumulator_ops as nodes
from flowgraph.ops.building import apply, apply_all, build
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast
from flowgraph.shapes import as_shape


class ConditionalAccumulatorBase:
    """What all accumulators share.

    An accumulator belongs to the session that runs its operations. A run that takes a
    gradient waits until enough have been added, by runs of other threads or before.

    Parameters
    ----------
    dtype : DType
        Of the gradients.
    shape : TensorShape
        What is known of their shape.
    accumulator_ref : Tensor
        The handle.
    """

    _count: Any = nodes.ResourceAccumulatorNumAccumulated
    _set_step: Any = nodes.ResourceAccumulatorSetGlobalStep

    def __init__(self, dtype: Any, shape: Any, accumulator_ref: Any) -> None:
        self._dtype = as_dtype(dtype)
        self._shape = as_shape(shape)
        self._accumulator_ref = accumulator_ref
        self._name: str = accumulator_ref.op.name.rpartition("/")[2]

    @property
    def accumulator_ref(self) -> Tensor:
        """The handle."""
        return self._accumulator_ref  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """The name of the operation that makes it, without its scope."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of the gradients."""
        return self._dtype

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """Return how many gradients of this time step were added, an int32 scalar."""
        name = name or f"{self._name}_NumAccumulated"
        return apply(self._count(), self._accumulator_ref, name=name)

    def set_global_step(self, new_global_step: Any, name: str | None = None) -> Operation:
        """Return an operation that sets the time step, with a warning where it goes back.

        Parameters
        ----------
        new_global_step : int, Tensor or Variable
            A scalar.
        name : str, optional
        """
        step = _as_step(new_global_step)
        operation: Operation = build(self._set_step(), [self._accumulator_ref, step], name)
        return operation


class SparseGradient(NamedTuple):
    """What `SparseConditionalAccumulator.take_grad` returns."""

    indices: Tensor
    values: Tensor
    shape: Tensor


def _as_step(value: Any) -> Tensor:
    return cast(convert_to_tensor(value), dtypes.int64)


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """An accumulator of dense gradients.

    Parameters
    ----------
    dtype : DType
        float16, float32 or float64.
    shape : TensorShape, optional
        What is known of the gradients' shape.
    shared_name : str, optional
        Accumulators of the same shared name are one in a session.
    name : str, optional
    reduction_type : str
        ``"MEAN"`` or ``"SUM"``.

    Raises
    ------
    TypeError
        If `dtype` is not a number's.
    ValueError
        If `reduction_type` is another.

    Examples
    --------
    >>> total = tf.ConditionalAccumulator(tf.float32, shape=[2])
    >>> add = tf.group(total.apply_grad([1.0, 2.0]), total.apply_grad([3.0, 4.0]))
    >>> mean = total.take_grad(2)
    >>> with tf.Session() as sess:
    ...     sess.run(add)
    ...     sess.run(mean)
    array([2., 3.], dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str | None = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        op = nodes.ResourceConditionalAccumulator(
            dtype=as_dtype(dtype),
            shape=as_shape(shape),
            shared_name=shared_name or "",
            reduction_type=reduction_type,
        )
        super().__init__(dtype, shape, apply(op, name=name))

    def apply_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """Return an operation that adds a gradient, unless its time step is over.

        Parameters
        ----------
        grad : Tensor
        local_step : int, Tensor or Variable
            The time step that the gradient is of: a scalar.
        name : str, optional

        Raises
        ------
        ValueError
            If its shape does not fit.
        InvalidArgumentError
            When run: if its shape is not that of the gradients before.
        """
        gradient = convert_to_tensor(grad, self._dtype)
        gradient.shape.assert_is_compatible_with(self._shape)
        inputs = [self._accumulator_ref, _as_step(local_step), gradient]
        operation: Operation = build(nodes.ResourceAccumulatorApplyGradient(), inputs, name)
        return operation

    def take_grad(self, num_required: Any, name: str | None = None) -> Tensor:
        """Return the average or sum of the gradients, waiting until there are enough.

        Then the next time step begins, without gradients.

        Parameters
        ----------
        num_required : int or Tensor
            How many gradients must have been added, at least 1.
        name : str, optional

        Raises
        ------
        InvalidArgumentError
            When run: if `num_required` is less than 1.
        CancelledError
            When run: if the session is closed meanwhile.
        """
        op = nodes.ResourceAccumulatorTakeGradient(dtype=self._dtype)
        taken = apply(op, self._accumulator_ref, num_required, name=name)
        taken.set_shape(self._shape)
        return taken


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """An accumulator of gradients that are slices.

    Each row of the result is the average over those gradients that have the row.

    Parameters
    ----------
    dtype : DType
        float16, float32 or float64.
    shape : TensorShape, optional
        What is known of the gradients' dense shape.
    shared_name : str, optional
        Accumulators of the same shared name are one in a session.
    name : str, optional
    reduction_type : str
        ``"MEAN"`` or ``"SUM"``.

    Raises
    ------
    TypeError
        If `dtype` is not a number's.
    ValueError
        If `reduction_type` is another.

    Examples
    --------
    >>> total = tf.SparseConditionalAccumulator(tf.float32, shape=[4, 1])
    >>> first = total.apply_grad([0, 2], [[1.0], [2.0]])
    >>> second = total.apply_grad([2, 3], [[4.0], [5.0]])
    >>> add = tf.group(first, second)
    >>> mean = total.take_indexed_slices_grad(2)
    >>> with tf.Session() as sess:
    ...     sess.run(add)
    ...     found = sess.run(mean)
    >>> print(found.indices, found.values.ravel())
    [0 2 3] [1. 3. 5.]
    """

    _count = nodes.AccumulatorNumAccumulated
    _set_step = nodes.AccumulatorSetGlobalStep

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str | None = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        op = nodes.SparseConditionalAccumulator(
            dtype=as_dtype(dtype),
            shape=as_shape(shape),
            shared_name=shared_name or "",
            reduction_type=reduction_type,
        )
        super().__init__(dtype, shape, apply(op, name=name))

    def apply_indexed_slices_grad(
        self, grad: IndexedSlices, local_step: Any = 0, name: str | None = None
    ) -> Operation:
        """Return an operation that adds a gradient, unless its time step is over.

        Parameters
        ----------
        grad : IndexedSlices
        local_step, name
            As for `apply_grad`.
        """
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(
        self,
        grad_indices: Any,
        grad_values: Any,
        grad_shape: Any = None,
        local_step: Any = 0,
        name: str | None = None,
    ) -> Operation:
        """Return an operation that adds a gradient, unless its time step is over.

        Parameters
        ----------
        grad_indices : Tensor
            Which rows are given, of shape ``[n]``, in ascending order.
        grad_values : Tensor
            The rows, of shape ``[n, ...]``.
        grad_shape : Tensor, optional
            The dense shape of the gradient.
        local_step : int, Tensor or Variable
            The time step that the gradient is of: a scalar.
        name : str, optional

        Raises
        ------
        InvalidArgumentError
            When run: if shapes do not fit, or an index is out of range.
        """
        op = nodes.SparseAccumulatorApplyGradient(has_known_shape=grad_shape is not None)
        inputs = [
            self._accumulator_ref,
            _as_step(local_step),
            cast(grad_indices, dtypes.int64),
            grad_values,
            cast([] if grad_shape is None else grad_shape, dtypes.int64),
        ]
        operation: Operation = build(op, inputs, name)
        return operation

    def take_grad(self, num_required: Any, name: str | None = None) -> SparseGradient:
        """Return the average or sum of the gradients, waiting until there are enough.

        Then the next time step begins, without gradients.

        Parameters
        ----------
        num_required : int or Tensor
            How many gradients must have been added, at least 1.
        name : str, optional

        Returns
        -------
        tuple of Tensor
            ``(indices, values, shape)``. An unknown size of the shape is -1.

        Raises
        ------
        InvalidArgumentError
            When run: if `num_required` is less than 1.
        CancelledError
            When run: if the session is closed meanwhile.
        """
        op = nodes.SparseAccumulatorTakeGradient(dtype=self._dtype)
        return SparseGradient(*apply_all(op, self._accumulator_ref, num_required, name=name))

    def take_indexed_slices_grad(self, num_required: Any, name: str | None = None) -> IndexedSlices:
        """Return what `take_grad` does as `IndexedSlices`."""
        taken = self.take_grad(num_required, name)
        return IndexedSlices(taken.values, taken.indices, taken.shape)
