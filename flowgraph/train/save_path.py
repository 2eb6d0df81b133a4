"""Where `Saver.save` puts a checkpoint."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from flowgraph.runtime.session import BaseSession
from flowgraph.train.global_steps import global_step as value_of_step


def save_path_of_step(
    sess: Any, save_path: str, step: Any, latest_filename: str, is_padded: bool, is_sharded: bool
) -> str:
    """Return the path of a checkpoint with its step; an error says what is wrong with them.

    Raises
    ------
    TypeError, ValueError
        As `Saver.save`.
    """
    if os.path.dirname(latest_filename):
        raise ValueError("'latest_filename' must not contain path components")
    if not save_path:
        raise ValueError("no path specified")
    if step is None and os.path.basename(save_path) == latest_filename and not is_sharded:
        raise ValueError(
            f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{save_path}'"
        )
    if not isinstance(sess, BaseSession):
        raise TypeError(f"'sess' must be a Session; {sess}")
    if step is None:
        return save_path
    if not isinstance(step, int | np.integer):
        step = value_of_step(sess, step)
    return f"{save_path}-{step:08d}" if is_padded else f"{save_path}-{step}"
