"""``tensorflow.python.tools.inspect_checkpoint``: what a checkpoint holds, printed."""

from __future__ import annotations

import math
import re
from typing import Any

from flowgraph.errors import OpError
from flowgraph.train.checkpoint_reader import CheckpointReader


def print_tensors_in_checkpoint_file(
    file_name: str,
    tensor_name: str | None,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Print the tensors of a checkpoint, and how many numbers there are.

    Parameters
    ----------
    file_name : str
        The checkpoint's path, without what ends the names of its files.
    tensor_name : str or None
        The tensor to print; if it is empty, all names, dtypes and shapes are.
    all_tensors : bool
        Print all tensors.
    all_tensor_names : bool
        Print all names.
    count_exclude_pattern : str
        A regular expression: tensors with such names are not counted.

    Notes
    -----
    An error is printed, not raised, as in TensorFlow.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.compat.checkpoint_printing import print_tensors_in_checkpoint_file
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, os.path.join(tempfile.mkdtemp(), "model"))
    >>> print_tensors_in_checkpoint_file(path, tensor_name="", all_tensors=True)
    tensor_name:  w
    [1. 2.]
    # Total number of params: 2
    """
    try:
        reader = CheckpointReader(file_name)
        if all_tensors or all_tensor_names:
            for name in sorted(reader.get_variable_to_shape_map()):
                print("tensor_name: ", name)
                if all_tensors:
                    print(reader.get_tensor(name))
        elif tensor_name:
            print("tensor_name: ", tensor_name)
            print(reader.get_tensor(tensor_name))
        else:
            print(reader.debug_string().decode())
        print(f"# Total number of params: {_count(reader, count_exclude_pattern)}")
    except OpError as error:
        print(error)


def _count(reader: Any, exclude: str) -> int:
    """Return how many numbers a checkpoint holds, without the tensors of some names."""
    sizes = {name: math.prod(s) for name, s in reader.get_variable_to_shape_map().items()}
    left_out = [name for name in sizes if exclude and re.search(exclude, name)]
    if exclude:
        numbers = sum(sizes.pop(name) for name in left_out)
        print(
            f"# Excluding {len(left_out)} tensors ({numbers} params) that match {exclude} when "
            "counting."
        )
    return sum(sizes.values())
