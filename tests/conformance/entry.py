"""What the conformance suite knows of an op: samples, a reference, bad inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgraph.graph.op import Op


@dataclass(frozen=True)
class Sample:
    """One use of an op.

    Attributes
    ----------
    op : Op
        The op with its attributes.
    inputs : tuple
        One array per argument of the signature; a list of arrays for a list argument.
    expected : array, tuple of arrays, or callable
        The outputs, or a function of the inputs that gives them by an independent
        way (NumPy, SciPy, a loop). ``None`` for random ops, whose values are
        tested elsewhere.
    differentiate : tuple of int, optional
        Positions (of the flattened inputs) to check gradients for. By default every
        floating-point input that the op has a gradient for; ``()`` for none.
    order : int
        How many times to differentiate.
    rtol, atol : float
        Tolerances of the comparison with `expected`.
    """

    op: Op
    inputs: tuple[Any, ...]
    expected: Any
    differentiate: tuple[int, ...] | None = None
    order: int = 2
    rtol: float = 1e-5
    atol: float = 1e-6


@dataclass(frozen=True)
class Bad:
    """Inputs that must be refused.

    With ``run=False`` the refusal comes when the operation is built (a
    ``ValueError`` or ``TypeError``); with ``run=True`` when it runs, since only
    values show the mistake: the inputs are fed to placeholders of unknown shape.
    ``build`` replaces ``op`` where a public function does the checking.
    """

    op: Op | None
    inputs: tuple[Any, ...]
    error: type[Exception]
    match: str
    run: bool = False
    build: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Entry:
    """All that is checked of one op."""

    op: type[Op]
    samples: Sequence[Sample]
    bad: Sequence[Bad] = field(default=())
