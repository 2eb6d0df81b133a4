"""Mixtures and normal distributions of vectors answer what TensorFlow 1.15.5 did."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf

FOLDER = Path(__file__).parent
RECORDED = json.loads((FOLDER / "mixed.json").read_text())
DIVERGENCES = RECORDED.pop("divergences")
_spec = importlib.util.spec_from_file_location("mixed_cases", FOLDER / "mixed_cases.py")
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)
distributions = tf.contrib.distributions


@pytest.mark.parametrize("case", RECORDED)
def test_answers_are_those_of_tensorflow(case):
    mine, theirs = cases.outcome(tf, *case.split("/")), RECORDED[case]
    assert mine.keys() == theirs.keys()
    for question, expected in theirs.items():
        if question in ("shapes", "static") or isinstance(expected, str):
            assert mine[question] == expected, question
        else:
            np.testing.assert_allclose(mine[question], expected, 1e-4, 1e-5, err_msg=question)


def test_divergences():
    found = cases.divergences(tf)
    assert found.keys() == DIVERGENCES.keys()
    for pair, expected in DIVERGENCES.items():
        assert found[pair] == pytest.approx(expected, 1e-4, 1e-5), pair


def test_samples_of_families():
    mixture = distributions.MixtureSameFamily(
        distributions.Categorical(probs=[[0.2, 0.8], [1.0, 0.0]]),
        distributions.MultivariateNormalDiag(
            [[[-5.0, 5.0], [3.0, 0.0]], [[-5.0, 5.0], [0.0, 0.0]]], [0.1, 0.1]
        ),
    )
    tf.set_random_seed(1)
    with tf.Session() as session:
        values, mean = session.run([mixture.sample(2000), mixture.mean()])
    assert values.shape == (2000, 2, 2)
    np.testing.assert_allclose(values.mean(0), mean, atol=0.3)
    assert set(np.round(values[:, 1].ravel())) == {-5.0, 5.0}
    assert set(np.round(values[:, 0, 0])) == {-5.0, 3.0}


def test_gradients_reach_all_parameters():
    loc, tril = tf.Variable([0.5, -1.0]), tf.Variable(cases.TRIL)
    normal = distributions.MultivariateNormalTriL(loc, tril)
    draws = normal.sample(3, seed=1)
    found = tf.gradients(normal.log_prob(cases.X), [loc, tril]) + tf.gradients(draws, [loc, tril])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        by_loc, by_tril, through_loc, through_tril = session.run(found)
    inverse = np.linalg.inv(cases.TRIL)
    z = (cases.X - [0.5, -1.0]) @ inverse.T
    np.testing.assert_allclose(by_loc, (z @ inverse).sum(0), rtol=1e-5)
    assert through_loc.tolist() == [3, 3]
    assert by_tril[0, 1] == 0 and np.all(through_tril[np.tril_indices(2)] != 0)


REFUSED = [
    (lambda d: d.MultivariateNormalTriL(), ValueError,
     "Must specify one or both of `loc`, `scale_tril`."),
    (lambda d: d.MultivariateNormalDiagPlusLowRank(), ValueError, "Cannot infer `event_shape`"),
    (lambda d: d.Mixture(d.Normal(0.0, 1.0), []), TypeError, "cat must be a Categorical"),
    (lambda d: d.Mixture(d.Categorical([0.0, 0.0]), []), ValueError,
     "components must be a non-empty list or tuple"),
    (lambda d: d.Mixture(d.Categorical([0.0, 0.0]), [d.Normal(0.0, 1.0)]), ValueError,
     "cat.num_classes != len\\(components\\): 2 vs. 1"),
    (lambda d: d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal([0.0], 1.0)), ValueError,
     "is not over integers"),
    (lambda d: d.MixtureSameFamily(d.Categorical([0.0, 0.0]), d.Normal([0.0] * 3, 1.0)), ValueError,
     "`mixture_distribution components` \\(2\\) does not equal"),
    (lambda d: d.Independent(d.Normal([0.0], 1.0), 2), ValueError,
     "reinterpreted_batch_ndims\\(2\\) cannot exceed distribution.batch_ndims\\(1\\)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "message"), REFUSED)
def test_refusals(make, kind, message):
    with pytest.raises(kind, match=message):
        make(distributions)


def test_what_is_checked():
    skew, flat = [[1.0, 0.5], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Matrix was not symmetric\."):
        distributions.MultivariateNormalFullCovariance(None, skew, validate_args=True)
    normal = distributions.MultivariateNormalTriL(
        None, tf.placeholder_with_default(flat, [2, 2]), validate_args=True
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="Diagonal contained zero values"):
        tf.Session().run(normal.sample())
