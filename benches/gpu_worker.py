"""The processes of `benches.gpu`: one column's times, or a share of the conformance suite.

A line of JSON is printed for each case or sample, so that what is done stays if time runs out.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benches.case import Case, Work
from benches.gpu_cases import chosen
from benches.worker import RUNS_BEFORE, sample

ROUNDS, ROUND_SECONDS = 5, 0.15
WARM_UP_SECONDS = 0.3
"""Plans are captured, and code is compiled, in the first runs."""

COPY_BYTES, GEMM_SIDE = 1 << 30, 8192


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


def seconds(run: Callable[[], Any], wait: Callable[[], None]) -> float:
    """Return the median time of a run over some rounds, each of many runs and one wait."""
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < WARM_UP_SECONDS or not count:
        run()
        count += 1
    wait()
    count = max(1, round(count * ROUND_SECONDS / (time.perf_counter() - start)))
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait()
        found.append((time.perf_counter() - start) / count)
    return float(np.median(found))


def measured(column: str, case: Case, results: Path) -> dict[str, Any]:
    """Return how long a case takes, and leave a sample of its results in a file."""
    kind, library, wait = column_of(column)
    make = case.works(kind)
    if make is None:
        return {"absent": True}
    if kind == "tf1":
        library.reset_default_graph()
    work: Work = make(library)
    run = work.run
    if column == "compiled":
        import torch

        torch.compiler.reset()
        run = torch.compile(run)
    start = time.perf_counter()
    samples, returned = [], None
    for _ in range(RUNS_BEFORE):
        returned = on_host(run())
        if case.stateful:
            samples += sample(returned)
    wait()
    first = time.perf_counter() - start
    end = on_host(work.result()) if work.result else returned
    np.savez(results / f"{column}-{case.name}.npz", *samples, *sample(end))
    return {"seconds": seconds(run, wait), "first": first}


def limits() -> dict[str, float]:
    """Return the card's own rates: bytes copied and float32 and float16 operations in a second."""
    import cupy

    wait = cupy.cuda.Device().synchronize
    source = cupy.zeros(COPY_BYTES // 4, np.float32)
    target = cupy.empty_like(source)
    copy = seconds(lambda: cupy.copyto(target, source), wait)
    found = {"copy": 2 * COPY_BYTES / copy}
    for dtype in (np.float32, np.float16):
        a = cupy.ones((GEMM_SIDE, GEMM_SIDE), dtype)
        out = cupy.empty_like(a)
        taken = seconds(lambda a=a, out=out: cupy.matmul(a, a, out=out), wait)  # type: ignore[misc]
        found[np.dtype(dtype).name] = 2 * GEMM_SIDE**3 / taken
    return found


Tell = Callable[[dict[str, Any]], None]


def run_column(tell: Tell, column: str, results: Path, end: float) -> None:
    """Measure a column's cases one after another until the time `end`."""
    if column == "flowgraph":
        tell({"limits": limits()})
    for name, case in chosen().items():
        if time.time() > end:
            return
        try:
            tell({"case": name, **measured(column, case, results)})
        except Exception as error:  # noqa: BLE001 (whatever a library raises is the answer)
            tell({"case": name, "error": in_short(error)})


def run_samples(tell: Tell, share: int, shares: int, end: float) -> None:
    """Check every so-and-so-many-th sample of the conformance suite until the time `end`."""
    from tests.conformance.suite import SAMPLES, Built
    from tests.conformance.test_reference import compare

    for name, each in SAMPLES[share::shares]:
        if time.time() > end:
            return
        try:
            compare(Built(each).run(), each, "on the GPU")
        except Exception as error:  # noqa: BLE001 (whatever fails is to be shown)
            tell({"sample": name, "error": in_short(error)})
        else:
            tell({"sample": name})


def in_short(error: Exception) -> str:
    """Return an error as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def main(arguments: list[str]) -> None:
    """Do what the arguments say: ``column NAME FOLDER END`` or ``samples I N END``."""
    what, first, second, end = arguments
    target = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer

    def tell(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=target, flush=True)

    if what == "column":
        run_column(tell, first, Path(second), float(end))
    else:
        run_samples(tell, int(first), int(second), float(end))


if __name__ == "__main__":
    main(sys.argv[1:])
