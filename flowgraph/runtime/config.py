"""Options of sessions and runs, with TensorFlow's names."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from flowgraph.backends.native.library import Tier


class _Message:
    """A record with fixed fields and defaults, filled by keyword or by attribute."""

    FIELDS: ClassVar[dict[str, Any]] = {}

    def __init__(self, **fields: Any) -> None:
        for name, default in self.FIELDS.items():
            value = default() if callable(default) else default
            object.__setattr__(self, name, value)
        for name, value in fields.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.FIELDS:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.FIELDS)
        return f"{type(self).__name__}({fields})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]

    def CopyFrom(self, other: Any) -> None:
        """Take over every field of `other`."""
        for name in self.FIELDS:
            setattr(self, name, getattr(other, name))


_M = TypeVar("_M", bound=_Message)


class GPUOptions(_Message):
    """How a session uses GPUs. Nothing to a session without one.

    ``visible_device_list`` such as ``"1,0"`` chooses and numbers them,
    ``per_process_gpu_memory_fraction`` limits the memory that CuPy's pool takes. It grows as it is
    needed, whatever ``allow_growth`` says: nothing is allocated beforehand.
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "allow_growth": False,
        "per_process_gpu_memory_fraction": 0.0,
        "visible_device_list": "",
        "allocator_type": "",
        "deferred_deletion_bytes": 0,
        "force_gpu_compatible": False,
        "polling_active_delay_usecs": 0,
        "polling_inactive_delay_msecs": 0,
    }


class OptimizerOptions(_Message):
    """Which passes a session's plans go through: ``opt_level=OptimizerOptions.L0`` for none.

    ``global_jit_level`` says when they use native kernels: ``ON_1`` and ``ON_2`` from the first
    run on, however long the compiler takes; ``OFF`` never; ``DEFAULT`` as the environment variable
    ``FLOWGRAPH_NATIVE`` says (``wait``, ``off`` or ``auto``: as soon as they are compiled).
    """

    L0: ClassVar[int] = -1
    L1: ClassVar[int] = 0
    OFF: ClassVar[int] = -1
    DEFAULT: ClassVar[int] = 0
    ON_1: ClassVar[int] = 1
    ON_2: ClassVar[int] = 2

    FIELDS: ClassVar[dict[str, Any]] = {
        "opt_level": 0,
        "do_common_subexpression_elimination": False,
        "do_constant_folding": False,
        "do_function_inlining": False,
        "global_jit_level": 0,
    }


class GraphOptions(_Message):
    """Options of a session's plans."""

    FIELDS: ClassVar[dict[str, Any]] = {
        "optimizer_options": OptimizerOptions,
        "infer_shapes": False,
        "place_pruned_graph": False,
        "enable_bfloat16_sendrecv": False,
        "timeline_step": 0,
    }


class ConfigProto(_Message):
    """Options of a session.

    Thread counts and GPU options are hints for speed and memory; results never
    depend on them. ``intra_op_parallelism_threads`` sets how many threads one operation
    may use, in the whole process; one run makes its operations one after another.

    Parameters
    ----------
    **fields
        ``allow_soft_placement``, ``log_device_placement``, ``gpu_options``,
        ``graph_options``, ``intra_op_parallelism_threads``,
        ``inter_op_parallelism_threads``, ``device_count`` ...
        ``operation_timeout_in_ms`` is the ``timeout_in_ms`` of runs without one.

    Examples
    --------
    >>> config = tf.ConfigProto(allow_soft_placement=True)
    >>> config.gpu_options.allow_growth = True
    >>> with tf.Session(config=config) as sess:
    ...     print(sess.run(tf.constant(1)))
    1
    """

    FIELDS: ClassVar[dict[str, Any]] = {
        "allow_soft_placement": False,
        "log_device_placement": False,
        "gpu_options": GPUOptions,
        "graph_options": GraphOptions,
        "device_count": dict,
        "intra_op_parallelism_threads": 0,
        "inter_op_parallelism_threads": 0,
        "use_per_session_threads": False,
        "device_filters": list,
        "operation_timeout_in_ms": 0,
        "isolate_session_state": False,
    }


class RunOptions(_Message):
    """Options of one run.

    Parameters
    ----------
    **fields
        ``trace_level`` other than ``NO_TRACE`` notes when each operation ran;
        ``output_partition_graphs`` notes what ran. Both are found in the ``RunMetadata``
        given to the run. ``timeout_in_ms``, if positive, is how long the run may take: one that
        waits for longer, as for a queue, raises ``DeadlineExceededError``. A computation cannot
        be interrupted: one that takes longer raises when it is done.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    >>> _ = tf.Session().run(tf.exp(x, name="y"), {x: 1.0}, options, metadata)
    >>> [node.timeline_label for node in metadata.step_stats.dev_stats[0].node_stats]
    ['y = Exp(x)']
    """

    NO_TRACE: ClassVar[int] = 0
    SOFTWARE_TRACE: ClassVar[int] = 1
    HARDWARE_TRACE: ClassVar[int] = 2
    FULL_TRACE: ClassVar[int] = 3

    FIELDS: ClassVar[dict[str, Any]] = {
        "trace_level": 0,
        "timeout_in_ms": 0,
        "inter_op_thread_pool": 0,
        "output_partition_graphs": False,
        "report_tensor_allocations_upon_oom": False,
    }


def completed(config: _M, defaults: _M) -> _M:
    """Return options with those that are not set taken from `defaults`, of the same kind."""
    made = type(config)()
    for name in config.FIELDS:
        value, default, unset = (getattr(m, name) for m in (config, defaults, type(config)()))
        if isinstance(value, _Message):
            value = completed(value, default)
        setattr(made, name, default if value == unset else value)
    return made


def native_tier(config: ConfigProto) -> Tier:
    """Return when the plans of a session use native kernels."""
    options = config.graph_options.optimizer_options  # type: ignore[attr-defined]
    if options.opt_level == OptimizerOptions.L0 or options.global_jit_level < 0:
        return Tier.OFF
    return Tier.WAIT if options.global_jit_level > 0 else Tier.default()
