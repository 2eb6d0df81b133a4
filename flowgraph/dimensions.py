"""``Dimension``, the size of one axis, which may be unknown."""

from collections.abc import Callable
from operator import add, eq, floordiv, ge, gt, le, lt, mod, mul, ne, sub
from typing import Any, NoReturn, TypeAlias

from flowgraph.dtypes import DType

_Method: TypeAlias = Callable[[Any, Any], Any]


def as_size(value: Any) -> int | None:
    """Check a size: an integer, or None for an unknown one."""
    if value is None:
        return None
    if type(value) is int:
        size = value
    elif isinstance(value, Dimension):
        return value.value
    elif isinstance(value, DType):  # int() would take its enum number for a size
        raise TypeError(f"Cannot convert {value} to Dimension")
    else:
        size = int(value)
        if size != value and not isinstance(value, str | bytes):
            raise ValueError(f"Ambiguous dimension: {value}")
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


def compatible(a: int | None, b: int | None) -> bool:
    """Whether two sizes can be the same."""
    return a is None or b is None or a == b


def _is_size(value: Any) -> bool:
    try:
        as_size(value)
    except (TypeError, ValueError):
        return False
    return True


def _arithmetic(operator: Callable[[int, int], int]) -> tuple[_Method, _Method]:
    """Make a binary operator's method and its reflected method."""

    def forward(self: "Dimension", other: Any) -> Any:
        if not _is_size(other):
            return NotImplemented
        a, b = self.value, as_size(other)
        return Dimension(None if a is None or b is None else operator(a, b))

    def reflected(self: "Dimension", other: Any) -> Any:
        return forward(Dimension(other), self) if _is_size(other) else NotImplemented

    return forward, reflected


def _comparison(operator: Callable[[int, int], bool]) -> _Method:
    """Make a comparison's method: None if it cannot be decided."""

    def compare(self: "Dimension", other: Any) -> bool | None:
        a, b = self.value, as_size(other)
        return None if a is None or b is None else operator(a, b)

    return compare


_EQUAL = _comparison(eq)
_UNEQUAL = _comparison(ne)
_DIVISION = "unsupported operand type(s) for /: '{}' and '{}', please use // instead"


class Dimension:
    """The size of one axis, possibly unknown.

    Arithmetic with an unknown size gives an unknown one. A comparison with an unknown size
    gives None. A known size can be used wherever Python wants an integer.

    Parameters
    ----------
    value : int or None
        The size, or None if it is not known.

    Raises
    ------
    ValueError
        If the size is negative or not an integer.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.Dimension(28) * 28
    Dimension(784)
    >>> tf.Dimension(None) * 28
    Dimension(None)
    >>> print(tf.Dimension(3) == tf.Dimension(None))
    None
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = as_size(value)

    @property
    def value(self) -> int | None:
        """The size as an integer, or None."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two can be the same size; an unknown one can be any."""
        return compatible(self._value, as_size(other))

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise ValueError unless the two can be the same size."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> "Dimension":
        """The known one of the two; ValueError if both are known and differ."""
        other = as_dimension(other)
        self.assert_is_compatible_with(other)
        return Dimension(other if self._value is None else self)

    __add__, __radd__ = _arithmetic(add)
    __sub__, __rsub__ = _arithmetic(sub)
    __mul__, __rmul__ = _arithmetic(mul)
    __floordiv__, __rfloordiv__ = _arithmetic(floordiv)
    __mod__, __rmod__ = _arithmetic(mod)
    __lt__ = _comparison(lt)
    __le__ = _comparison(le)
    __gt__ = _comparison(gt)
    __ge__ = _comparison(ge)

    def __eq__(self, other: object) -> Any:
        return _EQUAL(self, other) if _is_size(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return _UNEQUAL(self, other) if _is_size(other) else NotImplemented

    def __truediv__(self, other: Any) -> NoReturn:
        raise TypeError(_DIVISION.format("Dimension", type(other).__name__))

    def __rtruediv__(self, other: Any) -> NoReturn:
        raise TypeError(_DIVISION.format(type(other).__name__, "Dimension"))

    def __int__(self) -> int:
        return self.__index__()

    def __index__(self) -> int:
        if self._value is None:
            raise TypeError("__index__ returned non-int (type NoneType)")
        return self._value

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __reduce__(self) -> tuple[type["Dimension"], tuple[int | None]]:
        return Dimension, (self._value,)


def as_dimension(value: Any) -> Dimension:
    """Convert a size to a `Dimension`; one that is a dimension already is returned itself."""
    return value if isinstance(value, Dimension) else Dimension(value)
