"""What each operation of a graph is for: what a reader wants to see, and what is only machinery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flowgraph.graph.operation import Operation
from flowgraph.graph.tensor import Tensor
from flowgraph.inspect.picture import Kind
from flowgraph.ops.constant import Const
from flowgraph.ops.core import Identity, Placeholder, PlaceholderWithDefault
from flowgraph.ops.state import Assign, VariableV2
from flowgraph.runtime.parts import gradients

HIDDEN = {
    "initializers": ("initialiser", "initialisers"),
    "savers": ("node that saves or restores", "nodes that save or restore"),
    "helpers": ("helper node", "helper nodes"),
    "constants": ("constant told in a label", "constants told in labels"),
    "slots": ("variable of an optimizer", "variables of optimizers"),
    "references": ("wire to a writer of a variable", "wires to writers of variables"),
}
"""What is not drawn unless it is asked for, and what a caption calls one of it and several."""

_SHAPES = {"Shape", "ShapeN", "Size", "Rank", "BroadcastGradientArgs", "PreventGradient", "Assert"}
_SAVERS = {"SaveV2", "RestoreV2", "ShardedFilename", "MergeV2Checkpoints"}
_SOURCES = (VariableV2, Placeholder, PlaceholderWithDefault)
_UNNAMED = re.compile(r"(^|/)(Const(_\d+)?|[xy])$")


class Roles:
    """The parts that a graph's operations play.

    Parameters
    ----------
    operations : list of Operation
        What may be drawn.
    kept : collection of Operation
        Drawn in any case.
    hidden : collection of str
        Which of `HIDDEN` are left out.

    Attributes
    ----------
    drawn : dict of Operation to str
        Those to draw, with their kinds.
    hidden : dict of Operation to str
        Those left out, and as what.
    merged : dict of Operation to Tensor
        Those that hand on a value, and which: the value is shown in their place.
    hides_references : bool
        References to variables are told in labels, not drawn as wires.
    """

    def __init__(
        self, operations: Sequence[Operation], kept: Iterable[Operation], hidden: Iterable[str]
    ) -> None:
        self._known = dict.fromkeys(operations)
        self._kept = dict.fromkeys(kept)
        wanted = set(hidden)
        self.hides_references = "references" in wanted
        self.hidden: dict[Operation, str] = {}
        self.merged: dict[Operation, Tensor] = {}
        self._gradients = gradients(operations)
        for operation in operations:
            if operation not in self._kept:
                self._merge(operation)
        self._users = self._consumers(operations)
        if "initializers" in wanted:
            self._hide("initializers", [o for o in operations if _initialises(o)])
        if "savers" in wanted:
            self._hide("savers", [o for o in operations if _saves(o)])
        if "helpers" in wanted:
            self._hide("helpers", [o for o in operations if self._helps(o)])
            self._hide_arithmetic_of_shapes(operations)
        self._updates = self._find_updates(operations)
        if "slots" in wanted:
            self._hide("slots", [o for o in operations if self._is_slot(o)])
        if "constants" in wanted:
            for operation in operations:
                if self._folds(operation):
                    self.hidden[operation] = "constants"
        self.drawn: dict[Operation, Kind] = {
            o: self._kind(o) for o in operations if o not in self.hidden and o not in self.merged
        }

    def source(self, tensor: Tensor) -> Tensor:
        """Return the tensor that is shown in place of one."""
        while tensor.op in self.merged:
            tensor = self.merged[tensor.op]
        return tensor

    def is_folded(self, operation: Operation) -> bool:
        """Whether an operation is shown as a part of those that take its value."""
        return operation in self.merged or self.hidden.get(operation) == "constants"

    # -- merging and hiding -----------------------------------------------------------------

    def _merge(self, operation: Operation) -> None:
        """Merge a variable's read, and what a gradient only hands on."""
        if not isinstance(operation.op, Identity):
            return
        tensor = operation.inputs[0]
        is_read = isinstance(tensor.op.op, VariableV2) and operation.name.endswith("/read")
        hands_on = operation in self._gradients and "control_dependency" in operation.name
        if tensor.op in self._known and (is_read or hands_on):
            self.merged[operation] = tensor

    def _consumers(self, operations: Sequence[Operation]) -> dict[Operation, list[Operation]]:
        users: dict[Operation, list[Operation]] = {o: [] for o in operations}
        for operation in operations:
            if operation in self.merged:
                continue
            before = [self.source(t).op for t in operation.inputs]
            for source in [*before, *operation.control_inputs]:
                if source in users:
                    users[source].append(operation)
        return users

    def _hide(self, role: str, seeds: Iterable[Operation]) -> None:
        """Hide operations, with all that serves nothing else, and groups of nothing else."""
        stack = [o for o in seeds if o not in self._kept]
        while stack:
            operation = stack.pop()
            if operation in self.hidden:
                continue
            self.hidden[operation] = role
            before = [self.source(t).op for t in operation.inputs] + operation.control_inputs
            stack += [o for o in before if o in self._known and self._serves_hidden(o, role)]
            stack += [o for o in self._users[operation] if self._gathers_hidden(o)]

    def _serves_hidden(self, operation: Operation, role: str) -> bool:
        # What feeds a program stays, but for a checkpoint's name.
        is_source = isinstance(operation.op, _SOURCES) and role != "savers"
        users = self._users[operation]
        return (
            operation not in self._kept
            and not is_source
            and all(user in self.hidden for user in users)
        )

    def _gathers_hidden(self, operation: Operation) -> bool:
        waits = operation.control_inputs
        before = [self.source(t).op for t in operation.inputs]
        return (
            operation not in self._kept
            and all(
                o in self.hidden or all(u in self.hidden or u is operation for u in self._users[o])
                for o in before
            )
            and bool(waits)
            and all(o in self.hidden for o in waits)
        )

    def _helps(self, operation: Operation) -> bool:
        if operation.type in _SHAPES:
            return bool(self._users[operation]) or "/" in operation.name
        return operation.type == "NoOp" and operation in self._gradients

    def _hide_arithmetic_of_shapes(self, operations: Sequence[Operation]) -> None:
        """Hide what is computed from nothing but shapes, other than a gradient's start."""
        for operation in operations:
            before = [self.source(t).op for t in operation.inputs]
            if (
                any(self.hidden.get(o) == "helpers" for o in before)
                and all(self.hidden.get(o) == "helpers" or _is_constant(o) for o in before)
                and not (operation.op.is_stateful or operation.op.is_random)
                and all(t.dtype.is_integer or operation.type == "Cast" for t in operation.outputs)
                and self._users[operation]
            ):
                self._hide("helpers", [operation])

    # -- updates, slots, constants ------------------------------------------------------------

    def _find_updates(self, operations: Sequence[Operation]) -> set[Operation]:
        """Return what writes variables, and what serves or follows only such."""
        found = {o for o in operations if o.op.writes() and o not in self.hidden}
        for operation in operations:
            before = operation.control_inputs
            if not operation.inputs and before and found.issuperset(before):
                found.add(operation)
        for operation in reversed(operations):
            users = [o for o in self._users[operation] if o not in self.hidden]
            is_source = isinstance(operation.op, _SOURCES)
            plain = not is_source and operation not in self._gradients
            if users and plain and found.issuperset(users):
                found.add(operation)
        return found

    def _is_slot(self, operation: Operation) -> bool:
        """Whether a variable is there for one optimizer only: it stands apart from all it serves.

        A variable of a program's own stands in no scope, or in that of its update.
        """
        users = [o for o in self._users[operation] if o not in self.hidden]
        if not isinstance(operation.op, VariableV2) or not users:
            return False
        scopes = {o.name.partition("/")[0] for o in users}
        if len(scopes) > 1 or not self._updates.issuperset(users):
            return False
        (scope,) = scopes
        inside = all("/" in o.name for o in users)
        return inside and not operation.name.startswith(f"{scope}/")

    def _folds(self, operation: Operation) -> bool:
        """Whether a constant is told in the labels of those that take it."""
        users = [o for o in self._users[operation] if o not in self.hidden]
        if not _is_constant(operation) or operation in self._kept or operation in self.hidden:
            return False
        if not users:
            return bool(self._users[operation])
        return all(self._may_tell(o, operation) for o in users)

    def _may_tell(self, user: Operation, constant: Operation) -> bool:
        if user in self._updates or user in self._gradients:
            return True
        if any(user.inputs[i].op is constant for i in user.op.host_inputs if i < len(user.inputs)):
            return True
        if constant.name.startswith(user.name + "/"):
            return True
        others = [t for t in user.inputs if not _is_constant(self.source(t).op)]
        return bool(others and _UNNAMED.search(constant.name))

    def _kind(self, operation: Operation) -> Kind:
        if isinstance(operation.op, Placeholder | PlaceholderWithDefault):
            return "input"
        if isinstance(operation.op, VariableV2):
            return "variable"
        if operation in self._updates:
            return "update"
        if operation in self._gradients:
            return "gradient"
        return "constant" if _is_constant(operation) else "forward"


def _is_constant(operation: Operation) -> bool:
    return isinstance(operation.op, Const)


def _initialises(operation: Operation) -> bool:
    if operation.type == "IsVariableInitialized":
        return True
    return isinstance(operation.op, Assign) and (
        operation.name == f"{operation.inputs[0].op.name}/Assign"
    )


def _saves(operation: Operation) -> bool:
    if isinstance(operation.op, Assign):
        return operation.inputs[1].op.type in _SAVERS
    return operation.type in _SAVERS
