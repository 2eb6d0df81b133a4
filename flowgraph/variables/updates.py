"""The methods of a variable that build operations which change it."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import scatter, state
from flowgraph.ops.core import apply


class Updates:
    """Changes to what `_ref` refers to."""

    def _ref(self) -> Tensor:
        raise NotImplementedError

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Give it a new value.

        Parameters
        ----------
        value : Tensor
            Of the variable's dtype and shape.
        use_locking : bool
            Keep writes of concurrent runs apart. They always are.
        name : str, optional
        read_value : bool
            Return the reference after the change, else the operation.

        Returns
        -------
        Tensor or Operation

        Examples
        --------
        >>> w = tf.Variable(1.0)
        >>> print(tf.Session().run(w.assign(3.0)))
        3.0
        """
        op = state.Assign(use_locking=use_locking)
        return self._change(op, value, name=name, read_value=read_value)

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add `delta` to the value. Parameters as for `assign`."""
        op = state.AssignAdd(use_locking=use_locking)
        return self._change(op, delta, name=name, read_value=read_value)

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract `delta` from the value. Parameters as for `assign`."""
        op = state.AssignSub(use_locking=use_locking)
        return self._change(op, delta, name=name, read_value=read_value)

    def _change(
        self, op: Any, *inputs: Any, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Build an operation that writes through the reference."""
        result = apply(op, self._ref(), *inputs, name=name)
        return result if read_value else result.op

    def scatter_add(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Add slices to rows."""
        return self._scatter(scatter.ScatterAdd, sparse_delta, use_locking, name)

    def scatter_sub(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtract slices from rows."""
        return self._scatter(scatter.ScatterSub, sparse_delta, use_locking, name)

    def scatter_mul(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Multiply rows by slices."""
        return self._scatter(scatter.ScatterMul, sparse_delta, use_locking, name)

    def scatter_div(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Divide rows by slices."""
        return self._scatter(scatter.ScatterDiv, sparse_delta, use_locking, name)

    def scatter_min(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Bound rows by slices from above."""
        return self._scatter(scatter.ScatterMin, sparse_delta, use_locking, name)

    def scatter_max(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Bound rows by slices from below."""
        return self._scatter(scatter.ScatterMax, sparse_delta, use_locking, name)

    def scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replace rows by slices."""
        return self._scatter(scatter.ScatterUpdate, sparse_delta, use_locking, name)

    def _scatter(self, op: Any, delta: IndexedSlices, use_locking: bool, name: str | None) -> Any:
        if not isinstance(delta, IndexedSlices):
            raise ValueError(f"sparse_delta is not IndexedSlices: {delta}")
        op = op(use_locking=use_locking)
        return self._change(op, delta.indices, delta.values, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Add `updates` to the slices that the rows of `indices` name."""
        op = scatter.ScatterNdAdd(use_locking=True)
        return self._change(op, indices, updates, name=name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtract `updates` from the slices that the rows of `indices` name."""
        op = scatter.ScatterNdSub(use_locking=True)
        return self._change(op, indices, updates, name=name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Replace the slices that the rows of `indices` name."""
        op = scatter.ScatterNdUpdate(use_locking=True)
        return self._change(op, indices, updates, name=name)

    def count_up_to(self, limit: int) -> Any:
        """Return the value before it is increased by one; OutOfRangeError at `limit`."""
        return apply(state.CountUpTo(limit=limit), self._ref())
