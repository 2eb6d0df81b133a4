"""Conditional random fields over sequences of tags: scores and likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import dtypes
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, reshape, squeeze
from flowgraph.ops.comparison import equal, less_equal
from flowgraph.ops.conditional import smart_cond
from flowgraph.ops.constant import constant
from flowgraph.ops.core import cast
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.filling import fill, zeros_like
from flowgraph.ops.gathering import gather
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import maximum
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.selection import where
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.ops.statistics import reduce_logsumexp
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.dynamic import dynamic_rnn
from flowgraph.variables.get_variable import get_variable


def by_length(inputs: Tensor, one: Callable[[], Any], several: Callable[[], Any]) -> Any:
    """Return what a function makes of sequences of one step, or another of longer ones."""
    steps = inputs.shape[1].value or shape_of(inputs)[1]
    return smart_cond(equal(steps, 1), one, several)


def later_steps(lengths: Tensor) -> Tensor:
    """Return how many steps there are after the first."""
    return maximum(constant(0, dtype=lengths.dtype), lengths - 1)


def _unless_empty(values: Tensor, lengths: Any) -> Tensor:
    return where(less_equal(lengths, 0), zeros_like(values), values)


class CrfForwardRnnCell(RNNCell):
    """A cell whose state is, for each tag, the log of the summed scores of all ways to it.

    Parameters
    ----------
    transition_params : Tensor
        ``(tags, tags)``: the score of each tag followed by each.

    Examples
    --------
    >>> cell = tf.contrib.crf.CrfForwardRnnCell(tf.zeros([3, 3]))
    >>> alphas, _ = cell(tf.zeros([1, 3]), tf.zeros([1, 3]))
    >>> tf.Session().run(alphas)  # log 3
    array([[1.0986123, 1.0986123, 1.0986123]], dtype=float32)
    """

    def __init__(self, transition_params: Any) -> None:
        self._transition_params = expand_dims(transition_params, 0)
        self._num_tags = transition_params.shape[0].value

    @property
    def state_size(self) -> Any:
        return self._num_tags

    @property
    def output_size(self) -> Any:
        return self._num_tags

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        scores = expand_dims(state, 2) + self._transition_params
        alphas = inputs + reduce_logsumexp(scores, [1])
        return alphas, alphas


def crf_sequence_score(
    inputs: Tensor, tag_indices: Tensor, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """Return the score of each sequence with given tags: of the tags and of what follows what.

    Parameters
    ----------
    inputs : Tensor
        ``(batch, time, tags)``: the score of each tag at each step.
    tag_indices : Tensor
        Integers ``(batch, time)``.
    sequence_lengths : Tensor
        Integers ``(batch,)``.
    transition_params : Tensor
        ``(tags, tags)``: the score of each tag followed by each.

    Returns
    -------
    Tensor
        ``(batch,)``; 0 for an empty sequence.

    Examples
    --------
    >>> score = tf.contrib.crf.crf_sequence_score(
    ...     tf.ones([1, 3, 2]), tf.constant([[0, 1, 1]]), [3], tf.constant([[0., 5.], [0., 7.]]))
    >>> tf.Session().run(score)
    array([15.], dtype=float32)
    """

    def one() -> Tensor:
        dtype = tag_indices.dtype
        rows = range_of(shape_of(inputs, out_type=dtype)[0], dtype=dtype)
        rows = reshape(rows, [-1, 1])
        places = concat([rows, tag_indices], axis=1)
        return _unless_empty(gather_nd(squeeze(inputs, [1]), places), sequence_lengths)

    def several() -> Tensor:
        unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    score: Tensor = by_length(inputs, one, several)
    return score


def crf_multitag_sequence_score(
    inputs: Tensor, tag_bitmap: Tensor, sequence_lengths: Any, transition_params: Any
) -> Tensor:
    """Return the log of the summed scores of all tag sequences that are allowed.

    Parameters
    ----------
    inputs, sequence_lengths, transition_params
        As for `crf_sequence_score`.
    tag_bitmap : Tensor
        bool, ``(batch, time, tags)``: which tags are allowed at each step.

    Returns
    -------
    Tensor
        ``(batch,)``.

    Examples
    --------
    >>> bitmap = tf.constant([[[True, False], [True, True]]])
    >>> score = tf.contrib.crf.crf_multitag_sequence_score(
    ...     tf.zeros([1, 2, 2]), bitmap, tf.constant([2]), tf.zeros([2, 2]))
    >>> print(f"{tf.Session().run(score)[0]:.4f}")  # log 2
    0.6931
    """

    def allowed() -> Tensor:
        return where(tag_bitmap, inputs, fill(shape_of(inputs), float("-inf")))

    def one() -> Tensor:
        return reduce_logsumexp(allowed(), axis=[1, 2], keepdims=False)

    def several() -> Tensor:
        return crf_log_norm(allowed(), sequence_lengths, transition_params)

    score: Tensor = by_length(inputs, one, several)
    return score


def crf_log_norm(inputs: Tensor, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """Return the log of the summed scores of all tag sequences.

    Parameters
    ----------
    inputs, sequence_lengths, transition_params
        As for `crf_sequence_score`; the lengths must be a tensor.

    Returns
    -------
    Tensor
        ``(batch,)``; 0 for an empty sequence.

    Examples
    --------
    >>> norm = tf.contrib.crf.crf_log_norm(
    ...     tf.zeros([1, 2, 2]), tf.constant([2]), tf.zeros([2, 2]))
    >>> print(f"{tf.Session().run(norm)[0]:.4f}")  # log 4
    1.3863
    """
    first = squeeze(slice_of(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def one() -> Tensor:
        return _unless_empty(reduce_logsumexp(first, [1]), sequence_lengths)

    def several() -> Tensor:
        rest = slice_of(inputs, [0, 1, 0], [-1, -1, -1])
        cell = CrfForwardRnnCell(transition_params)
        _, alphas = dynamic_rnn(
            cell, rest, later_steps(sequence_lengths), initial_state=first, dtype=dtypes.float32
        )
        return _unless_empty(reduce_logsumexp(alphas, [1]), sequence_lengths)

    norm: Tensor = by_length(inputs, one, several)
    return norm


def crf_log_likelihood(
    inputs: Tensor, tag_indices: Tensor, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Tensor, Any]:
    """Return the log likelihood of given tags in a conditional random field [1]_.

    Parameters
    ----------
    inputs, tag_indices, sequence_lengths
        As for `crf_sequence_score`; the lengths must be a tensor.
    transition_params : Tensor, optional
        ``(tags, tags)``; by default a variable ``transitions``.

    Returns
    -------
    log_likelihood : Tensor
        ``(batch,)``.
    transition_params : Tensor or Variable

    References
    ----------
    .. [1] J. Lafferty, A. McCallum, F. Pereira, Conditional Random Fields, 2001

    Examples
    --------
    >>> likelihood, _ = tf.contrib.crf.crf_log_likelihood(
    ...     tf.zeros([1, 2, 2]), tf.constant([[0, 1]]), tf.constant([2]), tf.zeros([2, 2]))
    >>> print(f"{tf.Session().run(likelihood)[0]:.4f}")  # one of four
    -1.3863
    """
    tags = inputs.shape[2].value
    if transition_params is None:
        transition_params = get_variable("transitions", [tags, tags])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return score - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


def crf_unary_score(tag_indices: Tensor, sequence_lengths: Any, inputs: Tensor) -> Tensor:
    """Return the summed scores of the tags themselves, without what follows what.

    Parameters
    ----------
    tag_indices, sequence_lengths, inputs
        As for `crf_sequence_score`.

    Returns
    -------
    Tensor
        ``(batch,)``.

    Examples
    --------
    >>> score = tf.contrib.crf.crf_unary_score(
    ...     tf.constant([[1, 0]]), [2], tf.constant([[[1., 2.], [3., 4.]]]))
    >>> tf.Session().run(score)
    array([5.], dtype=float32)
    """
    batch, steps, tags = (shape_of(inputs)[axis] for axis in range(3))
    flat = reshape(inputs, [-1])
    offsets = expand_dims(range_of(batch) * steps * tags, 1)
    offsets = offsets + expand_dims(range_of(steps) * tags, 0)
    if tag_indices.dtype == dtypes.int64:
        offsets = cast(offsets, dtypes.int64)
    places = reshape(offsets + tag_indices, [-1])
    scores = reshape(gather(flat, places), [batch, steps])
    return reduce_sum(scores * _mask(tag_indices, sequence_lengths), 1)


def crf_binary_score(tag_indices: Tensor, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """Return the summed scores of what follows what, without the tags themselves.

    Parameters
    ----------
    tag_indices, sequence_lengths, transition_params
        As for `crf_sequence_score`.

    Returns
    -------
    Tensor
        ``(batch,)``.

    Examples
    --------
    >>> score = tf.contrib.crf.crf_binary_score(
    ...     tf.constant([[0, 1, 1]]), [3], tf.constant([[0., 5.], [0., 7.]]))
    >>> tf.Session().run(score)
    array([12.], dtype=float32)
    """
    tags = transition_params.shape[0]
    count = shape_of(tag_indices)[1] - 1
    before = slice_of(tag_indices, [0, 0], [-1, count])
    after = slice_of(tag_indices, [0, 1], [-1, count])
    places = before * tags + after
    scores = gather(reshape(transition_params, [-1]), places)
    mask = slice_of(_mask(tag_indices, sequence_lengths), [0, 1], [-1, -1])
    return reduce_sum(scores * mask, 1)


def _mask(tag_indices: Tensor, lengths: Any) -> Tensor:
    return sequence_mask(lengths, maxlen=shape_of(tag_indices)[1], dtype=dtypes.float32)
