"""What `Saver.restore` says when a checkpoint does not fit the graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flowgraph.errors import InvalidArgumentError, NotFoundError, OpError


@contextmanager
def explained() -> Iterator[None]:
    """Put the likely cause before the text of an error inside the block."""
    try:
        yield
    except NotFoundError as error:
        cause = "a Variable name or other graph key that is missing"
        raise _with_cause(error, cause) from error
    except InvalidArgumentError as error:
        raise _with_cause(error, "a mismatch between the current graph and the graph") from error


def _with_cause(error: NotFoundError | InvalidArgumentError, cause: str) -> OpError:
    message = (
        f"Restoring from checkpoint failed. This is most likely due to {cause} from the "
        "checkpoint. Please ensure that you have not altered the graph expected based on the "
        f"checkpoint. Original error:\n\n{error.message}"
    )
    return type(error)(error.node_def, error.op, message)
