"""``python -m flowgraph inspect``."""

import pytest

import flowgraph as tf
from flowgraph import __main__ as program
from flowgraph import protos
from flowgraph.inspect import command
from tests.unit.compat.programs import flowgraph


@pytest.fixture
def model(tmp_path):
    tf.nn.relu(tf.placeholder(tf.float32, [None, 4], name="x"), name="y")
    return tf.train.write_graph(tf.get_default_graph(), tmp_path, "model.pb", as_text=False)


def test_a_process_prints_and_succeeds(model, tmp_path):
    result = flowgraph("inspect", "--batch=5", "model.pb", directory=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "model.pb: GraphDef: 2 nodes"
    assert "total at batch 5           2           0     20        160 B" in lines


def test_a_drawing_is_written(model, tmp_path, capsys):
    target = tmp_path / "net.svg"
    assert program.main(["inspect", model, "--svg", str(target)]) == 0
    assert target.read_text().startswith("<svg")
    assert capsys.readouterr().out.splitlines()[-1] == f"drawn: {target}"


def test_a_drawing_that_cannot_be_written_is_an_error(model, tmp_path, capsys):
    assert command.main([model, "--svg", str(tmp_path / "gone" / "net.svg")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_what_cannot_be_loaded_exits_with_1(tmp_path, capsys):
    path = tmp_path / "odd.pb"
    path.write_bytes(protos.GraphDef(node=[protos.NodeDef(name="a", op="Odd")]).SerializeToString())
    assert command.main([str(path), "--svg", str(tmp_path / "odd.svg")]) == 1
    assert "unsupported ops\n  Odd 1" in capsys.readouterr().out
    assert not (tmp_path / "odd.svg").exists()


def test_what_cannot_be_read_exits_with_2(tmp_path, capsys):
    assert command.main([str(tmp_path / "gone")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("python -m flowgraph inspect: error: ")
    assert error.count("\n") == 1


def test_a_checkpoint(tmp_path, capsys):
    tf.Variable(1.0, name="v")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(tmp_path / "model"))
    assert command.main([prefix]) == 0
    assert "v       float32  ()" in capsys.readouterr().out
    assert command.main([prefix, "--svg", "x.svg"]) == 2
    (tmp_path / "model.data-00000-of-00001").unlink()
    assert command.main([prefix]) == 1
    (tmp_path / "model.index").write_bytes(b"damaged")
    assert command.main([prefix]) == 2


@pytest.mark.parametrize("words", [[], ["--batch=0", "x"], ["--depth=a", "x"], ["--other", "x"]])
def test_wrong_words_are_refused(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(words)
    assert stopped.value.code == 2
    assert "usage: python -m flowgraph inspect" in capsys.readouterr().err
