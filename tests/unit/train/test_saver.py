"""Saving and restoring variables; nodes and texts were recorded from TensorFlow 1.15."""

import os
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import protos
from flowgraph.formats.checkpoint import open_checkpoint

DATA = Path(__file__).parent / "data"
NODES = Path(__file__).with_name("saver_nodes.txt").read_text()


@pytest.fixture
def prefix(tmp_path):
    return str(tmp_path / "model")


@pytest.fixture
def variables():
    return tf.Variable([1.0, 2.0], name="w"), tf.Variable([[3.0]], name="layer/bias")


@pytest.fixture
def sess(variables):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        yield session


def files(path):
    return sorted(os.listdir(os.path.dirname(path)))


# -- nodes -----------------------------------------------------------------------------------


def described(operation):
    inputs = " ".join(
        [t.name for t in operation.inputs] + [f"^{o.name}" for o in operation.control_inputs]
    )
    shapes = " ".join(str(t.shape) for t in operation.outputs)
    line = f"{operation.name} {operation.type} | {inputs} | {shapes} | {operation.device}"
    return re.sub("_temp_[0-9a-f]+", "_temp_", line)


CASES = {
    "plain": lambda v: tf.train.Saver(),
    "reshape": lambda v: tf.train.Saver(reshape=True),
    "sharded": lambda v: tf.train.Saver(sharded=True),
    "named": lambda v: tf.train.Saver(name="foo", filename="bar", max_to_keep=2),
    "dict": lambda v: tf.train.Saver({"y": v[0], "x": v[1]}),
    "second": lambda v: (tf.train.Saver(), tf.train.Saver(max_to_keep=0))[1],
}


@pytest.mark.parametrize("case", CASES)
def test_nodes(case):
    made = [tf.Variable(tf.zeros([2]), name="a"), tf.Variable(tf.zeros([3]), name="b")]
    graph = tf.get_default_graph()
    before = len(graph.get_operations())
    saver = CASES[case](made)
    lines = [described(operation) for operation in graph.get_operations()[before:]]
    saver_def = saver.as_saver_def()
    lines.append(
        f"{saver_def.filename_tensor_name} {saver_def.save_tensor_name} "
        f"{saver_def.restore_op_name} {saver_def.max_to_keep} {saver_def.sharded}"
    )
    assert lines == NODES.split(f"== {case}\n")[1].split("\n==")[0].splitlines()


# -- what to save ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda v: tf.train.Saver([]), ValueError, "No variables to save"),
        (
            lambda v: tf.train.Saver([v[0], v[0]]),
            ValueError,
            "At least two variables have the same name: w",
        ),
        (
            lambda v: tf.train.Saver({"x": v[0], "y": v[0]}),
            ValueError,
            "The same saveable will be restored with two names: y",
        ),
        (
            lambda v: tf.train.Saver([tf.zeros([2])]),
            TypeError,
            "Variable to save is not a Variable: Tensor",
        ),
        (
            lambda v: tf.train.Saver("a"),
            TypeError,
            "Variables to save should be passed in a dict or a list: a",
        ),
        (
            lambda v: tf.train.Saver({"x": tf.zeros([2])}),
            TypeError,
            "must be a dict mapping string names to Tensors/Variables. Not a variable: Tensor",
        ),
        (
            lambda v: tf.train.Saver(v, defer_build=True),
            ValueError,
            "If `var_list` is provided then build cannot be deferred.",
        ),
        (
            lambda v: tf.train.Saver(saver_def=protos.SaverDef()),
            ValueError,
            "saver_def must specify the save_tensor_name",
        ),
        (
            lambda v: tf.train.Saver(saver_def="x"),
            ValueError,
            "saver_def must be a saver_pb2.SaverDef: x",
        ),
        (lambda v: tf.train.Saver(write_version=1), NotImplementedError, "first version"),
        (lambda v: tf.train.Saver(builder=object()), NotImplementedError, "builder"),
    ],
)
def test_what_cannot_be_saved(variables, make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make(variables)


def test_no_variables_at_all():
    with pytest.raises(ValueError, match="No variables to save"):
        tf.train.Saver()


def test_an_empty_saver_does_nothing(sess, prefix):
    saver = tf.train.Saver([], allow_empty=True)
    assert saver.save(sess, prefix, write_meta_graph=False) is None
    assert saver.restore(sess, prefix) is None
    assert files(prefix) == []


def test_deferred(sess, prefix):
    saver = tf.train.Saver(defer_build=True)
    assert saver.as_saver_def() is None
    with pytest.raises(RuntimeError, match=re.escape("`build()` should be called before save")):
        saver.save(sess, prefix)
    with pytest.raises(RuntimeError, match=re.escape("`build()` should be called before restore")):
        saver.restore(sess, prefix)
    saver.build()
    saver.build()
    assert [o.name for o in sess.graph.get_operations() if o.type == "SaveV2"] == ["save/SaveV2"]
    saver.restore(sess, saver.save(sess, prefix))


# -- saving ----------------------------------------------------------------------------------


def test_files_names_and_values(sess, variables, prefix):
    assert tf.train.Saver().save(sess, prefix) == prefix
    assert files(prefix) == ["checkpoint", "model.data-00000-of-00001", "model.index", "model.meta"]
    sess.run([variables[0].assign([0.0, 0.0]), variables[1].assign([[0.0]])])
    tf.train.Saver().restore(sess, prefix)
    assert sess.run(variables[0]).tolist() == [1.0, 2.0]
    assert sess.run(variables[1]).tolist() == [[3.0]]


def test_restored_variables_need_no_initializing(sess, variables, prefix):
    path = tf.train.Saver().save(sess, prefix)
    with tf.Session() as fresh:
        tf.train.Saver().restore(fresh, path)
        assert fresh.run(variables[0]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("step", "padded", "name"),
    [
        (7, False, "model-7"),
        (np.int64(7), False, "model-7"),
        (7, True, "model-00000007"),
        (0, False, "model-0"),
    ],
)
def test_steps(sess, prefix, step, padded, name):
    saver = tf.train.Saver(pad_step_number=padded)
    assert os.path.basename(saver.save(sess, prefix, global_step=step)) == name


def test_a_variable_as_step(prefix):
    step = tf.train.create_global_step()
    with tf.Session() as sess:
        sess.run(step.initializer)
        sess.run(step.assign_add(5))
        assert tf.train.Saver().save(sess, prefix, global_step=step) == prefix + "-5"
        with pytest.raises(TypeError, match=r"Fetch argument 1.5 has invalid type"):
            tf.train.Saver().save(sess, prefix, global_step=1.5)


@pytest.mark.parametrize(
    ("path", "options", "error", "message"),
    [
        (
            "nowhere/deep/m",
            {},
            ValueError,
            "Parent directory of nowhere/deep/m doesn't exist, can't save.",
        ),
        ("", {}, ValueError, "no path specified"),
        (
            "m",
            {"latest_filename": "x/y"},
            ValueError,
            "'latest_filename' must not contain path components",
        ),
        (
            "d/m",
            {"latest_filename": "m"},
            ValueError,
            "'latest_filename' collides with 'save_path': 'm' and 'd/m'",
        ),
        ("m", {"save_debug_info": True}, NotImplementedError, "save_debug_info"),
    ],
)
def test_where_nothing_can_be_saved(sess, tmp_path, monkeypatch, path, options, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=re.escape(message)):
        tf.train.Saver().save(sess, path, **options)


def test_no_session(variables, prefix):
    with pytest.raises(TypeError, match="'sess' must be a Session; None"):
        tf.train.Saver().save(None, prefix)


def test_a_variable_without_a_value(variables, prefix):
    saver = tf.train.Saver()
    message = r"^Attempting to use uninitialized value layer/bias\n\t \[\[node save/SaveV2"
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError, match=message):
        saver.save(sess, prefix)
    assert files(prefix) == []


@pytest.mark.parametrize("options", [{}, {"reshape": True}, {"sharded": True}])
def test_the_hint_is_to_initialize_not_to_restore(variables, prefix, options):
    saver = tf.train.Saver(**options)
    tf.global_variables_initializer()
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError) as caught:
        saver.save(sess, prefix)
    assert "hint: this session has not run 'init', which initializes it" in str(caught.value)


def test_the_operations_can_be_run_by_name(sess, variables, prefix):
    tf.train.Saver(filename=prefix)
    assert sess.run("save/control_dependency:0") == prefix.encode()
    sess.run(variables[0].assign([9.0, 9.0]))
    sess.run("save/restore_all", {"save/Const:0": prefix})
    assert sess.run(variables[0]).tolist() == [1.0, 2.0]


def test_sharded(sess, variables, prefix):
    saver = tf.train.Saver(sharded=True)
    assert saver.save(sess, prefix, write_meta_graph=False) == prefix
    assert files(prefix) == ["checkpoint", "model.data-00000-of-00001", "model.index"]
    sess.run(variables[0].assign([9.0, 9.0]))
    saver.restore(sess, prefix)
    assert sess.run(variables[0]).tolist() == [1.0, 2.0]


def test_a_file_for_each_device(prefix):
    with tf.device("/cpu:0"):
        a = tf.Variable([1.0], name="a")
    b = tf.Variable([2.0], name="b")
    saver = tf.train.Saver(sharded=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        saver.save(sess, prefix, write_meta_graph=False)
        assert len([name for name in files(prefix) if "-of-00002" in name]) == 2
    with tf.Session() as sess:
        saver.restore(sess, prefix)
        assert sess.run([a, b]) == [1.0, 2.0]


def test_saving_again_under_the_same_name(sess, variables, prefix):
    saver = tf.train.Saver()
    for value in (5.0, 6.0, 7.0):
        sess.run(variables[1].assign([[value]]))
        saver.save(sess, prefix)
        assert tf.train.load_variable(prefix, "layer/bias") == value
    assert len(files(prefix)) == 4
    assert saver.last_checkpoints == [prefix]


def test_a_graph_that_no_file_can_hold_is_left_out_with_a_warning(sess, prefix, caplog):
    tf.data.Dataset.from_generator(lambda: [1, 2], tf.int32)
    with caplog.at_level("WARNING", "tensorflow"):
        assert tf.train.Saver().save(sess, prefix) == prefix
    assert "The graph is not saved to" in caplog.text
    assert "model.meta" not in files(prefix)


# -- keeping ---------------------------------------------------------------------------------


def kept(prefix):
    return sorted({name.split(".")[0] for name in files(prefix)} - {"checkpoint"})


def test_the_latest_are_kept(sess, prefix):
    saver = tf.train.Saver(max_to_keep=2)
    for step in range(5):
        saver.save(sess, prefix, global_step=step)
    assert kept(prefix) == ["model-3", "model-4"]
    assert saver.last_checkpoints == [prefix + "-3", prefix + "-4"]
    state = tf.train.get_checkpoint_state(os.path.dirname(prefix))
    assert state.model_checkpoint_path == prefix + "-4"
    assert list(state.all_model_checkpoint_paths) == [prefix + "-3", prefix + "-4"]


@pytest.mark.parametrize("limit", [0, None])
def test_all_are_kept(sess, prefix, limit):
    saver = tf.train.Saver(max_to_keep=limit)
    for step in range(7):
        saver.save(sess, prefix, global_step=step, write_meta_graph=False)
    assert len(kept(prefix)) == 7
    assert saver.last_checkpoints == []


def test_one_is_kept_for_every_so_many_hours(sess, prefix, monkeypatch):
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=2)
    for step in range(10):
        saver.save(sess, prefix, global_step=step, write_meta_graph=False)
        now[0] += 3600
    assert kept(prefix) == ["model-3", "model-5", "model-7", "model-9"]


def test_a_later_run_goes_on_with_the_checkpoints_of_the_one_before(sess, prefix):
    tf.train.Saver().save(sess, prefix, global_step=1)
    saver = tf.train.Saver(max_to_keep=2)
    saver.recover_last_checkpoints([prefix + "-0", prefix + "-1"])
    assert saver.last_checkpoints == [prefix + "-1"]
    for step in (2, 3):
        saver.save(sess, prefix, global_step=step)
    assert kept(prefix) == ["model-2", "model-3"]
    saver.set_last_checkpoints(["a"])
    assert saver.last_checkpoints == ["a"]
    saver.set_last_checkpoints_with_time([("b", 1.0), ("c", 2.0)])
    assert saver.last_checkpoints == ["b", "c"]


def test_without_a_state_nothing_is_noted(sess, prefix):
    saver = tf.train.Saver(max_to_keep=1)
    for step in range(2):
        saver.save(sess, prefix, global_step=step, write_state=False)
    assert kept(prefix) == ["model-0", "model-1"]
    assert "checkpoint" not in files(prefix)
    assert saver.last_checkpoints == []


def test_a_directory_of_relative_paths_can_be_moved(sess, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    saver = tf.train.Saver(save_relative_paths=True)
    for step in range(2):
        saver.save(sess, str(old / "model"), global_step=step)
    assert (old / "checkpoint").read_text().splitlines() == [
        'model_checkpoint_path: "model-1"',
        'all_model_checkpoint_paths: "model-0"',
        'all_model_checkpoint_paths: "model-1"',
    ]
    shutil.move(old, new)
    assert tf.train.latest_checkpoint(str(new)) == str(new / "model-1")


# -- restoring -------------------------------------------------------------------------------


def in_another_graph(make, path, **options):
    with tf.Graph().as_default():
        make()
        saver = tf.train.Saver(**options)
        with tf.Session() as sess:
            saver.restore(sess, path)
            return sess.run(tf.global_variables())


def test_another_shape_of_as_many_elements(sess, prefix):
    path = tf.train.Saver().save(sess, prefix)
    (value,) = in_another_graph(lambda: tf.Variable([[0.0], [0.0]], name="w"), path, reshape=True)
    assert value.tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("make", "error", "lines"),
    [
        (
            lambda: tf.Variable([1.0, 2.0], name="w_1"),
            tf.errors.NotFoundError,
            [
                "Key w_1 not found in checkpoint",
                "    only in the graph: w_1  (closest: w)",
                "    only in the checkpoint: layer/bias",
                "    only in the checkpoint: w",
                "    w_1 is the second w of its graph: were the variables made twice, as by a "
                "notebook's cell that ran again? tf.reset_default_graph() before it starts over",
            ],
        ),
        (
            lambda: tf.Variable([1.0], name="w"),
            tf.errors.InvalidArgumentError,
            [
                "Assign requires shapes of both tensors to match. lhs shape= [1] rhs shape= [2]",
            ],
        ),
        (
            lambda: tf.Variable([1, 2], name="w"),
            tf.errors.InvalidArgumentError,
            [
                "tensor_name = w; expected dtype int32 does not equal original dtype float",
            ],
        ),
    ],
)
def test_a_checkpoint_of_another_graph(sess, prefix, make, error, lines):
    path = tf.train.Saver().save(sess, prefix)
    with pytest.raises(error) as caught:
        in_another_graph(make, path)
    cause = {
        tf.errors.NotFoundError: "a Variable name or other graph key that is missing",
        tf.errors.InvalidArgumentError: "a mismatch between the current graph and the graph",
    }[error]
    first, _, rest = str(caught.value).partition("\n\n")
    assert first == (
        f"Restoring from checkpoint failed. This is most likely due to {cause} from the "
        "checkpoint. Please ensure that you have not altered the graph expected based on the "
        "checkpoint. Original error:"
    )
    assert rest.splitlines()[0] == lines[0]
    assert rest.splitlines()[1].startswith("\t [[node save/")
    assert [
        line for line in rest.splitlines() if line.startswith("    ") and line in lines
    ] == lines[1:]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (None, "Can't load save_path when it is None."),
        ("nope", "The passed save_path is not a valid checkpoint: nope"),
        ("model.index", "The passed save_path is not a valid checkpoint: model.index"),
    ],
)
def test_no_checkpoint(sess, path, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        tf.train.Saver().restore(sess, path)


def test_a_damaged_checkpoint_is_refused_and_the_tensor_named(sess, prefix):
    path = tf.train.Saver().save(sess, prefix)
    data = Path(path + ".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    data.write_bytes(content)
    with pytest.raises(tf.errors.DataLossError) as caught:
        tf.train.Saver().restore(sess, path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("Checksum does not match: stored ")
    assert lines[1] == f"  of tensor 'w', bytes 4 to 12 of {data}"


# -- files of TensorFlow ---------------------------------------------------------------------

LOSS, LOSS_OF_TF = "loss:0", 2.4709976
X = [[1.0, -1.0], [0.5, 2.0]]


def test_a_graph_and_checkpoint_of_tensorflow():
    path = tf.train.latest_checkpoint(str(DATA))
    assert path == str(DATA / "model.ckpt-3")
    saver = tf.train.import_meta_graph(path + ".meta")
    with tf.Session() as sess:
        saver.restore(sess, path)
        assert sess.run("global_step:0") == 3
        assert sess.run(LOSS, {"x:0": X}) == pytest.approx(LOSS_OF_TF, rel=1e-6)
        assert sess.run("b/Momentum:0").shape == (1,)
        sess.run("train", {"x:0": X})
        assert sess.run("global_step:0") == 4
        assert sess.run(LOSS, {"x:0": X}) != pytest.approx(LOSS_OF_TF, rel=1e-3)


def test_a_checkpoint_of_tensorflow_in_a_graph_of_ours():
    w = tf.Variable(tf.zeros([2, 1]), name="other")
    with tf.Session() as sess:
        tf.train.Saver({"w": w}).restore(sess, str(DATA / "model.ckpt-3"))
        assert sess.run(w)[1, 0] == pytest.approx(-0.6602499, rel=1e-6)


# -- SaverDef and MetaGraphDef ---------------------------------------------------------------


def test_a_saver_from_a_saver_def(sess, variables, prefix):
    saver_def = tf.train.Saver(max_to_keep=3).as_saver_def()
    before = len(sess.graph.get_operations())
    saver = tf.train.Saver(saver_def=saver_def)
    assert len(sess.graph.get_operations()) == before
    assert saver.as_saver_def() == saver_def
    path = saver.save(sess, prefix)
    sess.run(variables[1].assign([[9.0]]))
    tf.train.Saver.from_proto(saver_def).restore(sess, path)
    assert sess.run(variables[1]) == 3.0


def test_scopes_of_a_saver_def(variables):
    with tf.variable_scope("outer"):
        saver = tf.train.Saver([tf.get_variable("v", [1])])
    assert saver.to_proto() == saver.as_saver_def()
    inner = saver.to_proto("outer")
    assert inner.restore_op_name == "save/restore_all"
    assert saver.to_proto("elsewhere") is None
    again = tf.train.Saver.from_proto(inner, import_scope="outer")
    assert again.as_saver_def() == saver.as_saver_def()


@pytest.mark.parametrize("scope", [None, "imported"])
def test_a_graph_comes_back_with_its_saver(sess, prefix, scope):
    path = tf.train.Saver().save(sess, prefix, global_step=2)
    with tf.Graph().as_default() as graph:
        saver = tf.train.import_meta_graph(path + ".meta", import_scope=scope)
        with tf.Session() as session:
            saver.restore(session, path)
            start = f"{scope}/" if scope else ""
            assert session.run(f"{start}w:0").tolist() == [1.0, 2.0]
        names = [v.op.name for v in graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)]
        assert names == [f"{start}w", f"{start}layer/bias"]


def test_savers_in_a_collection(sess, prefix):
    saver = tf.train.Saver()
    tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
    message = saver.export_meta_graph(prefix + ".meta", collection_list=[tf.GraphKeys.SAVERS])
    assert list(message.collection_def) == ["savers"]
    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(message)
        (found,) = graph.get_collection(tf.GraphKeys.SAVERS)
        assert found.as_saver_def() == saver.as_saver_def()


def test_a_graph_without_a_saver(variables, prefix):
    message = tf.train.export_meta_graph(prefix + ".meta", as_text=True)
    assert not message.HasField("saver_def")
    with tf.Graph().as_default():
        assert isinstance(tf.train.import_meta_graph(prefix + ".meta"), tf.train.Saver)
    with tf.Graph().as_default():
        tf.constant(1.0)
        message = tf.train.export_meta_graph()
        with tf.Graph().as_default():
            assert tf.train.import_meta_graph(message) is None


@pytest.mark.parametrize("argument", ["export_scope", "clear_extraneous_savers", "unknown"])
def test_what_is_not_exported(variables, argument):
    with pytest.raises(NotImplementedError, match=argument):
        tf.train.export_meta_graph(**{argument: "x"})


# -- moving averages -------------------------------------------------------------------------


def test_averages_are_restored_in_place_of_the_variables(sess, variables, prefix):
    average = tf.train.ExponentialMovingAverage(0.5)
    update = average.apply([variables[0]])
    sess.run(tf.variables_initializer([average.average(variables[0])]))
    sess.run(variables[0].assign([3.0, 4.0]))
    sess.run(update)
    path = tf.train.Saver().save(sess, prefix)
    names = open_checkpoint(path).names()
    assert names == ["layer/bias", "w", "w/ExponentialMovingAverage"]
    tf.train.Saver(average.variables_to_restore([variables[0]])).restore(sess, path)
    assert sess.run(variables[0]).tolist() == [2.0, 3.0]
