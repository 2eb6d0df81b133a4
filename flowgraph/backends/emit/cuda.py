"""Kernels around scalar code: a group over arrays that are broadcast against each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flowgraph.backends.emit.axes import Axes, indices, offset
from flowgraph.backends.emit.scalar import Group, statements

TYPES = {
    "float32": ("float", "float"),
    "float64": ("double", "double"),
    "float16": ("half_t", "float"),
    "bfloat16": ("bfloat16_t", "float"),
    "int8": ("signed char", "signed char"),
    "uint8": ("unsigned char", "unsigned char"),
    "int16": ("short", "short"),
    "uint16": ("unsigned short", "unsigned short"),
    "int32": ("int", "int"),
    "int64": ("long long", "long long"),
    "bool": ("unsigned char", "unsigned char"),
}
"""How the elements of a dtype are stored, and what is computed with them."""

THREADS = 256
"""Threads of a block."""

WIDTH = 4
"""Elements of a thread, where addresses and sizes allow to load them at once."""


def offsets(axes: Axes) -> tuple[list[str], list[str]]:
    """Return the code that takes a flat ``index`` apart, and each input's offset there.

    The code expects the lengths ``n<axis>`` and the type ``index_t``.
    """
    rank = len(axes.sizes)
    places = ["index" if all(each) else offset(each, rank, "n") or "0" for each in axes.varies]
    is_flat = all(place == "index" for place in places)
    return [] if is_flat else indices(rank, "index", "const index_t", "n"), places


def named(text: str, prefix: str) -> tuple[str, str]:
    """Return a name made of the text's digest, and the text with it for ``NAME``."""
    name = f"{prefix}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return name, text.replace("NAME", name)


def index_type(is_large: bool) -> str:
    """Return the type of an index into so many elements: divisions of short ones are faster."""
    return "long long" if is_large else "int"


def function(
    group: Group, dtypes: Sequence[str], axes: Axes, width: int, is_large: bool
) -> tuple[str, str]:
    """Return the name and the text of a group's kernel.

    Its arguments are the number of elements, the length of each axis, the inputs and the outputs;
    the code is the same for all lengths.

    Parameters
    ----------
    group : Group
    dtypes : sequence of str
        Of the inputs.
    axes : Axes
    width : int
        The elements of a thread. The last axis is a multiple of it.
    is_large : bool
        Whether an index takes 64 bits.
    """
    sources = [TYPES[dtype] for dtype in dtypes]
    targets = {
        i: TYPES[group.members[i - group.count].dtype.base_dtype.name][0] for i in group.results
    }
    parameters = ["index_t count", *[f"index_t n{axis}" for axis in range(len(axes.sizes))]]
    parameters += [f"const {stored} *a{i}" for i, (stored, _) in enumerate(sources)]
    parameters += [f"{stored} *o{i}" for i, stored in targets.items()]
    code, places = offsets(axes)
    loads, values = [], []
    for i, ((stored, computed), place) in enumerate(zip(sources, places, strict=True)):
        if axes.varies[i][-1] and width > 1:
            loads.append(f"const four<{stored}> x{i} = *(const four<{stored}> *)(a{i} + {place});")
            values.append(f"const {computed} v{i} = x{i}.v[j];")
        else:
            loads.append(f"const {computed} v{i} = a{i}[{place}];")
    if width > 1:
        body = [f"four<{stored}> y{i};" for i, stored in targets.items()]
        inner = [*values, *statements(group, TYPES), *[f"y{i}.v[j] = v{i};" for i in targets]]
        body += ["#pragma unroll", f"for (int j = 0; j < {width}; j++) {{"]
        body += [f"    {line}" for line in inner] + ["}"]
        body += [f"*(four<{s}> *)(o{i} + index) = y{i};" for i, s in targets.items()]
    else:
        body = [*statements(group, TYPES), *[f"o{i}[index] = v{i};" for i in targets]]
    lines = [
        f"typedef {index_type(is_large)} index_t;",
        f"const index_t index = (index_t)thread_number() * {width};",
        "if (index >= count) return;",
        *code, *loads, *body,
    ]  # fmt: skip
    kind = index_type(is_large)
    head = ", ".join(parameters).replace("index_t", kind)
    text = f'extern "C" __global__ void __launch_bounds__({THREADS}) NAME({head}) {{\n'
    text += "".join(f"    {line}\n" for line in lines) + "}\n"
    return named(text, "group")
