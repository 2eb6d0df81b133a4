"""Labels from the outputs of connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.errors import FailedPreconditionError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid
from flowgraph.ops.core import apply_all
from flowgraph.ops.ctc_beam_search import BeamSearch
from flowgraph.ops.ctc_checks import check_sequences, infer_sequences, log_softmax
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape

_LOGITS = Types((dtypes.float32, dtypes.float64), default=dtypes.float32)


def _precondition(message: str) -> FailedPreconditionError:
    return FailedPreconditionError(None, None, message)


def _sparse(sequences: list[Array]) -> tuple[Array, Array, Array]:
    """Return sequences of different lengths as the rows of a sparse tensor."""
    counts = [len(sequence) for sequence in sequences]
    rows = np.repeat(np.arange(len(counts)), counts)
    columns = np.concatenate([np.arange(count) for count in counts] or [np.arange(0)])
    values = np.concatenate([np.asarray(s, np.int64) for s in sequences] or [np.zeros(0, np.int64)])
    sizes = np.array([len(counts), max(counts, default=0)], dtype=np.int64)
    return np.column_stack([rows, columns]).astype(np.int64), values.astype(np.int64), sizes


class CTCGreedyDecoder(Op):
    """The labels of the likeliest class at each step."""

    signature = Signature(
        "inputs: T, sequence_length: int32 -> decoded_indices: int64, decoded_values: int64, "
        "decoded_shape: int64, log_probability: T",
        T=_LOGITS,
    )
    host_only = True

    merge_repeated: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _, batch, _ = infer_sequences(*inputs)
        shapes = (None, 2), (None,), (2,), (batch, 1)
        return tuple(TensorShape.of(shape) for shape in shapes)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, lengths = inputs
        check_sequences(x, lengths, _precondition)
        time, batch, classes = x.shape
        best = xp.argmax(x, axis=2) if time else np.zeros((0, batch), np.int64)
        inside = np.arange(time)[:, None] < lengths
        score = xp.where(inside, xp.max(x, axis=2), 0).sum(axis=0, dtype=x.dtype)
        kept = inside & (best != classes - 1)
        if self.merge_repeated:
            kept[1:] &= best[1:] != best[:-1]
        rows = [best[kept[:, row], row] for row in np.arange(batch)]
        return (*_sparse(rows), -score[:, None])

    gradient = Op.not_differentiable


class CTCBeamSearchDecoder(Op):
    """The likeliest sequences of labels, among those that a beam search keeps."""

    signature = Signature(
        "inputs: T, sequence_length: int32 -> decoded_indices: top_paths*int64, "
        "decoded_values: top_paths*int64, decoded_shape: top_paths*int64, log_probability: T",
        T=_LOGITS,
    )
    host_only = True

    beam_width: int
    top_paths: int
    merge_repeated: bool = True

    def __post_init__(self) -> None:
        for name in ("beam_width", "top_paths"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(
                    f"Attr '{name}' of '{self.type}' Op passed {value} less than minimum 1."
                )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        _, batch, _ = infer_sequences(*inputs)
        each = (None, 2), (None,), (2,)
        parts = [TensorShape.of(shape) for shape in each for _ in np.arange(self.top_paths)]
        return (*parts, TensorShape.of((batch, self.top_paths)))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, lengths = inputs
        check_sequences(x, lengths, _precondition)
        if self.top_paths > self.beam_width:
            raise invalid("requested more paths than the beam width.")
        log_y = log_softmax(np, x)
        paths: list[list[Array]] = [[] for _ in np.arange(self.top_paths)]
        scores = np.zeros((x.shape[1], self.top_paths), dtype=x.dtype)
        for row, length in enumerate(lengths.tolist()):
            search = BeamSearch(self.beam_width, x.shape[2])
            for t in np.arange(length):
                search.step(log_y[t, row])
            found = search.best(self.top_paths, self.merge_repeated)
            if len(found) < self.top_paths:
                raise invalid("Less leaves in the beam search than requested.")
            for rank, (labels, score) in enumerate(found):
                paths[rank].append(np.array(labels, dtype=np.int64))
                scores[row, rank] = score
        parts = zip(*[_sparse(sequences) for sequences in paths], strict=True)
        return (*[array for part in parts for array in part], scores)

    gradient = Op.not_differentiable


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """Take the likeliest class at each step.

    Parameters
    ----------
    inputs : Tensor
        Logits of shape ``[time, batch, classes]``, float32. The last class is the blank.
    sequence_length : Tensor
        int32 of shape ``[batch]``.
    merge_repeated : bool
        Whether equal neighbours are one label.

    Returns
    -------
    list of SparseTensor
        One: the int64 labels, of shape ``[batch, n]``.
    Tensor
        Of shape ``[batch, 1]``: the negative sums of the logits taken.

    Raises
    ------
    FailedPreconditionError
        If a sequence is longer than the inputs.

    Examples
    --------
    >>> logits = [[[0.0, 3.0, 0.0]], [[0.0, 3.0, 0.0]], [[0.0, 0.0, 3.0]], [[3.0, 0.0, 0.0]]]
    >>> decoded, _ = tf.nn.ctc_greedy_decoder(logits, [4])
    >>> tf.Session().run(decoded[0]).values
    array([1, 0])
    """
    op = CTCGreedyDecoder(merge_repeated=merge_repeated)
    indices, values, sizes, score = apply_all(op, inputs, sequence_length)
    return [SparseTensor(indices, values, sizes)], score


def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> tuple[list[SparseTensor], Tensor]:
    """Search for the likeliest sequences of labels.

    Parameters
    ----------
    inputs : Tensor
        Logits of shape ``[time, batch, classes]``, float32. The last class is the blank.
    sequence_length : Tensor
        int32 of shape ``[batch]``.
    beam_width : int
        How many sequences are kept at each step.
    top_paths : int
        How many are returned.
    merge_repeated : bool
        Make equal neighbours in the results one, even where a blank stood between them.

    Returns
    -------
    list of SparseTensor
        `top_paths` of them, the likeliest first: int64 labels of shape ``[batch, n]``.
    Tensor
        Shape ``[batch, top_paths]``: the logarithms of their probabilities.

    Raises
    ------
    InvalidArgumentError
        If there are fewer sequences than asked for.

    Examples
    --------
    >>> logits = [[[0.0, 3.0, 0.0]], [[0.0, 0.0, 3.0]], [[0.0, 3.0, 0.0]]]
    >>> decoded, _ = tf.nn.ctc_beam_search_decoder(logits, [3], merge_repeated=False)
    >>> tf.Session().run(decoded[0]).values
    array([1, 1])
    """
    op = CTCBeamSearchDecoder(
        beam_width=beam_width, top_paths=top_paths, merge_repeated=merge_repeated
    )
    *outputs, scores = apply_all(op, inputs, sequence_length)
    n = top_paths
    columns = outputs[:n], outputs[n : 2 * n], outputs[2 * n :]
    return [SparseTensor(*path) for path in zip(*columns, strict=True)], scores


def ctc_beam_search_decoder_v2(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[SparseTensor], Tensor]:
    """Search for the likeliest sequences of labels, and return them as they are.

    As `ctc_beam_search_decoder` without `merge_repeated`.

    Examples
    --------
    >>> logits = [[[0.0, 3.0, 0.0]], [[0.0, 0.0, 3.0]], [[0.0, 3.0, 0.0]]]
    >>> decoded, _ = tf.nn.ctc_beam_search_decoder_v2(logits, [3])
    >>> tf.Session().run(decoded[0]).values
    array([1, 1])
    """
    return ctc_beam_search_decoder(
        inputs, sequence_length, beam_width=beam_width, top_paths=top_paths, merge_repeated=False
    )
