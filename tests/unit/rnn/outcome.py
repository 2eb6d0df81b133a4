"""What a network gives, in whichever library builds it."""

import numpy as np


def leaves(structure):
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in leaves(part)]
    return [structure]


def outcome(tf, build, differentiate=True):
    """What a case gives: results, names, shapes, and the gradients of all variables.

    A variable without a gradient has an empty one.
    """
    tf.reset_default_graph()
    tf.set_random_seed(11)
    results = leaves(build(tf))
    graph = tf.get_default_graph()
    count = graph.node_count if hasattr(graph, "node_count") else len(graph.get_operations())
    variables = tf.global_variables()
    gradients = []
    if differentiate:
        floats = [result for result in results if result.dtype == tf.float32]
        loss = tf.add_n([tf.reduce_sum(tf.square(result - 0.5)) for result in floats])
        gradients = [
            tf.zeros([0]) if slope is None else tf.convert_to_tensor(slope)
            for slope in tf.gradients(loss, variables)
        ]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values, slopes = session.run([results, gradients])
    return {
        "names": [result.name for result in results],
        "shapes": [str(result.shape) for result in results],
        "nodes": count,
        "variables": [[v.name, v.shape.as_list()] for v in variables],
        "values": [np.round(np.float64(value), 6).tolist() for value in values],
        "gradients": [np.round(np.float64(slope), 5).tolist() for slope in slopes],
    }


def error(tf, mistake):
    """The class of the error and its first line, without addresses."""
    tf.reset_default_graph()
    try:
        mistake(tf)
    except (TypeError, ValueError, NotImplementedError, tf.errors.InvalidArgumentError) as found:
        return [type(found).__name__, str(found).split("\n")[0].split(" (<")[0].split(": <")[0]]
    return []


def assert_as_recorded(mine, theirs):
    """Compare what a case gives with what TensorFlow gave."""
    for what in ("names", "shapes", "variables", "nodes"):
        assert mine[what] == theirs[what]
    for what, tolerance in (("values", 2e-6), ("gradients", 5e-5)):
        assert len(mine[what]) == len(theirs[what])
        for actual, expected in zip(mine[what], theirs[what], strict=True):
            np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
