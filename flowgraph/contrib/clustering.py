"""k-means as a graph that trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import control_dependencies
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.add_n import add_n
from flowgraph.ops.arithmetic import square
from flowgraph.ops.array import reshape, squeeze, transpose
from flowgraph.ops.assertions import assert_equal, assert_positive
from flowgraph.ops.clustering import NearestNeighbors
from flowgraph.ops.comparison import equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.control import group, no_op
from flowgraph.ops.core import (
    apply_all,
    cast,
    constant,
    convert_to_tensor,
    identity,
    rank,
    shape,
    size,
)
from flowgraph.ops.embedding import embedding_lookup
from flowgraph.ops.filling import ones, ones_like, zeros, zeros_like
from flowgraph.ops.gathering import gather, unsorted_segment_sum
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.normalization import l2_normalize
from flowgraph.ops.partitioning import unique
from flowgraph.ops.random import random_uniform
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.reduction import reduce_sum
from flowgraph.variables.assign import assign, assign_sub, scatter_add
from flowgraph.variables.variable import Variable

SQUARED_EUCLIDEAN_DISTANCE = "squared_euclidean"
COSINE_DISTANCE = "cosine"
RANDOM_INIT = "random"
KMEANS_PLUS_PLUS_INIT = "kmeans_plus_plus"
_KMC2_INIT = "kmc2"


class KMeans:
    """Clusters of points around centers, found by Lloyd's algorithm.

    Parameters
    ----------
    inputs : Tensor or list of Tensor
        Points, ``[count, size]``, float32; a list is points in several parts.
    num_clusters : int or Tensor
    initial_clusters : str, array or callable
        ``"random"`` for points at random, the centers, or a function of the list of inputs
        and how many centers are missing.
    distance_metric : {"squared_euclidean", "cosine"}
    use_mini_batch : bool
        Move centers by the mean of all points so far (Sculley, 2010), for inputs that change
        from run to run. Else each run replaces them by the means of its points.
    mini_batch_steps_per_iteration : int
        After how many runs the centers that distances are taken from are brought up to date.
    random_seed : int
    kmeans_plus_plus_num_retries, kmc2_chain_length : int
        For initializations that are not supported.

    Raises
    ------
    ValueError
        For another initialization or distance.
    NotImplementedError
        For ``"kmeans_plus_plus"`` and ``"kmc2"``.

    Examples
    --------
    >>> points = tf.constant([[0.0, 0.0], [0.0, 1.0], [8.0, 8.0], [8.0, 9.0]])
    >>> kmeans = tf.contrib.factorization.KMeans(points, 2, points[1:3])
    >>> _, cluster_idx, scores, _, init_op, train_op = kmeans.training_graph()
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     _ = session.run(init_op)
    ...     _ = session.run(train_op)
    ...     print(session.run(cluster_idx[0]), session.run(scores[0]).round(3))
    [0 0 1 1] [0.25 0.25 0.25 0.25]
    """

    def __init__(
        self,
        inputs: Any,
        num_clusters: Any,
        initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch: bool = False,
        mini_batch_steps_per_iteration: int = 1,
        random_seed: int = 0,
        kmeans_plus_plus_num_retries: int = 2,
        kmc2_chain_length: int = 200,
    ) -> None:
        if isinstance(initial_clusters, str) and initial_clusters != RANDOM_INIT:
            if initial_clusters in (KMEANS_PLUS_PLUS_INIT, _KMC2_INIT):
                raise NotImplementedError(f"KMeans with initial_clusters={initial_clusters!r}")
            raise ValueError(f"Unsupported initialization algorithm '{initial_clusters}'")
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric '{distance_metric}'")
        self._inputs = inputs if isinstance(inputs, list) else [inputs]
        self._num_clusters = num_clusters
        self._initial_clusters = initial_clusters
        self._is_cosine = distance_metric == COSINE_DISTANCE
        self._use_mini_batch = use_mini_batch
        self._steps = int(mini_batch_steps_per_iteration)
        self._random_seed = random_seed

    @property
    def _lags(self) -> bool:
        """Whether distances are from centers of some runs ago."""
        return self._use_mini_batch and self._steps > 1

    @property
    def _centers_have_norm_1(self) -> bool:
        return self._is_cosine and (not self._use_mini_batch or self._lags)

    def training_graph(self) -> tuple[Any, Any, Any, Variable, Any, Any]:
        """Build the graph.

        Returns
        -------
        all_scores : tuple of Tensor
            For each part of the inputs the distance of each point to each center, squared
            or cosine.
        cluster_idx : tuple of Tensor
            The nearest center of each point, int64.
        scores : tuple of Tensor
            The distance to it.
        cluster_centers_initialized : Variable
            Whether there are all centers.
        init_op : Tensor
            Chooses centers that are missing.
        train_op : Operation or Tensor
            Moves the centers.
        """
        initial = self._initial_clusters
        if isinstance(initial, str) or callable(initial):
            count = convert_to_tensor(self._num_clusters)
        else:
            initial = convert_to_tensor(initial)
            count = shape(initial)[0]
        self._make_variables(count)
        init_op = _Initialization(self, initial, count).build()
        inputs, centers = self._inputs, self._centers
        if self._is_cosine:
            inputs = [l2_normalize(each, 1) for each in inputs]
            if not self._centers_have_norm_1:
                centers = l2_normalize(centers, 1)
        all_scores, scores, indices = self._nearest(inputs, centers)
        if not self._use_mini_batch:
            train_op: Any = self._replace(inputs, count, indices)
        else:
            with control_dependencies([self._brought_up_to_date()]):
                train_op = self._move(inputs, indices)
        return all_scores, indices, scores, self._is_initialized, init_op, train_op

    def _make_variables(self, count: Tensor) -> None:
        none = constant([], dtype=dtypes.float32)
        self._centers: Any = Variable(none, name="clusters", validate_shape=False)
        self._is_initialized = Variable(False, dtype=dtypes.bool, name="initialized")
        self._moving: Any = self._centers
        if self._lags:
            self._moving = Variable(none, name="clusters_updated", validate_shape=False)
            self._steps_left: Any = Variable(
                self._steps, dtype=dtypes.int64, name="update_in_steps"
            )
            self._counts: Any = Variable(zeros([count], dtypes.int64))
        elif self._use_mini_batch:
            self._counts = Variable(ones([count], dtypes.int64))

    def _distances(self, inputs: Sequence[Any], centers: Any) -> list[Tensor]:
        if self._is_cosine:
            return [1 - matmul(each, centers, transpose_b=True) for each in inputs]
        return [
            reduce_sum(square(each), 1, keepdims=True)
            - 2 * matmul(each, centers, transpose_b=True)
            + transpose(reduce_sum(square(centers), 1, keepdims=True))
            for each in inputs
        ]

    def _nearest(self, inputs: Sequence[Any], centers: Any) -> Any:
        all_scores = self._distances(inputs, centers)
        if self._is_cosine and not self._centers_have_norm_1:
            centers = l2_normalize(centers, 1)
        found = []
        for each, score in zip(inputs, all_scores, strict=True):
            indices, distances = apply_all(NearestNeighbors(), each, centers, 1)
            if self._is_cosine:
                # Of vectors of norm 1 the squared distance is twice 1 - cos.
                distances *= 0.5
            found.append((score, squeeze(distances, [-1]), squeeze(indices, [-1])))
        return zip(*found, strict=True)

    def _brought_up_to_date(self) -> Any:
        """Let the moved centers be those of distances, every so many runs."""
        if not self._lags:
            return no_op()

        def update() -> Tensor:
            with control_dependencies([assign(self._steps_left, self._steps - 1)]):
                centers = l2_normalize(self._moving, 1) if self._is_cosine else self._moving
                with control_dependencies([assign(self._centers, centers)]):
                    fresh = assign(self._counts, zeros_like(self._counts))
                    with control_dependencies([fresh]):
                        return identity(self._steps_left)

        return cond(self._steps_left <= 0, update, lambda: assign_sub(self._steps_left, 1))

    def _move(self, inputs: Sequence[Any], indices: Sequence[Tensor]) -> Operation:
        """Move each center to the mean of all points that were nearest to it."""
        updates = []
        for each, nearest in zip(inputs, indices, strict=True):
            ids, places = unique(reshape(nearest, [-1]))
            found = size(ids)
            old_counts, old = gather(self._counts, ids), gather(self._moving, ids)
            counts = unsorted_segment_sum(ones_like(places, dtypes.int64), places, found)
            change = unsorted_segment_sum(each, places, found)
            parts = [reshape(found, [1]), ones(reshape(rank(each) - 1, [1]), dtypes.int32)]
            column = concat(parts, 0)
            change -= cast(reshape(counts, column), each.dtype) * old
            rate = reciprocal(cast(old_counts + counts, each.dtype))
            change *= reshape(rate, column)
            updates.append(scatter_add(self._counts, ids, counts))
            updates.append(scatter_add(self._moving, ids, change))
        return group(*updates)

    def _replace(self, inputs: Sequence[Any], count: Tensor, indices: Sequence[Tensor]) -> Tensor:
        """Replace each center by the mean of the points nearest to it."""
        sums, counts = [], []
        epsilon = constant(1e-6, dtype=inputs[0].dtype)
        for each, nearest in zip(inputs, indices, strict=True):
            sums.append(unsorted_segment_sum(each, nearest, count))
            single = reshape(ones(reshape(shape(each)[0], [-1])), [-1, 1])
            counts.append(unsorted_segment_sum(single, nearest, count))
        centers = add_n(sums) / (cast(add_n(counts), sums[0].dtype) + epsilon)
        if self._centers_have_norm_1:
            centers = l2_normalize(centers, 1)
        return assign(self._centers, centers)


class _Initialization:
    """The choice of the centers that are missing."""

    def __init__(self, kmeans: KMeans, initial: Any, count: Tensor) -> None:
        self._inputs = kmeans._inputs
        self._initial: str | Tensor | Callable[..., Any] = initial
        self._count = count
        self._kmeans = kmeans
        self._chosen = shape(kmeans._centers)[0]
        self._missing = count - self._chosen
        self._points = add_n([shape(each)[0] for each in self._inputs])

    def build(self) -> Any:
        return cond(
            equal(self._missing, 0),
            lambda: assert_equal(self._kmeans._is_initialized, True),
            self._initialized,
        )

    def _initialized(self) -> Any:
        with control_dependencies([assert_positive(self._missing)]):
            missing = self._with_new_centers()
            return cond(
                equal(missing, 0),
                lambda: assign(self._kmeans._is_initialized, True),
                no_op,
            )

    def _with_new_centers(self) -> Tensor:
        """Add centers; returns how many are missing then."""
        kmeans = self._kmeans
        new = self._new_centers()
        if kmeans._is_cosine:
            new = l2_normalize(new, 1)
        every = cond(equal(self._chosen, 0), lambda: new, lambda: concat([kmeans._centers, new], 0))
        stored = assign(kmeans._centers, every, validate_shape=False)
        if kmeans._moving is not kmeans._centers:
            stored = assign(kmeans._moving, stored, validate_shape=False)
        return self._count - shape(stored)[0]

    def _new_centers(self) -> Any:
        if isinstance(self._initial, str):
            return cond(
                self._points <= self._missing, lambda: concat(self._inputs, 0), self._at_random
            )
        if callable(self._initial):
            return self._initial(self._inputs, self._missing)
        with control_dependencies([assert_equal(self._missing, shape(self._initial)[0])]):
            return self._initial

    def _at_random(self) -> Tensor:
        indices = random_uniform(
            reshape(self._missing, [-1]),
            minval=0,
            maxval=cast(self._points, dtypes.int64),
            seed=self._kmeans._random_seed,
            dtype=dtypes.int64,
        )
        return embedding_lookup(self._inputs, indices, partition_strategy="div")
