"""The processes of `benches.gpu`: one column of the table, or a share of the conformance suite.

A column answers requests, a line of JSON each, until its input ends. A share tells of each sample
as soon as it has run, so that what is done stays if the process ends.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benches.case import Case, Work
from benches.gpu_cases import chosen
from benches.worker import RUNS_BEFORE, sample

WARM_UP_SECONDS = 0.3
"""Plans are captured, and code is compiled, in the first runs."""

SAMPLE_SECONDS = 60
"""A sample that takes longer hangs."""

COPY_BYTES, GEMM_SIDE = 1 << 30, 8192
BROKEN = 3
"""The exit status after an error that a GPU's context does not survive."""


class OnGpu:
    """PyTorch as the cases want it, but what it makes of NumPy's arrays is on the GPU.

    Parameters
    ----------
    torch : module
    """

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def from_numpy(self, array: Any) -> Any:
        return self._torch.from_numpy(array).to("cuda")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._torch, name)


def column_of(name: str) -> tuple[str, Any, Callable[[], None]]:
    """Return a column's kind of library, the library, and what waits for the GPU."""
    if name in ("torch", "compiled"):
        import torch

        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
        torch.set_default_device("cuda")
        return "torch", OnGpu(torch), torch.cuda.synchronize
    import cupy

    import flowgraph

    if name == "eager":
        from flowgraph.backends.cupy import capture

        capture.WARM = sys.maxsize  # no plan is run so often
    return "tf1", flowgraph, cupy.cuda.Device().synchronize


def on_host(results: Any) -> Any:
    """Return results with PyTorch's tensors copied to the host."""
    if isinstance(results, list | tuple):
        return [on_host(each) for each in results]
    return results.detach().cpu() if hasattr(results, "detach") else results


class Column:
    """A library's column of the table: one case at a time.

    Times are the host's over many runs and one wait at the end: what events on a stream would say,
    and the host's own time where that is longer.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kind, self._library, self._wait = column_of(name)
        self._run: Callable[[], Any] = lambda: None
        self._count = 1
        self._seconds = 0.0

    def prepare(self, case: str, results: str) -> dict[str, Any]:
        """Make a case ready, leave a sample of its results in a file, and warm up."""
        found: Case = chosen()[case]
        make = found.works(self._kind)
        if make is None:
            return {"absent": True}
        if self._kind == "tf1":
            self._library.reset_default_graph()
        start = time.perf_counter()
        work: Work = make(self._library)
        self._run = work.run
        if self._name == "compiled":
            import torch

            torch.compiler.reset()
            self._run = torch.compile(work.run)
        samples, returned = [], None
        for _ in range(RUNS_BEFORE):
            returned = on_host(self._run())
            if found.stateful:
                samples += sample(returned)
        self._wait()
        first = time.perf_counter() - start
        end = on_host(work.result()) if work.result else returned
        np.savez(results, *samples, *sample(end))
        self._warm_up()
        return {"first": first}

    def _warm_up(self) -> None:
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < WARM_UP_SECONDS or not count:
            self._run()
            count += 1
        self._wait()
        self._seconds = (time.perf_counter() - start) / count

    def turn(self, seconds: float) -> dict[str, Any]:
        """Answer the mean time of a run over about so many seconds."""
        count = max(1, round(seconds / self._seconds))
        self._wait()
        start = time.perf_counter()
        for _ in range(count):
            self._run()
        self._wait()
        return {"seconds": (time.perf_counter() - start) / count}

    def drop(self) -> dict[str, Any]:
        """Give back the memory of a case: the other columns need it too."""
        self._run = lambda: None
        gc.collect()
        if self._kind == "torch":
            self._library.cuda.empty_cache()
        else:
            self._library.reset_default_graph()
            import cupy

            cupy.get_default_memory_pool().free_all_blocks()
        return {}

    def limits(self) -> dict[str, float]:
        """Answer the card's rates: bytes copied, float32 and float16 operations in a second."""
        import cupy

        with cupy.cuda.Stream(non_blocking=True):
            source = cupy.zeros(COPY_BYTES // 4, np.float32)
            target = cupy.empty_like(source)
            copy = self._seconds_of(lambda: cupy.copyto(target, source))
            found = {"copy": 2 * COPY_BYTES / copy}
            for dtype in (np.float32, np.float16):
                a = cupy.ones((GEMM_SIDE, GEMM_SIDE), dtype)
                out = cupy.empty_like(a)
                product = self._seconds_of(lambda a=a, out=out: cupy.matmul(a, a, out=out))
                found[np.dtype(dtype).name] = 2 * GEMM_SIDE**3 / product
        return found

    def _seconds_of(self, run: Callable[[], Any]) -> float:
        self._run = run
        self._warm_up()
        return float(self.turn(WARM_UP_SECONDS)["seconds"])


Tell = Callable[[dict[str, Any]], None]


def answer(tell: Tell, name: str, requests: Any) -> None:
    """Answer a column's requests until they end."""
    column: Column | None = None
    for line in requests:
        request = json.loads(line)
        try:
            column = column or Column(name)
            tell(getattr(column, request.pop("do"))(**request))
        except Exception as error:  # noqa: BLE001 (whatever a library raises is the answer)
            tell({"error": in_short(error)})


def run_samples(tell: Tell, share: int, shares: int, begin: int, end: float) -> int:
    """Check the samples of a share of the conformance suite until the time `end`.

    Returns
    -------
    status : int
        `BROKEN` if another process has to go on.
    """
    from tests.conformance.suite import SAMPLES, Built
    from tests.conformance.test_reference import compare

    for name, each in SAMPLES[share::shares][begin:]:
        if time.time() > end:
            return 0
        faulthandler.dump_traceback_later(SAMPLE_SECONDS, exit=True)
        try:
            compare(Built(each).run(), each, "on the GPU")
        except Exception as error:  # noqa: BLE001 (whatever fails is to be shown)
            tell({"sample": name, "error": in_short(error)})
            if is_broken():
                return BROKEN
        else:
            tell({"sample": name})
    faulthandler.cancel_dump_traceback_later()
    return 0


def is_broken() -> bool:
    """Whether the GPU's context is lost: then everything fails until the process ends."""
    from flowgraph.backends.cupy.machine import machine

    found = machine()
    if found is None or not found.count:
        return False
    return not all(found.module(index).settle() for index in range(found.count))


def in_short(error: Exception) -> str:
    """Return an error as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def main(arguments: list[str]) -> int:
    """Do what the arguments say: ``column NAME`` or ``samples I N BEGIN END``."""
    what, *rest = arguments
    target = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def tell(told: dict[str, Any]) -> None:
        print(json.dumps(told), file=target, flush=True)

    if what == "column":
        answer(tell, rest[0], sys.stdin)
        return 0
    share, shares, begin = map(int, rest[:3])
    return run_samples(tell, share, shares, begin, float(rest[3]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
