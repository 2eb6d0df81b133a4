"""``--check``: each unsupported name and keyword with its line, and nothing else."""

import sys
import textwrap

import pytest

from flowgraph.compat.check import check


@pytest.fixture
def found(tmp_path):
    def found(source):
        path = tmp_path / "train.py"
        path.write_text(textwrap.dedent(source))
        return [tuple(finding) for finding in check(str(path))]

    return found


def test_a_program_that_can_run(found):
    source = """
        from __future__ import print_function
        import os
        import tensorflow as tf
        from tensorflow.python.framework import ops
        from tensorflow.examples.tutorials.mnist import input_data
        from tensorflow import nn as layers

        flags = tf.app.flags
        flags.DEFINE_string("x", "1", "help")
        FLAGS = flags.FLAGS
        relu = tf.nn.relu
        def step(mul, file=None, **reduce):
            with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
                return layers.relu(relu(mul), name="y"), FLAGS.x, os.environ.keys(), reduce, file
        if __name__ == "__main__":
            print(tf.__version__, tf.float32.name, tf.GraphKeys.LOSSES)
            data = input_data.read_data_sets("x", one_hot=True)
            tf.reduce_sum([1], reduction_indices=0, keep_dims=True)
    """
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "findings"),
    [
        (
            "import tensorflow as tf\ntf.sub(1, 2)\ntf.nn.nope.x.y()\n",
            [
                (2, "tf.sub is not in TensorFlow 1.15: write tf.subtract"),
                (3, "tf.nn.nope is not supported by flowgraph"),
            ],
        ),
        (
            "import tensorflow.compat.v1 as t\nt.constant(1,\n  shpe=2)\n",
            [(3, "tf.constant() got an unexpected keyword argument 'shpe'")],
        ),
        (
            "from tensorflow import constant as c\nc(1, 2, 3, 4, 5, 6)\n",
            [(2, "tf.constant() takes 5 positional arguments but 6 were given")],
        ),
        (
            "import tensorflow.contrib.tpu as tpu\ntpu.TPUConfig()\n",
            [(1, "tf.contrib.tpu is not supported by flowgraph: there are no TPUs")],
        ),
        (
            "import tensorflow as tf\ns = tf.train.SummaryWriter\n",
            [(2, "tf.train.SummaryWriter is not in TensorFlow 1.15: write tf.summary.FileWriter")],
        ),
        (
            "import tensorflow as tf\ntf.concat(1, [[2]])\ntf.split(0, 2, [1, 2])\n",
            [
                (
                    2,
                    "tf.concat(axis, values) is not in TensorFlow 1.15: "
                    "write tf.concat(values, axis)",
                ),
                (
                    3,
                    "tf.split(axis, number, value) is not in TensorFlow 1.15: "
                    "write tf.split(value, number, axis)",
                ),
            ],
        ),
        (
            "import tensorflow as tf\ntf.nn.softmax_cross_entropy_with_logits([1.], [1.])\n",
            [
                (
                    2,
                    "tf.nn.softmax_cross_entropy_with_logits(logits, labels) is not in TensorFlow "
                    "1.15: write tf.nn.softmax_cross_entropy_with_logits(labels=..., logits=...)",
                )
            ],
        ),
        (
            "import tensorflow as tf\ntf.nn.weighted_cross_entropy_with_logits([1.], [1.], 2.)\n",
            [],
        ),
        (
            "import numpy as np\na = np.ones(3)\nnp.ptp(a)\nnp.reshape(a, newshape=[3])\n"
            "a.tostring()\n(a\n .ptp())\na.itemset(0, 1)\na.reshape(newshape=[3])\n",
            [
                (5, ".tostring() is no longer NumPy's: write a.tobytes()"),
                (7, ".ptp() is no longer NumPy's: write numpy.ptp(a)"),
                (8, ".itemset() is no longer NumPy's: write a[index] = value"),
                (9, ".reshape(newshape=...) is no longer NumPy's: write a.reshape(shape)"),
            ],
        ),
        (
            "import cPickle\nfor i in xrange(3):\n    {}.iteritems()\n",
            [
                (1, "cPickle is Python 2: write pickle"),
                (2, "xrange is Python 2: write range"),
                (3, ".iteritems() is Python 2: write items"),
            ],
        ),
    ],
)
def test_findings(found, source, findings):
    assert found(source) == findings


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("print 'a', 3\n", "print statement"),
        ("print\nprint >>f, 3\nprint x\n", "print statement"),
        ("try:\n    pass\nexcept ValueError, e:\n    pass\n", "except clause with a comma"),
        ("raise ValueError, 'x'\n", "raise statement with a comma"),
        ("if a <> b: pass\n", "operator <>"),
        ("x = 0777\n", "octal number or long integer"),
        ("x = `y`\n", "backquotes"),
        ("if x:\n        y\n\tz\n", "tabs mixed with blanks"),
        ("def f(a, (b, c)):\n    pass\n", "parameters in parentheses"),
        ("exec 'x = 1'\n", "exec statement"),
    ],
)
def test_python_2(found, source, form):
    [(line, text)] = found(source)
    assert form in text and "2to3 -w" in text
    assert source.splitlines()[line - 1].strip()


def test_another_syntax_error_is_not_python_2(found):
    [(line, text)] = found("x = (1,\n\n")
    assert line == 1 and "2to3" not in text


def test_keywords_of_before_one(found):
    source = """
        import tensorflow as tf
        tf.concat(concat_dim=1, values=[])
        tf.summary.image("x", [], max_images=2, other=1)
    """
    assert found(source) == [
        (3, "tf.concat() got an unexpected keyword argument 'concat_dim': write axis"),
        (
            4,
            "tf.summary.image() got an unexpected keyword argument 'max_images': write max_outputs",
        ),
        (4, "tf.summary.image() got an unexpected keyword argument 'other'"),
    ]


def test_modules_that_come_with_tensorflow(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.setitem(sys.modules, "absl", None)
    source = "import absl\nfrom grpc.beta import implementations\nfrom . import grpc\nimport os\n"
    said = "grpc comes with TensorFlow, not with flowgraph: pip install grpcio"
    assert found(source) == [(2, said)]
