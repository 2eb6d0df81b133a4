"""The fused groups of one plan: compiled as one file, as soon as the plan has proved hot."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.emit.axes import collapse
from flowgraph.backends.emit.loops import function
from flowgraph.backends.native.call import Call, Place, Result, call
from flowgraph.backends.native.compiler import CompilerError, build, is_built
from flowgraph.backends.native.library import Tier, Waiting, sources
from flowgraph.plan.fused import Fused
from flowgraph.plan.plan import Plan, Step, sizes_of

_LOG = logging.getLogger("flowgraph")

HOT = 20
"""After so many runs a plan's groups are compiled, unless they are in the cache already."""


class Unit:
    """The code of a plan's groups.

    Parameters
    ----------
    plan : Plan

    Attributes
    ----------
    text : str
        Empty without a group.
    """

    def __init__(self, plan: Plan) -> None:
        self._names: dict[int, tuple[str, tuple[int, ...]]] = {}
        functions: dict[str, str] = {}
        for step in plan.steps:
            if type(step.op) is Fused and not step.device:
                slots = plan.specs(step)
                axes = collapse(step.op.sizes, [sizes_of(slot) for slot in slots])
                code = function("NAME", step.op, [slot.dtype for slot in slots], axes)
                name = functions.setdefault(code, f"group_{len(functions)}")
                self._names[id(step)] = name, axes.sizes
        parts = [code.replace("NAME", name) for code, name in functions.items()]
        self.text = "\n".join(['#include "dialect.h"\n', *parts]) if parts else ""

    def bind(
        self, library: Any, step: Step, inputs: Sequence[Place], outputs: Sequence[Result]
    ) -> Call:
        """Return the call of a step's function."""
        name, lengths = self._names[id(step)]
        return call(library[name], *lengths, *inputs, *outputs)


class Units:
    """The libraries of all plans of the process, by their code.

    Parameters
    ----------
    *flags : str
        For the compiler, beside those for all code.
    """

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self._loaded: dict[str, ctypes.CDLL | None] = {}
        self._waiting: dict[str, list[Waiting]] = {}
        self._lock = threading.Lock()

    def get(self, text: str, tier: Tier) -> ctypes.CDLL | None:
        """Return the library of `text` if it is there, or made now where `tier` says to wait."""
        with self._lock:
            if text not in self._loaded:
                if tier is not Tier.WAIT and not is_built(_headers(), text, self._flags):
                    return None
                self._loaded[text] = self._load(text)
            return self._loaded[text]

    def may_come(self, text: str) -> bool:
        """Whether `text` has not failed to compile."""
        return text not in self._loaded

    def request(self, text: str, asks: Waiting) -> None:
        """Compile in the background; `asks` is made stale when that is done."""
        with self._lock:
            waiting = self._waiting.setdefault(text, [])
            waiting.append(asks)
            if len(waiting) > 1:
                return
        threading.Thread(target=self._compile, args=(text,), name="flowgraph cc").start()

    def _compile(self, text: str) -> None:
        loaded = self._load(text)
        with self._lock:
            self._loaded[text] = loaded
            for bound in self._waiting.pop(text):
                bound.stale = True

    def _load(self, text: str) -> ctypes.CDLL | None:
        try:
            return ctypes.CDLL(str(build(_headers(), text, self._flags)))
        except (CompilerError, OSError) as error:
            _LOG.info("A plan stays without native code of its own: %s", error)
            return None


def _headers() -> list[Any]:
    return [path for path in sources() if path.suffix == ".h"]


UNITS = Units()


def heater(text: str, asks: Waiting) -> Callable[[], None]:
    """Return what each run of a plan calls until its groups are compiled."""
    left = HOT

    def heat() -> None:
        nonlocal left
        left -= 1
        if not left:
            UNITS.request(text, asks)

    return heat
