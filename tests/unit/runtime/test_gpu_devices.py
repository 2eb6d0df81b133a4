"""What a session says of GPUs, and the options that choose among them: on stand-ins."""

import subprocess
import sys

import pytest

import flowgraph as tf
from flowgraph.backends.cupy import machine
from flowgraph.compat.device_list import list_local_devices
from tests.gpus import fake_gpus

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
GPU = "/job:localhost/replica:0/task:0/device:GPU:"


@pytest.fixture(autouse=True)
def fake():
    with fake_gpus(devices=2) as module:
        yield module


def names(**options):
    return [d.name for d in tf.Session(config=tf.ConfigProto(**options)).list_devices()]


def test_the_devices_of_a_session():
    assert names() == [CPU, f"{GPU}0", f"{GPU}1"]
    assert names(device_count={"GPU": 1}) == [CPU, f"{GPU}0"]
    assert names(device_count={"GPU": 0}) == [CPU]
    assert names(device_count={"CPU": 2, "GPU": 0}) == [CPU, CPU.replace("CPU:0", "CPU:1")]
    with pytest.raises(tf.errors.NotFoundError, match="No CPU devices are available"):
        names(device_count={"CPU": 0})


def test_visible_devices_are_renumbered(capsys):
    options = tf.GPUOptions(visible_device_list="1")
    config = tf.ConfigProto(gpu_options=options, log_device_placement=True)
    with tf.device("/gpu:0"):
        a = tf.constant([1.0], name="a")
    with tf.Session(config=config) as session:
        assert session.run(a).tolist() == [1.0]
    assert capsys.readouterr().out.splitlines() == [
        "Device mapping:",
        f"{GPU}0 -> device: 1, name: Stand-in, pci bus id: 0000:06:00.0, compute capability: 7.5",
        f"a: (Const): {GPU}0",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "Could not parse entry in 'visible_device_list': 'x'"),
        ("7", "'visible_device_list' listed an invalid GPU id '7' but visible device count is 2"),
        ("0,0", "visible_device_list contained a duplicate entry: 0,0"),
    ],
)
def test_visible_devices_that_are_none(text, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        names(gpu_options=tf.GPUOptions(visible_device_list=text))


def test_a_fraction_of_the_memory_limits_the_pool(fake):
    names(gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=0.25, allow_growth=True))
    assert fake.cuda.pool.limits == {0: 0.25, 1: 0.25}
    assert not fake.counts  # nothing is allocated beforehand


def test_placement_is_logged_as_tensorflow_does(capsys):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(x, 1.0, name="y")
    size = tf.add(2, 3, name="size")
    text = tf.constant("a", name="text")
    with tf.device("/cpu:0"):
        z = tf.exp(y, name="z")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run([z, size, text], {x: 1.0})
    lines = capsys.readouterr().out.splitlines()
    assert f"y: (Add): {GPU}0" in lines
    assert f"size: (Add): {GPU}0" in lines  # its kernel there works in host memory
    assert f"text: (Const): {CPU}" in lines
    assert f"z: (Exp): {CPU}" in lines


def test_an_op_without_a_kernel_for_gpus():
    with tf.device("/gpu:0"):
        a = tf.strings.join(["a", "b"], name="joined")
    with (
        tf.Session() as session,
        pytest.raises(
            tf.errors.InvalidArgumentError,
            match="(?s)operation joined: Could not satisfy explicit device specification "
            r"'/device:GPU:0' because no supported kernel for GPU devices is available.*"
            "allow_soft_placement",
        ),
    ):
        session.run(a)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        assert session.run(a) == b"ab"


def test_a_gpu_that_is_not_there():
    with tf.device("/gpu:5"):
        a = tf.add(1.0, 2.0, name="far")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(a)
    first = str(caught.value).splitlines()[0]
    assert first.startswith("Cannot assign a device for operation far")
    assert f"available devices are [ {CPU}, {GPU}0, {GPU}1 ]" in first
    assert "CUDA is not enabled" not in first
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
        assert session.run(a) == 3.0


def test_without_a_gpu_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(machine, "_found", [None])
    with tf.device("/gpu:0"):
        a = tf.add(1.0, 2.0)
    with (
        tf.Session() as session,
        pytest.raises(
            tf.errors.InvalidArgumentError, match=r"(?s)CUDA is not enabled.*flowgraph\[cuda13x\]"
        ),
    ):
        session.run(a)
    with (
        fake_gpus(devices=0),
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match="CuPy is installed, but finds no GPU"),
    ):
        session.run(a)


def test_is_gpu_available():
    assert tf.test.is_gpu_available()
    assert tf.test.is_gpu_available(min_cuda_compute_capability=(7, 5))
    assert not tf.test.is_gpu_available(min_cuda_compute_capability=(8, 0))
    assert tf.test.gpu_device_name() == "/device:GPU:0"
    with fake_gpus(devices=0):
        assert not tf.test.is_gpu_available()
        assert tf.test.gpu_device_name() == ""


def test_local_devices():
    listed = [(d.name, d.device_type, d.physical_device_desc) for d in list_local_devices()]
    assert listed == [
        ("/device:CPU:0", "CPU", ""),
        ("/device:GPU:0", "GPU", "device: 0, name: Stand-in, pci bus id: 0000:05:00.0, "
         "compute capability: 7.5"),
        ("/device:GPU:1", "GPU", "device: 1, name: Stand-in, pci bus id: 0000:06:00.0, "
         "compute capability: 7.5"),
    ]  # fmt: skip
    only = list_local_devices(tf.ConfigProto(device_count={"GPU": 0}))
    assert [d.name for d in only] == ["/device:CPU:0"]


def test_cupy_is_imported_when_a_plan_is_made_and_not_before():
    code = (
        "import sys, types; cupy = types.ModuleType('cupy'); cupy.__spec__ = object(); "
        "import flowgraph as tf; from flowgraph.backends.cupy import machine; "
        "session = tf.Session(); assert machine._found == []"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
