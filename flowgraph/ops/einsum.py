"""Einstein summation: products summed over the axes that an equation names."""

from __future__ import annotations

import functools
import operator
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import opt_einsum

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.array import expand_dims, reshape, transpose
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.linalg import matmul
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
    Two inputs at a time, from the left, become one matrix product. Where an axis of more than
    two inputs is summed over and all sizes are known, ``opt_einsum`` chooses the order [1]_.

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
        return _summed(terms[0], set(result)).ordered(result)


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

    def sizes(self) -> list[Any]:
        """Return the sizes of the axes: integers, or scalar tensors where they are not known."""
        sizes = self.tensor.shape.sizes
        known = [None] * len(self.labels) if sizes is None else list(sizes)
        if None not in known:
            return known
        asked = shape(self.tensor)
        return [asked[axis] if size is None else size for axis, size in enumerate(known)]


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
    """Return which terms to put together at each step; what comes of them goes to the end.

    From the left, as TensorFlow does, but where it would multiply everything before it sums.
    """
    counts = Counter(c for each in labels for c in set(each) - set(result))
    sizes = [t.shape.sizes for t in tensors]
    if max(counts.values(), default=0) > 2 and all(t.shape.is_fully_defined() for t in tensors):
        equation = ",".join(labels) + "->" + result
        return list(opt_einsum.contract_path(equation, *sizes, shapes=True)[0])
    return [tuple(range(len(tensors)))]


def _summed(term: _Term, kept: set[str]) -> _Term:
    """Sum over the axes that are not kept."""
    axes = [axis for axis, label in enumerate(term.labels) if label not in kept]
    if not axes:
        return term
    labels = "".join(label for label in term.labels if label in kept)
    return _Term(reduce_sum(term.tensor, axes), labels)


def _contract(a: _Term, b: _Term, later: set[str]) -> _Term:
    """Multiply two terms, and sum over the axes of both that nothing later needs."""
    both = set(a.labels).intersection(b.labels)
    batch = "".join(sorted(both & later))
    inner = "".join(sorted(both - later))
    rows = "".join(sorted(set(a.labels) - both))
    columns = "".join(sorted(set(b.labels) - both))
    left = _Term(a.ordered(batch + rows + inner), batch + rows + inner)
    right = _Term(b.ordered(batch + inner + columns), batch + inner + columns)
    if not inner:
        x, y = left.tensor, right.tensor
        for _ in columns:
            x = expand_dims(x, -1)
        for _ in rows:
            y = expand_dims(y, len(batch))
        return _Term(multiply(x, y), batch + rows + columns)
    of_left = left.sizes()
    edge = len(batch) + len(rows)
    sizes = [*of_left[: len(batch)], _total(of_left[len(batch) : edge]), _total(of_left[edge:])]
    x = _reshaped(left.tensor, sizes)
    of_right = right.sizes()
    edge = len(batch) + len(inner)
    sizes = [*of_right[: len(batch)], _total(of_right[len(batch) : edge]), _total(of_right[edge:])]
    y = _reshaped(right.tensor, sizes)
    product = matmul(x, y)
    sizes = of_left[: len(batch) + len(rows)] + of_right[edge:]
    return _Term(_reshaped(product, sizes), batch + rows + columns)


def _total(sizes: Sequence[Any]) -> Any:
    """Return a product of sizes that are integers or scalar tensors."""
    return functools.reduce(operator.mul, sizes, 1)


def _reshaped(tensor: Tensor, sizes: list[Any]) -> Tensor:
    """Reshape to sizes that are integers or scalar tensors, unless the tensor has these."""
    fits = all(isinstance(size, int) for size in sizes) and tensor.shape.sizes == tuple(sizes)
    return tensor if fits else reshape(tensor, sizes)
