"""Clusters and where replicas put their operations, as TensorFlow 1.15.5 says."""

import pytest

import flowgraph as tf

CLUSTER = {"worker": ["a:1", "b:2"], "ps": {1: "c:3"}}


def test_a_cluster_in_all_its_forms():
    cluster = tf.train.ClusterSpec(CLUSTER)
    assert repr(cluster) == "ClusterSpec({'ps': {1: 'c:3'}, 'worker': ['a:1', 'b:2']})"
    assert cluster.as_dict() == CLUSTER
    assert (
        tf.train.ClusterSpec(cluster) == cluster == tf.train.ClusterSpec(cluster.as_cluster_def())
    )
    assert cluster.jobs == ["worker", "ps"]
    assert cluster.job_tasks("ps") == [None, "c:3"]
    assert cluster.task_indices("ps") == [1]
    assert cluster.num_tasks("worker") == 2
    assert cluster.task_address("worker", 1) == "b:2"
    assert cluster == {"worker": {0: "a:1", 1: "b:2"}, "ps": {1: "c:3"}}
    assert cluster != CLUSTER and cluster != 1
    assert tf.train.ClusterSpec({"a": {0: "x", 1: "y"}}).as_dict() == {"a": ["x", "y"]}
    assert tf.train.ClusterSpec({"a": [], "b": ("x",)}).as_dict() == {"a": {}, "b": ["x"]}
    assert bool(cluster)
    assert not tf.train.ClusterSpec({})


def test_the_message():
    message = tf.train.ClusterSpec(CLUSTER).as_cluster_def()
    assert [(job.name, dict(job.tasks)) for job in message.job] == [
        *(("ps", {1: "c:3"}), ("worker", {0: "a:1", 1: "b:2"})),
    ]


@pytest.mark.parametrize(
    ("cluster", "text"),
    [
        (1, "`cluster` must be a dictionary mapping one or more job names to lists of network"),
        (
            {"a": 1},
            "The tasks for job 'a' must be a list or a dictionary from integers to strings.",
        ),
        ({1: ["a"]}, "Job name 1 must be bytes or unicode"),
        ({"a": [1]}, "Task address 1 must be bytes or unicode"),
        ({"a": {"x": "b"}}, "'x' has type str, but expected one of: int"),
    ],
)
def test_what_is_no_cluster(cluster, text):
    with pytest.raises(TypeError, match=text):
        tf.train.ClusterSpec(cluster)


def test_what_a_cluster_does_not_have():
    cluster = tf.train.ClusterSpec(CLUSTER)
    with pytest.raises(ValueError, match="No such job in cluster: 'x'"):
        cluster.num_tasks("x")
    with pytest.raises(ValueError, match="No task with index 0 in job 'ps'"):
        cluster.task_address("ps", 0)


def devices(setter, *names):
    with tf.device(setter):
        w = tf.Variable([1.0, 2.0], name="w")
        tf.Variable(3.0, name="v")
        x = tf.add(w, 1.0, name="x")
        with tf.device("/gpu:0"):
            tf.Variable(1.0, name="k")
            tf.multiply(x, 2.0, name="y")
    graph = tf.get_default_graph()
    return [graph.get_operation_by_name(name).device for name in names]


NAMES = ("w/initial_value", "w", "w/Assign", "w/read", "v", "x", "k", "y")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            {"ps_tasks": 2},
            (
                *("/job:worker", *["/job:ps/task:0"] * 3, "/job:ps/task:1", "/job:worker"),
                *("/job:ps/task:0/device:GPU:0", "/job:worker/device:GPU:0"),
            ),
        ),
        (
            {"cluster": CLUSTER, "worker_device": "/job:worker/task:1"},
            (
                *("/job:worker/task:1", *["/job:ps/task:0"] * 4, "/job:worker/task:1"),
                *("/job:ps/task:0/device:GPU:0", "/job:worker/task:1/device:GPU:0"),
            ),
        ),
        (
            {"ps_tasks": 2, "ps_ops": ["Add"]},
            (*["/job:worker"] * 5, "/job:ps/task:0", *["/job:worker/device:GPU:0"] * 2),
        ),
        (
            {"ps_tasks": 2, "merge_devices": False},
            (
                *("/job:worker", *["/job:ps/task:0"] * 3, "/job:ps/task:1", "/job:worker"),
                *["/device:GPU:0"] * 2,
            ),
        ),
        (
            {"ps_tasks": 3, "ps_strategy": lambda op: 2, "ps_device": "/job:p/cpu:0"},
            (
                *("/job:worker", *["/job:p/task:2/device:CPU:0"] * 4, "/job:worker"),
                *("/job:p/task:2/device:GPU:0", "/job:worker/device:GPU:0"),
            ),
        ),
    ],
)
def test_where_replicas_put_their_operations(arguments, expected):
    assert tuple(devices(tf.train.replica_device_setter(**arguments), *NAMES)) == expected


def test_without_parameter_servers_there_is_nothing_to_set():
    assert tf.train.replica_device_setter() is None
    assert tf.train.replica_device_setter(cluster={"worker": ["a:1"]}) is None


def test_a_strategy_is_called():
    with pytest.raises(TypeError, match="ps_strategy must be callable"):
        tf.train.replica_device_setter(1, ps_strategy=1)
