"""Methods that hand on elements: some of them, again, in another order, kept."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.data import element
from flowgraph.data.base import DatasetBase, DatasetSpec, int64
from flowgraph.data.random_seed import get_seed
from flowgraph.ops import nest
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import apply
from flowgraph.ops.dataset_cache import CacheDataset, WindowDataset
from flowgraph.ops.dataset_order import (
    ConcatenateDataset,
    RepeatDataset,
    ShardDataset,
    SkipDataset,
    TakeDataset,
    ZipDataset,
)
from flowgraph.ops.dataset_shuffle import ShuffleDataset
from flowgraph.ops.dataset_threads import PrefetchDataset


class Ordering(DatasetBase):
    """The methods that hand on elements."""

    def take(self, count: Any) -> Any:
        """Return the first elements.

        Parameters
        ----------
        count : int or Tensor
            -1 for all.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).take(3)
        """
        return self._derived(TakeDataset(**element.forms(self._spec)), [int64(count, "count")])

    def skip(self, count: Any) -> Any:
        """Return all but the first elements.

        Parameters
        ----------
        count : int or Tensor
            -1 for all.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).skip(3)
        """
        return self._derived(SkipDataset(**element.forms(self._spec)), [int64(count, "count")])

    def shard(self, num_shards: Any, index: Any) -> Any:
        """Return every `num_shards`-th element, beginning with number `index`.

        Parameters
        ----------
        num_shards, index : int or Tensor

        Raises
        ------
        InvalidArgumentError
            When run: if `index` is not below `num_shards`.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).shard(3, 1)
        """
        inputs = [int64(num_shards, "num_shards"), int64(index, "index")]
        return self._derived(ShardDataset(**element.forms(self._spec)), inputs)

    def repeat(self, count: Any = None) -> Any:
        """Return the elements several times.

        Parameters
        ----------
        count : int or Tensor, optional
            -1, or left out: without end.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).repeat(2)
        """
        inputs = [int64(-1 if count is None else count, "count")]
        return self._derived(RepeatDataset(**element.forms(self._spec)), inputs)

    def concatenate(self, dataset: Any) -> Any:
        """Return the elements of this dataset, then those of another.

        Parameters
        ----------
        dataset : Dataset

        Raises
        ------
        TypeError
            If their elements have other dtypes.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(3).concatenate(tf.data.Dataset.range(5))
        """
        mine, theirs = self.output_types, dataset.output_types
        if mine != theirs:
            raise TypeError(f"Two datasets to concatenate have different types {mine} and {theirs}")
        if self.output_classes != dataset.output_classes:
            raise TypeError(
                f"Two datasets to concatenate have different classes {self.output_classes} and "
                f"{dataset.output_classes}"
            )
        spec = nest.map_structure(element.in_common, self._spec, dataset.element_spec)
        op = ConcatenateDataset(**element.forms(spec))
        return self._derived(op, [dataset._variant_tensor], spec, [dataset])

    @classmethod
    def zip(cls, datasets: Any) -> Any:
        """Return elements of several datasets side by side, as long as all have some.

        Parameters
        ----------
        datasets : nested structure of Dataset

        Raises
        ------
        TypeError
            If it holds something else.

        Examples
        --------
        >>> a, b = tf.data.Dataset.range(3), tf.data.Dataset.range(5, 9)
        >>> tf.Session().run(tf.data.Dataset.zip((a, b)).make_one_shot_iterator().get_next())
        (np.int64(0), np.int64(5))
        """
        leaves: list[Any] = [datasets] if isinstance(datasets, list) else nest.flatten(datasets)
        for leaf in leaves:
            if not isinstance(leaf, DatasetBase):
                text = (
                    "The argument to `Dataset.zip()` must be a nested structure of `Dataset` "
                    "objects."
                )
                if isinstance(leaf, list):
                    text += (
                        " Nested structures do not support Python lists; please use a tuple "
                        "instead."
                    )
                raise TypeError(text)
        spec = nest.pack_as(datasets, [leaf.element_spec for leaf in leaves])
        op = ZipDataset(**element.forms(spec))
        variants = [leaf._variant_tensor for leaf in leaves]
        return cls._plain(apply(op, variants), spec, leaves)

    def enumerate(self, start: Any = 0) -> Any:
        """Return pairs of a number and an element.

        Parameters
        ----------
        start : int
            The first number.

        Examples
        --------
        >>> dataset = tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(start=5)
        >>> tf.Session().run(dataset.make_one_shot_iterator().get_next())
        (np.int64(5), b'a')
        """
        numbers = self._plain.range(start, dtypes.int64.max)
        return self.zip((numbers, self))

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Any:
        """Return the elements in random order.

        Each is drawn from a buffer of the next elements. With the same seeds the order is
        TensorFlow's.

        Parameters
        ----------
        buffer_size : int or Tensor
        seed : int or Tensor, optional
        reshuffle_each_iteration : bool, optional
            Whether each pass has an order of its own; True if left out.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(5).shuffle(3, seed=3)
        >>> number = dataset.make_one_shot_iterator().get_next()
        >>> session = tf.Session()
        >>> [int(session.run(number)) for _ in range(5)]
        [0, 1, 2, 3, 4]
        """
        size = int64(buffer_size, "buffer_size")
        first, second = get_seed(seed)
        each = True if reshuffle_each_iteration is None else reshuffle_each_iteration
        op = ShuffleDataset(reshuffle_each_iteration=each, **element.forms(self._spec))
        return self._derived(op, [size, first, second])

    def prefetch(self, buffer_size: Any) -> Any:
        """Return the elements, made ahead of time by a thread.

        Parameters
        ----------
        buffer_size : int or Tensor
            How many; `tf.data.experimental.AUTOTUNE` leaves the choice.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).batch(5).prefetch(1)
        """
        size = int64(-1 if buffer_size is None else buffer_size, "buffer_size")
        return self._derived(PrefetchDataset(**element.forms(self._spec)), [size])

    def cache(self, filename: Any = "") -> Any:
        """Return the elements, which are computed in the first whole pass only.

        Parameters
        ----------
        filename : str or Tensor
            A file to keep them in; memory if it is empty.

        Examples
        --------
        >>> dataset = tf.data.Dataset.range(10).cache().repeat(2)
        """
        name = convert_to_tensor(filename, dtypes.string, name="filename")
        return self._derived(CacheDataset(**element.forms(self._spec)), [name])

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Any:
        """Return datasets of elements that follow each other.

        Parameters
        ----------
        size : int or Tensor
            How many elements a window has.
        shift : int or Tensor, optional
            How far apart windows begin; `size` if left out.
        stride : int or Tensor
            How far apart the elements of a window are.
        drop_remainder : bool or Tensor
            Whether there are no smaller windows at the end.

        Returns
        -------
        Dataset
            Each component of its elements is a dataset of that component.

        Examples
        --------
        >>> windows = tf.data.Dataset.range(7).window(3, shift=2)
        >>> rows = windows.flat_map(lambda window: window.batch(3))
        >>> tf.Session().run(rows.make_one_shot_iterator().get_next())
        array([0, 1, 2])
        """
        inputs = [
            int64(size, "size"),
            int64(size if shift is None else shift, "shift"),
            int64(stride, "stride"),
            convert_to_tensor(drop_remainder, dtypes.bool, name="drop_remainder"),
        ]
        spec = nest.map_structure(DatasetSpec, self._spec)
        return self._derived(WindowDataset(**element.forms(spec)), inputs, spec)
