"""The loss of connectionist temporal classification.

A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, Connectionist temporal classification, ICML
2006. The recursions run over time, for the whole batch at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import expand_dims, transpose
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.comparison import less
from flowgraph.ops.core import apply_all, cast, convert_to_tensor, prevent_gradient, shape
from flowgraph.ops.ctc_checks import check_sequences, infer_sequences, log_softmax, log_sum
from flowgraph.ops.joining import concat
from flowgraph.ops.mapping import map_fn
from flowgraph.ops.masking import sequence_mask
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.partitioning import unique
from flowgraph.ops.scattering import gather_nd
from flowgraph.ops.selection import where
from flowgraph.ops.slicing import pad
from flowgraph.ops.sparse import SparseTensor
from flowgraph.shapes import TensorShape


class CTCLoss(Op):
    """The losses of sequences of labels, and their gradients with respect to the inputs.

    The last class is the blank.
    """

    signature = Signature(
        "inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32 "
        "-> loss: T, gradient: T",
        T=Types((dtypes.float32, dtypes.float64), default=dtypes.float32),
    )
    host_only = True

    preprocess_collapse_repeated: bool = False
    ctc_merge_repeated: bool = True
    ignore_longer_outputs_than_inputs: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        indices = with_rank(inputs[1].shape, 2).sizes or (None, None)
        merge_sizes(indices[0], (with_rank(inputs[2].shape, 1).sizes or (None,))[0])
        sizes = infer_sequences(inputs[0], inputs[3])
        return TensorShape.of((sizes[1],)), TensorShape.of(sizes)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        x, indices, values, lengths = inputs
        check_sequences(x, lengths)
        labels = self._labels(indices, values, x.shape)
        is_used = np.ones(len(labels), dtype=bool)
        for row, label in enumerate(labels):
            if len(label) > lengths[row]:
                if not self.ignore_longer_outputs_than_inputs:
                    raise invalid(
                        f"Not enough time for target transition sequence (required: {len(label)}, "
                        f"available: {lengths[row]}){row}You can turn this error into a warning "
                        "by using the flag ignore_longer_outputs_than_inputs"
                    )
                is_used[row] = False
        is_used &= lengths > 0
        loss = xp.zeros(x.shape[1], dtype=x.dtype)
        slope = xp.zeros(x.shape, dtype=x.dtype)
        rows = np.flatnonzero(is_used)
        if len(rows):
            found = self._paths(xp, x[:, rows], [labels[row] for row in rows], lengths[rows])
            loss[rows], slope[:, rows] = found
        return loss, slope

    def _labels(self, indices: Array, values: Array, sizes: tuple[int, ...]) -> list[list[int]]:
        """Return the labels of each sequence, up to the first blank."""
        if indices.ndim != 2:
            raise invalid("labels_indices is not a matrix")
        if values.ndim != 1:
            raise invalid("labels_values is not a vector")
        if len(indices) != len(values):
            raise invalid(
                "labels_indices and labels_values must contain the same number of rows, but saw "
                f"shapes: {bracketed(indices.shape)} vs. {bracketed(values.shape)}"
            )
        _, batch, classes = sizes
        bad = (indices[:, 0] < 0) | (indices[:, 0] >= batch)
        if bad.any():
            row = int(bad.argmax())
            width = int(indices[:, 1].max()) + 1
            raise invalid(
                f"label SparseTensor is not valid: indices[{row}] = "
                f"{bracketed(indices[row].tolist())} is out of bounds: need 0 <= index < "
                f"[{batch},{width}]"
            )
        groups: list[list[int]] = [[] for _ in np.arange(batch)]
        for row, value in zip(indices[:, 0].tolist(), values.tolist(), strict=True):
            groups[row].append(value)
        return [self._checked(row, given, classes) for row, given in enumerate(groups)]

    def _checked(self, row: int, given: list[int], classes: int) -> list[int]:
        if not given:
            raise invalid(f"Labels length is zero in batch {row}")
        text = ",".join(map(str, given))
        if min(given) < 0:
            raise invalid(f"All labels must be nonnegative integers, batch: {row} labels: {text}")
        label: list[int] = []
        is_over = False
        for i, value in enumerate(given):
            if i and self.preprocess_collapse_repeated and value == given[i - 1]:
                continue
            if value >= classes - 1:
                is_over = True
            elif is_over:
                raise invalid(
                    "Saw a non-null label (index >= num_classes - 1) following a null label, "
                    f"batch: {row} num_classes: {classes} labels: {text} labels seen so far: "
                    f"{','.join(map(str, label))}"
                )
            else:
                label.append(value)
        return label

    def _paths(
        self, xp: Any, x: Array, labels: list[list[int]], lengths: Array
    ) -> tuple[Array, Array]:
        """Return losses and gradients, by the forward and the backward recursion."""
        time, batch, classes = x.shape
        log_y = log_softmax(xp, x)
        ends = np.array([2 * len(label) + 1 for label in labels])
        states = np.full((batch, int(ends.max())), classes - 1)
        for row, label in enumerate(labels):
            states[row, 1 : 2 * len(label) : 2] = label
        emitted = xp.take_along_axis(log_y, xp.asarray(states)[None], axis=2)
        may_stay, may_skip = self._moves(states, classes - 1)
        exists = np.arange(states.shape[1]) < ends[:, None]
        none = xp.asarray(-np.inf, dtype=x.dtype)
        is_last = exists & (np.arange(states.shape[1]) >= ends[:, None] - 2)

        alpha = xp.full((time, *states.shape), none)
        alpha[0, :, :2] = xp.where(exists[:, :2], emitted[0, :, :2], none)
        for t in np.arange(1, time):
            step = log_sum(
                xp,
                xp.where(may_stay, alpha[t - 1], none),
                _moved(xp, alpha[t - 1], 1),
                xp.where(may_skip, _moved(xp, alpha[t - 1], 2), none),
            )
            alpha[t] = xp.where(exists, step + emitted[t], none)
        beta = xp.full((time, *states.shape), none)
        leap = np.zeros_like(may_skip)
        leap[:, :-2] = may_skip[:, 2:]
        for t in np.arange(time - 1, -1, -1):
            if t < time - 1:
                after = beta[t + 1] + emitted[t + 1]
                beta[t] = log_sum(
                    xp,
                    xp.where(may_stay, after, none),
                    _moved(xp, after, -1),
                    xp.where(leap, _moved(xp, after, -2), none),
                )
            starts = (lengths - 1 == t)[:, None]
            beta[t] = xp.where(starts, xp.where(is_last, 0, none), beta[t])
        # Beyond the end of a sequence nothing is left.
        inside = np.arange(time)[:, None] < lengths
        both = xp.where(inside[:, :, None], alpha + beta, none)
        first = both[0]
        peak = xp.max(first, axis=1, keepdims=True)
        base = xp.where(np.isfinite(peak), peak, 0)
        log_p = (base + xp.log(xp.sum(xp.exp(first - base), axis=1, keepdims=True)))[:, 0]
        has_path = np.isfinite(log_p)
        share = xp.exp(both - xp.where(has_path, log_p, 0)[:, None])
        occupied = xp.zeros(x.shape, dtype=x.dtype)
        members = np.arange(batch)
        for state in np.arange(states.shape[1]):
            occupied[:, members, states[:, state]] += share[:, :, state]
        slope = xp.exp(log_y) - xp.where(has_path[:, None], occupied, 0)
        return -log_p, xp.where(inside[:, :, None], slope, 0).astype(x.dtype)

    def _moves(self, states: Array, blank: int) -> tuple[Array, Array]:
        """Return in which states a path may stay, and which it may reach over a blank."""
        is_blank = states == blank
        same = np.zeros_like(is_blank)
        same[:, 2:] = states[:, 2:] == states[:, :-2]
        if self.ctc_merge_repeated:
            return np.ones_like(is_blank), ~is_blank & ~same
        return is_blank, ~is_blank

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        slope = prevent_gradient(
            operation.outputs[1],
            message="Currently there is no way to take the second  derivative of ctc_loss due to "
            "the fused implementation's interaction  with tf.gradients()",
        )
        return multiply(expand_dims(dys[0], -1), slope), None, None, None


def _moved(xp: Any, values: Array, by: int) -> Array:
    """Move values along the last axis; minus infinity moves in."""
    result = xp.full_like(values, -np.inf)
    if by > 0:
        result[:, by:] = values[:, :-by]
    else:
        result[:, :by] = values[:, -by:]
    return result


def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """Return the loss of connectionist temporal classification.

    Parameters
    ----------
    labels : SparseTensor
        int32 of shape ``[batch, n]``: the labels of each sequence. The class with the greatest
        number is the blank, and ends a sequence.
    inputs : Tensor
        Logits of shape ``[time, batch, classes]``, float32 or float64.
    sequence_length : Tensor
        int32 of shape ``[batch]``.
    preprocess_collapse_repeated : bool
        Make equal neighbours among the labels one.
    ctc_merge_repeated : bool
        Whether equal neighbours on a path are one label. Without it, each is a label of its own.
    ignore_longer_outputs_than_inputs : bool
        Give sequences with more labels than steps a loss of 0, instead of an error.
    time_major : bool
        Whether the first axis of `inputs` is time, or the batch.
    logits : Tensor, optional
        The other name of `inputs`.

    Returns
    -------
    Tensor
        Shape ``[batch]``: the negative logarithms of the labels' probabilities. It can be
        differentiated once.

    Raises
    ------
    TypeError
        If `labels` is no sparse tensor.
    InvalidArgumentError
        If a sequence is shorter than its labels, or has none.

    Examples
    --------
    >>> labels = tf.SparseTensor([[0, 0]], [0], [1, 1])
    >>> loss = tf.nn.ctc_loss(labels, tf.zeros([2, 1, 2]), [2])
    >>> tf.Session().run(tf.exp(-loss))
    array([0.75], dtype=float32)
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    x = convert_to_tensor(renamed_argument("inputs", inputs, "logits", logits))
    if not time_major:
        x = transpose(x, [1, 0, 2])
    op = CTCLoss(
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    return apply_all(op, x, labels.indices, labels.values, sequence_length)[0]


def ctc_loss_v2(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return the loss of connectionist temporal classification, for any blank class.

    Parameters
    ----------
    labels : SparseTensor, or Tensor
        int32; a dense tensor is of shape ``[batch, n]``.
    logits : Tensor
        Of shape ``[time, batch, classes]``.
    label_length : Tensor or None
        int32 of shape ``[batch]``; ``None`` for sparse labels.
    logit_length : Tensor
        int32 of shape ``[batch]``.
    logits_time_major : bool
        Whether the first axis of `logits` is time, or the batch.
    unique : tuple, optional
        What `ctc_unique_labels` returned. It changes nothing: it speeds up TPUs.
    blank_index : int, optional
        The blank class; a negative one counts from the end. 0 for dense labels by default.
    name : str, optional

    Raises
    ------
    ValueError
        If the labels are sparse and there is no `blank_index`, or a length is missing.

    Notes
    -----
    Steps beyond the end of a sequence have no gradient, for dense labels too; there TensorFlow
    1.15 returns the classes' probabilities.

    Examples
    --------
    >>> loss = tf.nn.ctc_loss_v2([[1]], tf.zeros([2, 1, 2]), [1], [2])
    >>> tf.Session().run(tf.exp(-loss))
    array([0.75], dtype=float32)
    """
    if isinstance(labels, SparseTensor):
        if blank_index is None:
            raise ValueError("blank_index must be given when using SparseTensor labels.")
        return _with_blank(labels, logits, logit_length, logits_time_major, blank_index)
    with name_scope(name, "ctc_loss_dense", [logits, labels, label_length, logit_length]):
        x = convert_to_tensor(logits, name="logits")
        dense = convert_to_tensor(labels, name="labels")
        count = convert_to_tensor(label_length, name="label_length")
        steps = convert_to_tensor(logit_length, name="logit_length")
        places = where(sequence_mask(count, shape(dense)[1]))
        sizes = shape(dense, out_type=dtypes.int64)
        sparse = SparseTensor(places, cast(gather_nd(dense, places), dtypes.int32), sizes)
        return _with_blank(sparse, x, steps, logits_time_major, blank_index or 0)


def _with_blank(
    labels: SparseTensor, logits: Any, lengths: Any, time_major: bool, blank: int
) -> Tensor:
    """Make the blank the last class."""
    x = convert_to_tensor(logits)
    classes = x.shape[-1].value
    if blank < 0:
        if classes is None:
            raise ValueError("blank_index must not be negative where the classes are not known")
        blank += classes
    if blank != (None if classes is None else classes - 1):
        x = concat([x[:, :, :blank], x[:, :, blank + 1 :], x[:, :, blank : blank + 1]], 2)
        values = where(less(labels.values, blank), labels.values, labels.values - 1)
        labels = SparseTensor(labels.indices, values, labels.dense_shape)
    return ctc_loss(labels, x, lengths, time_major=time_major)


def ctc_unique_labels(labels: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Return the distinct labels of each sequence, and which of them each label is.

    Parameters
    ----------
    labels : Tensor
        Shape ``[batch, n]``.
    name : str, optional

    Returns
    -------
    Tensor
        int64 of the shape of `labels`: the distinct ones, then zeros.
    Tensor
        int32: the place of each label among them.

    Examples
    --------
    >>> tf.Session().run(tf.nn.ctc_unique_labels([[2, 3, 2]])[1])
    array([[0, 1, 0]], dtype=int32)
    """
    with name_scope(name, "ctc_unique_labels", [labels]):
        given = convert_to_tensor(labels, name="labels")

        def distinct(row: Tensor) -> tuple[Tensor, Tensor]:
            found = unique(row)
            padded = pad(found.y, [[0, shape(row)[0] - shape(found.y)[0]]])
            padded.set_shape(row.shape)
            return cast(padded, dtypes.int64), found.idx

        first, places = map_fn(distinct, given, dtype=(dtypes.int64, dtypes.int32))
        return first, places
