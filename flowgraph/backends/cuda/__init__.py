"""CUDA kernels: which launches serve a step, and the source of their functions.

Nothing here needs CuPy or a GPU: a kernel is described, not run. What runs it asks twice. First,
for each step, `launches` says what to do, or ``None`` if no kernel is made for these dtypes and
sizes::

    x, y = Operand((32, 10), np.dtype("float32")), Operand((32, 10), np.dtype("float32"))
    work = launches(op, [x], [y], Target())          # op: any Op, a Fused group too

Then, for a whole plan, `source` gives the text of one module that holds the functions of all its
launches, to be compiled by NVRTC with `OPTIONS` and without any header::

    text = source(every Launch of the plan)          # RawModule(code=text, options=OPTIONS)
    module.get_function(launch.function)(launch.grid, launch.block, arguments)

- `Operand` stands for memory in C order on the device. The caller makes one per input and output
  (none for outputs that are references) and finds the very object again among the arguments. A
  host input (a shape, axes) carries its ``value``; a kernel that needs it and does not get it is
  not made, and no host input is ever an argument. Scalars such as learning rates *are* arguments:
  they lie on the device. ``alignment`` says how many bytes divide the address: 16 lets kernels
  load four elements at once.
- The items of the result are made in order on one stream. An item is a `Launch`, a
  `products.Product` (``cublaslt.Library.product(item)`` gives its plan) or a
  `convolution.Convolution` (``cudnn.Library.convolution(item)``; only with
  ``Target(has_cudnn=True)``). Where such a library gives no plan, ask again without cuDNN, or let
  the op compute.
- An argument of a `Launch` is an `Operand`, a `Part` of one (so many bytes on), a `Scratch`
  (device memory of its own, aligned to 16 bytes at least; the same object is the same memory;
  nothing is kept there between steps, so steps may share it), a `Stream` (the state of a random
  op) or a NumPy scalar, passed as it is.
- The value of `Stream` on the device: three uint64, key, upper half of the counter and its lower
  half, which the kernels advance themselves. One per session and operation, from the op's `seed`
  and `seed2` as in `flowgraph.random_streams.PhiloxStream`; not reset by a replay.
- Sizes must all be known. A step whose sizes only a run knows may ask when it runs.
- Wrong indices raise nothing: as on TensorFlow's GPUs a row that does not exist is read as zeros
  and not written, and the loss of a label that is none is NaN.
- ``source`` of the same launches is the same text, so compiled modules can be cached by it.
"""

from flowgraph.backends.cuda.kernels import MAKERS, launches
from flowgraph.backends.cuda.launch import (
    OPTIONS,
    Launch,
    Operand,
    Part,
    Scratch,
    Stream,
    Target,
    allows_tf32,
    source,
    tries_algorithms,
    wants_determinism,
)

__all__ = [
    "MAKERS",
    "OPTIONS",
    "Launch",
    "Operand",
    "Part",
    "Scratch",
    "Stream",
    "Target",
    "allows_tf32",
    "launches",
    "source",
    "tries_algorithms",
    "wants_determinism",
]
