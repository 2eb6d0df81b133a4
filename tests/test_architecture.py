"""Imports point down the layers; files are small, named for what they hold, and quick to load.

No import is excepted. Two things look like exceptions and need none: ``ops/operators.py`` installs
the operators of ``Tensor`` from above, and ``Tensor.eval`` finds the default session through a
stack that ``graph/`` keeps.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def ranks(text: str) -> dict[str, int]:
    return {name: i for i, line in enumerate(text.strip().splitlines()) for name in line.split()}


# Lowest first. A package or module imports itself and what stands on earlier lines, never its
# neighbours. The first line and the last are exempt from the latter: their members may name each
# other.
LAYERS = ranks("""
errors source user_code cautions dtypes dimensions shapes parallel random_streams formats protos datasets version namespaces
graph
ops
autodiff plan
backends
runtime
variables
graphdef
layers lookup linear_operators
losses metrics rnn image distributions signal
seq2seq
summary data
train
feature_column saved_model
contrib
estimator
inspect distribute
__init__ __main__ compat demo graph_util nn math linalg initializers test bitwise debugging strings sparse sets spectral random manip app flags gfile io logging pywrap_tensorflow python_io queue nest profiler python keras
""")  # noqa: E501
PEERS = {LAYERS["errors"], LAYERS["__init__"]}

# The same for the files of ops/: a gradient uses its own file and those on earlier lines.
OPS = ranks("""
waiting
convert checks types shared_resources queue_state host_values
accumulator_state constant merging hints static_values suspicions
conversion
building
core
elementwise of_values
sequences
array ensure_shape
filling
selection
broadcasting
packing
joining
slicing
indexing
complex_numbers
arithmetic
add_n
comparison bitwise
division
reciprocal
magnitude
transcendental casting
xlogy
trigonometric
scan reduction_rules
reduction
special_functions ranking statistics beam_search clustering
rounds
gathering
segments scattering masking
rearranging spacing partitioning
random state checkpointing control printing host histogram string sparse queue_ops accumulator_ops regular_expression string_fingerprint reader_state parsing_columns parsing_text
summary string_base64 string_hash string_number string_reduce string_regex string_split string_unicode tensor_proto file table_state table_file queue_base queue_sparse reader_ops feature_cross bucketize parsing_features parsing_ops parsing_sequence_ops
serialization table queue reader accumulator staging
sparse_checks
elements body nest history tensor_list optional
element_ops functional
conditional looping tensor_array
mapping
sampling scatter sparse_dense fixed_width sorting
assertions training sets
shape_assertions case training_sparse random_crop confusion weights_broadcasting
named_sizes
linalg diagonal
band contraction einsum sparse_matmul
linear_equations
factorization decomposition
norm
matrix_functions least_squares
bias
activation recurrent
block_lstm
rectification softmax
windows
patches
winograd
convolution_kernels pooling_kernels
convolution_rules pooling_rules
convolution convolution_3d depthwise pooling pooling_3d pooling_argmax
block_padding
dilated
separable pool
channels
batch_norm local_response moments dropout
normalization
cross_entropy
loss
clip
embedding
candidate_samplers sparse_segments
candidate_sampling fft
sparse_order sparse_shapes sparse_joining sparse_elementwise sparse_reduction sparse_rows
sparse_making
parsing
parsing_sequence
embedding_sparse sampled_loss ctc_checks ctc_beam_search edit_distance
ctc_loss ctc_decoding
random_stateless
dataset_vectorised dataset_sparse
dataset
dataset_sources dataset_files dataset_order dataset_cache dataset_batch dataset_threads
dataset_csv dataset_map dataset_interleave dataset_shuffle
dataset_groups
iterator
image_sampling image_codecs image_selection
image_resizing image_colors image_boxes image_suppression image_distortion image_decoding image_encoding image_patches image_projection
image_cropping image_glimpse
sparse_crossing
operators
__init__
""")  # noqa: E501


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_name(path): path for path in sorted((ROOT / "flowgraph").rglob("*.py"))}
STUBS = {module_name(path): path for path in sorted((ROOT / "flowgraph").rglob("*.pyi"))}
"""What the namespaces load when they are asked for it: imports like others."""


def runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what lies under it, without the bodies of ``if TYPE_CHECKING:``."""
    yield node
    for field, value in ast.iter_fields(node):
        if field == "body" and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from runtime_nodes(child)


def imported_modules(source: str, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Each import of the package's own modules, as line and absolute name."""
    for node in runtime_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: len(module.split(".")) + is_package - node.level]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
            found = [name if name in FILES else base for name in names]
        else:
            continue
        yield from ((node.lineno, name) for name in found if name.split(".")[0] == "flowgraph")


def is_allowed(importer: str, imported: str) -> bool:
    above, below = ([*name.split(".")[1:], "__init__", "__init__"] for name in (importer, imported))
    if above[0] != below[0]:
        high, low = LAYERS[above[0]], LAYERS[below[0]]
        return low < high or (low == high and low in PEERS)
    return above[0] != "ops" or above[1] == below[1] or OPS[below[1]] < OPS[above[1]]


def test_every_module_has_a_place():
    parts = [name.split(".") for name in FILES]
    assert {part[1] for part in parts if len(part) > 1} - LAYERS.keys() == set()
    assert {part[2] for part in parts if len(part) > 2 and part[1] == "ops"} - OPS.keys() == set()


@pytest.mark.parametrize("path", [*FILES.values(), *STUBS.values()], ids=str)
def test_imports_point_down(path):
    module = module_name(path)
    found = imported_modules(path.read_text(), module, path.stem == "__init__")
    if module == "flowgraph.data.experimental":  # re-exports, of hooks too: as the top layer's
        module = "flowgraph.nn"
    assert [f"{path}:{line} {name}" for line, name in found if not is_allowed(module, name)] == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("flowgraph.graph.tensor", "flowgraph.ops"),
        ("flowgraph.autodiff.gradients", "flowgraph.plan"),
        ("flowgraph.plan.passes", "flowgraph.autodiff.gradients"),
        ("flowgraph.backends.base", "flowgraph.runtime.session"),
        ("flowgraph.ops.array", "flowgraph.ops.slicing"),
        ("flowgraph.ops.random", "flowgraph.ops.state"),
        ("flowgraph.ops.core", "flowgraph.ops"),
        ("flowgraph.train.adam", "flowgraph"),
    ],
)
def test_an_import_that_points_up_or_sideways_is_found(importer, imported):
    assert not is_allowed(importer, imported)


def test_every_form_of_import_is_read():
    source = """
import flowgraph.ops.core
from flowgraph import datasets
if TYPE_CHECKING:
    from flowgraph import runtime
else:
    from . import sibling
def function():
    from ..errors import OpError
"""
    assert list(imported_modules(source, "flowgraph.graph.tensor", False)) == [
        (2, "flowgraph.ops.core"),
        (3, "flowgraph.datasets"),
        (7, "flowgraph.graph"),
        (9, "flowgraph.errors"),
    ]


def test_names_say_what_a_module_holds():
    vague = {"utils", "util", "helpers", "misc", "common", "basic"}
    of_tensorflow = {"flowgraph.contrib.util", "flowgraph.saved_model.utils"}
    of_tensorflow |= {"flowgraph.contrib.layers.utils", "flowgraph.contrib.slim.utils"}
    of_tensorflow |= {"flowgraph.keras.utils"}
    assert [n for n in FILES if vague & set(n.split(".")) and n not in of_tensorflow] == []


@pytest.mark.parametrize("path", [*FILES.values(), *STUBS.values()], ids=str)
def test_a_file_has_at_most_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


ELSEWHERE = [
    *("cupy", "tensorflow", "scipy", "networkx", "opt_einsum", "google.protobuf", "absl"),
    *("PIL", "matplotlib", "tqdm", "threadpoolctl", "unittest", "urllib.request"),
    *("argparse", "ctypes.util", "logging", "platform", "subprocess", "tempfile"),
]
"""What other people's modules wait until they are needed."""

CORE = {"dtypes", "errors", "shapes", "dimensions", "source", "user_code", "namespaces", "version"}
CORE |= {"cautions", "compat", "formats", "graph", "graphdef", "ops", "parallel", "protos"}


def test_the_import_loads_the_core_alone():
    code = (
        "import sys, numpy, ml_dtypes; before = set(sys.modules); "
        "import flowgraph; print(*set(sys.modules) - before)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = result.stdout.split()
    assert [name for name in ELSEWHERE if name in loaded] == []
    own = {name.split(".")[1] for name in loaded if name.startswith("flowgraph.")}
    assert own <= CORE


def test_an_op_loads_no_library_of_special_functions():
    code = "import sys; from flowgraph import ops; ops.declare_all(); print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = result.stdout.split()
    assert {"scipy", "networkx", "google.protobuf", "PIL"} & set(loaded) == set()
