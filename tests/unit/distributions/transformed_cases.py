"""Bijectors and what they make of distributions, and what is asked of them.

The same functions run on TensorFlow 1.15, for the values in ``transformed.json``.
"""

import numpy as np

TRIL = np.array([[2.0, 0.0], [1.0, 3.0]], np.float32)
X = np.array([[0.5, 1.5], [2.0, 0.3], [0.1, 4.0]], np.float32)
UNIT = np.array([[0.5, 0.25], [0.9, 0.3], [0.1, 0.8]], np.float32)


def made(tf):
    """Bijectors by name: the bijector, arguments, results, and axes of one argument."""
    d = tf.contrib.distributions
    b, linalg = d.bijectors, tf.linalg
    scale = linalg.LinearOperatorLowerTriangular(TRIL, is_non_singular=True)
    factor = [[1.0], [0.5]]

    def shifts(x, units):
        return x * np.ones([units], np.float32), 0.5 * x * np.ones([units], np.float32)

    return {
        "identity": (b.Identity(), X, X, 1),
        "exp": (b.Exp(), X, X, 0),
        "exp of vectors": (b.Exp(), X, X, 1),
        "power": (b.PowerTransform(0.5, validate_args=True), X, X, 1),
        "softplus": (b.Softplus(), X, X, 0),
        "soft hinge": (b.Softplus(hinge_softness=[0.5, 2.0]), X, X, 1),
        "sigmoid": (b.Sigmoid(), X, UNIT, 1),
        "softsign": (b.Softsign(), X, UNIT, 0),
        "square": (b.Square(validate_args=True), X, X, 1),
        "scalar": (b.AffineScalar([1.0, 2.0], [-2.0, 0.5]), X, X, 0),
        "scalar of vectors": (b.AffineScalar(shift=1.0, scale=-2.0), X, X, 1),
        "scalar nothing": (b.AffineScalar(), X, X, 1),
        "operator": (b.AffineLinearOperator([1.0, 2.0], scale), X, X, 1),
        "operator nothing": (b.AffineLinearOperator(), X, X, 1),
        "permute": (b.Permute([1, 0]), X, X, 1),
        "affine shift": (b.Affine([1.0, 2.0]), X, X, 1),
        "affine number": (b.Affine([1.0, 2.0], scale_identity_multiplier=2.0), X, X, 1),
        "affine diagonal": (b.Affine([1.0, 2.0], scale_diag=[2.0, 3.0]), X, X, 1),
        "affine both": (b.Affine(None, 2.0, [2.0, 3.0], validate_args=True), X, X, 1),
        "affine triangle": (b.Affine([1.0, 2.0], scale_tril=TRIL, validate_args=True), X, X, 1),
        "affine low rank": (
            b.Affine(None, None, [2.0, 3.0], None, factor, [2.0]), X, X, 1,
        ),
        "affine triangle and low rank": (
            b.Affine([1.0, 2.0], scale_tril=TRIL, scale_perturb_factor=factor), X, X, 1,
        ),
        "affine number and low rank": (
            b.Affine(None, 2.0, scale_perturb_factor=factor), X, X, 1,
        ),
        "chain": (b.Chain([b.Exp(), b.AffineScalar(scale=2.0), b.Softplus()]), X, X + 1, 1),
        "chain of vectors": (
            b.Chain([b.Exp(), b.Affine([1.0, 2.0], scale_diag=[2.0, 3.0])]), X, X, 1,
        ),
        "chain nothing": (b.Chain([]), X, X, 1),
        "invert": (b.Invert(b.Exp()), X, X, 1),
        "invert affine": (b.Invert(b.Affine(scale_diag=[2.0, 3.0])), X, X, 1),
        "real_nvp": (b.RealNVP(1, shifts), X, X, 1),
        "inline": (
            b.Inline(
                forward_fn=tf.exp,
                inverse_fn=tf.log,
                inverse_log_det_jacobian_fn=lambda y: -tf.log(y),
                forward_min_event_ndims=0,
            ), X, X, 1,
        ),
    }  # fmt: skip


def mapped(tf, name):
    """Return what a bijector says."""
    tf.reset_default_graph()
    bijector, x, y, axes = made(tf)[name]
    tensors = {
        "forward": bijector.forward(tf.constant(x)),
        "inverse": bijector.inverse(tf.constant(y)),
        "forward stretch": bijector.forward_log_det_jacobian(tf.constant(x), axes),
        "inverse stretch": bijector.inverse_log_det_jacobian(tf.constant(y), axes),
    }
    found = {"name": bijector.name, "axes": [
        bijector.forward_min_event_ndims, bijector.inverse_min_event_ndims,
        int(bijector.is_constant_jacobian),
    ]}  # fmt: skip
    with tf.Session() as session:
        values = session.run(tensors)
    for question, value in values.items():
        found[question] = np.asarray(value, float).tolist()
    return found


def distributions(tf):
    """Transformed distributions by name, and values of them."""
    d = tf.contrib.distributions
    b, transformed = d.bijectors, d.TransformedDistribution
    normal, two = d.Normal(0.0, 1.0), d.Normal([0.0, 1.0], [1.0, 2.0])
    return {
        "log normal": (transformed(normal, b.Exp()), X),
        "log normals": (transformed(two, b.Exp(), name="LogNormal"), X),
        "logit": (transformed(two, b.Sigmoid()), UNIT),
        "nothing": (transformed(two), X),
        "scalar": (transformed(two, b.AffineScalar(1.0, -2.0)), X),
        "vector": (
            transformed(
                d.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0]),
                b.Affine([1.0, 2.0], scale_tril=TRIL),
            ), X,
        ),
        "events": (transformed(normal, b.Affine([1.0, 2.0], scale_tril=TRIL), event_shape=[2]), X),
        "events and batch": (
            transformed(normal, b.Affine([1.0, 2.0], scale_diag=[1.0, 3.0]), [3], [2]), X,
        ),
        "events of a batch": (
            transformed(d.Normal([0.0, 1.0, 2.0], 1.0), b.Exp(), event_shape=[2]), X,
        ),
        "batch": (transformed(normal, b.Exp(), batch_shape=[2]), X),
    }  # fmt: skip


def outcome(tf, name):
    """Return what a transformed distribution says."""
    tf.reset_default_graph()
    tf.set_random_seed(11)
    distribution, x = distributions(tf)[name]
    found = {"shapes": [str(distribution.batch_shape), str(distribution.event_shape)]}
    tensors = {
        "sample": distribution.sample(4, seed=7),
        "samples": distribution.sample([2, 3], seed=8),
    }
    for question in ("mean", "entropy", "variance"):
        try:
            tensors[question] = getattr(distribution, question)()
        except NotImplementedError:
            found[question] = "refused"
    for question, value in (
        ("log_prob", x), ("prob", x), ("log_cdf", x), ("cdf", x), ("survival_function", x),
        ("quantile", UNIT),
    ):  # fmt: skip
        try:
            tensors[question] = getattr(distribution, question)(value)
        except NotImplementedError:
            found[question] = "refused"
    tensors["log_prob of a sample"] = distribution.log_prob(tensors["sample"])
    with tf.Session() as session:
        for question, value in session.run(tensors).items():
            found[question] = np.asarray(value, float).tolist()
    return found
