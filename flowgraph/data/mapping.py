"""Methods that call a function with each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, DatasetSpec, int64
from flowgraph.data.function import Function, of_elements, of_states
from flowgraph.graph.scope import name_scope
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply_all
from flowgraph.ops.dataset_groups import ReduceDataset
from flowgraph.ops.dataset_interleave import (
    FlatMapDataset,
    InterleaveDataset,
    ParallelInterleaveDatasetV2,
)
from flowgraph.ops.dataset_map import FilterDataset, MapDataset, ParallelMapDataset


def boolean_function(predicate: Callable[..., Any], described: str, spec: Any) -> Function:
    """Return a condition on elements as a body.

    Raises
    ------
    ValueError
        If it does not return a bool scalar.
    """
    function = of_elements(predicate, described, spec)
    if not element.TensorSpec([], dtypes.bool).is_compatible_with(function.spec):
        raise ValueError(
            "`predicate` return type must be convertible to a scalar boolean tensor. Was "
            f"{function.spec}."
        )
    return function


def dataset_function(map_func: Callable[..., Any], described: str, spec: Any) -> Function:
    """Return a function from elements to datasets as a body.

    Raises
    ------
    TypeError
        If it does not return a dataset.
    """
    function = of_elements(map_func, described, spec)
    if not isinstance(function.spec, DatasetSpec):
        raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(function.spec)}")
    return function


class Mapping(DatasetBase):
    """The methods that call a function with each element."""

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """Return what a function makes of each element.

        Parameters
        ----------
        map_func : callable
            Is called once, with symbolic tensors in the structure of an element; the parts of a
            tuple are arguments of their own. It returns a nested structure; tensors from outside
            are taken at the value they have when the iterator starts.
        num_parallel_calls : int or Tensor, optional
            How many elements are worked on by threads at the same time;
            `tf.data.experimental.AUTOTUNE` leaves the choice. The order is kept.

        Notes
        -----
        A function of exact arithmetic is called with many elements at once where batches or
        shuffled elements are asked for. The values are the same.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(5).map(lambda x: x * x)
        """
        function = of_elements(map_func, "Dataset.map()", self._spec)
        forms = element.forms(function.spec)
        inputs: list[Any] = [function.captured]
        op: Any
        if num_parallel_calls is None:
            op = MapDataset(f=function.body, **forms)
        else:
            inputs.append(convert_to_tensor(num_parallel_calls, dtypes.int32, "num_parallel_calls"))
            op = ParallelMapDataset(f=function.body, **forms)
        return self._derived(op, inputs, function.spec)

    def map_with_legacy_function(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None
    ) -> Any:
        """Return what a function makes of each element, as `map` does."""
        return self.map(map_func, num_parallel_calls)

    def filter(self, predicate: Callable[..., Any]) -> Any:
        """Return the elements of which a condition holds.

        Parameters
        ----------
        predicate : callable
            Takes an element as the function of `map` does, and returns a bool scalar.

        Raises
        ------
        ValueError
            If it returns something else.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(5).filter(lambda x: tf.equal(x % 2, 0))
        """
        function = boolean_function(predicate, "Dataset.filter()", self._spec)
        op = FilterDataset(predicate=function.body, **element.forms(self._spec))
        return self._derived(op, [function.captured])

    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> Any:
        """Return the elements of which a condition holds, as `filter` does."""
        return self.filter(predicate)

    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        """Return the elements of the datasets that a function makes of each element.

        Parameters
        ----------
        map_func : callable
            Takes an element as the function of `map` does, and returns a dataset.

        Raises
        ------
        TypeError
            If it returns something else.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(4).flat_map(lambda n: tf.data.Dataset.range(n))
        """
        function = dataset_function(map_func, "Dataset.flat_map()", self._spec)
        spec = function.spec._element_spec
        op = FlatMapDataset(f=function.body, **element.forms(spec))
        return self._derived(op, [function.captured], spec)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = -1,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Any:
        """Return elements of the datasets that a function makes, of several by turns.

        Parameters
        ----------
        map_func : callable
            Takes an element as the function of `map` does, and returns a dataset.
        cycle_length : int or Tensor
            How many datasets are read at the same time; -1 leaves the choice.
        block_length : int or Tensor
            How many elements of each are taken in its turn.
        num_parallel_calls : int or Tensor, optional
            Datasets are read ahead by threads. The order is the same.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(1, 3).interleave(
        ...     lambda n: tf.data.Dataset.from_tensors(n).repeat(4), cycle_length=2, block_length=2)
        >>> batch = dataset.batch(8).make_one_shot_iterator().get_next()
        >>> print(tf.Session().run(batch))
        [1 1 2 2 1 1 2 2]
        """
        function = dataset_function(map_func, "Dataset.interleave()", self._spec)
        spec = function.spec._element_spec
        inputs = [
            function.captured,
            int64(cycle_length, "cycle_length"),
            int64(block_length, "block_length"),
        ]
        op: Any
        if num_parallel_calls is None:
            op = InterleaveDataset(f=function.body, **element.forms(spec))
        else:
            inputs.append(int64(num_parallel_calls, "num_parallel_calls"))
            op = ParallelInterleaveDatasetV2(f=function.body, **element.forms(spec))
        return self._derived(op, inputs, spec)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """Return a state that a function makes of the state before and each element.

        Parameters
        ----------
        initial_state : nested structure of Tensor
        reduce_func : callable
            Takes a state and an element, and returns the next state.

        Returns
        -------
        nested structure of Tensor

        Examples
        --------
        >>> total = tf.data.Dataset.range(5).reduce(tf.constant(0, tf.int64), lambda s, x: s + x)
        >>> print(tf.Session().run(total))
        10
        """
        with name_scope("initial_state"):
            start = element.normalized(initial_state)
        first = element.specs_of(start)
        function, state = of_states(reduce_func, "reduce()", first, self._spec, False)
        op = ReduceDataset(f=function.body, **element.forms(state))
        inputs = [element.encoded(first, start), function.captured]
        return element.decoded(state, apply_all(op, self._variant_tensor, *inputs))

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """Return what a function makes of this dataset.

        Parameters
        ----------
        transformation_func : callable
            Takes a dataset and returns one.

        Raises
        ------
        TypeError
            If it returns something else.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(9).apply(tf.data.experimental.unique())
        """
        result = transformation_func(self)
        if not isinstance(result, DatasetBase):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {result}.")
        return result
