"""The likeliest tags of a conditional random field."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.core import cast
from flowgraph.ops.core import shape as shape_of
from flowgraph.ops.joining import concat
from flowgraph.ops.packing import stack
from flowgraph.ops.ranking import argmax
from flowgraph.ops.rearranging import reverse_sequence
from flowgraph.ops.reduction import reduce_max
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.sequences import range as range_of
from flowgraph.ops.slicing import slice as slice_of
from flowgraph.rnn.cell import RNNCell
from flowgraph.rnn.crf import CrfForwardRnnCell, by_length, later_steps
from flowgraph.rnn.dynamic import dynamic_rnn


def viterbi_decode(score: Array, transition_params: Array) -> tuple[list[int], Any]:
    """Return the tags of the greatest score, of a sequence in NumPy [1]_.

    Parameters
    ----------
    score : array
        ``(time, tags)``: the score of each tag at each step.
    transition_params : array
        ``(tags, tags)``: the score of each tag followed by each.

    Returns
    -------
    viterbi : list of int
    viterbi_score : float

    References
    ----------
    .. [1] A. Viterbi, Error Bounds for Convolutional Codes and an Asymptotically Optimum
       Decoding Algorithm, 1967

    Examples
    --------
    >>> import numpy as np
    >>> tags, score = tf.contrib.crf.viterbi_decode(
    ...     np.array([[1., 0.], [1., 0.]]), np.array([[0., 3.], [0., 0.]]))
    >>> [int(tag) for tag in tags], float(score)
    ([0, 1], 4.0)
    """
    best = score[0]
    origins = []
    for step in score[1:]:
        ways = best[:, None] + transition_params
        origins.append(ways.argmax(0).astype(np.int32))
        best = (step + ways.max(0)).astype(score.dtype)
    tags: list[Any] = [np.argmax(best)]
    for origin in reversed(origins):
        tags.append(origin[tags[-1]])
    return tags[::-1], best.max()


class CrfDecodeForwardRnnCell(CrfForwardRnnCell):
    """A cell whose state is, for each tag, the greatest score of all ways to it.

    Its output is the tag before, on that way.

    Parameters
    ----------
    transition_params : Tensor
        ``(tags, tags)``: the score of each tag followed by each.

    Examples
    --------
    >>> cell = tf.contrib.crf.CrfDecodeForwardRnnCell(tf.constant([[0., 5.], [7., 0.]]))
    >>> tf.Session().run(cell(tf.zeros([1, 2]), tf.zeros([1, 2])))
    (array([[1, 0]], dtype=int32), array([[7., 5.]], dtype=float32))
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        scores = expand_dims(state, 2) + self._transition_params
        following = inputs + reduce_max(scores, [1])
        return cast(argmax(scores, 1), dtypes.int32), following


class CrfDecodeBackwardRnnCell(RNNCell):
    """A cell whose state is a tag, and whose input names for each tag the next one.

    Parameters
    ----------
    num_tags : int

    Examples
    --------
    >>> cell = tf.contrib.crf.CrfDecodeBackwardRnnCell(2)
    >>> tf.Session().run(cell(tf.constant([[1, 0]]), tf.constant([[0]])))
    (array([[1]], dtype=int32), array([[1]], dtype=int32))
    """

    def __init__(self, num_tags: int) -> None:
        self._num_tags = num_tags

    @property
    def state_size(self) -> int:
        return 1

    @property
    def output_size(self) -> int:
        return 1

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> tuple[Tensor, Tensor]:
        tag = squeeze(state, axis=[1])
        rows = range_of(shape_of(inputs)[0])
        following = expand_dims(gather_nd(inputs, stack([rows, tag], axis=1)), axis=-1)
        return following, following


def crf_decode(
    potentials: Tensor, transition_params: Any, sequence_length: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the tags of the greatest score.

    Parameters
    ----------
    potentials : Tensor
        ``(batch, time, tags)``: the score of each tag at each step.
    transition_params : Tensor
        ``(tags, tags)``: the score of each tag followed by each.
    sequence_length : Tensor
        Integers ``(batch,)``.

    Returns
    -------
    decode_tags : Tensor
        int32, ``(batch, time)``; what stands after the end of a sequence means nothing.
    best_score : Tensor
        ``(batch,)``.

    Examples
    --------
    >>> tags, score = tf.contrib.crf.crf_decode(
    ...     tf.constant([[[1., 0.], [1., 0.]]]), tf.constant([[0., 3.], [0., 0.]]),
    ...     tf.constant([2]))
    >>> tf.Session().run([tags, score])
    [array([[0, 1]], dtype=int32), array([4.], dtype=float32)]
    """

    def one() -> tuple[Tensor, Tensor]:
        scores = squeeze(potentials, [1])
        tags = expand_dims(argmax(scores, axis=1), 1)
        best = reduce_max(scores, axis=1)
        return cast(tags, dtypes.int32), best

    def several() -> tuple[Tensor, Tensor]:
        forward = CrfDecodeForwardRnnCell(transition_params)
        first = squeeze(slice_of(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1])
        rest = slice_of(potentials, [0, 1, 0], [-1, -1, -1])
        later = later_steps(sequence_length)
        origins, last = dynamic_rnn(forward, rest, later, first, dtypes.int32)
        origins = reverse_sequence(origins, later, seq_axis=1)
        backward = CrfDecodeBackwardRnnCell(potentials.shape[2].value)
        end = expand_dims(cast(argmax(last, axis=1), dtypes.int32), axis=-1)
        tags, _ = dynamic_rnn(backward, origins, later, end, dtypes.int32)
        tags = concat([end, squeeze(tags, axis=[2])], axis=1)
        return reverse_sequence(tags, sequence_length, seq_axis=1), reduce_max(last, axis=1)

    tags, best = by_length(potentials, one, several)
    return tags, best
