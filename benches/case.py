"""What is timed: a case is the same work written for each library."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


@dataclass(frozen=True)
class Work:
    """What one library has made ready for a case.

    `run` is timed. `result` gives what must agree among the libraries after a few runs; where
    there is none, that is what `run` returns.
    """

    run: Callable[[], Any]
    result: Callable[[], Any] | None = None


class Case:
    """One line of the table.

    A subclass has a method for each library that can do the work, under the name of its kind
    (`KINDS`): it is given the imported library and returns a `Work`. flowgraph and TensorFlow run
    the same code, `tf1`. What is timed must neither be foldable (inputs are fed, held in variables,
    or arguments) nor be pruned (a graph's operations are fetched themselves). Everything starts
    from the same numbers, so all libraries have the same results.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("tf1", "torch", "jax", "numpy")

    name: str
    tolerance = 1e-4
    """How far results may be apart, as a part of the largest number of the reference."""
    stateful = False
    """Whether a run changes what the next one returns: then those of several runs must agree."""
    unit = "s"
    """``s`` where `run` is timed; ``MB`` where what it returns is the measurement."""
    imports = True
    """Whether a library is imported, or only named, in the process that measures."""

    def works(self, kind: str) -> Callable[[Any], Work] | None:
        """Return what makes the case ready for libraries of a kind, if they can do the work."""
        if kind not in self.KINDS:
            raise ValueError(f"no kind of library: {kind!r}")
        found: Callable[[Any], Work] | None = getattr(self, kind, None)
        return found

    def numbers(self) -> np.random.Generator:
        """Return the source of the case's inputs, the same in each process."""
        return np.random.default_rng(0)


class Program:
    """A program of TensorFlow 1's kind: variables, a session, what it runs."""

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self._values: dict[Any, Any] = {}

    def variable(self, value: Any, trainable: bool = False) -> Any:
        """Return a variable that holds a value which is not in the graph, so nothing folds it."""
        value = np.asarray(value)
        initial = self.tf.placeholder(value.dtype.name, value.shape)
        self._values[initial] = value
        return self.tf.Variable(initial, trainable=trainable)

    def session(self) -> Any:
        """Return a session in which all variables have their values."""
        session = self.tf.Session()
        session.run(self.tf.global_variables_initializer(), self._values)
        self._values.clear()
        return session

    def ops(self, *tensors: Any) -> Work:
        """Run what computes the tensors, without fetching their values."""
        session, wanted = self.session(), [tensor.op for tensor in tensors]
        return Work(lambda: session.run(wanted), lambda: session.run(list(tensors)))

    def training(self, step: Any, loss: Any, feeds: Any = None) -> Work:
        """Run training steps that return their losses."""
        session, fetches = self.session(), [step, loss]
        return Work(lambda: session.run(fetches, feeds)[1])


def find_cases() -> dict[str, Case]:
    """Return the cases of all modules of `benches.cases`, by name, in the order of the table."""
    package = importlib.import_module("benches.cases")
    cases: dict[str, Case] = {}
    for name in package.FAMILIES:
        for case in importlib.import_module(f"benches.cases.{name}").CASES:
            if case.name in cases:
                raise ValueError(f"two cases are called {case.name}")
            cases[case.name] = case
    left_out = {module.name for module in pkgutil.iter_modules(package.__path__)}
    left_out -= {*package.FAMILIES, *package.SHARED}
    if left_out:
        raise ValueError(f"not in FAMILIES of benches.cases: {sorted(left_out)}")
    return cases


def choose(cases: dict[str, Case], wanted: Sequence[str]) -> list[Case]:
    """Return the cases named, or whose names begin with what is named; all, if nothing is.

    Raises
    ------
    KeyError
        If a name fits no case.
    """
    for prefix in wanted:
        if not any(name.startswith(prefix) for name in cases):
            raise KeyError(f"no case is called {prefix}; there are {', '.join(cases)}")
    return [
        case
        for name, case in cases.items()
        if not wanted or any(name.startswith(prefix) for prefix in wanted)
    ]
