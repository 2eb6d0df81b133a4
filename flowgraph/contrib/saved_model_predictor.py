"""A SavedModel as a function of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowgraph.graph.graph import Graph
from flowgraph.graph.tensor import Tensor
from flowgraph.runtime.session import Session
from flowgraph.saved_model.keys import DEFAULT_SERVING_SIGNATURE_DEF_KEY, SERVING
from flowgraph.saved_model.saved_model_loader import load


class SavedModelPredictor:
    """Gives the outputs of a signature for its inputs; `from_saved_model` makes it.

    Attributes
    ----------
    graph : Graph
    session : Session
        Holds the variables; it stays open.
    feed_tensors, fetch_tensors : dict of str to Tensor
        The inputs and outputs.
    """

    def __init__(
        self,
        session: Session,
        feed_tensors: dict[str, Tensor],
        fetch_tensors: dict[str, Tensor],
    ) -> None:
        self.graph: Graph = session.graph
        self.session = session
        self.feed_tensors = feed_tensors
        self.fetch_tensors = fetch_tensors

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__} with feed tensors {self.feed_tensors} and fetch_tensors "
            f"{self.fetch_tensors}"
        )

    def __call__(self, input_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs.

        Parameters
        ----------
        input_dict : dict of str to array
            Inputs with defaults may be missing.

        Raises
        ------
        ValueError
            If it has another key than the inputs'.
        """
        expected = set(self.feed_tensors)
        unexpected = set(input_dict) - expected
        if unexpected:
            raise ValueError(
                f"Got unexpected keys in input_dict: {unexpected}\nexpected: {expected}"
            )
        given = {key: value for key, value in input_dict.items() if value is not None}
        feeds = {self.feed_tensors[key]: value for key, value in given.items()}
        outputs: dict[str, Any] = self.session.run(self.fetch_tensors, feeds)
        return outputs


def from_saved_model(
    export_dir: str,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: Mapping[str, str] | None = None,
    output_names: Mapping[str, str] | None = None,
    tags: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> SavedModelPredictor:
    """Load a SavedModel as a function.

    Parameters
    ----------
    export_dir : str
        The SavedModel's directory.
    signature_def_key : str, optional
        Which of its signatures says what to feed and to fetch; ``"serving_default"`` if left
        out.
    signature_def : SignatureDef, optional
        A signature in place of its own.
    input_names, output_names : dict of str to str, optional
        Names of tensors, in place of a signature.
    tags : str, optional
        The tags of its graph, separated by commas; ``"serve"`` if left out.
    graph : Graph, optional
        Where to put its operations; a new graph if left out.
    config : ConfigProto, optional
        The settings of the session.

    Raises
    ------
    OSError, RuntimeError
        If there is no SavedModel, or none of these tags.
    ValueError
        If more than one of the signatures is given, or there is none of that key.

    Examples
    --------
    >>> import os, tempfile
    >>> from flowgraph.contrib import predictor
    >>> x = tf.placeholder(tf.float32)
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Session() as sess:
    ...     tf.saved_model.simple_save(sess, path, {"x": x}, {"y": tf.square(x)})
    >>> predict = predictor.from_saved_model(path)
    >>> predict({"x": 3.0})
    {'y': np.float32(9.0)}
    """
    if (input_names is None) != (output_names is None):
        raise ValueError(
            "input_names and output_names must both be specified or both be unspecified."
        )
    if sum(given is not None for given in (signature_def_key, signature_def, input_names)) > 1:
        raise ValueError(
            "You must specify at most one of signature_def_key OR signature_def OR"
            "(input_names AND output_names)."
        )
    session = Session(graph=Graph() if graph is None else graph, config=config)
    model = load(session, [tag.strip() for tag in (tags or SERVING).split(",")], export_dir)
    if input_names is None or output_names is None:
        signature = signature_def
        if signature is None:
            key = signature_def_key or DEFAULT_SERVING_SIGNATURE_DEF_KEY
            if key not in model.signature_def:
                raise ValueError(
                    f'Got signature_def_key "{key}". Available signatures are '
                    f"{list(model.signature_def)}."
                )
            signature = model.signature_def[key]
        input_names = {key: info.name for key, info in signature.inputs.items()}
        output_names = {key: info.name for key, info in signature.outputs.items()}
    feeds, fetches = (
        {key: session.graph.get_tensor_by_name(name) for key, name in names.items()}
        for names in (input_names, output_names)
    )
    return SavedModelPredictor(session, feeds, fetches)
