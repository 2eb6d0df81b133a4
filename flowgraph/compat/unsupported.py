"""What is said of a name of TensorFlow's that flowgraph does not have.

A program that runs into one and ``--check`` use the same words.
"""

from __future__ import annotations


class UnsupportedNameError(AttributeError, NotImplementedError):
    """A module of TensorFlow's was asked for a name that flowgraph does not have."""


class UnsupportedImportError(ImportError, NotImplementedError):
    """A module of TensorFlow's that flowgraph does not have was imported."""


OLD_NAMES = {
    "audio_summary": "tf.summary.audio",
    "batch_cholesky": "tf.cholesky",
    "batch_fft": "tf.fft",
    "batch_fft2d": "tf.fft2d",
    "batch_fft3d": "tf.fft3d",
    "batch_ifft": "tf.ifft",
    "batch_ifft2d": "tf.ifft2d",
    "batch_ifft3d": "tf.ifft3d",
    "batch_matmul": "tf.matmul",
    "batch_matrix_band_part": "tf.matrix_band_part",
    "batch_matrix_determinant": "tf.matrix_determinant",
    "batch_matrix_diag": "tf.matrix_diag",
    "batch_matrix_diag_part": "tf.matrix_diag_part",
    "batch_matrix_inverse": "tf.matrix_inverse",
    "batch_matrix_set_diag": "tf.matrix_set_diag",
    "batch_matrix_solve": "tf.matrix_solve",
    "batch_matrix_solve_ls": "tf.matrix_solve_ls",
    "batch_matrix_transpose": "tf.matrix_transpose",
    "batch_matrix_triangular_solve": "tf.matrix_triangular_solve",
    "batch_self_adjoint_eig": "tf.self_adjoint_eig",
    "batch_self_adjoint_eigvals": "tf.self_adjoint_eigvals",
    "batch_svd": "tf.svd",
    "complex_abs": "tf.abs",
    "contrib.deprecated.histogram_summary": "tf.summary.histogram",
    "contrib.deprecated.image_summary": "tf.summary.image",
    "contrib.deprecated.merge_all_summaries": "tf.summary.merge_all",
    "contrib.deprecated.scalar_summary": "tf.summary.scalar",
    "contrib.seq2seq.dynamic_rnn_decoder": "tf.contrib.seq2seq.dynamic_decode",
    "contrib.seq2seq.simple_decoder_fn_inference": "tf.contrib.seq2seq.GreedyEmbeddingHelper",
    "contrib.seq2seq.simple_decoder_fn_train": "tf.contrib.seq2seq.TrainingHelper",
    "histogram_summary": "tf.summary.histogram",
    "image_summary": "tf.summary.image",
    "inv": "tf.reciprocal",
    "listdiff": "tf.setdiff1d",
    "merge_all_summaries": "tf.summary.merge_all",
    "merge_summary": "tf.summary.merge",
    "mul": "tf.multiply",
    "neg": "tf.negative",
    "nn.rnn": "tf.nn.static_rnn",
    "nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
    "nn.seq2seq": "tf.contrib.legacy_seq2seq",
    "pack": "tf.stack",
    "python.ops.rnn.rnn": "tf.nn.static_rnn",
    "rnn_cell": "tf.nn.rnn_cell",
    "scalar_summary": "tf.summary.scalar",
    "select": "tf.where",
    "sub": "tf.subtract",
    "train.SummaryWriter": "tf.summary.FileWriter",
    "unpack": "tf.unstack",
}
"""Names that TensorFlow itself dropped before 1.15, without the ``tf.``."""

IMPOSSIBLE = {
    "contrib.tpu": "there are no TPUs",
    "tpu": "there are no TPUs",
    "contrib.tensorrt": "there is no TensorRT",
    "contrib.cudnn_rnn": "cuDNN is not called; tf.contrib.rnn has the same networks",
    "contrib.lite": "there is no converter to TensorFlow Lite",
    "lite": "there is no converter to TensorFlow Lite",
    "xla": "there is no XLA",
    "contrib.eager": "graphs run in sessions only",
    "compat.v2": "this is TensorFlow 1's programming model",
    "load_op_library": "TensorFlow's kernels cannot be loaded",
    "load_library": "TensorFlow's kernels cannot be loaded",
    "load_file_system_library": "TensorFlow's libraries cannot be loaded",
    "python.framework.load_library": "TensorFlow's kernels cannot be loaded",
    "sysconfig": "there are no headers of TensorFlow's to compile against",
}
"""Names that make no sense here, and why."""


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
    >>> explain("tensorflow.contrib.bayesflow")
    'tf.contrib.bayesflow is not supported by flowgraph'
    """
    path = name.partition(".")[2].removeprefix("compat.v1.")
    if path in OLD_NAMES:
        return f"tf.{path} is not in TensorFlow 1.15: write {OLD_NAMES[path]}"
    parts = path.split(".")
    for end in range(1, len(parts) + 1):
        reason = IMPOSSIBLE.get(".".join(parts[:end]))
        if reason is not None:
            return f"tf.{path} is not supported by flowgraph: {reason}"
    return f"tf.{path} is not supported by flowgraph"
