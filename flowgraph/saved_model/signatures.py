"""Which tensors of a SavedModel to feed and to fetch, for each use of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph import protos
from flowgraph.graph.tensor import Tensor
from flowgraph.saved_model.keys import (
    CLASSIFY_INPUTS,
    CLASSIFY_METHOD_NAME,
    CLASSIFY_OUTPUT_CLASSES,
    CLASSIFY_OUTPUT_SCORES,
    PREDICT_METHOD_NAME,
    REGRESS_INPUTS,
    REGRESS_METHOD_NAME,
    REGRESS_OUTPUTS,
)
from flowgraph.saved_model.tensor_information import build_tensor_info


def build_signature_def(
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    method_name: str | None = None,
) -> Any:
    """Return a SignatureDef message.

    Parameters
    ----------
    inputs, outputs : dict of str to TensorInfo, optional
    method_name : str, optional
        What kind of signature it is.

    Returns
    -------
    SignatureDef

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> signature = tf.saved_model.build_signature_def(
    ...     {"x": tf.saved_model.build_tensor_info(x)}, method_name="mine"
    ... )
    >>> signature.inputs["x"].name
    'x:0'
    """
    message = protos.SignatureDef()
    for field, given in ((message.inputs, inputs), (message.outputs, outputs)):
        for key, information in (given or {}).items():
            field[key].CopyFrom(information)
    if method_name is not None:
        message.method_name = method_name
    return message


def predict_signature_def(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
    """Return the signature of any function of tensors.

    Parameters
    ----------
    inputs, outputs : dict of str to Tensor

    Returns
    -------
    SignatureDef

    Raises
    ------
    ValueError
        If one of the two is empty.

    Examples
    --------
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> signature = tf.saved_model.predict_signature_def({"x": x}, {"y": tf.square(x)})
    >>> signature.outputs["y"].name, signature.method_name
    ('Square:0', 'tensorflow/serving/predict')
    """
    if not inputs:
        raise ValueError("Prediction inputs cannot be None or empty.")
    if not outputs:
        raise ValueError("Prediction outputs cannot be None or empty.")
    return build_signature_def(_described(inputs), _described(outputs), PREDICT_METHOD_NAME)


def regression_signature_def(examples: Tensor, predictions: Tensor) -> Any:
    """Return the signature of a regression on serialized Examples.

    Parameters
    ----------
    examples : string Tensor
    predictions : float32 Tensor

    Returns
    -------
    SignatureDef

    Raises
    ------
    ValueError
        If a tensor is missing or of another dtype.

    Examples
    --------
    >>> examples = tf.placeholder(tf.string, [None])
    >>> signature = tf.saved_model.regression_signature_def(examples, tf.zeros([1]))
    >>> tf.saved_model.is_valid_signature(signature)
    True
    """
    if predictions is None and examples is not None:
        raise ValueError("Regression predictions cannot be None.")
    inputs = {REGRESS_INPUTS: _examples(examples, "Regression")}
    outputs = {REGRESS_OUTPUTS: _of_type(predictions, "float", "Regression output")}
    return build_signature_def(inputs, outputs, REGRESS_METHOD_NAME)


def classification_signature_def(
    examples: Tensor, classes: Tensor | None, scores: Tensor | None
) -> Any:
    """Return the signature of a classification of serialized Examples.

    Parameters
    ----------
    examples : string Tensor
    classes : string Tensor or None
        The labels.
    scores : float32 Tensor or None
        One of the two may be missing.

    Returns
    -------
    SignatureDef

    Raises
    ------
    ValueError
        If both are missing, or a tensor is of another dtype.

    Examples
    --------
    >>> examples = tf.placeholder(tf.string, [None])
    >>> signature = tf.saved_model.classification_signature_def(examples, None, tf.zeros([1, 3]))
    >>> list(signature.outputs)
    ['scores']
    """
    if classes is None and scores is None and isinstance(examples, Tensor):
        raise ValueError("Classification classes and scores cannot both be None.")
    inputs = {CLASSIFY_INPUTS: _examples(examples, "Classification")}
    outputs = {}
    if classes is not None:
        outputs[CLASSIFY_OUTPUT_CLASSES] = _of_type(classes, "string", "Classification classes")
    if scores is not None:
        outputs[CLASSIFY_OUTPUT_SCORES] = _of_type(scores, "float", "Classification scores")
    return build_signature_def(inputs, outputs, CLASSIFY_METHOD_NAME)


def is_valid_signature(signature_def: Any) -> bool:
    """Whether a signature is of one of the three kinds that can be served.

    Parameters
    ----------
    signature_def : SignatureDef or None

    Examples
    --------
    >>> tf.saved_model.is_valid_signature(tf.saved_model.build_signature_def())
    False
    """
    if signature_def is None:
        return False
    inputs, outputs = signature_def.inputs, signature_def.outputs
    match signature_def.method_name:
        case "tensorflow/serving/predict":
            return bool(inputs and outputs)
        case "tensorflow/serving/regress":
            return _has(inputs, {REGRESS_INPUTS: "string"}) and _has(
                outputs, {REGRESS_OUTPUTS: "float"}
            )
        case "tensorflow/serving/classify":
            allowed = {CLASSIFY_OUTPUT_CLASSES: "string", CLASSIFY_OUTPUT_SCORES: "float"}
            present = {key: kind for key, kind in allowed.items() if key in outputs}
            return (
                bool(present)
                and _has(inputs, {CLASSIFY_INPUTS: "string"})
                and _has(outputs, present)
            )
    return False


def _described(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {key: build_tensor_info(tensor) for key, tensor in tensors.items()}


def _has(field: Any, wanted: dict[str, str]) -> bool:
    """Whether a map of TensorInfo messages has just these keys with these types."""
    found = {key: protos.DataType.Name(field[key].dtype) for key in field}
    return found == {key: f"DT_{kind.upper()}" for key, kind in wanted.items()}


def _examples(tensor: Any, task: str) -> Any:
    if tensor is None:
        raise ValueError(f"{task} examples cannot be None.")
    if not isinstance(tensor, Tensor):
        raise ValueError(f"{task} examples must be a string Tensor.")
    return _of_type(tensor, "string", f"{task} examples")


def _of_type(tensor: Any, kind: str, what: str) -> Any:
    information = build_tensor_info(tensor)
    if information.dtype != protos.DataType.Value(f"DT_{kind.upper()}"):
        raise ValueError(f"{what} must be a {kind} Tensor.")
    return information
