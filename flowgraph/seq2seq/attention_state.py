"""The state of a cell with attention."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.graph.tensor import Tensor
from flowgraph.ops import nest
from flowgraph.seq2seq.same_shape import with_same_shape


class AttentionWrapperState(
    NamedTuple(
        "AttentionWrapperState",
        [
            ("cell_state", Any),
            ("attention", Any),
            ("time", Any),
            ("alignments", Any),
            ("alignment_history", Any),
            ("attention_state", Any),
        ],
    )
):
    """The state of an `AttentionWrapper`.

    Attributes
    ----------
    cell_state : Tensor or nested structure of Tensor
        That of the cell inside.
    attention : Tensor
        What the last step saw of the memory.
    time : Tensor
        int32, a scalar: how many steps there were.
    alignments : Tensor or tuple of Tensor
        Which steps of the memory the last step looked at, for each mechanism.
    alignment_history : TensorArray or tuple
        The alignments of all steps, ``()`` if they are not kept.
    attention_state : Tensor or tuple of Tensor
        The state of each mechanism.

    Examples
    --------
    >>> attention = tf.contrib.seq2seq.LuongAttention(3, tf.ones([2, 5, 4]))
    >>> cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(3), attention)
    >>> state = cell.zero_state(2, tf.float32).clone(cell_state=tf.ones([2, 3]))
    >>> tf.Session().run(state.cell_state[0])
    array([1., 1., 1.], dtype=float32)
    """

    __slots__ = ()

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """Return the state with other parts in the place of some, of the same shapes.

        Raises
        ------
        ValueError
            If a shape differs, or there is no such part.
        InvalidArgumentError
            When run: if a shape differs that was not known.
        """

        def checked(old: Any, new: Any) -> Any:
            if isinstance(old, Tensor) and isinstance(new, Tensor):
                return with_same_shape(old, new)
            return new

        clone: AttentionWrapperState = nest.map_structure(checked, self, self._replace(**kwargs))
        return clone
