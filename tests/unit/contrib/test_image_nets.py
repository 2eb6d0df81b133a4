"""`tf.contrib.slim.nets`: variables, nodes and shapes recorded with TensorFlow 1.15.5."""

import hashlib

import pytest

import flowgraph as tf

nets = tf.contrib.slim.nets

# Function, scope of defaults, image size, arguments; then variables, nodes, the result's name
# and shape, and the digest of the variables' names and shapes.
CASES = {
    "vgg_a": (
        (nets.vgg.vgg_a, nets.vgg.vgg_arg_scope, 224, {}),
        (22, 275, "vgg_a/fc8/squeezed:0", [2, 1000], "4e431f88d17348da"),
    ),
    "vgg_16": (
        (nets.vgg.vgg_16, nets.vgg.vgg_arg_scope, 224, {}),
        (32, 380, "vgg_16/fc8/squeezed:0", [2, 1000], "b43e9b744ae9f015"),
    ),
    "vgg_19": (
        (nets.vgg.vgg_19, nets.vgg.vgg_arg_scope, 224, {"is_training": False, "num_classes": 7}),
        (38, 411, "vgg_19/fc8/squeezed:0", [2, 7], "4391f239768e8c86"),
    ),
    "alexnet": (
        (nets.alexnet.alexnet_v2, nets.alexnet.alexnet_v2_arg_scope, 224, {}),
        (16, 203, "alexnet_v2/fc8/squeezed:0", [2, 1000], "8852cc2223fca8d8"),
    ),
    "overfeat": (
        (nets.overfeat.overfeat, nets.overfeat.overfeat_arg_scope, 231, {}),
        (16, 207, "overfeat/fc8/squeezed:0", [2, 1000], "342cc2400edf1c23"),
    ),
    "resnet_v1": (
        (nets.resnet_v1.resnet_v1_50, nets.resnet_v1.resnet_arg_scope, 65, {"num_classes": 10}),
        (267, 2524, "resnet_v1_50/logits/BiasAdd:0", [2, 1, 1, 10], "19f07c73ba3c6aa6"),
    ),
    "resnet_v1 of stride 16": (
        (
            nets.resnet_v1.resnet_v1_50,
            nets.resnet_v1.resnet_arg_scope,
            65,
            {"global_pool": False, "output_stride": 16, "is_training": False},
        ),
        (
            *(265, 1892, "resnet_v1_50/block4/unit_3/bottleneck_v1/Relu:0"),
            *([2, 5, 5, 2048], "91f21c9a740eaebb"),
        ),
    ),
    "resnet_v2": (
        (nets.resnet_v2.resnet_v2_50, nets.resnet_v2.resnet_arg_scope, 65, {"num_classes": 10}),
        (272, 2515, "resnet_v2_50/logits/BiasAdd:0", [2, 1, 1, 10], "7ef02d1f84c0e71a"),
    ),
    "inception_v1": (
        (nets.inception.inception_v1, nets.inception.inception_v1_arg_scope, 224, {}),
        (230, 2470, "InceptionV1/Logits/SpatialSqueeze:0", [2, 1000], "285197d380ca8454"),
    ),
    "inception_v2, thinned": (
        (
            nets.inception.inception_v2,
            nets.inception.inception_v2_arg_scope,
            128,
            {"depth_multiplier": 0.5},
        ),
        (277, 2961, "InceptionV2/Logits/SpatialSqueeze:0", [2, 1000], "f0eb155227f6cf08"),
    ),
    "inception_v3": (
        (nets.inception.inception_v3, nets.inception.inception_v3_arg_scope, 299, {}),
        (388, 4143, "InceptionV3/Logits/SpatialSqueeze:0", [2, 1000], "a7d9babadc8a4d13"),
    ),
    "inception_v3 in part": (
        (
            nets.inception.inception_v3_base,
            nets.inception.inception_v3_arg_scope,
            299,
            {"final_endpoint": "Mixed_6a"},
        ),
        (120, 1275, "InceptionV3/Mixed_6a/concat:0", [2, 17, 17, 768], "daacd7af493eccd1"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nodes_and_variables(case):
    (build, arg_scope, size, options), recorded = CASES[case]
    with tf.contrib.slim.arg_scope(arg_scope()):
        net, _ = build(tf.placeholder(tf.float32, [2, size, size, 3]), **options)
    shapes = {1: "({},)"}
    variables = tf.global_variables()
    text = "\n".join(
        f"{v.name} {shapes.get(len(v.shape), '({})').format(', '.join(map(str, v.shape)))}"
        for v in variables
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    nodes = len(tf.get_default_graph().get_operations())
    assert (len(variables), nodes, net.name, net.shape.as_list(), digest) == recorded


def test_outputs_are_listed_by_scope():
    with tf.contrib.slim.arg_scope(nets.resnet_v2.resnet_arg_scope()):
        _, ends = nets.resnet_v2.resnet_v2_50(tf.ones([1, 33, 33, 3]), 5, is_training=False)
    assert {name for name in ends if name.count("/") < 2} == {
        *("resnet_v2_50/block1", "resnet_v2_50/block2", "resnet_v2_50/block3"),
        *("resnet_v2_50/block4", "resnet_v2_50/conv1", "resnet_v2_50/logits", "predictions"),
    }
    assert ends["resnet_v2_50/block1/unit_1/bottleneck_v2/conv1"].shape.as_list() == [1, 9, 9, 64]


def test_what_cannot_be_built():
    image = tf.ones([1, 33, 33, 3])
    with pytest.raises(ValueError, match="output_stride needs to be a multiple of 4"):
        nets.resnet_v1.resnet_v1_50(image, output_stride=6)
    with pytest.raises(ValueError, match="target output_stride cannot be reached"):
        nets.resnet_v2.resnet_v2_50(image, output_stride=64)
    with pytest.raises(ValueError, match="Unknown final endpoint Mixed"):
        nets.inception.inception_v1_base(image, "Mixed")
    with pytest.raises(ValueError, match="depth_multiplier is not greater than zero"):
        nets.inception.inception_v3(image, depth_multiplier=0)


def test_a_block_runs():
    utils = nets.resnet_utils
    block = nets.resnet_v1.resnet_v1_block("block1", 2, 2, stride=2)
    with tf.contrib.slim.arg_scope(utils.resnet_arg_scope()):
        net, _ = nets.resnet_v1.resnet_v1(tf.ones([2, 16, 16, 3]), [block], 3)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(net)))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before = sess.run(net)
        sess.run(step)
        assert before.shape == (2, 1, 1, 3)
        assert (sess.run(net) != before).any()
