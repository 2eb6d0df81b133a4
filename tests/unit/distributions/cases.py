"""Distributions, each a function of the library that makes it, and what is asked of them.

The same functions run on TensorFlow 1.15, for the names and values in ``recorded.json``.
"""

from functools import partial

import numpy as np

VALUES = [[0.3, 0.7], [0.05, 0.95]]
COUNTS = [[1.0, 2.0, 1.0], [0.0, 4.0, 0.0]]
PROBS = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]
LOGITS = [[0.5, -1.0, 2.0], [0.0, 0.3, -0.2]]
REALS = [[-30.0, 0.3], [1.5, 4.0]]

# For each case: the class, its arguments, and the values it is asked about.
DISTRIBUTIONS = {
    "normal": ("Normal", {"loc": [0.5, -1.0], "scale": [1.5, 2.0]}, REALS),
    "normal_broadcast": ("Normal", {"loc": [[0.5], [-1.0]], "scale": [1.5, 2.0]}, REALS),
    "normal_scalar": ("Normal", {"loc": 0.0, "scale": 3.0}, REALS),
    "normal_float64": (
        "Normal",
        {"loc": np.float64(1.0), "scale": np.float64(2.0)},
        np.array([-50.0, 0.5]),
    ),
    "normal_checked": ("Normal", {"loc": 0.0, "scale": [2.0], "validate_args": True}, REALS),
    "uniform": ("Uniform", {"low": [0.1, -1.0], "high": 2.5}, REALS),
    "uniform_default": ("Uniform", {}, VALUES),
    "laplace": ("Laplace", {"loc": [0.5, -1.0], "scale": 2.0}, REALS),
    "gamma": ("Gamma", {"concentration": [0.5, 3.0], "rate": 2.0}, VALUES),
    "gamma_checked": (
        "Gamma",
        {"concentration": 3.0, "rate": [2.0], "validate_args": True, "allow_nan_stats": False},
        VALUES,
    ),
    "exponential": ("Exponential", {"rate": [0.5, 4.0]}, VALUES),
    "student_t": ("StudentT", {"df": [0.5, 1.5], "loc": 0.5, "scale": 2.0}, REALS[1]),
    "student_t_of_high_degrees": (
        "StudentT",
        {"df": 6.0, "loc": [0.5, 1.0], "scale": 2.0, "allow_nan_stats": False},
        REALS,
    ),
    "beta": ("Beta", {"concentration1": [0.5, 3.0], "concentration0": 2.0}, VALUES[0]),
    "beta_checked": (
        "Beta",
        {
            "concentration1": [1.5, 3.0],
            "concentration0": [2.0, 1.1],
            "validate_args": True,
            "allow_nan_stats": False,
        },
        VALUES[0],
    ),
    "bernoulli": ("Bernoulli", {"probs": [0.25, 0.8]}, [[0, 1], [1, 0]]),
    "bernoulli_logits": ("Bernoulli", {"logits": [[0.5], [-2.0]]}, [[0, 1], [1, 0]]),
    "bernoulli_checked": (
        "Bernoulli",
        {"probs": [0.25, 0.8], "validate_args": True},
        [[0, 1], [1, 0]],
    ),
    "categorical": ("Categorical", {"logits": LOGITS}, [2, 0]),
    "categorical_vector": ("Categorical", {"probs": PROBS[0]}, [2, 0, 1, 1]),
    "categorical_deep": ("Categorical", {"logits": [LOGITS, PROBS]}, 1),
    "categorical_checked": ("Categorical", {"probs": PROBS, "validate_args": True}, [2, 0]),
    "multinomial": ("Multinomial", {"total_count": 4.0, "logits": LOGITS}, COUNTS),
    "multinomial_vector": ("Multinomial", {"total_count": 4.0, "probs": PROBS[0]}, COUNTS),
    "multinomial_counts": ("Multinomial", {"total_count": [4.0, 2.0], "probs": PROBS}, COUNTS),
    "multinomial_checked": (
        "Multinomial",
        {"total_count": 4.0, "probs": PROBS, "validate_args": True},
        COUNTS,
    ),
    "dirichlet": ("Dirichlet", {"concentration": [2.0, 3.0, 1.5]}, PROBS),
    "dirichlet_batch": (
        "Dirichlet",
        {"concentration": [[2.0, 3.0, 1.5], [0.5, 1.0, 4.0], [1.1, 2.0, 3.0]]},
        PROBS[:1],
    ),
    "dirichlet_checked": (
        "Dirichlet",
        {"concentration": [2.0, 3.0, 1.5], "validate_args": True, "allow_nan_stats": False},
        PROBS,
    ),
    "dirichlet_multinomial": (
        "DirichletMultinomial",
        {"total_count": 4.0, "concentration": [2.0, 3.0, 1.5]},
        COUNTS,
    ),
    "dirichlet_multinomial_checked": (
        "DirichletMultinomial",
        {"total_count": 4.0, "concentration": [[2.0, 3.0, 1.5]], "validate_args": True},
        COUNTS,
    ),
}
OF_A_VALUE = ("log_prob", "prob", "cdf", "log_cdf", "survival_function", "log_survival_function")
STATISTICS = ("entropy", "mean", "variance", "stddev", "mode", "covariance")
SHAPES = ("batch_shape_tensor", "event_shape_tensor", "is_scalar_batch", "is_scalar_event")


def asked(distribution, value):
    """What a distribution answers; the error's text where it does not."""
    calls = {name: partial(getattr(distribution, name), value) for name in OF_A_VALUE}
    calls["quantile"] = lambda: distribution.quantile([[0.0, 0.01], [0.6, 1.0]])
    calls.update({name: getattr(distribution, name) for name in (*STATISTICS, *SHAPES)})
    calls["sample"] = lambda: distribution.sample([2, 2], seed=7)
    calls["sample_of_the_graph_seed"] = lambda: distribution.sample(3)
    calls["one_sample"] = lambda: distribution.sample(seed=3, name="one")
    calls["kl_divergence"] = lambda: distribution.kl_divergence(distribution.copy())
    calls["cross_entropy"] = lambda: distribution.cross_entropy(distribution)
    if distribution.name == "Multinomial/":
        # In a batch TensorFlow 1.15 leaves open which draws first, and the node of the draws
        # is one inside a loop, which it makes of other nodes.
        del calls["sample_of_the_graph_seed"]
        if distribution.batch_shape.ndims:
            del calls["sample"], calls["one_sample"]
    found = {}
    for name, call in calls.items():
        try:
            found[name] = call()
        except (NotImplementedError, TypeError) as error:
            found[name] = str(error).split("\n")[0]
    return found


def tensors(found):
    return {name: answer for name, answer in found.items() if not isinstance(answer, str)}


def outcome(tf, case):
    """Names, shapes and values of all answers, and gradients of seeded samples."""
    kind, arguments, value = DISTRIBUTIONS[case]
    with tf.Graph().as_default():
        tf.set_random_seed(4)
        parameters = {
            name: tf.constant(given) if isinstance(given, list) else given
            for name, given in arguments.items()
        }
        distribution = getattr(tf.distributions, kind)(**parameters)
        found = asked(distribution, value)
        answers = tensors(found)
        inputs = [p for p in parameters.values() if isinstance(p, tf.Tensor)]
        slopes = tf.gradients(tf.reduce_sum(answers["log_prob"]), inputs)
        sample = answers.get("sample", answers["log_prob"])
        through = tf.gradients(tf.square(tf.cast(sample, tf.float32)), inputs)
        with tf.Session() as session:
            values = session.run(answers)
            slopes = session.run([s for s in slopes if s is not None])
            through = session.run([s for s in through if s is not None])
        return {
            "texts": [str(distribution), repr(distribution)],
            "refused": {n: answer for n, answer in found.items() if isinstance(answer, str)},
            "names": {n: [t.name, str(t.shape), t.dtype.name] for n, t in answers.items()},
            "values": {n: np.asarray(v).tolist() for n, v in values.items()},
            "slopes": [s.tolist() for s in slopes],
            "through_samples": [s.tolist() for s in through],
        }
