"""Einstein summation: products summed over the axes that an equation names."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import opt_einsum

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import reshape, transpose
from flowgraph.ops.core import convert_to_tensor, identity, shape
from flowgraph.ops.linalg import matmul
from flowgraph.ops.packing import stack
from flowgraph.ops.reduction import reduce_sum

_EQUATION = re.compile(r"^(?:[a-zA-Z.]*,)*[a-zA-Z.]*(?:->[a-zA-Z.]*)?$")


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Multiply tensors, and sum over the axes whose letters are not in the result.

    Parameters
    ----------
    equation : str
        The letters of each input's axes, then those of the result: ``"ij,jk->ik"``. Without an
        arrow the result has the letters that come once, in alphabetical order. ``...`` stands
        for the axes that have no letter.
    *inputs : Tensor
        Of one dtype that `matmul` takes.
    name : str, optional

    Raises
    ------
    ValueError
        If the equation does not fit the inputs, or an input has a letter twice.
    TypeError
        For another keyword than `name`.

    Notes
    -----
    Two inputs at a time become one matrix product. Where all sizes are known, ``opt_einsum``
    chooses the order [1]_.

    References
    ----------
    .. [1] D. G. A. Smith and J. Gray, opt_einsum, 2018, https://doi.org/10.21105/joss.00753

    Examples
    --------
    >>> tf.Session().run(tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 10]))
    array([21, 43], dtype=int32)
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {', '.join(sorted(kwargs))}")
    with name_scope(name, "einsum", [equation, *inputs]):
        tensors = [convert_to_tensor(value) for value in inputs]
        labels, result = _parsed(equation, tensors)
        terms = [_Term(t, each) for t, each in zip(tensors, labels, strict=True)]
        for positions in _path(labels, result, tensors):
            taken = [terms.pop(i) for i in sorted(positions, reverse=True)][::-1]
            while len(taken) > 1:
                first, second = taken[:2]
                later = set(result).union(*(t.labels for t in [*terms, *taken[2:]]))
                taken[:2] = [_contract(first, second, later)]
            terms += taken
        last = _summed(terms[0], set(result))
        if last.labels == result:
            return identity(last.tensor) if last.tensor is tensors[0] else last.tensor
        return last.ordered(result)


@dataclass
class _Term:
    """A tensor and the letters of its axes."""

    tensor: Tensor
    labels: str

    def ordered(self, labels: str) -> Tensor:
        """Return the tensor with its axes in the order of `labels`."""
        if labels == self.labels:
            return self.tensor
        return transpose(self.tensor, [self.labels.index(c) for c in labels])

    def size(self, label: str) -> Any:
        """Return the size of an axis: an integer, or a scalar tensor where it is not known."""
        axis = self.labels.index(label)
        sizes = self.tensor.shape.sizes
        known = None if sizes is None else sizes[axis]
        return shape(self.tensor)[axis] if known is None else known


def _parsed(equation: str, tensors: Sequence[Tensor]) -> tuple[list[str], str]:
    """Return the letters of each input and of the result, ``...`` replaced by letters."""
    text = equation.replace(" ", "")
    if not _EQUATION.match(text) or text.replace("...", "").count("."):
        raise ValueError(f"Indices have incorrect format: {equation}")
    left, arrow, result = text.partition("->")
    labels = left.split(",")
    if len(labels) != len(tensors):
        raise ValueError(
            f'Got {len(tensors)} arguments for equation "{equation}", expecting {len(labels)}'
        )
    unused = [c for c in map(opt_einsum.get_symbol, range(52)) if c not in text]
    dots = ""
    for position, (each, tensor) in enumerate(zip(labels, tensors, strict=True)):
        more = _ellipsis(each, tensor, position, equation)
        filled = "".join(unused[-more:]) if more else ""
        dots = max(dots, filled, key=len)
        labels[position] = each.replace("...", filled)
    if not arrow:
        counts = Counter(c for c in left if c.isalpha())
        result = ("..." if dots else "") + "".join(c for c in sorted(counts) if counts[c] == 1)
    result = result.replace("...", dots)
    for each in [*labels, result]:
        if len(set(each)) < len(each):
            raise ValueError(f"Subscript not supported: an axis appears more than once: {each}")
    missing = set(result).difference(*labels)
    if missing:
        raise ValueError(f"Unknown output axes in equation {equation}: {sorted(missing)}")
    _check_sizes(labels, tensors, equation)
    return labels, result


def _ellipsis(labels: str, tensor: Tensor, position: int, equation: str) -> int:
    """Return how many axes ``...`` stands for."""
    ndims = tensor.shape.ndims
    letters = len(labels.replace("...", ""))
    if "..." in labels:
        if ndims is None:
            raise ValueError(f"einsum with ... needs inputs of known rank: {tensor!r}")
        if ndims >= letters:
            return ndims - letters
    elif ndims is None or ndims == letters:
        return 0
    raise ValueError(
        f"Input {position} of equation {equation} has shape {tensor.shape}, which does not fit "
        f"the axes {labels}"
    )


def _check_sizes(labels: Sequence[str], tensors: Sequence[Tensor], equation: str) -> None:
    known: dict[str, int] = {}
    for each, tensor in zip(labels, tensors, strict=True):
        for label, size in zip(each, tensor.shape.sizes or (), strict=False):
            if size is not None and known.setdefault(label, size) != size:
                raise ValueError(
                    f"Dimensions must be equal, but are {known[label]} and {size} for axis "
                    f"{label!r} of equation {equation}"
                )


def _path(labels: list[str], result: str, tensors: Sequence[Tensor]) -> Sequence[tuple[int, ...]]:
    """Return which terms to put together at each step; what comes of them goes to the end."""
    if len(tensors) > 2 and all(t.shape.is_fully_defined() for t in tensors):
        equation = ",".join(labels) + "->" + result
        sizes = [t.shape.sizes for t in tensors]
        return list(opt_einsum.contract_path(equation, *sizes, shapes=True)[0])
    last = len(tensors) - 1
    return [(0, 1)] * min(last, 1) + [(0, n) for n in range(last - 1, 0, -1)]


def _summed(term: _Term, kept: set[str]) -> _Term:
    """Sum over the axes that are not kept."""
    axes = [axis for axis, label in enumerate(term.labels) if label not in kept]
    if not axes:
        return term
    labels = "".join(label for label in term.labels if label in kept)
    return _Term(reduce_sum(term.tensor, axes), labels)


def _contract(a: _Term, b: _Term, later: set[str]) -> _Term:
    """Multiply two terms, and sum over the axes that nothing later needs."""
    a = _summed(a, later.union(b.labels))
    b = _summed(b, later.union(a.labels))
    batch = "".join(c for c in a.labels if c in b.labels and c in later)
    inner = "".join(c for c in a.labels if c in b.labels and c not in later)
    rows = "".join(c for c in a.labels if c not in b.labels)
    columns = "".join(c for c in b.labels if c not in a.labels)
    labels = batch + rows + columns
    if not inner:
        left = _reshaped(
            a.ordered(batch + rows), [a.size(c) for c in batch + rows] + [1] * len(columns)
        )
        sizes = [b.size(c) for c in batch] + [1] * len(rows) + [b.size(c) for c in columns]
        right = _reshaped(b.ordered(batch + columns), sizes)
        return _Term(multiply(left, right), labels)
    flip_a = a.labels == batch + inner + rows != batch + rows + inner
    flip_b = b.labels == batch + columns + inner != batch + inner + columns
    left = _matrices(a, [batch, inner, rows] if flip_a else [batch, rows, inner])
    right = _matrices(b, [batch, columns, inner] if flip_b else [batch, inner, columns])
    product = matmul(left, right, transpose_a=flip_a, transpose_b=flip_b)
    if len(rows) == len(columns) == 1:
        return _Term(product, labels)
    sizes = [a.size(c) for c in batch + rows] + [b.size(c) for c in columns]
    return _Term(_reshaped(product, sizes), labels)


def _matrices(term: _Term, groups: list[str]) -> Tensor:
    """Make matrices of two groups of axes, after the batch."""
    batch, *two = groups
    ordered = term.ordered("".join(groups))
    if all(len(group) == 1 for group in two):
        return ordered
    sizes = [term.size(c) for c in batch]
    for group in two:
        factors = [term.size(c) for c in group]
        known = math.prod(f for f in factors if isinstance(f, int))
        total: Any = known
        for factor in factors:
            if isinstance(factor, Tensor):
                total = factor if isinstance(total, int) and total == 1 else factor * total
        sizes.append(total)
    return _reshaped(ordered, sizes)


def _reshaped(tensor: Tensor, sizes: Sequence[Any]) -> Tensor:
    """Reshape to sizes that are integers and scalar tensors."""
    if all(isinstance(size, int) for size in sizes):
        return tensor if tensor.shape.sizes == tuple(sizes) else reshape(tensor, sizes)
    return reshape(tensor, stack(sizes))
