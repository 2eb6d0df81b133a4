from flowgraph import (
    app, bitwise, compat, contrib, data, datasets, debugging, distributions, errors,
    feature_column, flags, gfile, graph_util, image, initializers, io, keras, layers, linalg,
    logging, lookup, losses, manip, math, metrics, nest, nn, profiler, python_io,
    pywrap_tensorflow, queue, random, saved_model, sets, signal, sparse, spectral, strings,
    summary, test, train,
)
from flowgraph.autodiff.accumulation import AggregationMethod
from flowgraph.autodiff.custom import custom_gradient
from flowgraph.autodiff.gradients import gradients, UnconnectedGradients
from flowgraph.autodiff.hessian import hessians
from flowgraph.autodiff.registry import (
    NoGradient, NotDifferentiable, NotDifferentiable as no_gradient, RegisterGradient,
)
from flowgraph.compat.behavior import (
    control_flow_v2_enabled, disable_control_flow_v2, disable_eager_execution,
    disable_resource_variables, disable_tensor_equality, disable_v2_behavior,
    disable_v2_tensorshape, enable_control_flow_v2, enable_eager_execution,
    enable_resource_variables, enable_tensor_equality, enable_v2_behavior,
    enable_v2_tensorshape, executing_eagerly, resource_variables_enabled,
)
from flowgraph.compat.finder import install, load_ipython_extension, unload_ipython_extension
from flowgraph.compat.log import get_logger
from flowgraph.compat.op_scope import op_scope
from flowgraph.compat.release import COMPILER_VERSION, GIT_VERSION, VERSION
from flowgraph.data.element import SparseTensorSpec, TensorSpec, TypeSpec
from flowgraph.dtypes import (
    as_dtype, bfloat16, bool, complex128, complex64, double, DType, float16, float32, float64,
    half, int16, int32, int64, int8, qint16, qint32, qint8, QUANTIZED_DTYPES, quint16, quint8,
    resource, string, uint16, uint32, uint64, uint8, variant,
)
from flowgraph.errors import OpError
from flowgraph.graph.composite import IndexedSlices, IndexedSlicesValue, SparseTensorValue
from flowgraph.graph.device import DeviceSpec
from flowgraph.graph.graph import Graph
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import (
    add_to_collection, add_to_collections, colocate_with, control_dependencies, device,
    get_collection, get_collection_ref, get_default_graph, get_default_session, GraphKeys,
    init_scope, name_scope, reset_default_graph, set_random_seed,
)
from flowgraph.graph.tensor import Tensor
from flowgraph.graphdef.importer import import_graph_def
from flowgraph.inspect.drawing import Drawing
from flowgraph.inspect.show import show
from flowgraph.inspect.tree import debugprint
from flowgraph.lookup.collections import initialize_all_tables, tables_initializer
from flowgraph.ops.accumulator import (
    ConditionalAccumulator, ConditionalAccumulatorBase, SparseConditionalAccumulator,
)
from flowgraph.ops.add_n import accumulate_n, add_n
from flowgraph.ops.arithmetic import (
    add, multiply, negative, scalar_mul, square, squared_difference, subtract,
)
from flowgraph.ops.array import expand_dims, reshape, squeeze, transpose
from flowgraph.ops.assertions import (
    add_check_numerics_ops, assert_equal, assert_greater, assert_greater_equal, assert_less,
    assert_less_equal, assert_near, assert_negative, assert_non_negative, assert_non_positive,
    assert_none_equal, assert_positive, assert_that as Assert, check_numerics,
    verify_tensor_all_finite,
)
from flowgraph.ops.band import matrix_band_part
from flowgraph.ops.block_padding import required_space_to_batch_paddings
from flowgraph.ops.broadcasting import (
    broadcast_dynamic_shape, broadcast_static_shape, broadcast_to, shape_n,
)
from flowgraph.ops.case import case
from flowgraph.ops.casting import (
    saturate_cast, to_bfloat16, to_complex128, to_complex64, to_double, to_float, to_int32,
    to_int64,
)
from flowgraph.ops.clip import clip_by_average_norm, clip_by_global_norm, clip_by_norm, global_norm
from flowgraph.ops.comparison import (
    approximate_equal, equal, greater, greater_equal, is_finite, is_inf, is_nan, less,
    less_equal, logical_and, logical_not, logical_or, logical_xor, not_equal,
)
from flowgraph.ops.complex_numbers import complex, conj, imag, real
from flowgraph.ops.conditional import cond
from flowgraph.ops.confusion import confusion_matrix
from flowgraph.ops.constant import constant
from flowgraph.ops.contraction import tensordot
from flowgraph.ops.control import group, identity_n, no_op, tuple_ as tuple
from flowgraph.ops.conversion import convert_to_tensor, register_tensor_conversion_function
from flowgraph.ops.core import (
    cast, identity, placeholder, placeholder_with_default, rank, shape, size, stop_gradient,
)
from flowgraph.ops.decomposition import self_adjoint_eig, self_adjoint_eigvals, svd
from flowgraph.ops.diagonal import (
    diag, diag_part, eye, matrix_diag, matrix_diag_part, matrix_set_diag, trace,
)
from flowgraph.ops.division import (
    div, div_no_nan, divide, floor_div, floordiv, floormod, floormod as mod, real_div as
    realdiv, truediv, truncatediv, truncatemod,
)
from flowgraph.ops.edit_distance import edit_distance
from flowgraph.ops.einsum import einsum
from flowgraph.ops.ensure_shape import ensure_shape
from flowgraph.ops.factorization import cholesky, cholesky_solve, qr
from flowgraph.ops.file import matching_files, read_file, write_file
from flowgraph.ops.filling import fill, ones, ones_like, zeros, zeros_like
from flowgraph.ops.fixed_width import histogram_fixed_width, histogram_fixed_width_bins
from flowgraph.ops.gathering import batch_gather, gather, unsorted_segment_sum
from flowgraph.ops.host import numpy_function, py_func
from flowgraph.ops.image_patches import extract_image_patches
from flowgraph.ops.indexing import newaxis, strided_slice
from flowgraph.ops.joining import concat, split
from flowgraph.ops.least_squares import lstsq as matrix_solve_ls
from flowgraph.ops.linalg import cross, matmul, matrix_transpose
from flowgraph.ops.linear_equations import (
    matrix_determinant, matrix_inverse, matrix_solve, matrix_triangular_solve,
)
from flowgraph.ops.looping import while_loop
from flowgraph.ops.magnitude import (
    abs, angle, ceil, clip_by_value, floor, maximum, minimum, rint, round, sign,
)
from flowgraph.ops.mapping import foldl, foldr, map_fn, scan
from flowgraph.ops.masking import boolean_mask, one_hot, sequence_mask
from flowgraph.ops.matrix_functions import sqrtm as matrix_square_root
from flowgraph.ops.norm import norm
from flowgraph.ops.packing import stack, unstack
from flowgraph.ops.parsing import parse_example, parse_single_example
from flowgraph.ops.parsing_features import (
    FixedLenFeature, FixedLenSequenceFeature, SparseFeature, VarLenFeature,
)
from flowgraph.ops.parsing_sequence import parse_single_sequence_example
from flowgraph.ops.parsing_text import decode_compressed, decode_csv, decode_json_example
from flowgraph.ops.partitioning import (
    dynamic_partition, dynamic_stitch, setdiff1d, unique, unique_with_counts,
)
from flowgraph.ops.printing import print_ as print, print_and_pass as Print
from flowgraph.ops.queue import FIFOQueue, PaddingFIFOQueue, PriorityQueue, RandomShuffleQueue
from flowgraph.ops.queue_base import QueueBase
from flowgraph.ops.random import get_seed, random_normal, random_uniform, truncated_normal
from flowgraph.ops.random_crop import random_crop
from flowgraph.ops.ranking import arg_max, arg_min, argmax, argmin
from flowgraph.ops.reader import (
    FixedLengthRecordReader, IdentityReader, LMDBReader, ReaderBase, TextLineReader,
    TFRecordReader, WholeFileReader,
)
from flowgraph.ops.rearranging import (
    meshgrid, reverse, reverse as reverse_v2, reverse_sequence, roll, tile,
)
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.reduction import (
    reduce_all, reduce_any, reduce_max, reduce_mean, reduce_min, reduce_prod, reduce_sum,
)
from flowgraph.ops.sampling import multinomial, random_gamma, random_poisson, random_shuffle
from flowgraph.ops.scan import cumprod, cumsum
from flowgraph.ops.scattering import (
    gather_nd, scatter_nd, tensor_scatter_add, tensor_scatter_add as tensor_scatter_nd_add,
    tensor_scatter_sub, tensor_scatter_sub as tensor_scatter_nd_sub, tensor_scatter_update,
    tensor_scatter_update as tensor_scatter_nd_update,
)
from flowgraph.ops.segments import (
    segment_max, segment_mean, segment_min, segment_prod, segment_sum, unsorted_segment_max,
    unsorted_segment_mean, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sqrt_n,
)
from flowgraph.ops.selection import where, where_v2
from flowgraph.ops.sequences import invert_permutation, linspace, linspace as lin_space, range
from flowgraph.ops.serialization import parse_tensor, serialize_tensor
from flowgraph.ops.shape_assertions import (
    assert_integer, assert_proper_iterable, assert_rank, assert_rank_at_least, assert_rank_in,
    assert_same_float_dtype, assert_scalar, assert_type, is_non_decreasing, is_numeric_tensor,
    is_strictly_increasing,
)
from flowgraph.ops.slicing import pad, slice
from flowgraph.ops.sorting import argsort, sort
from flowgraph.ops.spacing import (
    batch_to_space, batch_to_space_nd, depth_to_space, space_to_batch, space_to_batch_nd,
    space_to_depth,
)
from flowgraph.ops.sparse import (
    convert_to_tensor_or_indexed_slices, convert_to_tensor_or_sparse_tensor, is_tensor,
    sparse_placeholder, SparseTensor,
)
from flowgraph.ops.sparse_dense import sparse_tensor_to_dense, sparse_to_dense
from flowgraph.ops.sparse_elementwise import sparse_add, sparse_maximum, sparse_minimum
from flowgraph.ops.sparse_joining import sparse_concat, sparse_slice, sparse_split
from flowgraph.ops.sparse_making import sparse_mask, sparse_merge, sparse_to_indicator
from flowgraph.ops.sparse_matmul import sparse_tensor_dense_matmul
from flowgraph.ops.sparse_order import sparse_reorder, sparse_retain, sparse_transpose
from flowgraph.ops.sparse_reduction import (
    sparse_reduce_max, sparse_reduce_max_sparse, sparse_reduce_sum, sparse_reduce_sum_sparse,
    sparse_softmax,
)
from flowgraph.ops.sparse_rows import sparse_fill_empty_rows
from flowgraph.ops.sparse_segments import (
    sparse_segment_mean, sparse_segment_sqrt_n, sparse_segment_sum,
)
from flowgraph.ops.sparse_shapes import sparse_reset_shape, sparse_reshape
from flowgraph.ops.special_functions import (
    betainc, digamma, erf, erfc, igamma, igammac, lbeta, lgamma, polygamma, zeta,
)
from flowgraph.ops.static_values import constant_value as get_static_value
from flowgraph.ops.statistics import bincount, count_nonzero, reduce_logsumexp
from flowgraph.ops.string import string_join, string_strip, substr
from flowgraph.ops.string_base64 import decode_base64, encode_base64
from flowgraph.ops.string_hash import (
    string_to_hash_bucket, string_to_hash_bucket_fast, string_to_hash_bucket_strong,
)
from flowgraph.ops.string_number import as_string, decode_raw, string_to_number
from flowgraph.ops.string_reduce import reduce_join
from flowgraph.ops.string_regex import regex_replace
from flowgraph.ops.string_split import string_split
from flowgraph.ops.tensor_array import TensorArray
from flowgraph.ops.tensor_proto import make_ndarray, make_tensor_proto
from flowgraph.ops.transcendental import exp, expm1, log, log1p, pow, rsqrt, sigmoid, sqrt, tanh
from flowgraph.ops.trigonometric import (
    acos, acosh, asin, asinh, atan, atan2, atanh, cos, cosh, sin, sinh, tan,
)
from flowgraph.protos import (
    AttrValue, Event, GraphDef, HistogramProto, LogMessage, MetaGraphDef, NameAttrList, NodeDef,
    RunMetadata, SessionLog, Summary, SummaryMetadata, TensorInfo,
)
from flowgraph.runtime.config import (
    ConfigProto, GPUOptions, GraphOptions, OptimizerOptions, RunOptions,
)
from flowgraph.runtime.interactive import InteractiveSession
from flowgraph.runtime.session import Session, Session as session
from flowgraph.shapes import Dimension, TensorShape
from flowgraph.signal.transforms import fft, fft2d, fft3d, ifft, ifft2d, ifft3d
from flowgraph.variables.assign import (
    assign, assign_add, assign_sub, count_up_to, is_variable_initialized, scatter_add,
    scatter_div, scatter_max, scatter_min, scatter_mul, scatter_nd_add, scatter_nd_sub,
    scatter_nd_update, scatter_sub, scatter_update,
)
from flowgraph.variables.collections import (
    all_variables, assert_variables_initialized, global_variables, global_variables_initializer,
    initialize_all_variables, initialize_local_variables, initialize_variables, local_variables,
    local_variables_initializer, model_variables, moving_average_variables,
    report_uninitialized_variables, trainable_variables, variables_initializer,
)
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.get_variable import (
    create_partitioned_variables, get_local_variable, get_variable,
)
from flowgraph.variables.initializers import (
    Constant as constant_initializer, GlorotNormal as glorot_normal_initializer, GlorotUniform
    as glorot_uniform_initializer, Ones as ones_initializer, RandomNormal as
    random_normal_initializer, RandomUniform as random_uniform_initializer, TruncatedNormal as
    truncated_normal_initializer, UniformUnitScaling as uniform_unit_scaling_initializer,
    VarianceScaling as variance_scaling_initializer, Zeros as zeros_initializer,
)
from flowgraph.variables.matrix_initializers import Orthogonal as orthogonal_initializer
from flowgraph.variables.partitioners import (
    fixed_size_partitioner, min_max_variable_partitioner, variable_axis_size_partitioner,
)
from flowgraph.variables.scope import AUTO_REUSE, VariableScope
from flowgraph.variables.template import make_template
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import (
    get_variable_scope, no_regularizer, variable_op_scope, variable_scope,
)
from flowgraph.version import __version__

__all__ = [
    "AUTO_REUSE", "AggregationMethod", "Assert", "AttrValue", "COMPILER_VERSION",
    "ConditionalAccumulator", "ConditionalAccumulatorBase", "ConfigProto", "DType",
    "DeviceSpec", "Dimension", "Drawing", "Event", "FIFOQueue", "FixedLenFeature",
    "FixedLenSequenceFeature", "FixedLengthRecordReader", "GIT_VERSION", "GPUOptions", "Graph",
    "GraphDef", "GraphKeys", "GraphOptions", "HistogramProto", "IdentityReader",
    "IndexedSlices", "IndexedSlicesValue", "InteractiveSession", "LMDBReader", "LogMessage",
    "MetaGraphDef", "NameAttrList", "NoGradient", "NodeDef", "NotDifferentiable", "OpError",
    "Operation", "OptimizerOptions", "PaddingFIFOQueue", "Print", "PriorityQueue",
    "QUANTIZED_DTYPES", "QueueBase", "RandomShuffleQueue", "ReaderBase", "RegisterGradient",
    "RunMetadata", "RunOptions", "Session", "SessionLog", "SparseConditionalAccumulator",
    "SparseFeature", "SparseTensor", "SparseTensorSpec", "SparseTensorValue", "Summary",
    "SummaryMetadata", "TFRecordReader", "Tensor", "TensorArray", "TensorInfo", "TensorShape",
    "TensorSpec", "TextLineReader", "TypeSpec", "UnconnectedGradients", "VERSION",
    "VarLenFeature", "Variable", "VariableAggregation", "VariableScope",
    "VariableSynchronization", "WholeFileReader", "abs", "accumulate_n", "acos", "acosh", "add",
    "add_check_numerics_ops", "add_n", "add_to_collection", "add_to_collections",
    "all_variables", "angle", "app", "approximate_equal", "arg_max", "arg_min", "argmax",
    "argmin", "argsort", "as_dtype", "as_string", "asin", "asinh", "assert_equal",
    "assert_greater", "assert_greater_equal", "assert_integer", "assert_less",
    "assert_less_equal", "assert_near", "assert_negative", "assert_non_negative",
    "assert_non_positive", "assert_none_equal", "assert_positive", "assert_proper_iterable",
    "assert_rank", "assert_rank_at_least", "assert_rank_in", "assert_same_float_dtype",
    "assert_scalar", "assert_type", "assert_variables_initialized", "assign", "assign_add",
    "assign_sub", "atan", "atan2", "atanh", "batch_gather", "batch_to_space",
    "batch_to_space_nd", "betainc", "bfloat16", "bincount", "bitwise", "bool", "boolean_mask",
    "broadcast_dynamic_shape", "broadcast_static_shape", "broadcast_to", "case", "cast", "ceil",
    "check_numerics", "cholesky", "cholesky_solve", "clip_by_average_norm",
    "clip_by_global_norm", "clip_by_norm", "clip_by_value", "colocate_with", "compat",
    "complex", "complex128", "complex64", "concat", "cond", "confusion_matrix", "conj",
    "constant", "constant_initializer", "contrib", "control_dependencies",
    "control_flow_v2_enabled", "convert_to_tensor", "convert_to_tensor_or_indexed_slices",
    "convert_to_tensor_or_sparse_tensor", "cos", "cosh", "count_nonzero", "count_up_to",
    "create_partitioned_variables", "cross", "cumprod", "cumsum", "custom_gradient", "data",
    "datasets", "debugging", "debugprint", "decode_base64", "decode_compressed", "decode_csv",
    "decode_json_example", "decode_raw", "depth_to_space", "device", "diag", "diag_part",
    "digamma", "disable_control_flow_v2", "disable_eager_execution",
    "disable_resource_variables", "disable_tensor_equality", "disable_v2_behavior",
    "disable_v2_tensorshape", "distributions", "div", "div_no_nan", "divide", "double",
    "dynamic_partition", "dynamic_stitch", "edit_distance", "einsum", "enable_control_flow_v2",
    "enable_eager_execution", "enable_resource_variables", "enable_tensor_equality",
    "enable_v2_behavior", "enable_v2_tensorshape", "encode_base64", "ensure_shape", "equal",
    "erf", "erfc", "errors", "executing_eagerly", "exp", "expand_dims", "expm1",
    "extract_image_patches", "eye", "feature_column", "fft", "fft2d", "fft3d", "fill",
    "fixed_size_partitioner", "flags", "float16", "float32", "float64", "floor", "floor_div",
    "floordiv", "floormod", "foldl", "foldr", "gather", "gather_nd", "get_collection",
    "get_collection_ref", "get_default_graph", "get_default_session", "get_local_variable",
    "get_logger", "get_seed", "get_static_value", "get_variable", "get_variable_scope", "gfile",
    "global_norm", "global_variables", "global_variables_initializer",
    "glorot_normal_initializer", "glorot_uniform_initializer", "gradients", "graph_util",
    "greater", "greater_equal", "group", "half", "hessians", "histogram_fixed_width",
    "histogram_fixed_width_bins", "identity", "identity_n", "ifft", "ifft2d", "ifft3d",
    "igamma", "igammac", "imag", "image", "import_graph_def", "init_scope",
    "initialize_all_tables", "initialize_all_variables", "initialize_local_variables",
    "initialize_variables", "initializers", "install", "int16", "int32", "int64", "int8",
    "invert_permutation", "io", "is_finite", "is_inf", "is_nan", "is_non_decreasing",
    "is_numeric_tensor", "is_strictly_increasing", "is_tensor", "is_variable_initialized",
    "keras", "layers", "lbeta", "less", "less_equal", "lgamma", "lin_space", "linalg",
    "linspace", "load_ipython_extension", "local_variables", "local_variables_initializer",
    "log", "log1p", "logging", "logical_and", "logical_not", "logical_or", "logical_xor",
    "lookup", "losses", "make_ndarray", "make_template", "make_tensor_proto", "manip", "map_fn",
    "matching_files", "math", "matmul", "matrix_band_part", "matrix_determinant", "matrix_diag",
    "matrix_diag_part", "matrix_inverse", "matrix_set_diag", "matrix_solve", "matrix_solve_ls",
    "matrix_square_root", "matrix_transpose", "matrix_triangular_solve", "maximum", "meshgrid",
    "metrics", "min_max_variable_partitioner", "minimum", "mod", "model_variables",
    "moving_average_variables", "multinomial", "multiply", "name_scope", "negative", "nest",
    "newaxis", "nn", "no_gradient", "no_op", "no_regularizer", "norm", "not_equal",
    "numpy_function", "one_hot", "ones", "ones_initializer", "ones_like", "op_scope",
    "orthogonal_initializer", "pad", "parse_example", "parse_single_example",
    "parse_single_sequence_example", "parse_tensor", "placeholder", "placeholder_with_default",
    "polygamma", "pow", "print", "profiler", "py_func", "python_io", "pywrap_tensorflow",
    "qint16", "qint32", "qint8", "qr", "queue", "quint16", "quint8", "random", "random_crop",
    "random_gamma", "random_normal", "random_normal_initializer", "random_poisson",
    "random_shuffle", "random_uniform", "random_uniform_initializer", "range", "rank",
    "read_file", "real", "realdiv", "reciprocal", "reduce_all", "reduce_any", "reduce_join",
    "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum",
    "regex_replace", "register_tensor_conversion_function", "report_uninitialized_variables",
    "required_space_to_batch_paddings", "reset_default_graph", "reshape", "resource",
    "resource_variables_enabled", "reverse", "reverse_sequence", "reverse_v2", "rint", "roll",
    "round", "rsqrt", "saturate_cast", "saved_model", "scalar_mul", "scan", "scatter_add",
    "scatter_div", "scatter_max", "scatter_min", "scatter_mul", "scatter_nd", "scatter_nd_add",
    "scatter_nd_sub", "scatter_nd_update", "scatter_sub", "scatter_update", "segment_max",
    "segment_mean", "segment_min", "segment_prod", "segment_sum", "self_adjoint_eig",
    "self_adjoint_eigvals", "sequence_mask", "serialize_tensor", "session", "set_random_seed",
    "setdiff1d", "sets", "shape", "shape_n", "show", "sigmoid", "sign", "signal", "sin", "sinh",
    "size", "slice", "sort", "space_to_batch", "space_to_batch_nd", "space_to_depth", "sparse",
    "sparse_add", "sparse_concat", "sparse_fill_empty_rows", "sparse_mask", "sparse_maximum",
    "sparse_merge", "sparse_minimum", "sparse_placeholder", "sparse_reduce_max",
    "sparse_reduce_max_sparse", "sparse_reduce_sum", "sparse_reduce_sum_sparse",
    "sparse_reorder", "sparse_reset_shape", "sparse_reshape", "sparse_retain",
    "sparse_segment_mean", "sparse_segment_sqrt_n", "sparse_segment_sum", "sparse_slice",
    "sparse_softmax", "sparse_split", "sparse_tensor_dense_matmul", "sparse_tensor_to_dense",
    "sparse_to_dense", "sparse_to_indicator", "sparse_transpose", "spectral", "split", "sqrt",
    "square", "squared_difference", "squeeze", "stack", "stop_gradient", "strided_slice",
    "string", "string_join", "string_split", "string_strip", "string_to_hash_bucket",
    "string_to_hash_bucket_fast", "string_to_hash_bucket_strong", "string_to_number", "strings",
    "substr", "subtract", "summary", "svd", "tables_initializer", "tan", "tanh",
    "tensor_scatter_add", "tensor_scatter_nd_add", "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update", "tensor_scatter_sub", "tensor_scatter_update", "tensordot",
    "test", "tile", "to_bfloat16", "to_complex128", "to_complex64", "to_double", "to_float",
    "to_int32", "to_int64", "trace", "train", "trainable_variables", "transpose", "truediv",
    "truncated_normal", "truncated_normal_initializer", "truncatediv", "truncatemod", "tuple",
    "uint16", "uint32", "uint64", "uint8", "uniform_unit_scaling_initializer", "unique",
    "unique_with_counts", "unload_ipython_extension", "unsorted_segment_max",
    "unsorted_segment_mean", "unsorted_segment_min", "unsorted_segment_prod",
    "unsorted_segment_sqrt_n", "unsorted_segment_sum", "unstack",
    "variable_axis_size_partitioner", "variable_op_scope", "variable_scope",
    "variables_initializer", "variance_scaling_initializer", "variant",
    "verify_tensor_all_finite", "where", "where_v2", "while_loop", "write_file", "zeros",
    "zeros_initializer", "zeros_like", "zeta", "__version__",
]
