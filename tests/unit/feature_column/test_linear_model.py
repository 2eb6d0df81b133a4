"""tf.feature_column.linear_model: sums, variables and names of TensorFlow 1.15.5."""

import numpy as np

import flowgraph as tf

fc = tf.feature_column


def run(tensor, **weights):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for variable in tf.global_variables():
            key = variable.name.split("/")[-2]
            if key in weights:
                variable.load(np.float32(weights[key]).reshape(variable.shape.as_list()), session)
        return session.run(tensor)


def test_a_sum_of_numbers_and_categories():
    columns = [fc.numeric_column("a"), fc.categorical_column_with_identity("b", 3)]
    features = {"a": tf.constant([[1.0], [2.0]]), "b": tf.constant([[1, 2], [0, -1]])}
    result = fc.linear_model(features, columns)
    assert result.name == "linear_model_1/linear_model/weighted_sum:0" and result.shape == (2, 1)
    assert [(v.name, v.shape.as_list()) for v in tf.trainable_variables()] == [
        ("linear_model/a/weights:0", [1, 1]),
        ("linear_model/b/weights:0", [3, 1]),
        ("linear_model/bias_weights:0", [1]),
    ]
    assert run(result).tolist() == [[0], [0]]
    found = run(result, a=10, b=[1, 2, 3], linear_model=100)
    assert found.tolist() == [[115], [121]]


def test_how_categories_are_combined():
    column = fc.categorical_column_with_identity("b", 3)
    result = fc.linear_model({"b": [[1, 2]]}, [column], units=2, sparse_combiner="mean")
    assert run(result, b=[[1, 2], [3, 4], [5, 6]]).tolist() == [[4, 5]]


def test_weights_of_categories():
    words = fc.categorical_column_with_vocabulary_list("a", ["x", "y"])
    column = fc.weighted_categorical_column(words, "w")
    features = {"a": [["x", "y"]], "w": [[0.5, 2.0]]}
    assert run(fc.linear_model(features, [column]), a_weighted_by_w=[1, 10]).tolist() == [[20.5]]


def test_buckets_and_crosses_are_categories():
    features = {"a": [[1.0], [5.0], [-3.0]]}
    bucketized = fc.bucketized_column(fc.numeric_column("a"), [0.0, 2.0])
    result = fc.linear_model(features, [bucketized])
    assert run(result, a_bucketized=[1, 2, 3]).tolist() == [[2], [3], [1]]
    crossed = fc.crossed_column(["p", "q"], 10)
    both = fc.linear_model({"p": [["x"], ["y"]], "q": [["1"], ["2"]]}, [crossed])
    assert run(both, p_X_q=range(10)).tolist() == [[5], [4]]


def test_dense_columns():
    words = fc.categorical_column_with_vocabulary_list("a", ["x", "y"])
    result = fc.linear_model({"a": [["x", "y"]]}, [fc.indicator_column(words)])
    assert run(result, a_indicator=[3, 4]).tolist() == [[7]]


def test_what_a_program_may_ask_for():
    number = fc.numeric_column("a")
    variables = {}
    fc.linear_model(
        {"a": [[1.0]]},
        [number],
        units=3,
        weight_collections=["w"],
        trainable=False,
        cols_to_vars=variables,
    )
    weights, bias = tf.global_variables()
    assert variables == {number: [weights], "bias": [bias]}
    assert tf.get_collection("w") == tf.get_collection("model_variables") == [weights, bias]
    assert tf.trainable_variables() == [] and weights.shape == (1, 3)


def test_a_model_is_trained():
    columns = [fc.numeric_column("x")]
    x = np.float32([[0], [1], [2], [3]])
    prediction = fc.linear_model({"x": tf.constant(x)}, columns)
    loss = tf.losses.mean_squared_error(2 * x + 1, prediction)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(300):
            session.run(train)
        np.testing.assert_allclose(session.run(prediction), 2 * x + 1, atol=1e-2)
