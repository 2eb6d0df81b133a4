"""Flags and the application, in processes of their own: absl's flags are one per process."""

import textwrap

import pytest

from tests.unit.compat.programs import flowgraph

PROGRAM = """
    '''Trains.'''
    import tensorflow as tf
    flags = tf.app.flags
    flags.DEFINE_integer("n", 5, "steps")
    flags.DEFINE_string(flag_name="s", default_value="q", docstring="name")
    flags.DEFINE_boolean("b", False, "whether")
    flags.DEFINE_string("log_dir", "logs", "where")
    FLAGS = tf.flags.FLAGS
"""


@pytest.fixture
def run(tmp_path):
    def run(source, *words):
        (tmp_path / "train.py").write_text(
            textwrap.dedent(PROGRAM).lstrip() + textwrap.dedent(source)
        )
        return flowgraph("train.py", *words, directory=tmp_path)

    return run


READ = """
    print(FLAGS.is_parsed(), FLAGS.n, FLAGS.s, FLAGS.b, FLAGS.log_dir, FLAGS.is_parsed())
    FLAGS.n = 9
    flags.DEFINE_float("late", 1, "rate")
    print(FLAGS.n, FLAGS["n"].value, "n" in FLAGS, FLAGS.late, sorted(FLAGS.flag_values_dict()))
    del FLAGS.late
    print(hasattr(FLAGS, "late"), "late" in dir(FLAGS))
"""


def test_flags_are_parsed_when_one_is_read(run):
    result = run(READ, "--n=7", "pos", "-s", "hello", "--nob")
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "False 7 hello False logs True",
        "9 9 True 1.0 ['b', 'late', 'log_dir', 'n', 's']",
        "False False",
    ]


def test_an_unknown_flag_is_an_error_when_one_is_read(run):
    result = run(READ, "--bad=3")
    assert "UnrecognizedFlagError: Unknown command line flag 'bad'" in result.stderr


def test_a_flag_is_defined_once(run):
    result = run('flags.DEFINE_integer("n", 6, "again")\n')
    assert "DuplicateFlagError: The flag 'n' is defined twice" in result.stderr


MAIN = """
    def main(argv):
        print(argv, FLAGS.n, FLAGS.log_dir)
        tf.logging.set_verbosity(tf.logging.INFO)
        tf.logging.info("at %d", FLAGS.n)
        return 3
    if __name__ == "__main__":
        tf.app.run()
"""


def test_run_calls_main_and_exits_with_what_it_returns(run):
    result = run(MAIN, "--n=4", "pos", "--unknown=3", "--log_dir=x")
    assert result.stdout == "['train.py', 'pos', '--unknown=3'] 4 x\n"
    assert (result.returncode, result.stderr) == (3, "INFO:tensorflow:at 4\n")


def test_help(run):
    result = run(MAIN, "--help")
    assert result.returncode == 1
    assert result.stdout.startswith("Trains.") and "--[no]b: whether" in result.stdout


def test_a_flag_of_the_wrong_kind(run):
    result = run(MAIN, "--n=many")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("FATAL Flags parsing error:\n  flag --n=many")


def test_a_cell_of_a_notebook_can_be_run_again(run):
    result = run(
        """
        import sys, types
        sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: object())
        sys.argv[1:] = ["-f", "kernel.json"]
        flags.DEFINE_integer("n", 6, "again")
        print(FLAGS.n)
        tf.app.run(print)
        """
    )
    assert (result.stderr, result.stdout) == ("", "6\n['train.py']\n")


def test_the_extension_of_a_notebook(tmp_path):
    (tmp_path / "cells.py").write_text(
        "import flowgraph\n"
        "flowgraph.load_ipython_extension(None)\n"
        "import tensorflow as tf, numpy as np\n"
        "print(tf.__version__, [np.float32(1)])\n"
        "flowgraph.unload_ipython_extension(None)\n"
        "try:\n"
        "    import tensorflow.nn\n"
        "except ModuleNotFoundError as error:\n"
        "    print(error.name)\n"
    )
    result = flowgraph("cells.py", directory=tmp_path)
    assert (result.stderr, result.stdout) == ("", "1.15.5 [1.0]\ntensorflow\n")
