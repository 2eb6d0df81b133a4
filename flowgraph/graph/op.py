"""What an op is: its attributes, and the rules it brings to every layer above."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, dataclass_transform

from flowgraph.dtypes import Array, DType
from flowgraph.graph.signature import Signature
from flowgraph.shapes import TensorShape

if TYPE_CHECKING:
    from flowgraph.graph.graph import Graph
    from flowgraph.graph.operation import Operation
    from flowgraph.graph.tensor import Tensor

Kernel = Callable[..., Any]


class Spec(Protocol):
    """What a rule may know of an input before anything has run.

    A `Tensor` is one at construction; the compiler's slots are another when a
    plan is specialised to the shapes of its feeds.
    """

    @property
    def dtype(self) -> DType: ...

    @property
    def shape(self) -> TensorShape: ...

    def static_value(self) -> Array | None:
        """The value, if it is constant, else ``None``."""
        ...

    def static_shape(self) -> TensorShape:
        """The value read as a shape; entries that are not constant are unknown."""
        ...


class Resources(Protocol):
    """What a session keeps for stateful operations between runs."""

    tier: Any
    """When plans use native kernels."""

    devices: Any
    """The GPUs that plans may use: by name, the array module of each."""

    def at(self, device: str) -> Resources:
        """Return the resources for an op on a device: the graphs inside it run there too."""
        ...

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept for `key`, often an operation, made by `make` on first use."""
        ...

    def at_close(self, cancel: Callable[[], None]) -> None:
        """Call `cancel` when the session is closed, or now if it is."""
        ...

    def function(self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor]) -> Any:
        """Return a function from the values of `inputs` to the list of those of `results`."""
        ...

    def loop(
        self, body: Graph, results: Sequence[Tensor], inputs: Sequence[Tensor], count: int
    ) -> Any:
        """Return a function that runs a body again and again, for its first `count` inputs."""
        ...

    def fork(self) -> Resources:
        """Return resources whose random streams start anew; all else is shared."""
        ...

    def replaced(self) -> None:
        """Note that a variable has another buffer now: kernels bound to the old one are stale."""
        ...


class _Frozen:
    """What cannot be changed: a frozen dataclass sees to it for itself, not for its subclasses."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_as_dataclass = dataclasses.dataclass(frozen=True, eq=False, repr=False)


@dataclass_transform(frozen_default=True)
@_as_dataclass
class Op(_Frozen):
    """An op: a frozen dataclass whose fields are its attributes.

    A subclass is a declaration. Its name is the type name (or ``type`` is), its
    ``signature`` names the inputs and outputs, its fields are the attributes
    that the inputs do not imply, and its methods are the rules:

    ``infer``
        the output shapes, from what is known of the inputs;
    ``compute``
        the values, in terms of an array module ``xp`` (NumPy or CuPy);
    ``gradient``
        the inputs' gradients, as graph.

    The flags are data that compiler passes read; nothing else tells them apart.
    """

    declared: ClassVar[dict[str, type[Op]]] = {}
    """The ops by type name, as far as they are loaded: see `flowgraph.ops.declared`."""

    type: ClassVar[str]
    signature: ClassVar[Signature]

    host_inputs: ClassVar[tuple[int, ...]] = ()
    """Inputs that always live in host memory: shapes, axes, paddings."""
    host_outputs: ClassVar[bool] = False
    """Its outputs are known in host memory wherever it runs: shapes."""
    host_memory: ClassVar[bool] = False
    """It may be placed on a GPU, but works in host memory there: TensorFlow's kernel does too."""
    host_only: ClassVar[bool] = False
    """It runs in host memory alone: it is files, Python, or an algorithm one step after another."""
    any_memory: ClassVar[bool] = False
    """It runs on the host, but takes values where they lie, and copies each when it needs it."""
    mixed_memory: ClassVar[bool] = False
    """Wherever it runs, its integers, conditions and objects are in host memory: it hands values
    on to graphs inside it, or from there."""
    may_alias: ClassVar[bool] = False
    """The output may be a view of the first input."""
    inplace: ClassVar[bool] = False
    """``compute_into`` may write over an input of the output's shape and dtype."""
    is_stateful: ClassVar[bool] = False
    """Running it has an effect or depends on one: never folded, merged or moved."""
    is_random: ClassVar[bool] = False
    """Draws from a random stream of its own."""
    writes_variable: ClassVar[tuple[int, ...]] = ()
    """Inputs, by position, whose variable is written."""
    fills: ClassVar[int | None] = None
    """The input that is a queue to put elements in: done before any are taken, if it may be."""
    drains: ClassVar[int | None] = None
    """The input that is a queue to take elements from."""
    reads_references: ClassVar[bool] = False
    """It reads the variables whose references it takes, but for those that it writes."""
    may_keep: ClassVar[int | None] = None
    """The input that `keeping` takes the memory of: nothing else may refer to it."""
    broadcasts: ClassVar[bool] = False
    """Inputs are broadcast against each other; the gradient walk sums them back."""
    c: ClassVar[str | None] = None
    """One element of the output as an expression of C, where ``{0}`` is the first input's and
    ``{T}`` the output's type. See `scalar`."""
    c_kinds: ClassVar[str] = "f"
    """Kinds of dtypes (`DType.kind`) for which `c` holds."""
    takes_missing_gradients: ClassVar[bool] = False
    """``gradient`` accepts ``None`` for an output nothing flows back to, instead of zeros."""

    def __init_subclass__(cls, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" not in cls.__dict__:
            cls.type = cls.__name__
        if _adds_fields(cls):
            _as_dataclass(cls)
        if not abstract and Op.declared.setdefault(cls.type, cls) is not cls:
            raise TypeError(f"op {cls.type} is declared twice")

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.attributes().items())
        return f"{type(self).__qualname__}({fields})"

    def infer(self, *inputs: Spec) -> Sequence[TensorShape]:
        """Return the output shapes. A ``ValueError`` says what does not fit."""
        raise NotImplementedError(f"shape rule of {self.type}")

    def compute(self, xp: Any, *inputs: Array) -> Any:
        """Return the output, or a tuple of outputs."""
        raise NotImplementedError(f"kernel of {self.type}")

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        """Write the output into given memory. Optional: without it, `compute` allocates.

        Of an op of several outputs `out` is a tuple.
        """
        raise NotImplementedError(f"planned kernel of {self.type}")

    def copy_into(self, xp: Any, out: tuple[Array, ...], *inputs: Array) -> None:
        """The ``compute_into`` of an op of several outputs that only other kernels can write."""
        for target, value in zip(out, self.compute(xp, *inputs), strict=True):
            xp.copyto(target, value)

    def keeping(self, xp: Any, *inputs: Array) -> Any:
        """Return what `compute` does; the memory of the input `may_keep` is the op's own now."""
        raise NotImplementedError(f"keeping kernel of {self.type}")

    @classmethod
    def is_planned(cls) -> bool:
        """Whether the op has a `compute_into`."""
        return cls.compute_into is not Op.compute_into

    def may_overwrite(self, position: int, output: int) -> bool:
        """Whether `compute_into` may write an output over an input of the same shape and dtype."""
        return self.inplace

    def planned(self, xp: Any, out: Array, *inputs: Array) -> Callable[[], Any]:
        """Return `compute_into` over fixed arrays, as a call without arguments."""
        return functools.partial(self.compute_into, xp, out, *inputs)

    def bind_into(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        """Return `compute_into` of one operation in one session: of the output and the inputs."""
        return functools.partial(self.compute_into, xp)

    def bind(self, operation: Operation, xp: Any, resources: Resources) -> Kernel:
        """Return the kernel of one operation in one session: a function of the inputs.

        Stateful ops override this to reach what the session keeps for them.
        """
        compute = self.compute
        return lambda *inputs: compute(xp, *inputs)

    def gradient(self, operation: Operation, *dys: Any) -> Sequence[Tensor | None]:
        """Return one gradient (or ``None``) for each input."""
        raise LookupError(
            f"No gradient defined for operation '{operation.name}' (op type: {operation.type})"
        )

    def not_differentiable(self, operation: Operation, *dys: Any) -> Sequence[Tensor | None]:
        """The ``gradient`` of an op through which nothing flows back."""
        return (None,) * len(operation.inputs)

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array | None, ...] | None:
        """Return the outputs that the inputs' shapes alone fix (``Shape``, ``Rank``)."""
        return None

    def static_shape(self, *inputs: Spec) -> TensorShape | None:
        """Return the output's value read as a shape where it is known in part.

        ``None`` leaves it to the constant value.
        """
        return None

    def passes_through(self, *inputs: Spec) -> int | None:
        """Return which input the output equals, bit for bit, or ``None``."""
        return None

    def failure(self, error: Exception, *inputs: Array) -> str:
        """Return TensorFlow's message for what the array library found wrong with the inputs."""
        return str(error)

    def advice(self, operation: Operation, *inputs: Any) -> str | None:
        """Return a hint on how to mend inputs that do not fit, where there is one.

        The inputs are tensors while the operation is built, and values when it runs.
        """
        return None

    def references(self) -> frozenset[int]:
        """Return the positions of the inputs that are taken as references, not as values."""
        return _references(self.signature)

    def writes(self) -> tuple[int, ...]:
        """Return the positions of the inputs whose variable is written."""
        return self.writes_variable

    def insides(self) -> Sequence[tuple[str, Graph, Sequence[Tensor], Sequence[Tensor]]]:
        """Return the graphs inside the op: a word for each, the graph, its inputs and results."""
        return ()

    def without(self, used: Sequence[bool]) -> Op:
        """Return the op to run where only some outputs are used: itself, or a cheaper one."""
        return self

    @classmethod
    def has_scalar(cls) -> bool:
        """Whether `scalar` may say something."""
        return cls.__dict__.get("c") is not None or cls.scalar is not Op.scalar

    def scalar(self, *specs: Spec) -> str | None:
        """Return `c` for inputs and an output of the given forms, or ``None``.

        The functions that it may call are those of the emitter's dialect.
        """
        c = type(self).__dict__.get("c")  # not inherited: a subclass is another op
        if c is None or any(s.dtype.kind not in self.c_kinds for s in specs):
            return None
        return str(c)

    def attributes(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {name: getattr(self, name) for name in field_names(type(self))}

    def equivalence(self) -> tuple[Any, ...]:
        """Return what two interchangeable ops share: the type and the fields' texts.

        The texts, since ``==`` takes 0.0 for -0.0 and 1 for True.
        """
        return (self.type, *[repr(getattr(self, name)) for name in field_names(type(self))])


def _adds_fields(cls: type[Op]) -> bool:
    """Whether the methods of a dataclass must be made for a class, which takes half a millisecond.

    A class with one base and no fields of its own inherits that base's.
    """
    own = inspect.get_annotations(cls).values()
    fields = [kind for kind in own if not str(kind).startswith(("ClassVar", "typing.ClassVar"))]
    return bool(fields or len(cls.__bases__) > 1 or "__post_init__" in cls.__dict__)


@functools.cache
def _references(signature: Signature) -> frozenset[int]:
    return frozenset(i for i, argument in enumerate(signature.inputs) if argument.is_ref)


_NAMES: dict[type[Op], tuple[str, ...]] = {}


def field_names(cls: type[Op]) -> tuple[str, ...]:
    """Return the names of an op class's attributes, in order."""
    if cls not in _NAMES:
        _NAMES[cls] = tuple([field.name for field in dataclasses.fields(cls)])  # type: ignore[arg-type]
    return _NAMES[cls]
