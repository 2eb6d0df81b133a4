"""How far iterators have come, in checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from flowgraph.data.iterator import Iterator
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import colocate_with
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.core import apply, build
from flowgraph.ops.iterator import IteratorPosition, ResumeIterator


class SavedResource:
    """How far an iterator has come, as a `tf.train.Saver` saves and restores it.

    Parameters
    ----------
    handle : Tensor
        The iterator's.
    """

    def __init__(self, handle: Tensor) -> None:
        self.name = handle.name
        self.op = handle.op
        with colocate_with(handle):
            position = apply(IteratorPosition(), handle)
        self.tensors = {f"{handle.name}_STATE": position}

    def restore(self, values: Sequence[Tensor]) -> Operation:
        """Return an operation that lets the iterator go on from a saved position."""
        handle = self.op.outputs[0]
        with colocate_with(handle):
            return build(ResumeIterator(), (handle, *values))


def make_saveable_from_iterator(iterator: Iterator) -> SavedResource:
    """Return what lets a `tf.train.Saver` save how far an iterator has come.

    Add it to the collection `tf.GraphKeys.SAVEABLE_OBJECTS`, or give it to a saver.

    Parameters
    ----------
    iterator : Iterator
        Of the same dataset when it is restored, and initialized before.

    Raises
    ------
    FailedPreconditionError
        When it is saved, if a function of the dataset is stateful: it draws random numbers
        or calls Python, or the dataset is a generator.

    Notes
    -----
    A position is the number of elements that were drawn and what random seeds follow from.
    Restoring draws the elements again, and so takes as long as drawing them took; what is
    shuffled, repeated, batched, interleaved or prefetched comes in the same order again.

    Examples
    --------
    >>> import os, tempfile
    >>> iterator = tf.data.Dataset.range(9).shuffle(4).make_initializable_iterator()
    >>> element = iterator.get_next()
    >>> saver = tf.train.Saver([tf.data.experimental.make_saveable_from_iterator(iterator)])
    >>> with tf.Session() as sess:
    ...     sess.run(iterator.initializer)
    ...     _ = sess.run(element)
    ...     path = saver.save(sess, os.path.join(tempfile.mkdtemp(), "input"))
    ...     second = sess.run(element)
    >>> with tf.Session() as sess:
    ...     sess.run(iterator.initializer)
    ...     saver.restore(sess, path)
    ...     print(sess.run(element) == second)
    True
    """
    return SavedResource(iterator._iterator_resource)
