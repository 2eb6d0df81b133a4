"""Variables that start from the values of a checkpoint."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import device
from flowgraph.ops.checkpointing import RestoreV2
from flowgraph.ops.core import apply
from flowgraph.shapes import as_shape
from flowgraph.train.checkpoint_reader import CheckpointReader, checkpoint_path
from flowgraph.variables.assign import assign
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_store import default_store


def init_from_checkpoint(ckpt_dir_or_file: str, assignment_map: Any) -> None:
    """Make the initializers of variables read a checkpoint.

    Call it before the initializers are grouped or run.

    Parameters
    ----------
    ckpt_dir_or_file : str
        A checkpoint, or a directory, of which the latest is taken.
    assignment_map : dict
        From names in the checkpoint to variables, or to names of variables that
        `get_variable` made. A name that ends with ``/`` stands for all in a scope, and
        is mapped to a scope: ``{"old/": "new/"}``. ``"/"`` is the outermost scope.

    Raises
    ------
    ValueError
        If the checkpoint lacks a tensor, or has it with another shape.

    Examples
    --------
    >>> import os, tempfile
    >>> w = tf.get_variable("w", initializer=[1.0, 2.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, os.path.join(tempfile.mkdtemp(), "model"))
    >>> v = tf.get_variable("v", [2])
    >>> tf.train.init_from_checkpoint(path, {"w": "v"})
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     sess.run(v)
    array([1., 2.], dtype=float32)
    """
    path = checkpoint_path(ckpt_dir_or_file)
    shapes = CheckpointReader(path).get_variable_to_shape_map()
    known = default_store()._variables
    for source, target in sorted(assignment_map.items(), key=lambda item: item[0]):
        variable = target if isinstance(target, Variable) else known.get(target)
        if variable is not None:
            if source not in shapes:
                raise ValueError(
                    f"Tensor {source} is not found in {ckpt_dir_or_file} checkpoint {shapes}"
                )
            _initialize(variable, path, source, shapes)
            continue
        for name, inner in _names_in_scope(source, target, known):
            if name not in shapes:
                raise ValueError(
                    f"Tensor {name} ({inner.op.name.removeprefix(target)} in {source}) is not "
                    f"found in {ckpt_dir_or_file} checkpoint"
                )
            _initialize(inner, path, name, shapes)


def _names_in_scope(
    source: str, target: str, known: dict[str, Variable]
) -> list[tuple[str, Variable]]:
    """Return the name in the checkpoint for each variable of a scope."""
    scope = target.rpartition("/")[0]
    if not source.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only {source}. "
            "Should be 'scope/': 'other_scope/'."
        )
    prefix = f"{scope}/" if scope else ""
    outer = "" if source == "/" else source
    return [
        (outer + name.removeprefix(prefix), known[name])
        for name in sorted(known)
        if name.startswith(prefix)
    ]


def _initialize(variable: Variable, path: str, name: str, shapes: dict[str, list[int]]) -> None:
    """Replace a variable's initial value, and the operation that assigns it."""
    if not variable.shape.is_compatible_with(shapes[name]):
        raise ValueError(
            f"Shape of variable {variable.name} ({variable.shape}) doesn't match with shape of "
            f"tensor {name} ({shapes[name]}) from checkpoint reader."
        )
    kind = variable.dtype.base_dtype
    with device(variable.device), device("/cpu:0"):
        value = apply(RestoreV2(dtypes=(kind,)), path, [name], [""], name="checkpoint_initializer")
    is_known = variable.shape.is_fully_defined()
    variable._initializer_op = assign(variable._ref(), value, validate_shape=is_known).op
    value.set_shape(as_shape(variable.shape))
    variable._initial_value = value
