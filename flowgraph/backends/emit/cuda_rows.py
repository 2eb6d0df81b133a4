"""Kernels that change those rows of arrays that sorted keys name."""

from __future__ import annotations

from flowgraph.backends.emit.cuda import THREADS, TYPES, named
from flowgraph.backends.emit.scalar import Group, statements


def function(group: Group, dtype: str, arrays: int, is_scalar: bool) -> tuple[str, str]:
    """Return the name and the text of the kernel.

    A thread serves one column of one row: it applies the updates of all equal keys in order, so
    that results repeat. Keys outside ``[0, limit)`` name no row.

    The arguments are the number of keys, the elements of a row, the number of rows, the sorted
    keys, the place of each key's update, the arrays, the updates, and pointers to scalars.

    Parameters
    ----------
    group : Group
        Its inputs are an element of each array, that of the update, and the scalars. Its results
        are the new elements of the arrays.
    dtype : str
        Of all of them.
    arrays : int
        Their number.
    is_scalar : bool
        Whether one element is the update of all.
    """
    stored, computed = TYPES[dtype]
    numbers = range(arrays)
    scalars = range(arrays + 1, group.count)
    parameters = ["long long count", "long long width", "long long limit"]
    parameters += ["const long long *keys", "const int *order"]
    parameters += [f"{stored} *a{i}" for i in numbers]
    parameters += [f"const {stored} *updates", *[f"const {stored} *s{i}" for i in scalars]]
    place = "0" if is_scalar else "order[at] * width + column"
    lines = [
        "const long long number = thread_number();",
        "if (number >= count * width) return;",
        "long long at = number / width;",
        "const long long column = number % width, key = keys[at];",
        "if (key < 0 || key >= limit || (at && keys[at - 1] == key)) return;",
        "const long long place = key * width + column;",
        *[f"{computed} v{i} = a{i}[place];" for i in numbers],
        *[f"const {computed} v{i} = *s{i};" for i in scalars],
        "for (; at < count && keys[at] == key; at++) {",
        f"    const {computed} v{arrays} = updates[{place}];",
        *[f"    {line}" for line in statements(group, TYPES)],
        *[f"    v{i} = v{group.results[i]};" for i in numbers],
        "}",
        *[f"a{i}[place] = v{i};" for i in numbers],
    ]
    head = f'extern "C" __global__ void __launch_bounds__({THREADS}) NAME'
    text = f"{head}({', '.join(parameters)}) {{\n"
    return named(text + "".join(f"    {line}\n" for line in lines) + "}\n", "rows")
