"""What cuBLASLt is asked for, against a stand-in that multiplies matrices held in columns."""

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from flowgraph.backends.cuda import Operand, Part, cublaslt
from flowgraph.backends.cuda.products import Product
from flowgraph.backends.cupy.array_module import ArrayModule
from flowgraph.errors import InternalError
from tests.gpus import fake_gpus

KINDS = {0: np.float32, 1: np.float64, 2: np.float16}
COMPUTE = {68: 0, 70: 1, 77: 0}


class Library:
    """cuBLASLt's functions over host memory. Handles are numbers of objects."""

    def __init__(self, statuses=(0,), failing=None):
        self.objects, self.asked, self.statuses = {}, [], statuses
        if failing:
            setattr(self, failing, lambda *arguments: 13)

    def new(self, reference, value):
        self.objects[len(self.objects) + 1] = value
        reference._obj.value = len(self.objects)
        return 0

    def at(self, handle):
        return self.objects[handle.value]

    def set(self, handle, attribute, reference, size):
        assert size.value == ctypes.sizeof(reference._obj)
        self.at(handle)[attribute] = reference._obj.value
        return 0

    def cublasLtCreate(self, handle):
        return self.new(handle, "handle")

    def cublasLtMatmulDescCreate(self, made, compute, scale):
        assert COMPUTE[compute] == scale
        return self.new(made, {"compute": compute})

    def cublasLtMatrixLayoutCreate(self, made, kind, rows, columns, leading):
        assert leading.value >= rows.value
        shape = (rows.value, columns.value, leading.value)
        return self.new(made, {"kind": kind, "shape": shape, 5: 1, 6: 0})

    def cublasLtMatmulPreferenceCreate(self, made):
        return self.new(made, {})

    def cublasLtMatmulPreferenceDestroy(self, preference):
        return 0

    cublasLtMatmulDescSetAttribute = set
    cublasLtMatrixLayoutSetAttribute = set
    cublasLtMatmulPreferenceSetAttribute = set

    def cublasLtMatmulAlgoGetHeuristic(
        self, handle, description, a, b, c, d, preference, most, found, count
    ):
        assert self.at(handle) == "handle"
        self.asked.append((dict(self.at(description)), dict(self.at(preference))))
        for i, status in enumerate(self.statuses):
            found[i].status, found[i].workspace = status, 100 + i
        count._obj.value = len(self.statuses)
        return 0

    def cublasLtMatmul(
        self, handle, description, alpha, a, a_layout, b, b_layout, beta, c, c_layout, d, d_layout,
        algorithm, workspace, size, stream,
    ):  # fmt: skip
        assert (self.at(handle), workspace.value, stream.value) == ("handle", 7000, 3)
        assert c.value == d.value
        assert size.value == 100 + self.statuses.index(0)
        rule = self.at(description)
        layouts = [self.at(layout) for layout in (a_layout, b_layout, d_layout)]
        bias = None
        if rule[7] & 4:
            length = layouts[2]["shape"][0]
            bias = memory(rule[8], layouts[2]["kind"], length).astype(np.float64)
        for i in range(layouts[2][5]):
            left, right, out = (
                matrix(address.value, layout, i)
                for address, layout in zip((a, b, d), layouts, strict=True)
            )
            left, right = (left.T if rule[3] else left), (right.T if rule[4] else right)
            value = alpha._obj.value * (left.astype(np.float64) @ right.astype(np.float64))
            value += beta._obj.value * out if beta._obj.value else 0
            value += 0 if bias is None else bias[:, None]
            out[...] = np.maximum(value, 0) if rule[7] & 2 else value
        return 0


def memory(address, kind, count):
    size = np.dtype(KINDS[kind]).itemsize * count
    return np.frombuffer((ctypes.c_char * size).from_address(address), KINDS[kind])


def matrix(address, layout, number):
    rows, columns, leading = layout["shape"]
    step = np.dtype(KINDS[layout["kind"]]).itemsize * layout[6] * number
    flat = memory(address + step, layout["kind"], leading * columns)
    return flat.reshape(columns, leading)[:, :rows].T


def run(product, a, b, c, bias=None, library=None):
    """What the product leaves in c."""
    plan = cublaslt.Library(library or Library()).product(product)
    address = 0 if bias is None else bias.ctypes.data
    plan.run(a.ctypes.data, b.ctypes.data, c.ctypes.data, 7000, 3, address, product.adds)
    return c


def draw(*shape, dtype=np.float32):
    return np.random.RandomState(sum(shape)).randn(*shape).astype(dtype)


def operands(*arrays):
    return [Operand(array.shape, array.dtype, alignment=16) for array in arrays]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("transposes", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_product_of_rows(dtype, transposes):
    m, n, k = 5, 3, 4
    a, b, c = draw(m, k, dtype=dtype), draw(k, n, dtype=dtype), np.zeros((m, n), dtype)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    a, b = (np.ascontiguousarray(x.T if t else x) for x, t in zip((a, b), transposes, strict=True))
    flags = [bool(t) for t in transposes]
    product = Product(np.dtype(dtype).name, m, n, k, *operands(a, b, c), *flags)
    np.testing.assert_allclose(run(product, a, b, c), expected, rtol=3e-3, atol=1e-3)


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_batch(is_shared):
    a, b, c = draw(4, 5, 3), draw(4, 2, 3), np.zeros((4, 5, 2), np.float32)
    b = b[:1] if is_shared else b
    steps = (15, 0 if is_shared else 6, 10)
    product = Product("float32", 5, 2, 3, *operands(a, b, c), False, True, 4, steps)
    np.testing.assert_allclose(run(product, a, b, c), a @ b.swapaxes(1, 2), rtol=1e-5)


def test_bias_relu_and_what_is_there():
    a, b, c, bias = draw(5, 4), draw(4, 3), draw(5, 3), draw(3)
    before, product = c.copy(), Product("float32", 5, 3, 4, *operands(a, b, c), adds=True)
    np.testing.assert_allclose(run(product, a, b, c), a @ b + before, rtol=1e-5, atol=1e-6)
    (given,) = operands(bias)
    product = replace(product, adds=False, bias=given, has_relu=True)
    expected = np.maximum(a @ b + bias, 0)
    np.testing.assert_allclose(run(product, a, b, c, bias), expected, rtol=1e-5, atol=1e-6)
    product = replace(product, has_relu=False)
    np.testing.assert_allclose(run(product, a, b, c, bias), a @ b + bias, rtol=1e-5, atol=1e-6)


def simple(**changes):
    a, b, c = operands(draw(5, 4), draw(4, 3), draw(5, 3))
    return replace(Product("float32", 5, 3, 4, a, b, c), **changes)


def test_a_plan_is_made_once_for_products_of_one_form():
    library = Library()
    lt = cublaslt.Library(library)
    assert lt.product(simple()) is lt.product(simple(adds=True))
    assert lt.product(simple()) is not lt.product(simple(has_relu=True))
    assert len(library.asked) == 2


def test_what_the_heuristics_are_told():
    library = Library()
    product = simple(c=Part(Operand((90, 3), np.float32, alignment=256), 8))
    cublaslt.Library(library).product(product)
    ((rule, preference),) = library.asked
    assert rule["compute"] == 68
    assert preference == {1: 32 << 20, 5: 16, 6: 16, 7: 8, 8: 8}


def test_tf32_only_if_asked():
    library = Library()
    plans = cublaslt.Library(library)
    assert plans.product(simple(), True) is not plans.product(simple())  # it is in the plans' key
    assert plans.product(simple(), True) is plans.product(simple(), True)
    assert [rule["compute"] for rule, *_ in library.asked] == [77, 68]


def test_an_algorithm_that_cannot_run_is_passed_over():
    library = Library(statuses=(15, 0))
    a, b, c = draw(5, 4), draw(4, 3), np.zeros((5, 3), np.float32)
    np.testing.assert_allclose(run(simple(), a, b, c, library=library), a @ b, rtol=1e-5, atol=1e-6)
    assert cublaslt.Library(Library(statuses=(15, 7))).product(simple()) is None


def test_a_failure_is_an_error():
    with pytest.raises(InternalError, match="cublasLtMatmulDescCreate failed with status 13"):
        cublaslt.Library(Library(failing="cublasLtMatmulDescCreate")).product(simple())


def test_the_sizes_of_structures():
    assert ctypes.sizeof(cublaslt.Heuristic) == 96
    assert cublaslt.Heuristic.workspace.offset == 64
    assert cublaslt.Heuristic.status.offset == 72


def test_a_library_that_does_not_run_here_is_passed_over(monkeypatch):
    asked = []

    def found(major):
        asked.append(major)
        yield from (Library(failing="cublasLtCreate"), Library(), Library())

    monkeypatch.setattr(cublaslt, "found", found)
    with fake_gpus(1) as fake:
        assert ArrayModule(fake, 0, None).products.handle.value == 1
        monkeypatch.setattr(cublaslt, "found", lambda major: [Library(failing="cublasLtCreate")])
        assert ArrayModule(fake, 0, None).products is None
    assert asked == [13]


def test_libraries_are_looked_for_where_wheels_and_toolkits_have_them(monkeypatch, tmp_path):
    wheel = tmp_path / "nvidia" / "cu13" / "lib" / "libcublasLt.so.13"
    toolkit = tmp_path / "toolkit"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    opened = []

    def load(path):
        opened.append(path)
        if not path.startswith(str(tmp_path)):
            raise OSError
        return path

    monkeypatch.setattr(cublaslt.ctypes, "CDLL", load)
    monkeypatch.setattr(cublaslt.sys, "path", [str(tmp_path)])
    monkeypatch.setenv("CUDA_PATH", str(toolkit))
    monkeypatch.delenv("CUDA_HOME", raising=False)
    places = [str(wheel), str(toolkit / "lib64" / "libcublasLt.so.13")]
    assert list(cublaslt.found(13)) == places
    assert opened == ["libcublasLt.so.13", *places, "/usr/local/cuda/lib64/libcublasLt.so.13"]
