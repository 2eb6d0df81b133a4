"""Convolution by cuDNN, through NVIDIA's ``cudnn`` package (nvidia-cudnn-frontend).

Checked with a stand-in for the package (1.26), and with cuDNN itself, which makes plans for a card
that is only described. **Never run on a GPU**.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import Any

from flowgraph.backends.cuda.convolution import Convolution

Timed = Callable[[Sequence[int], Callable[..., Any]], float]

_TRIED = 6
"""So many algorithms for a convolution are timed."""

_TYPES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF", "bfloat16": "BFLOAT16"}


def find() -> ModuleType | None:
    """Return the package if it and cuDNN are installed."""
    try:
        import cudnn

        cudnn.backend_version()
    except (ImportError, OSError, RuntimeError):
        return None
    return cudnn  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Key:
    """What a plan depends on, beside the device."""

    kind: str
    dtype: str
    x: tuple[int, ...]
    filter: tuple[int, ...]
    y: tuple[int, ...]
    is_nchw: bool
    before: tuple[int, ...]
    after: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    tf32: bool
    deterministic: bool


def key_of(asked: Convolution, tf32: bool = False, deterministic: bool = False) -> _Key:
    """Return what the plan of a convolution depends on, in cuDNN's order of axes.

    Sizes are (N, C, H, W) and (O, I, H, W) whatever the layout. Of the border behind, only what the
    last window reaches counts.
    """
    windows = asked.windows
    after = tuple(
        (w.output - 1) * w.stride + w.extent - w.size - w.before for w in windows
    )  # fmt: skip
    return _Key(
        asked.kind, asked.x.dtype.name, _channels_first(asked.x.shape, asked.is_nchw),
        _channels_first(asked.filter.shape, False), _channels_first(asked.y.shape, asked.is_nchw),
        asked.is_nchw, tuple(w.before for w in windows), tuple(max(n, 0) for n in after),
        tuple(w.stride for w in windows), tuple(w.dilation for w in windows),
        tf32 and asked.x.dtype.name == "float32", deterministic,
    )  # fmt: skip


def _channels_first(shape: Sequence[int], is_nchw: bool) -> tuple[int, ...]:
    n, *rest = shape
    return (n, *rest) if is_nchw else (n, rest[-1], *rest[:-1])


def strides_of(sizes: Sequence[int], is_nchw: bool) -> list[int]:
    """Return the strides of (N, C, H, W), or (N, C, D, H, W), in memory."""
    rank = len(sizes)
    order = list(range(rank)) if is_nchw else [0, *range(2, rank), 1]
    strides, step = [0] * rank, 1
    for axis in reversed(order):
        strides[axis] = step
        step *= sizes[axis]
    return strides


class Library:
    """cuDNN on the current device, and the plans made so far.

    Parameters
    ----------
    module : module
        What `find` gave.
    timed : callable, optional
        Returns how long a function takes, given sizes in bytes: the function is called with the
        addresses of as much memory, and a stream. Without it the first algorithm is taken.
    """

    def __init__(self, module: Any, timed: Timed | None = None) -> None:
        self._cudnn = module
        self._timed = timed
        self._lock = threading.Lock()  # a handle serves one thread at a time
        self._plans: dict[_Key, Plan | None] = {}
        self._handle = module.create_handle()

    def convolution(
        self, asked: Convolution, tf32: bool = False, deterministic: bool = False
    ) -> Plan | None:
        """Return the plan of a convolution; ``None`` if cuDNN has no engine for it.

        Kernels may be compiled here, which must not be while a stream is captured. With `tf32`
        numbers of float32 may be rounded: see `launch.allows_tf32`. With `deterministic` engines
        that add up in no fixed order are left out: see `launch.wants_determinism`.
        """
        key = key_of(asked, tf32, deterministic)
        with self._lock:
            if key not in self._plans:
                self._plans[key] = self._plan(key)
            return self._plans[key]

    def _plan(self, key: _Key) -> Plan | None:
        cudnn = self._cudnn
        kind = getattr(cudnn.data_type, _TYPES[key.dtype])
        wide = cudnn.data_type.DOUBLE if key.dtype == "float64" else cudnn.data_type.FLOAT
        graph = cudnn.pygraph(
            io_data_type=kind, intermediate_data_type=wide, compute_data_type=wide,
            handle=self._handle,
        )  # fmt: skip
        sizes = {"x": key.x, "filter": key.filter, "y": key.y}
        layouts = {"x": key.is_nchw, "filter": False, "y": key.is_nchw}

        def given(name: str) -> Any:
            dim, stride = list(sizes[name]), strides_of(sizes[name], layouts[name])
            return graph.tensor(name=name, dim=dim, stride=stride, data_type=kind)

        rule = {
            "pre_padding": list(key.before), "post_padding": list(key.after),
            "stride": list(key.strides), "dilation": list(key.dilations),
        }  # fmt: skip
        made = {"forward": "y", "input": "x", "filter": "filter"}[key.kind]
        tensors = {name: given(name) for name in sizes if name != made}
        if key.kind == "forward":
            result = graph.conv_fprop(image=tensors["x"], weight=tensors["filter"], **rule)
        elif key.kind == "input":
            result = graph.conv_dgrad(loss=tensors["y"], filter=tensors["filter"], **rule)
        else:
            result = graph.conv_wgrad(image=tensors["x"], loss=tensors["y"], **rule)
        result.set_output(True).set_data_type(kind)
        result.set_dim(list(sizes[made])).set_stride(strides_of(sizes[made], layouts[made]))
        tensors[made] = result
        try:
            graph.validate()
            graph.build_operation_graph()
            graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
            self._restrict(graph, key)
            graph.check_support()
        except (cudnn.cudnnGraphNotSupportedError, RuntimeError):
            return None
        most = 1 if self._timed is None else _TRIED
        built = islice(self._built(graph), most)
        plans = [Plan(cudnn, self._handle, graph, tensors, index) for index in built]
        if self._timed is None or len(plans) < 2:
            return plans[0] if plans else None
        width = 8 if key.dtype == "float64" else 4  # enough for all others
        nbytes = [width * math.prod(each) for each in (key.x, key.filter, key.y)]
        times = [self._time(plan, nbytes) for plan in plans]
        return plans[times.index(min(times))]

    def _built(self, graph: Any) -> Iterator[int]:
        """Yield the algorithms that can be had, the most promising first."""
        for index in range(graph.get_execution_plan_count()):
            try:
                graph.build_plan_at_index(index)
            except (self._cudnn.cudnnGraphNotSupportedError, RuntimeError):
                continue
            yield index

    def _time(self, plan: Plan, nbytes: list[int]) -> float:
        """Return how long a plan takes; infinitely long if it fails or needs too much memory."""
        try:
            return self._timed([*nbytes, plan.workspace], plan.run) if self._timed else math.inf
        except (self._cudnn.cudnnGraphNotSupportedError, RuntimeError, MemoryError):
            return math.inf

    def _restrict(self, graph: Any, key: _Key) -> None:
        """Leave out engines that round what they are given, unless that was asked for."""
        notes = self._cudnn.numerical_note
        refused = []
        if key.dtype == "float32" and not key.tf32:
            refused += [notes.TENSOR_CORE, notes.DOWN_CONVERT_INPUTS]
        if key.deterministic:
            refused.append(notes.NONDETERMINISTIC)
        if refused:
            graph.deselect_numeric_notes(refused)


class Plan:
    """A convolution by one of a graph's algorithms. One call at a time.

    Attributes
    ----------
    workspace : int
        The bytes of device memory that it needs.
    """

    def __init__(
        self, module: Any, handle: Any, graph: Any, tensors: dict[str, Any], index: int
    ) -> None:
        self._cudnn = module
        self._index = index
        self._handle = handle
        self._graph = graph
        self._tensors = tensors
        self.workspace = int(graph.get_workspace_size_plan_at_index(index))

    def run(self, x: int, filter: int, y: int, workspace: int, stream: int) -> None:
        """Start the convolution on a stream.

        Parameters
        ----------
        x, filter, y : int
            Addresses of the three arrays; the filter is (O, H, W, I).
        workspace : int
            The address of as many bytes as `workspace` says.
        stream : int
            ``cudaStream_t``. It may be captured.
        """
        self._cudnn.set_stream(handle=self._handle, stream=stream)
        addresses = {"x": x, "filter": filter, "y": y}
        given = {self._tensors[name]: address for name, address in addresses.items()}
        self._graph.execute_plan_at_index(given, workspace, self._index, handle=self._handle)
