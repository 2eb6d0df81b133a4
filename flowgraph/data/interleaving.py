"""Several datasets made one: read by turns, at random, or as another dataset says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, int64
from flowgraph.data.function import Function
from flowgraph.data.mapping import dataset_function
from flowgraph.data.random_seed import get_seed
from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply
from flowgraph.ops.dataset_interleave import DirectedInterleaveDataset, ParallelInterleaveDataset
from flowgraph.ops.dataset_map import MapDataset
from flowgraph.ops.dataset_sources import RandomDataset
from flowgraph.ops.random_stateless import stateless_multinomial
from flowgraph.ops.transcendental import log

Transformation = Callable[[Any], Any]


def interleaved(
    dataset: DatasetBase,
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Any:
    """Return elements of the datasets that a function makes; see `parallel_interleave`."""
    function = dataset_function(
        map_func, "tf.data.experimental.parallel_interleave()", dataset.element_spec
    )
    spec = function.spec._element_spec
    ahead = 2 * block_length if buffer_output_elements is None else buffer_output_elements
    waiting = 2 * cycle_length if prefetch_input_elements is None else prefetch_input_elements
    inputs = [
        function.captured,
        int64(cycle_length, "cycle_length"),
        int64(block_length, "block_length"),
        convert_to_tensor(sloppy, dtypes.bool, name="sloppy"),
        int64(ahead, "buffer_output_elements"),
        int64(waiting, "prefetch_input_elements"),
    ]
    op = ParallelInterleaveDataset(f=function.body, **element.forms(spec))
    return dataset._derived(op, inputs, spec)


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """Return the transformation to elements of datasets that a function makes, read by threads.

    Parameters
    ----------
    map_func : callable
        Takes an element and returns a dataset.
    cycle_length : int
        How many datasets are read at the same time.
    block_length : int
        How many elements of each are taken in its turn.
    sloppy : bool
        Lets elements come in another order. They come in the same order here.
    buffer_output_elements : int, optional
        How many elements of each dataset are made ahead; twice `block_length` if left out.
    prefetch_input_elements : int, optional
        How many more datasets are opened ahead; twice `cycle_length` if left out.

    Examples
    --------
    >>> dataset = tf.data.Dataset.range(3).apply(
    ...     tf.data.experimental.parallel_interleave(lambda n: tf.data.Dataset.range(n), 2))
    """
    return lambda dataset: interleaved(
        dataset,
        map_func,
        cycle_length,
        block_length,
        sloppy,
        buffer_output_elements,
        prefetch_input_elements,
    )


def _directed(selector: DatasetBase, datasets: Sequence[DatasetBase]) -> Any:
    """Return the elements of datasets in the order that another one gives."""
    first = datasets[0]
    for number, other in enumerate(datasets[1:]):
        if other.output_types != first.output_types or other.output_classes != first.output_classes:
            raise TypeError(
                f"Datasets to interleave have different types: dataset 0 has "
                f"{first.output_types}, dataset {number + 1} {other.output_types}"
            )
    spec = first.element_spec
    for other in datasets[1:]:
        spec = nest.map_structure(element.in_common, spec, other.element_spec)
    op = DirectedInterleaveDataset(**element.forms(spec))
    variants = [dataset._variant_tensor for dataset in datasets]
    tensor = apply(op, selector._variant_tensor, variants)
    return DatasetBase._plain(tensor, spec, [selector, *datasets])


def random_numbers(seed: Any) -> Any:
    """Return the dataset of random numbers below 2**32; see `RandomDataset`."""
    spec = element.TensorSpec([], dtypes.int64)
    tensor = apply(RandomDataset(**element.forms(spec)), *get_seed(seed))
    return DatasetBase._plain(tensor, spec)


def sample_from_datasets(datasets: Sequence[Any], weights: Any = None, seed: Any = None) -> Any:
    """Return elements of datasets, each time of a random one.

    Parameters
    ----------
    datasets : list of Dataset
    weights : list of float, Tensor or Dataset, optional
        How likely each is; a dataset gives new weights for each element. Equal if left out.
    seed : int, optional

    Raises
    ------
    TypeError, ValueError
        If `weights` is not of one number for each dataset, or the datasets' elements differ.

    Examples
    --------
    >>> tens = tf.data.Dataset.range(10, 14)
    >>> dataset = tf.data.experimental.sample_from_datasets([tens, tf.data.Dataset.range(4)])
    """
    count = len(datasets)
    if not isinstance(weights, DatasetBase):
        logits = _logits(weights, count)
        if count == 1:
            return datasets[0]
        selector = _mapped(random_numbers(seed).batch(2), lambda seeds: _draw(logits, seeds))
    else:
        varying = weights.map(lambda *p: log(p, name="logits"))  # type: ignore[attr-defined]
        both = DatasetBase._plain.zip((varying, random_numbers(seed).batch(2)))
        selector = _mapped(both, _draw)
    return _directed(selector, datasets)


def _logits(weights: Any, count: int) -> Any:
    """Return the logarithms of constant weights, equal ones for ``None``."""
    if weights is None:
        return [[1.0] * count]
    tensor = convert_to_tensor(weights, name="weights")
    if tensor.dtype not in (dtypes.float32, dtypes.float64):
        raise TypeError(
            "`weights` must be convertible to a tensor of `tf.float32` or `tf.float64` elements."
        )
    if not tensor.shape.is_compatible_with([count]):
        raise ValueError("`weights` must be a vector of length `len(datasets)`.")
    return expand_dims(log(tensor, name="logits"), 0)


def _draw(logits: Any, seeds: Tensor) -> Tensor:
    return squeeze(stateless_multinomial(logits, 1, seed=seeds), axis=[0, 1])


def _mapped(dataset: DatasetBase, function: Callable[..., Any]) -> Any:
    specs = dataset.element_spec if type(dataset.element_spec) is tuple else (dataset.element_spec,)
    made = Function(function, "sample_from_datasets()", *specs)
    op = MapDataset(f=made.body, use_inter_op_parallelism=False, **element.forms(made.spec))
    return dataset._derived(op, [made.captured], made.spec)


def choose_from_datasets(datasets: Sequence[Any], choice_dataset: Any) -> Any:
    """Return elements of datasets, each time of the one that another dataset names.

    Parameters
    ----------
    datasets : list of Dataset
    choice_dataset : Dataset
        Of positions in `datasets`, as int64 scalars.

    Raises
    ------
    TypeError
        If `choice_dataset` is none of these, or the datasets' elements differ.

    Examples
    --------
    >>> datasets = [tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)]
    >>> choice = tf.data.Dataset.range(2).repeat(3)
    >>> dataset = tf.data.experimental.choose_from_datasets(datasets, choice).batch(6)
    >>> print(tf.Session().run(dataset.make_one_shot_iterator().get_next()))
    [ 0 10  1 11  2 12]
    """
    if choice_dataset.element_spec != element.TensorSpec([], dtypes.int64):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    return _directed(choice_dataset, datasets)
