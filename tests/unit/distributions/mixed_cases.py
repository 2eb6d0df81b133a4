"""Mixtures, blocks and normal distributions of vectors, and what is asked of them.

The same functions run on TensorFlow 1.15, for the values in ``mixed.json``.
"""

import numpy as np

TRIL = np.array([[2.0, 0.0], [1.0, 3.0]], np.float32)
X = np.array([[0.5, -1.0], [2.0, 0.3], [0.0, 4.0]], np.float32)
NUMBERS = np.array([0.5, -3.0, 4.0], np.float32)


def normals(tf):
    """Normal distributions of vectors by name."""
    d = tf.contrib.distributions
    loc = [0.5, -1.0]
    factor = [[1.0], [0.5]]
    return {
        "tril": d.MultivariateNormalTriL(loc, TRIL),
        "tril batch": d.MultivariateNormalTriL(
            np.zeros([3, 2], np.float32), np.stack([TRIL] * 3), validate_args=True
        ),
        "tril alone": d.MultivariateNormalTriL(scale_tril=TRIL),
        "identity": d.MultivariateNormalTriL(loc),
        "full": d.MultivariateNormalFullCovariance(loc, TRIL @ TRIL.T, validate_args=True),
        "low rank": d.MultivariateNormalDiagPlusLowRank(
            loc, [1.0, 2.0], scale_perturb_factor=factor, scale_perturb_diag=[2.0]
        ),
        "low rank identity": d.MultivariateNormalDiagPlusLowRank(
            loc, scale_identity_multiplier=2.0, scale_perturb_factor=factor, validate_args=True
        ),
        "diagonal": d.MultivariateNormalDiagPlusLowRank(loc, [1.0, 2.0], 0.5),
    }


def mixtures(tf):
    """Mixtures and blocks by name: the distribution and values of it."""
    d = tf.contrib.distributions
    two = d.Categorical(probs=[0.3, 0.7])
    rows = d.Categorical(logits=[[0.1, 0.9], [1.0, -1.0], [0.0, 0.0]])
    parts = [d.Normal(-2.0, 1.0), d.Normal(3.0, 0.5)]
    wide = [d.Normal([-2.0, 0.0, 1.0], 1.0), d.Normal([3.0, 2.0, 1.0], 0.5)]
    vectors = [
        d.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0]),
        d.MultivariateNormalTriL([1.0, 1.0], TRIL),
    ]
    pair = d.MultivariateNormalDiag([[0.0, 1.0], [2.0, 3.0]], [1.0, 2.0])
    spread = d.Normal(np.zeros([3, 2], np.float32), [1.0, 2.0])
    return {
        "mixture": (d.Mixture(two, parts), NUMBERS),
        "mixture static": (d.Mixture(two, parts, use_static_graph=True), NUMBERS),
        "mixture batch": (d.Mixture(rows, wide), NUMBERS),
        "mixture batch static": (d.Mixture(rows, wide, use_static_graph=True), NUMBERS),
        "mixture vectors": (d.Mixture(two, vectors), X),
        "mixture vectors static": (d.Mixture(two, vectors, use_static_graph=True), X),
        "family": (d.MixtureSameFamily(two, d.Normal([-2.0, 3.0], [1.0, 0.5])), NUMBERS),
        "family batch": (
            d.MixtureSameFamily(two, d.Normal([[-2.0, 3.0], [0.0, 1.0], [1.0, 1.5]], 1.0)), NUMBERS,
        ),
        "family rows": (d.MixtureSameFamily(rows, spread), NUMBERS),
        "family vectors": (
            d.MixtureSameFamily(two, pair),
            X,
        ),
        "block": (d.Independent(d.Normal([0.0, 1.0], [1.0, 2.0]), 1), X),
        "block default": (d.Independent(spread), X),
        "block none": (d.Independent(d.Normal([0.0, 1.0], [1.0, 2.0])), X),
    }  # fmt: skip


QUESTIONS = ("mean", "variance", "stddev", "covariance", "entropy", "mode")


def answers(tf, distribution, x):
    """Return what a distribution says, by question; the error's name where it refuses."""
    found = {"shapes": [str(distribution.batch_shape), str(distribution.event_shape)]}
    tensors = {}
    for question in QUESTIONS:
        try:
            tensors[question] = getattr(distribution, question)()
        except NotImplementedError:
            found[question] = "refused"
    for question in ("log_prob", "prob", "log_cdf", "cdf"):
        try:
            tensors[question] = getattr(distribution, question)(x)
        except NotImplementedError:
            found[question] = "refused"
    if not isinstance(distribution, tf.contrib.distributions.MixtureSameFamily):
        # Whose samples depend on the number of nodes, and not on the seed.
        tensors["sample"] = distribution.sample(4, seed=7)
        tensors["samples"] = distribution.sample([2, 3], seed=8)
    with tf.Session() as session:
        for question, tensor in tensors.items():
            found[question] = np.asarray(session.run(tensor), float).tolist()
    found["static"] = {question: str(tensor.shape) for question, tensor in tensors.items()}
    return found


def outcome(tf, kind, name):
    """Return the answers of one case."""
    tf.reset_default_graph()
    tf.set_random_seed(11)
    if kind == "normals":
        return answers(tf, normals(tf)[name], X)
    return answers(tf, *mixtures(tf)[name])


def divergences(tf):
    """Return the divergences between all normal distributions of one vector."""
    tf.reset_default_graph()
    d = tf.contrib.distributions
    all_ = {k: v for k, v in normals(tf).items() if k != "tril batch"}
    all_["plain"] = d.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0])
    tensors = {f"{a} {b}": d.kl_divergence(p, q) for a, p in all_.items() for b, q in all_.items()}
    block = d.Independent(d.Normal([0.0, 1.0], 1.0), 1)
    tensors["block block"] = d.kl_divergence(block, d.Independent(d.Normal([1.0, 1.0], 2.0), 1))
    with tf.Session() as session:
        return {key: float(value) for key, value in session.run(tensors).items()}
