"""``tf.profiler.ProfileOptionBuilder``: what a profile shows, and how it sums up."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

_MINIMA = (
    *("min_bytes", "min_peak_bytes", "min_residual_bytes", "min_output_bytes", "min_micros"),
    *("min_accelerator_micros", "min_cpu_micros", "min_params", "min_float_ops"),
    "min_occurrence",
)

ORDERS = {
    "name": None,
    "depth": None,
    "bytes": "requested_bytes",
    "peak_bytes": "peak_bytes",
    "residual_bytes": "residual_bytes",
    "output_bytes": "output_bytes",
    "micros": "exec_micros",
    "accelerator_micros": "accelerator_exec_micros",
    "cpu_micros": "cpu_exec_micros",
    "params": "parameters",
    "float_ops": "float_ops",
    "occurrence": "run_count",
}
"""What nodes can be ordered by, and the quantity that is; else it is by name."""

SELECTS = frozenset(ORDERS) - {"name", "depth"} | {"device", "op_types", "input_shapes"}
OUTPUTS = ("file", "none", "pprof", "stdout", "timeline")


@dataclass
class Options:
    """Options of a profile, checked. The names are those of a ProfileOptionBuilder's dict."""

    max_depth: int = 10
    min_bytes: int = 0
    min_peak_bytes: int = 0
    min_residual_bytes: int = 0
    min_output_bytes: int = 0
    min_micros: int = 0
    min_accelerator_micros: int = 0
    min_cpu_micros: int = 0
    min_params: int = 0
    min_float_ops: int = 0
    min_occurrence: int = 0
    step: int = -1
    order_by: str = "name"
    account_type_regexes: Sequence[str] = ()
    start_name_regexes: Sequence[str] = ()
    trim_name_regexes: Sequence[str] = ()
    show_name_regexes: Sequence[str] = ()
    hide_name_regexes: Sequence[str] = ()
    account_displayed_op_only: bool = False
    select: Iterable[str] = field(default_factory=list)
    output: str = "stdout"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """Read a dict of options.

        Raises
        ------
        ValueError
            If there is no such option, order, selection or output.
        NotImplementedError
            For values of tensors.
        """
        known = {each.name for each in fields(cls)}
        if not options.keys() <= known | {"dump_to_file"}:
            raise ValueError(f"unknown options {sorted(options.keys() - known)}")
        if options.get("dump_to_file"):
            raise NotImplementedError("profiler option dump_to_file")
        made = cls(**{name: value for name, value in options.items() if name in known})
        selected = set(made.select)
        if "tensor_value" in selected:
            raise NotImplementedError("profiler select tensor_value")
        if selected - SELECTS:
            raise ValueError(f"Unknown select: {', '.join(sorted(selected - SELECTS))}")
        if made.order_by not in ORDERS:
            raise ValueError(f"order_by must be one of {list(ORDERS)}, not {made.order_by!r}")
        if made.kind not in OUTPUTS:
            raise ValueError(
                f"E.g. Unknown output type: {made.kind}, Valid types: {','.join(OUTPUTS)}"
            )
        if made.kind == "pprof":
            raise NotImplementedError("profiler output pprof")
        return made

    @property
    def kind(self) -> str:
        """The kind of output."""
        return self.output.partition(":")[0]

    @property
    def outfile(self) -> str:
        """The file to write."""
        return self.output.partition("outfile=")[2]

    def counts(self, types: Iterable[str]) -> bool:
        """Whether nodes of these types are summed up."""
        return any(_matches(name, self.account_type_regexes) for name in types)

    def shows(self, name: str) -> bool:
        """Whether a node of that name is shown."""
        is_hidden = _matches(name, self.hide_name_regexes)
        return _matches(name, self.show_name_regexes) and not is_hidden

    def trims(self, name: str) -> bool:
        """Whether nothing below a node is shown."""
        return _matches(name, self.trim_name_regexes)

    def starts(self, name: str) -> bool:
        """Whether to begin at a node."""
        return _matches(name, self.start_name_regexes)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


class ProfileOptionBuilder:
    """Builds the options of `tf.profiler.profile`.

    Parameters
    ----------
    options : dict, optional
        To begin with, such as those that the static methods give.

    Examples
    --------
    >>> builder = tf.profiler.ProfileOptionBuilder
    >>> options = builder(builder.time_and_memory()).with_max_depth(3).with_empty_output().build()
    >>> options["max_depth"], options["output"], options["order_by"]
    (3, 'none', 'micros')
    """

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        self._options = copy.deepcopy(options) if options is not None else _options(max_depth=100)

    @staticmethod
    def trainable_variables_parameter() -> dict[str, Any]:
        """Return options for the number of parameters of the trainable variables."""
        return _options(
            account_type_regexes=["_trainable_variables"],
            account_displayed_op_only=True,
            select=["params"],
        )

    @staticmethod
    def float_operation() -> dict[str, Any]:
        """Return options for floating-point operations."""
        return _options(
            min_float_ops=1,
            order_by="float_ops",
            account_displayed_op_only=True,
            select=["float_ops"],
        )

    @staticmethod
    def time_and_memory(
        min_micros: int = 1,
        min_bytes: int = 1,
        min_accelerator_micros: int = 0,
        min_cpu_micros: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> dict[str, Any]:
        """Return options for the time and memory of nodes that take at least so much."""
        return _options(
            min_bytes=min_bytes,
            min_peak_bytes=min_peak_bytes,
            min_residual_bytes=min_residual_bytes,
            min_output_bytes=min_output_bytes,
            min_micros=min_micros,
            min_accelerator_micros=min_accelerator_micros,
            min_cpu_micros=min_cpu_micros,
            order_by="micros",
            account_displayed_op_only=True,
            select=["micros", "bytes"],
        )

    def build(self) -> dict[str, Any]:
        """Return a copy of the options."""
        return copy.deepcopy(self._options)

    def _with(self, **options: Any) -> ProfileOptionBuilder:
        self._options.update(copy.deepcopy(options))
        return self

    def with_max_depth(self, max_depth: int) -> ProfileOptionBuilder:
        """Show nodes down to a depth; the root's is 1."""
        return self._with(max_depth=max_depth)

    def with_min_memory(
        self,
        min_bytes: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> ProfileOptionBuilder:
        """Show nodes that with all below them ask for, hold, keep and give so many bytes."""
        return self._with(
            min_bytes=min_bytes,
            min_peak_bytes=min_peak_bytes,
            min_residual_bytes=min_residual_bytes,
            min_output_bytes=min_output_bytes,
        )

    def with_min_execution_time(
        self, min_micros: int = 0, min_accelerator_micros: int = 0, min_cpu_micros: int = 0
    ) -> ProfileOptionBuilder:
        """Show nodes that with all below them take so many microseconds."""
        return self._with(
            min_micros=min_micros,
            min_accelerator_micros=min_accelerator_micros,
            min_cpu_micros=min_cpu_micros,
        )

    def with_min_parameters(self, min_params: int) -> ProfileOptionBuilder:
        """Show nodes with so many parameters."""
        return self._with(min_params=min_params)

    def with_min_occurrence(self, min_occurrence: int) -> ProfileOptionBuilder:
        """Show nodes that ran so often; op types that so many operations have."""
        return self._with(min_occurrence=min_occurrence)

    def with_min_float_operations(self, min_float_ops: int) -> ProfileOptionBuilder:
        """Show nodes with so many floating-point operations."""
        return self._with(min_float_ops=min_float_ops)

    def with_accounted_types(self, account_type_regexes: Sequence[str]) -> ProfileOptionBuilder:
        """Sum up nodes of which a type, device or mark of the OpLogProto matches wholly."""
        return self._with(account_type_regexes=account_type_regexes)

    def with_node_names(
        self,
        start_name_regexes: Sequence[str] | None = None,
        show_name_regexes: Sequence[str] | None = None,
        hide_name_regexes: Sequence[str] | None = None,
        trim_name_regexes: Sequence[str] | None = None,
    ) -> ProfileOptionBuilder:
        """Choose nodes by patterns that match their whole names.

        Parameters
        ----------
        start_name_regexes : list of str, optional
            Where to begin.
        show_name_regexes, hide_name_regexes : list of str, optional
            What is shown: what matches the former and not the latter.
        trim_name_regexes : list of str, optional
            Below what to end.
        """
        given = {
            "start_name_regexes": start_name_regexes,
            "show_name_regexes": show_name_regexes,
            "hide_name_regexes": hide_name_regexes,
            "trim_name_regexes": trim_name_regexes,
        }
        return self._with(**{name: value for name, value in given.items() if value is not None})

    def account_displayed_op_only(self, is_true: bool) -> ProfileOptionBuilder:
        """Sum up the nodes that are shown alone."""
        return self._with(account_displayed_op_only=is_true)

    def with_empty_output(self) -> ProfileOptionBuilder:
        """Print nothing."""
        return self._with(output="none")

    def with_stdout_output(self) -> ProfileOptionBuilder:
        """Print a report."""
        return self._with(output="stdout")

    def with_file_output(self, outfile: str) -> ProfileOptionBuilder:
        """Write a report."""
        return self._with(output=f"file:outfile={outfile}")

    def with_timeline_output(self, timeline_file: str) -> ProfileOptionBuilder:
        """Write a step's trace for a trace viewer, to the file's name with ``_STEP``."""
        return self._with(output=f"timeline:outfile={timeline_file}")

    def with_pprof_output(self, pprof_file: str) -> ProfileOptionBuilder:
        """Ask for a profile for pprof, which `tf.profiler.profile` does not write."""
        return self._with(output=f"pprof:outfile={pprof_file}")

    def order_by(self, attribute: str) -> ProfileOptionBuilder:
        """Order nodes by name, or by a quantity, the largest first."""
        return self._with(order_by=attribute)

    def select(self, attributes: Sequence[str]) -> ProfileOptionBuilder:
        """Choose the columns."""
        return self._with(select=attributes)

    def with_step(self, step: int) -> ProfileOptionBuilder:
        """Choose a step that a `Profiler` was given; -1 is the average of all."""
        return self._with(step=step)


def _options(**options: Any) -> dict[str, Any]:
    """Return options that sum up and show all nodes by name."""
    return {
        "max_depth": 10000,
        **dict.fromkeys(_MINIMA, 0),
        "order_by": "name",
        "account_type_regexes": [".*"],
        "start_name_regexes": [".*"],
        "trim_name_regexes": [],
        "show_name_regexes": [".*"],
        "hide_name_regexes": [],
        "account_displayed_op_only": False,
        "select": ["micros"],
        "step": -1,
        "output": "stdout",
        **options,
    }
