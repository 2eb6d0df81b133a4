"""What is said of a name of TensorFlow's that flowgraph does not have.

A program that runs into one and ``--check`` use the same words.
"""

from __future__ import annotations

import sys
from typing import Any


class UnsupportedNameError(AttributeError, NotImplementedError):
    """A module of TensorFlow's was asked for a name that flowgraph does not have."""


class UnsupportedImportError(ImportError, NotImplementedError):
    """A module of TensorFlow's that flowgraph does not have was imported."""


OLD_NAMES = {
    "audio_summary": "tf.summary.audio",
    **{
        f"batch_{name}": f"tf.{name}"
        for name in (
            *("cholesky", "cholesky_solve", "fft", "fft2d", "fft3d", "ifft", "ifft2d", "ifft3d"),
            *("matmul", "matrix_band_part", "matrix_determinant", "matrix_diag"),
            *("matrix_diag_part", "matrix_inverse", "matrix_set_diag", "matrix_solve"),
            *("matrix_solve_ls", "matrix_transpose", "matrix_triangular_solve"),
            *("self_adjoint_eig", "self_adjoint_eigvals", "svd"),
        )
    },
    "complex_abs": "tf.abs",
    "concat_v2": "tf.concat",
    "contrib.ctc": "tf.nn.ctc_loss and its relatives",
    "contrib.rnn.core_rnn": "tf.nn.static_rnn and its relatives",
    "contrib.rnn.core_rnn_cell": "tf.nn.rnn_cell",
    "contrib.seq2seq.attention_decoder_fn_train": "tf.contrib.seq2seq.AttentionWrapper",
    "contrib.seq2seq.attention_decoder_fn_inference": "tf.contrib.seq2seq.AttentionWrapper",
    "contrib.seq2seq.dynamic_rnn_decoder": "tf.contrib.seq2seq.dynamic_decode",
    "contrib.seq2seq.prepare_attention": "tf.contrib.seq2seq.AttentionWrapper",
    "contrib.seq2seq.simple_decoder_fn_inference": "tf.contrib.seq2seq.GreedyEmbeddingHelper",
    "contrib.seq2seq.simple_decoder_fn_train": "tf.contrib.seq2seq.TrainingHelper",
    "contrib.skflow": "tf.contrib.learn",
    "data.AUTOTUNE": "tf.data.experimental.AUTOTUNE",
    "g3doc": "tf.examples",
    "histogram_summary": "tf.summary.histogram",
    "image.per_image_whitening": "tf.image.per_image_standardization",
    "image_summary": "tf.summary.image",
    "inv": "tf.reciprocal",
    "list_diff": "tf.setdiff1d",
    "listdiff": "tf.setdiff1d",
    "merge_all_summaries": "tf.summary.merge_all",
    "merge_summary": "tf.summary.merge",
    "models": "tf.nn.rnn_cell, tf.nn.static_rnn and tf.contrib.legacy_seq2seq",
    "mul": "tf.multiply",
    "neg": "tf.negative",
    "nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
    "nn.deconv2d": "tf.nn.conv2d_transpose",
    "nn.rnn": "tf.nn.static_rnn",
    "nn.rnn_cell.EmbeddingWrapper": "tf.contrib.rnn.EmbeddingWrapper",
    "nn.rnn_cell.InputProjectionWrapper": "tf.contrib.rnn.InputProjectionWrapper",
    "nn.rnn_cell.OutputProjectionWrapper": "tf.contrib.rnn.OutputProjectionWrapper",
    "nn.seq2seq": "tf.contrib.legacy_seq2seq",
    "nn.state_saving_rnn": "tf.nn.static_state_saving_rnn",
    "pack": "tf.stack",
    "python.ops.rnn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
    "python.ops.rnn.rnn": "tf.nn.static_rnn",
    "python.ops.rnn.state_saving_rnn": "tf.nn.static_state_saving_rnn",
    "python.ops.rnn_cell._linear": "tf.layers.dense",
    "python.ops.rnn_cell_impl._Linear": "tf.layers.Dense",
    "python.ops.rnn_cell_impl._linear": "tf.layers.dense",
    "python.ops.seq2seq": "tf.contrib.legacy_seq2seq",
    "rnn_cell": "tf.nn.rnn_cell",
    "scalar_summary": "tf.summary.scalar",
    "select": "tf.where",
    "split_v": "tf.split",
    "sub": "tf.subtract",
    "train.SummaryWriter": "tf.summary.FileWriter",
    "unpack": "tf.unstack",
}
"""Names that TensorFlow itself dropped before 1.15, without the ``tf.``."""

OLD_KEYWORDS = {
    "SparseTensor": {"shape": "dense_shape"},
    "concat": {"concat_dim": "axis"},
    "contrib.layers.convolution2d": {
        "num_output_channels": "num_outputs",
        "weight_init": "weights_initializer",
        "bias_init": "biases_initializer",
    },
    "contrib.layers.fully_connected": {
        "num_output_units": "num_outputs",
        "weight_init": "weights_initializer",
        "bias_init": "biases_initializer",
    },
    "nn.sigmoid_cross_entropy_with_logits": {"targets": "labels"},
    "reverse": {"dims": "axis"},
    "split": {"num_split": "num_or_size_splits", "split_dim": "axis"},
    "summary.image": {"max_images": "max_outputs"},
}
"""Keywords that TensorFlow itself dropped, by function."""

_LAYERS = "tf.layers has most of the layers"
_SESSIONS = "tf.train.MonitoredTrainingSession trains without an estimator"
_DEVICES = "tf.device places parts of a graph"

NOT_YET = {
    "contrib.boosted_trees": "",
    "contrib.distribute": _DEVICES,
    "contrib.estimator": _SESSIONS,
    "contrib.factorization": "only KMeans is",
    "contrib.keras": _LAYERS,
    "contrib.learn": "only its preprocessing and MNIST are",
    "contrib.tensor_forest": "",
    "distribute": _DEVICES,
    "estimator": _SESSIONS,
    **dict.fromkeys(
        (
            f"keras.{name}"
            for name in (
                *("Input", "Model", "Sequential", "activations", "applications", "backend"),
                *("callbacks", "constraints", "estimator", "experimental", "initializers"),
                *("layers", "losses", "metrics", "models", "optimizers", "preprocessing"),
                "regularizers",
            )
        ),
        _LAYERS,
    ),
    "python.estimator": _SESSIONS,
    "python.keras": _LAYERS,
}
"""Names that are to come, and what there is in the meantime, without the ``tf.``."""

REASONS = {
    "contrib.tfprof": "tf.profiler gives the same views",
    "contrib.session_bundle": "tf.saved_model writes and reads models",
    "contrib.deprecated": "write the names of tf.summary",
    **dict.fromkeys(
        (
            *("python.debug.TensorBoardDebugWrapperSession", "python.debug.TensorBoardDebugHook"),
            *("python.debug.DumpingDebugWrapperSession", "python.debug.DumpingDebugHook"),
        ),
        "python.debug.LocalCLIDebugWrapperSession debugs in the terminal, sess.trace shows a run",
    ),
    "contrib.tpu": "there are no TPUs",
    "tpu": "there are no TPUs",
    "contrib.tensorrt": "there is no TensorRT",
    "contrib.cudnn_rnn": "cuDNN is not called; tf.contrib.rnn has the same networks",
    "contrib.lite": "there is no converter to TensorFlow Lite",
    "lite": "there is no converter to TensorFlow Lite",
    **dict.fromkeys(
        (f"keras.datasets.{name}" for name in ("cifar10", "cifar100", "imdb", "reuters")),
        "its files are pickles, which are not read",
    ),
    "xla": "there is no XLA",
    "contrib.eager": "graphs run in sessions only",
    "py_function": "there are no eager tensors; tf.py_func gives a function arrays",
    "saved_model.load_v2": "it is TensorFlow 2's; tf.saved_model.load reads graphs",
    "saved_model.save": "it is TensorFlow 2's; tf.saved_model.simple_save writes graphs",
    "compat.v2": "this is TensorFlow 1's programming model",
    "load_op_library": "TensorFlow's kernels cannot be loaded",
    "load_library": "TensorFlow's kernels cannot be loaded",
    "load_file_system_library": "TensorFlow's libraries cannot be loaded",
    "python.framework.load_library": "TensorFlow's kernels cannot be loaded",
    "sysconfig": "there are no headers of TensorFlow's to compile against",
}
"""Names of TensorFlow's that are not to come, and why, without the ``tf.``."""


def explain(name: str) -> str:
    """Return what to say of a name that flowgraph does not have.

    Parameters
    ----------
    name : str
        The full name, as in ``tensorflow.mul``.

    Examples
    --------
    >>> from flowgraph.compat.unsupported import explain
    >>> explain("tensorflow.mul")
    'tf.mul is not in TensorFlow 1.15: write tf.multiply'
    >>> explain("tensorflow.keras.Model")
    'tf.keras.Model is not in flowgraph yet: tf.layers has most of the layers'
    >>> explain("tensorflow.contrib.bayesflow")
    'tf.contrib.bayesflow is not supported by flowgraph'
    """
    path = name.partition(".")[2].removeprefix("compat.v1.")
    if path in OLD_NAMES:
        return f"tf.{path} is not in TensorFlow 1.15: write {OLD_NAMES[path]}"
    parts = path.split(".")
    for start in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
        if start in NOT_YET:
            return f"tf.{path} is not in flowgraph yet" + f": {NOT_YET[start]}".removesuffix(": ")
        if start in REASONS:
            return f"tf.{path} is not supported by flowgraph: {REASONS[start]}"
    return f"tf.{path} is not supported by flowgraph"


def missing(name: str) -> Any:
    """Say what there is to say of a name that the module `flowgraph` has not.

    Raises
    ------
    UnsupportedNameError
        Always.

    Examples
    --------
    >>> tf.mul  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    flowgraph.compat.unsupported.UnsupportedNameError: tf.mul is not in TensorFlow 1.15: ...
    """
    raise UnsupportedNameError(
        explain(f"tensorflow.{name}"), name=name, obj=sys.modules["flowgraph"]
    )
