"""``python -m flowgraph``: the program sees what it would see of ``python``, and TensorFlow."""

import textwrap

import pytest

from tests.unit.compat.programs import flowgraph


@pytest.fixture
def run(tmp_path):
    def run(source, *words, options=(), **environment):
        (tmp_path / "inner").mkdir()
        path = tmp_path / "inner" / "train.py"
        path.write_text(textwrap.dedent(source))
        return flowgraph(*options, "inner/train.py", *words, directory=tmp_path, **environment)

    return run


def test_what_a_script_sees(run, tmp_path):
    result = run(
        """
        import sys
        print(__name__, __file__, sys.argv, sys.path[0])
        print(sys.modules["__main__"].__dict__ is globals())
        """,
        *["--check", "-m", "x"],
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        f"__main__ inner/train.py ['inner/train.py', '--check', '-m', 'x'] {tmp_path / 'inner'}",
        "True",
    ]


def test_what_a_module_sees(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "task.py").write_text(
        "import sys, tensorflow as tf\n"
        "print(__name__, __package__, sys.argv[1:], sys.path[0], tf.__version__)\n"
    )
    result = flowgraph("-m", "pack.task", "-x", directory=tmp_path)
    assert (result.stderr, result.stdout) == ("", f"__main__ pack ['-x'] {tmp_path} 1.15.5\n")


def test_tensorflow_is_there(run):
    result = run(
        """
        import tensorflow as tf
        import tensorflow.compat.v1 as tf1
        from tensorflow.python.framework import ops
        from tensorflow.python.ops import array_ops, math_ops, nn_ops
        from tensorflow.python.platform import gfile, tf_logging
        from tensorflow.examples.tutorials.mnist import input_data
        import tensorflow.nn as nn

        tf1.disable_v2_behavior()
        tf1.disable_eager_execution()
        ops.reset_default_graph()
        assert tf1 is tf and math_ops.matmul is tf.matmul and nn_ops.relu is nn.relu is tf.nn.relu
        assert gfile.GFile is tf.gfile.GFile and tf_logging.info is tf.logging.info
        with tf.Session() as session:
            print(session.run(array_ops.concat([[1], [2, 3]], 0)), tf.VERSION, tf.version.VERSION)
        print(input_data.read_data_sets("none", one_hot=True).train.next_batch(2)[1].shape)
        """,
        options=["--mnist=sample"],
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "[1 2 3] 1.15.5 1.15.5",
        "Using 4000 + 1000 sample digits in place of MNIST",
        "(2, 10)",
    ]


def test_numpy_is_as_it_was(run):
    result = run(
        """
        import collections, time
        import numpy as np
        print([np.float32(1.5), np.bool_(True)], np.float is float, np.asscalar(np.array(3)))
        print(np.product([2, 3]), np.in1d([1, 2], [2]), np.NaN, np.trapz([1, 2]), np.msort([2, 1]))
        print(np.asfarray([1]), np.mat("1 2").shape, np.find_common_type([np.float32], [np.int64]))
        print(issubclass(dict, collections.Mapping), time.clock() > 0)
        """
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "[1.5, True] True 3",
        "6 [False  True] nan 1.5 [1 2]",
        "[1.] (1, 2) float64",
        "True True",
    ]


def test_functions_of_numpy_take_what_they_took(run):
    result = run(
        """
        import numpy as np
        print(np.reshape(np.arange(4), newshape=[2, 2]).tolist(), np.reshape([1, 2], (2, 1)).shape)
        print(np.fromstring(b"\\x01\\x00\\x02\\x00", np.uint16), np.fromstring("1 2", sep=" "))
        """
    )
    assert (result.stderr, result.stdout) == ("", "[[0, 1], [2, 3]] (2, 1)\n[1 2] [1. 2.]\n")


def test_a_dropped_method_of_an_array_says_what_to_write(run):
    result = run("import numpy as np\nnp.ones(3).tostring()\n")
    assert result.stderr.splitlines()[-1] == ".tostring() is no longer NumPy's: write a.tobytes()"


def test_a_module_that_comes_with_tensorflow_says_what_to_install(run):
    result = run(
        """
        import sys
        sys.modules["wrapt"] = None
        import wrapt
        """
    )
    said = "wrapt comes with TensorFlow, not with flowgraph: pip install wrapt"
    assert result.stderr.splitlines()[-1] == said


def test_urllib_has_the_parts_that_tensorflow_loads(run):
    result = run(
        """
        import urllib
        print(urllib.request.quote("a b"), urllib.parse.urlparse("file:/x").path)
        print(hasattr(urllib, "urlopen"))
        """
    )
    assert (result.stderr, result.stdout) == ("", "a%20b /x\nFalse\n")


def test_rows_of_unequal_lengths_become_an_array_of_lists(run):
    result = run(
        """
        import numpy as np
        import tensorflow as tf
        a = np.array(list(zip([[1, 2, 3], [4, 5, 6]], [[0, 1], [1, 0]])))
        print(a.shape, a.dtype, a[1, 0])
        print(np.asarray([[1], [2, 3]]).tolist(), np.array([1.5], ndmin=2))
        for ask in (
            lambda: np.array([[1], [2, 3]], np.float32),
            lambda: np.array(["a"], int),
            lambda: tf.constant([[1], [2, 3]]),
        ):
            try:
                ask()
            except ValueError as error:
                print(str(error)[:40])
        """
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "(2, 2) object [4, 5, 6]",
        "[[1], [2, 3]] [[1.5]]",
        "setting an array element with a sequence",
        "invalid literal for int() with base 10: ",
        "Argument must be a dense tensor: [[1], [",
    ]


@pytest.mark.parametrize("source", ["int(a)", "float(a)", "'%d' % a", "'%5.2f' % a"])
def test_an_array_of_one_element_says_what_to_write(run, source):
    result = run(f"import numpy as np\na = np.array([1.0])\n{source}\n")
    said = "int(a) and '%d' % a take no array of one element any longer: write a.item()"
    assert result.stderr.splitlines()[-1] == said


def test_the_arguments_of_a_function(run):
    result = run(
        """
        import inspect
        import tensorflow as tf
        spec = inspect.getargspec(tf.nn.rnn_cell.BasicLSTMCell.__init__)
        print("reuse" in spec.args, inspect.getargspec(lambda a, b=2, *c, **d: 0))
        try:
            inspect.getargspec(lambda *, key: 0)
        except ValueError as error:
            print(error)
        """
    )
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "True ArgSpec(args=['a', 'b'], varargs='c', keywords='d', defaults=(2,))",
        "Function has keyword-only parameters or annotations, use inspect.signature() API "
        "which can support them",
    ]


def test_exit_status_and_output(run):
    result = run("import sys; print('out'); sys.exit(7)")
    assert (result.returncode, result.stdout, result.stderr) == (7, "out\n", "")


def test_a_message_as_exit_status(run):
    result = run("raise SystemExit('no data')")
    assert (result.returncode, result.stderr) == (1, "no data\n")


def test_a_traceback_begins_with_the_program(run):
    result = run("def f():\n    1 / 0\nf()\n")
    lines = [line.strip() for line in result.stderr.splitlines()]
    assert result.returncode == 1
    assert lines[:2] == [
        "Traceback (most recent call last):",
        'File "inner/train.py", line 3, in <module>',
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("tf.mul(1, 2)", "UnsupportedNameError", "tf.mul is not in TensorFlow 1.15: write tf.mul"),
        ("tf.nn.nope", "UnsupportedNameError", "tf.nn.nope is not supported by flowgraph"),
        ("tf.ops", "UnsupportedNameError", "tf.ops is not supported by flowgraph"),
        ("import tensorflow.nope", "UnsupportedImportError", "tf.nope is not supported by flow"),
        ("from tensorflow import pack", "UnsupportedImportError", "tf.pack is not in TensorFlow"),
        (
            "from tensorflow.contrib import tensorrt",
            "UnsupportedImportError",
            "tf.contrib.tensorrt is not supported by flowgraph: there is no TensorRT",
        ),
    ],
)
def test_a_missing_name_is_named_alike_by_the_run_and_the_check(run, tmp_path, line, kind, said):
    result = run(f"import tensorflow as tf\n{line}\n")
    last = result.stderr.splitlines()[-1]
    assert result.returncode == 1 and f"{kind}: {said}" in last
    checked = flowgraph("--check", "inner/train.py", directory=tmp_path)
    assert checked.stdout == f"inner/train.py:2: {last.partition(': ')[2]}\n"
    assert checked.returncode == 1


def test_python_2_is_recognised(run, tmp_path):
    result = run("print 'loss', 3\n")
    assert "SyntaxError" in result.stderr and "2to3 -w inner/train.py" in result.stderr
    assert (
        "File"
        not in result.stderr.partition("SyntaxError")[0].replace("inner/train.py", "", 1)[60:]
    )
    checked = flowgraph("--check", "inner/train.py", directory=tmp_path)
    assert checked.stdout.startswith("inner/train.py:1: ") and "2to3 -w" in checked.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a script"),
        (["none.py"], "there is no file 'none.py'"),
        (["--check", "none.py"], "there is no file 'none.py'"),
        (["--mnist=all", "x.py"], "invalid choice: 'all'"),
        (["-m"], "name a script"),
    ],
)
def test_a_wrong_command_line(tmp_path, words, said):
    result = flowgraph(*words, directory=tmp_path)
    assert result.returncode == 2 and said in result.stderr


def test_the_demo_is_a_command(tmp_path):
    result = flowgraph("demo", "--help", directory=tmp_path)
    assert result.returncode == 0 and "--epochs" in result.stdout
