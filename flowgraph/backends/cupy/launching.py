"""CUDA kernels for the steps of one plan on one GPU: which there are, compiled, and launched.

`flowgraph.backends.cuda` says what serves a step. Here memory is found for it, all kernels of the
plan are compiled as one module, and a step becomes a call. Only the launching of kernels that a
C++ compiler has made of the same text has run in the project's own checks, never a GPU.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from flowgraph.backends.cuda import (
    OPTIONS,
    Launch,
    Operand,
    Part,
    Scratch,
    Stream,
    Target,
    allows_tf32,
    launches,
    source,
    wants_determinism,
)
from flowgraph.backends.cuda.convolution import Convolution
from flowgraph.backends.cuda.products import Product
from flowgraph.backends.cupy.array_module import ArrayModule
from flowgraph.dtypes import Array
from flowgraph.graph.op import Resources
from flowgraph.plan.plan import Step

_ALIGNMENT = 16
"""Bytes that divide the addresses from which kernels load several elements at once."""

_MODULES_KEPT = 64

_SCRATCH_STEP = 256


class Memory:
    """An input or output of a step on the GPU.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    array : array or None
        The memory, if it stays where it is; else the step finds it among its values.
    slot : int
    value : array or None
        What an input in host memory holds.
    on_host : bool
    """

    __slots__ = ("array", "dtype", "on_host", "shape", "slot", "value")

    def __init__(
        self, shape: tuple[int, ...], dtype: Any, array: Any, slot: int,
        value: Array | None = None, on_host: bool = False,
    ) -> None:  # fmt: skip
        self.shape = shape
        self.dtype = dtype
        self.array = array
        self.slot = slot
        self.value = value
        self.on_host = on_host

    def operand(self) -> Operand:
        """Return what stands for it where kernels are chosen."""
        if self.on_host:
            return Operand(self.shape, self.dtype, self.value)
        address = 1 if self.array is None else self.array.data.ptr
        aligned = _ALIGNMENT if address % _ALIGNMENT == 0 else self.dtype.itemsize
        return Operand(self.shape, self.dtype, None, aligned)


class Launched:
    """The kernels of one step, as a call without arguments."""

    __slots__ = ("_late", "_memory", "_ready", "_values", "_work", "_xp", "is_static")

    def __init__(self, xp: ArrayModule, work: Sequence[Any], values: list[Any]) -> None:
        self._xp = xp
        self._work: Sequence[Any] = work
        self._values = values
        self._memory: dict[int, Any] = {}  # by operand: the memory that stays
        self._late: list[tuple[int, int]] = []  # operand and slot of what is found at each run
        self._ready: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.is_static = True

    def hold(self, operand: Operand, memory: Memory) -> None:
        """Note where an operand lies."""
        if memory.on_host:
            return
        if memory.array is None:
            self._late.append((id(operand), memory.slot))
            self.is_static = False
        else:
            self._memory[id(operand)] = memory.array

    def settle(self, served: Callable[[Any], Any], scratch: dict[int, Any]) -> None:
        """Take what serves each item, and memory for what is no input or output."""
        self._memory.update(scratch)
        self._work = [(_maker(item, served(item), self._xp), item) for item in self._work]
        if self.is_static:
            self._ready = [make(item, self._memory) for make, item in self._work]

    def __call__(self) -> None:
        if self.is_static:
            for function, arguments in self._ready:
                function(*arguments)
            return
        memory = dict(self._memory)
        for operand, slot in self._late:
            memory[operand] = self._xp.ascontiguousarray(self._values[slot])
        for make, item in self._work:
            function, arguments = make(item, memory)
            function(*arguments)


def _maker(item: Any, served: Any, xp: ArrayModule) -> Callable[..., Any]:
    """Return what makes a call of an item, given the memory of its operands.

    `served` is the function of a kernel, or the plan of a library.
    """
    if isinstance(item, Product):
        workspace = xp.workspace.data.ptr  # allocated now, not while a stream is captured
        current = xp.cupy.cuda.get_current_stream

        def multiply(*arguments: Any) -> None:
            a, b, c, bias, adds = arguments
            with xp.lock:  # a plan of the library serves one call at a time
                served.run(a, b, c, workspace, current().ptr, bias, adds)

        return lambda product, memory: (multiply, _product(product, memory))
    if isinstance(item, Convolution):
        return _convolving(served, xp)

    def launch(item: Launch, memory: dict[int, Any]) -> tuple[Any, tuple[Any, ...]]:
        arguments = tuple([_argument(each, memory) for each in item.arguments])
        return served, (item.grid, item.block, arguments)

    return launch


def _convolving(plan: Any, xp: ArrayModule) -> Callable[..., Any]:
    """Return what makes a call of a convolution by cuDNN."""
    current = xp.cupy.cuda.get_current_stream

    def convolve(*addresses: int) -> None:
        with xp.lock:  # a handle of the library serves one stream at a time
            plan.run(*addresses, current().ptr)

    def make(item: Convolution, memory: dict[int, Any]) -> tuple[Any, tuple[int, ...]]:
        held = memory.get(id(item))
        workspace = 0 if held is None else held.data.ptr
        return convolve, (*[_argument(each, memory).ptr for each in item.operands], workspace)

    return make


def _argument(argument: Any, memory: dict[int, Any]) -> Any:
    if isinstance(argument, Part):
        return memory[id(argument.operand)].data + argument.offset
    if isinstance(argument, Operand | Stream):
        return memory[id(argument)].data
    return argument


def _product(product: Product, memory: dict[int, Any]) -> tuple[Any, ...]:
    """Return the addresses of a product's matrices and bias, and whether it adds."""
    a, b, c, *bias = [_argument(each, memory).ptr for each in product.operands]
    return a, b, c, bias[0] if bias else 0, product.adds


class Kernels:
    """The kernels of one plan on one GPU.

    Parameters
    ----------
    xp : ArrayModule
    resources : Resources
        Keep the states of random ops.
    """

    def __init__(self, xp: ArrayModule, resources: Resources) -> None:
        self._xp = xp
        self._resources = resources
        processors = xp.cupy.cuda.runtime.getDeviceProperties(xp.index)["multiProcessorCount"]
        self._targets = [Target(processors)]
        if xp.convolutions is not None:
            self._targets.insert(0, Target(processors, has_cudnn=True))
        self._tf32, self._deterministic = allows_tf32(), wants_determinism()
        self._bound: list[tuple[Launched, Sequence[Any], Step]] = []
        self.scratch: Any = None

    def bind(
        self, step: Step, inputs: Sequence[Memory], forms: Sequence[tuple[Any, Any]],
        output: Callable[[int], Memory], values: list[Any],
    ) -> Launched | None:  # fmt: skip
        """Return the call of a step's kernels; ``None`` if none are made for these forms.

        Parameters
        ----------
        step : Step
        inputs : sequence of Memory
        forms : sequence of (tuple of int, numpy.dtype)
            The shapes and dtypes of the outputs that are no references.
        output : callable
            Returns the memory of one of them, aligned as every allocation is.
        values : list
            Those of the bound plan's slots.
        """
        taken = [memory.operand() for memory in inputs]
        made = [Operand(shape, dtype, None, _ALIGNMENT) for shape, dtype in forms]
        work = self._work(step, taken, made)
        if work is None:
            return None
        call = Launched(self._xp, work, values)
        outputs = [output(n) for n in range(len(made))]
        for operand, memory in zip((*taken, *made), (*inputs, *outputs), strict=True):
            call.hold(operand, memory)
        self._bound.append((call, work, step))
        return call

    def _work(
        self, step: Step, inputs: Sequence[Operand], outputs: Sequence[Operand]
    ) -> Sequence[Any] | None:
        """Return what serves a step: with cuDNN, or without it where it has no plan."""
        for target in self._targets:
            work = launches(step.op, inputs, outputs, target)
            if work is None or all(
                isinstance(item, Launch) or self._plan(item) is not None for item in work
            ):
                return work
        return None

    def _plan(self, item: Product | Convolution) -> Any:
        """Return a library's plan for what is no kernel of our own; ``None`` if it has none."""
        if isinstance(item, Convolution):
            return self._xp.convolutions.convolution(item, self._tf32, self._deterministic)
        products = self._xp.products
        return None if products is None else products.product(item, self._tf32)

    def finish(self) -> None:
        """Compile the kernels of all steps, once the last is bound."""
        items = [item for _, work, _ in self._bound for item in work if isinstance(item, Launch)]
        functions = _compiled(self._xp, items) if items else {}
        places = [self._places(work) for _, work, _ in self._bound]
        size = max((end for _, end in places), default=0)
        if size:
            self.scratch = self._xp.empty(size, dtype=np.uint8)

        def served(item: Any) -> Any:
            return functions[item.function] if isinstance(item, Launch) else self._plan(item)

        for (call, work, step), (offsets, _) in zip(self._bound, places, strict=True):
            memory = {key: self.scratch[at:] for key, at in offsets.items()}
            for item in work if step.op.is_random else ():
                for each in item.arguments:
                    if isinstance(each, Stream):
                        memory[id(each)] = self._state(step)
            call.settle(served, memory)

    def _places(self, work: Sequence[Any]) -> tuple[dict[int, int], int]:
        """Return where the scratch memory of a step begins, by operand, and where it ends."""
        offsets: dict[int, int] = {}
        end = 0
        for item in work:
            for key, nbytes in self._needs(item):
                if key not in offsets:
                    offsets[key] = end
                    end += -(-nbytes // _SCRATCH_STEP) * _SCRATCH_STEP
        return offsets, end

    def _needs(self, item: Any) -> Iterator[tuple[int, int]]:
        """Yield what an item needs scratch memory for, by ``id``, and how many bytes."""
        for each in item.arguments if isinstance(item, Launch) else item.operands:
            whole = each.operand if isinstance(each, Part) else each
            if isinstance(whole, Scratch):
                yield id(whole), whole.nbytes
        if isinstance(item, Convolution):
            yield id(item), self._plan(item).workspace

    def _state(self, step: Step) -> Any:
        """Return the state of a random op: where its stream stood when a GPU first drew from it."""
        operation = step.operation

        def make() -> Any:
            stream = step.op.stream(operation, self._resources)  # type: ignore[attr-defined]
            return self._xp.array(np.array(stream.state(), np.uint64))

        return self._resources.get(("state on a GPU", operation), make)


_modules: OrderedDict[tuple[Any, int, str], Any] = OrderedDict()
_lock = threading.Lock()


def _compiled(xp: ArrayModule, items: Sequence[Launch]) -> dict[str, Any]:
    """Return the functions of launches, by name, out of one module."""
    text = source(items)
    key = (xp.cupy, xp.index, text)
    with _lock:
        if key not in _modules:
            while len(_modules) >= _MODULES_KEPT:
                _modules.popitem(last=False)
            _modules[key] = xp.cupy.RawModule(code=text, options=OPTIONS)
        _modules.move_to_end(key)
        module = _modules[key]
    return {name: module.get_function(name) for name in {item.function for item in items}}
