"""``slim.model_analyzer``: its lines and sums are those of TensorFlow 1.15.5."""

import flowgraph as tf


def test_sizes_of_outputs_and_variables(capsys):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    v = tf.get_variable("v", [3, 2], initializer=tf.zeros_initializer())
    s = tf.get_variable("s", [], tf.int32, initializer=tf.zeros_initializer())
    tf.group(tf.matmul(x, v, name="y"), name="g")
    tf.split(tf.zeros([4, 4]), 2, name="q")
    analyzer = tf.contrib.slim.model_analyzer
    assert analyzer.analyze_vars([v, s], print_info=True) == (7, 28)
    assert capsys.readouterr().out.splitlines()[3:] == [
        "v:0 (float32_ref 3x2) [6, bytes: 24]",
        "s:0 (int32_ref ) [1, bytes: 4]",
        "Total size of variables: 7",
        "Total bytes of variables: 28",
    ]
    # Four of v, four of s, tf.zeros, Const, split_dim, and the two parts.
    expected = 4 * 6 + 4 * 1 + 16 + 1 + 1 + 16
    assert analyzer.analyze_ops(tf.get_default_graph(), print_info=True) == expected
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "---------",
        "Operations: name -> (type shapes) [size]",
        "---------",
        "x \t-> (float32 ?x3) [0]",
    ]
    assert "g \t->  [0]" in lines
    assert "q \t-> (float32 2x4), (float32 2x4) [16]" in lines
    assert analyzer.analyze_vars([]) == (0, 0)
    assert analyzer.tensor_description(s) == "(int32_ref )"
