"""What to say of a placeholder that a run needs and nobody fed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed
from flowgraph.plan.plan import Request
from flowgraph.runtime import failure

_SWITCH = re.compile("keep_prob|drop|learning_rate|is_?train|phase|batch_size", re.IGNORECASE)
"""What the names of placeholders have in them that most runs leave at one value."""


def explained(operation: Operation, request: Request) -> str:
    """Return the message for a placeholder: which fetch needs it, and what was fed."""
    placeholder, fed = operation.outputs[0], request.feeds
    sizes, name = placeholder.shape.sizes, operation.name
    shape = f" and shape {bracketed(sizes)}" if sizes else ""
    dtype = failure.enum_name(placeholder.dtype.name)
    path = failure.path_to(operation, request)
    lines = [
        f"You must feed a value for placeholder tensor '{name}' with dtype {dtype}{shape}"
        f"\n\t {failure.node(operation)}",
        f"  the placeholder was made at\n  {operation.site}",
        *failure.asked(operation, request),
        f"  fed were {', '.join(tensor.name for tensor in fed)}" if fed else "  nothing was fed",
    ]
    hint = _hint(operation, path, fed)
    return "\n".join([*lines, f"  hint: {hint}"] if hint else lines)


def _hint(operation: Operation, path: Sequence[Operation], fed: Sequence[Tensor]) -> str | None:
    merged = [i for i, step in enumerate(path[:-1]) if step.type == "MergeSummary"]
    if merged:
        summary = path[merged[-1] + 1]
        return (
            f"tf.summary.merge_all() merges every summary of the graph, and '{summary.name}', "
            f"made at\n  {summary.site}\n  needs this placeholder: feed it, or merge only what "
            "the run needs with tf.summary.merge"
        )
    base = _base(operation.name)
    for tensor in fed:
        if base != operation.type and base == _base(tensor.op.name):
            return (
                f"{tensor.name} was fed, which was made at\n  {tensor.op.site}\n  were the "
                "placeholders made twice, by a cell that ran again? tf.reset_default_graph() first"
            )
    if _SWITCH.search(operation.name) or _SWITCH.search(operation.site.text.partition("=")[0]):
        return "tf.placeholder_with_default gives it a value when it is not fed"
    return None


def _base(name: str) -> str:
    return re.sub(r"_\d+$", "", name)
