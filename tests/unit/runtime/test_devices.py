"""Devices: which there are, and where operations may be placed."""

import pytest

import flowgraph as tf

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def test_devices_of_a_session():
    with tf.Session() as session:
        (device,) = [d for d in session.list_devices() if d.device_type == "CPU"]
    assert device.name == CPU
    assert device.memory_limit_bytes > 0


@pytest.mark.parametrize(
    "name", ["/cpu:0", "/device:CPU:0", "/CPU:0", CPU, "/job:localhost", "", None]
)
def test_names_of_the_cpu(name):
    with tf.device(name):
        a = tf.constant(1) + 1
    with tf.Session() as session:
        assert session.run(a) == 2


@pytest.mark.parametrize("name", ["/cpu:7", "/gpu:9", "/job:worker/task:3", "/device:TPU:0"])
def test_a_device_that_does_not_exist(name):
    other = tf.constant(1)
    with tf.device(name):
        a = tf.add(1, 2, name="far")
    with tf.Session() as session:
        for fetch in (a, a, other):  # as in TensorFlow, the whole graph has to have a place
            with pytest.raises(
                tf.errors.InvalidArgumentError,
                match=r"(?s)Cannot assign a device for operation far.*test_devices",
            ) as caught:
                session.run(fetch)
            assert CPU in str(caught.value)
            assert "allow_soft_placement" in str(caught.value)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        assert session.run(a) == 3


def test_placement_is_logged_once(capsys):
    a = tf.constant(1, name="a")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(a)
        session.run([a, a])
        b = tf.add(a, 1, name="b")
        session.run(b)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith("b/y:")] == [
        "Device mapping: no known devices.",
        f"a: (Const): {CPU}",
        f"b: (Add{'V2' if b.op.type == 'AddV2' else ''}): {CPU}",
    ]
