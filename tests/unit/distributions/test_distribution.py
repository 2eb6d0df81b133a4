"""The base of all distributions: shapes known late, subclasses, divergences, refusals."""

import numpy as np
import pytest

import flowgraph as tf

distributions = tf.distributions
InvalidArgumentError = tf.errors.InvalidArgumentError


def fed(value):
    """A tensor of which nothing but the dtype is known until it runs."""
    return tf.placeholder_with_default(tf.constant(value), None)


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


class Steps(distributions.Distribution):
    """A subclass that defines the least."""

    def __init__(self, name="Steps"):
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=distributions.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=locals(),
            name=name,
        )

    def _prob(self, x):
        return 0.25 * x

    def _log_cdf(self, x):
        return tf.log(x / 4.0)

    def _variance(self):
        return tf.constant(9.0)


def test_what_follows_from_what_a_subclass_defines():
    steps = Steps()
    found = run(
        [
            steps.log_prob(2.0),
            steps.cdf(1.0),
            steps.survival_function(1.0),
            steps.log_survival_function(3.0),
            steps.stddev(),
        ]
    )
    np.testing.assert_allclose(found, [np.log(0.5), 0.25, 0.75, np.log(0.25), 3.0], rtol=1e-6)
    assert steps.batch_shape.ndims is None
    assert str(steps) == 'tfp.distributions.Steps("Steps/", dtype=float32)'
    assert steps.parameters == {"name": "Steps"}
    assert steps.copy().name == "Steps_1/"


@pytest.mark.parametrize(
    "question",
    ["sample", "entropy", "mean", "mode", "covariance", "batch_shape_tensor", "event_shape_tensor"],
)
def test_what_a_subclass_does_not_define_is_refused_by_name(question):
    what = "sample_n" if question == "sample" else question
    with pytest.raises(NotImplementedError, match=f"^{what} is not implemented: Steps$"):
        getattr(Steps(), question)()


def test_a_parent_that_is_no_tensor_is_refused():
    with pytest.raises(ValueError, match=r"^Graph parent item 0 is not a Tensor; 1\.0\.$"):
        distributions.Distribution(
            tf.float32, distributions.NOT_REPARAMETERIZED, False, True, graph_parents=[1.0]
        )


def test_shapes_that_only_a_run_knows():
    normal = distributions.Normal(fed([[0.0], [1.0]]), fed([1.0, 2.0, 3.0]))
    assert (normal.batch_shape.ndims, normal.event_shape.ndims) == (None, 0)
    sizes = tf.placeholder_with_default([4], None)
    found = run(
        [
            normal.batch_shape_tensor(),
            normal.sample(sizes),
            normal.is_scalar_batch(),
            normal.sample(2),
        ]
    )
    assert (found[0].tolist(), found[2]) == ([2, 3], False)
    assert (found[1].shape, found[3].shape) == ((4, 2, 3), (2, 2, 3))
    one = run(normal.sample(tf.placeholder_with_default(5, None)))
    assert one.shape == (5, 2, 3)


def test_categories_that_only_a_run_knows():
    categorical = distributions.Categorical(logits=fed([[0.0, 100.0], [100.0, 0.0]]))
    found = run(
        [
            categorical.sample([3], seed=1),
            categorical.event_size,
            categorical.batch_shape_tensor(),
            categorical.mode(),
            categorical.prob([1, 1]),
        ]
    )
    assert found[0].tolist() == [[1, 0]] * 3
    assert (found[1], found[2].tolist(), found[3].tolist()) == (2, [2], [1, 0])
    np.testing.assert_allclose(found[4], [1.0, 0.0], atol=1e-6)


def test_static_shapes_of_samples():
    dirichlet = distributions.Dirichlet([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert dirichlet.sample([4, 1]).shape.as_list() == [4, 1, 3, 2]
    assert dirichlet.sample(tf.placeholder(tf.int32, [2])).shape.as_list() == [None, None, 3, 2]
    assert dirichlet.sample(tf.placeholder(tf.int32, [None])).shape.ndims is None
    with pytest.raises(ValueError, match=r"^Input is neither scalar nor vector\.$"):
        dirichlet.sample([[1]])


def test_shapes_of_parameters_for_a_shape_of_samples():
    assert distributions.Normal.param_static_shapes([2, 3]) == {
        "loc": tf.TensorShape([2, 3]),
        "scale": tf.TensorShape([2, 3]),
    }
    assert run(distributions.Exponential.param_shapes([2])["rate"]).tolist() == [2]
    with pytest.raises(ValueError, match=r"^TensorShape sample_shape must be fully defined$"):
        distributions.Normal.param_static_shapes(tf.TensorShape([None]))


def test_a_seed_is_one_in_every_session():
    sample = distributions.StudentT(3.0, 0.0, 1.0).sample(3, seed=11)
    assert run(sample).tolist() == run(sample).tolist()


def test_gradients_flow_through_samples_where_it_says_so():
    loc, scale = tf.constant(1.0), tf.constant(2.0)
    normal = distributions.Normal(loc, scale)
    assert normal.reparameterization_type is distributions.FULLY_REPARAMETERIZED
    sample = normal.sample(seed=2)
    value, slopes = run([sample, tf.gradients(sample, [loc, scale])])
    np.testing.assert_allclose(slopes, [1.0, (value - 1.0) / 2.0], rtol=1e-6)
    probs = tf.constant([0.5, 0.5])
    coin = distributions.Categorical(probs=probs, dtype=tf.float32)
    assert coin.reparameterization_type is distributions.NOT_REPARAMETERIZED
    assert tf.gradients(coin.sample(), probs) == [None]


def test_the_rule_nearest_to_both_is_taken():
    class Sharp(distributions.Normal):
        pass

    class Sharper(Sharp):
        pass

    @distributions.RegisterKL(Sharp, distributions.Normal)
    def rule(a, b, name=None):
        return tf.constant(7.0, name=name)

    normal, sharp, sharper = (kind(0.0, 1.0) for kind in (distributions.Normal, Sharp, Sharper))
    pairs = [(sharp, normal), (sharper, normal), (normal, sharp), (sharper, sharper)]
    assert run([a.kl_divergence(b) for a, b in pairs]) == [7.0, 7.0, 0.0, 7.0]
    text = r"^KL\(Sharp \|\| Normal\) has already been registered to: <function"
    with pytest.raises(ValueError, match=text):
        distributions.RegisterKL(Sharp, distributions.Normal)(rule)
    with pytest.raises(TypeError, match=r"^kl_fn must be callable, received: 3$"):
        distributions.RegisterKL(Sharp, Sharp)(3)


def test_no_divergence_of_strangers():
    text = (
        r"^No KL\(distribution_a \|\| distribution_b\) registered for distribution_a type Normal "
        "and distribution_b type Uniform$"
    )
    with pytest.raises(NotImplementedError, match=text):
        distributions.kl_divergence(distributions.Normal(0.0, 1.0), distributions.Uniform())


def test_a_divergence_that_may_not_be_nan():
    a, b = distributions.Normal(0.0, 1.0), distributions.Normal(fed(np.float32(np.nan)), 1.0)
    assert np.isnan(run(distributions.kl_divergence(a, b)))
    with pytest.raises(InvalidArgumentError, match="KL calculation between Normal/ and Normal_1/"):
        run(distributions.kl_divergence(a, b, allow_nan_stats=False))


REFUSED = {
    "no_parameter": (
        lambda: distributions.Bernoulli(),
        ValueError,
        "Must pass probs or logits, but not both.",
    ),
    "two_parameters": (
        lambda: distributions.Categorical(logits=[0.0], probs=[1.0]),
        ValueError,
        "Must pass probs or logits, but not both.",
    ),
    "whole_logits": (
        lambda: distributions.Bernoulli(logits=1),
        TypeError,
        "logits must having floating type.",
    ),
    "whole_probs": (
        lambda: distributions.Bernoulli(probs=1),
        TypeError,
        "probs must having floating type.",
    ),
    "one_class": (
        lambda: distributions.Categorical(logits=[0.0], validate_args=True),
        ValueError,
        "A categorical-distribution parameter must have at least 2 events.",
    ),
    "no_classes": (
        lambda: distributions.Multinomial(1.0, probs=1.0, validate_args=True),
        ValueError,
        "A categorical-distribution parameter must have at least 1 dimension.",
    ),
    "two_dtypes": (
        lambda: distributions.Normal(tf.constant(0.0, tf.float64), 1.0),
        ValueError,
        "Normal/scale:0, type=<dtype: 'float32'>, must be of the same type "
        r"\(<dtype: 'float64'>\) as Normal/loc:0.",
    ),
    "whole_loc": (
        lambda: distributions.Normal(0, 1),
        ValueError,
        "Expected floating point type, got <dtype: 'int32'>.",
    ),
    "half_event": (
        lambda: distributions.Categorical(logits=[0.0, 1.0]).prob(tf.constant(True)),
        TypeError,
        "`value` should have integer `dtype` or `self.dtype`",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_when_built(case):
    build, error, text = REFUSED[case]
    with pytest.raises(error, match=f"^{text}"):
        build()


WHEN_RUN = {
    "scale": lambda: distributions.Normal(0.0, fed(-1.0), validate_args=True).mean(),
    "range": lambda: distributions.Uniform(fed(2.0), 1.0, validate_args=True).mean(),
    "probability": lambda: distributions.Bernoulli(probs=fed(1.5), validate_args=True).mean(),
    "probabilities": lambda: distributions.Categorical(
        probs=fed([0.5, 0.6]), validate_args=True
    ).entropy(),
    "event": lambda: distributions.Bernoulli(probs=0.5, validate_args=True).prob(fed(0.5)),
    "class": lambda: distributions.Categorical(logits=[0.0, 1.0], validate_args=True).prob(fed(-1)),
    "sample": lambda: distributions.Beta(2.0, 2.0, validate_args=True).prob(fed(1.5)),
    "amount": lambda: distributions.Gamma(2.0, 2.0, validate_args=True).prob(fed(-1.5)),
    "counts": lambda: distributions.Multinomial(2.0, probs=[0.5, 0.5], validate_args=True).prob(
        fed([1.0, 2.0])
    ),
    "corner": lambda: distributions.Dirichlet([1.0, 2.0], validate_args=True).prob(fed([0.5, 0.6])),
    "mode": lambda: distributions.Gamma(fed(0.5), 2.0, allow_nan_stats=False).mode(),
    "mean": lambda: distributions.StudentT(fed(0.5), 0.0, 1.0, allow_nan_stats=False).mean(),
}


@pytest.mark.parametrize("case", WHEN_RUN)
def test_what_is_refused_when_run(case):
    answer = WHEN_RUN[case]()
    with pytest.raises(InvalidArgumentError, match="assertion failed"):
        run(answer)


@pytest.mark.parametrize(
    ("kind", "plain", "arguments"),
    [
        ("NormalWithSoftplusScale", "Normal", {"loc": 1.0, "scale": -1.0}),
        ("LaplaceWithSoftplusScale", "Laplace", {"loc": 1.0, "scale": -1.0}),
        ("ExponentialWithSoftplusRate", "Exponential", {"rate": -1.0}),
        ("GammaWithSoftplusConcentrationRate", "Gamma", {"concentration": -1.0, "rate": 0.5}),
        (
            "BetaWithSoftplusConcentration",
            "Beta",
            {"concentration1": -1.0, "concentration0": 0.5},
        ),
        ("StudentTWithAbsDfSoftplusScale", "StudentT", {"df": -3.5, "loc": 1.0, "scale": -1.0}),
    ],
)
def test_contrib_takes_parameters_of_any_sign(kind, plain, arguments):
    """`kind` is `plain` of the softplus of its parameters, all but ``loc``."""
    made = getattr(tf.contrib.distributions, kind)(**arguments)
    changed = {
        name: value if name == "loc" else 3.0 if name == "df" else np.log1p(np.exp(value))
        for name, value in arguments.items()
    }
    same = getattr(distributions, plain)(**{n: np.float32(v) for n, v in changed.items()})
    found, expected = run([made.prob(0.5), same.prob(0.5)])
    assert found == pytest.approx(expected, rel=1e-5)
    assert made.name == f"{kind}/"
    assert {k: v for k, v in made.parameters.items() if k in arguments} == arguments


def of_vectors(*arguments):
    """Answers of a `MultivariateNormalDiag`."""
    normal = tf.contrib.distributions.MultivariateNormalDiag(*arguments)
    other = tf.contrib.distributions.MultivariateNormalDiag(
        tf.ones_like(normal.mean()), *arguments[1:]
    )
    x = [0.0, 0.5]
    return run(
        [
            *(normal.sample(seed=5), normal.mean(), normal.stddev(), normal.covariance()),
            *(normal.entropy(), normal.log_prob(x), normal.kl_divergence(other)),
            *(normal.batch_shape_tensor(), normal.event_shape_tensor()),
        ]
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ([1.0, -1.0], [1.0, 2.0]),
            (
                *([-0.17808282, -2.41988277], [1.0, -1.0], [1.0, 2.0], [[1.0, 0.0], [0.0, 4.0]]),
                *(3.53102422, -3.31227422, 0.5, [], [2]),
            ),
        ),
        (
            ([[1.0, -1.0], [0.0, 2.0]], [1.0, 2.0]),
            (
                [[-0.17808282, -2.41988277], [-1.74815798, 1.00925541]],
                *([[1.0, -1.0], [0.0, 2.0]], [1.0, 2.0], [[1.0, 0.0], [0.0, 4.0]]),
                *([3.53102422, 3.53102422], [-3.31227422, -2.81227422], [0.5, 0.625], [2], [2]),
            ),
        ),
        (
            ([1.0, -1.0], None, 3.0),
            (
                *([-2.53424835, -3.12982416], [1.0, -1.0], [3.0, 3.0], [[9.0, 0.0], [0.0, 9.0]]),
                *(5.03510189, -4.21565723, 0.22222224, [], [2]),
            ),
        ),
        (
            ([1.0, -1.0], [1.0, 2.0], 0.5),
            (
                *([-0.76712418, -2.77485347], [1.0, -1.0], [1.5, 2.5]),
                *([[2.25, 0.0], [0.0, 6.25]], 4.15963268, -3.56185508, 0.32, [], [2]),
            ),
        ),
        (
            ([0.0], [1.0, 2.0]),
            (
                *([-1.17808282, -1.41988277], [0.0, 0.0], [1.0, 2.0], [[1.0, 0.0], [0.0, 4.0]]),
                *(3.53102422, -2.56227422, 0.625, [], [2]),
            ),
        ),
    ],
)
def test_normal_vectors_are_those_of_tensorflow(arguments, expected):
    for found, wanted in zip(of_vectors(*arguments), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-6, atol=1e-6)


def test_normal_vectors_of_no_known_length():
    with pytest.raises(ValueError, match=r"^Cannot infer `event_shape` unless `loc`"):
        tf.contrib.distributions.MultivariateNormalDiag()


def test_normal_vectors_that_do_not_vary():
    normal = tf.contrib.distributions.MultivariateNormalDiag(
        [0.0, 0.0], fed([1.0, 0.0]), validate_args=True
    )
    with pytest.raises(InvalidArgumentError, match="Singular operator"):
        run(normal.mean())
