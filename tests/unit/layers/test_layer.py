"""Names, variables, reuse, losses and records of layers; the texts are TensorFlow 1.15.5's."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.layers.dependence import depending


def x(*shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape)


def names(elements):
    return [element.name for element in elements]


class Affine(tf.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight("w", [int(input_shape[-1]), self.units])
        self.b = self.add_variable(
            "b", [self.units], trainable=False, initializer=tf.zeros_initializer()
        )
        self.built = True

    def call(self, inputs, factor=1.0):
        return tf.matmul(inputs, self.w) * factor + self.b


class Sum(tf.layers.Layer):
    def call(self, inputs):
        return inputs[0] + inputs[1]["b"]


# -- names ------------------------------------------------------------------------------------


def test_layers_are_numbered_per_graph():
    layers = [tf.layers.Dense(4), tf.layers.Dense(4), tf.layers.Conv2DTranspose(3, 3)]
    assert names(layers) == ["dense_1", "dense_2", "conv2d_transpose_1"]
    with tf.Graph().as_default():
        assert tf.layers.Dense(4).name == "dense_1"


def test_scope_is_settled_by_the_first_call():
    first, second = tf.layers.Dense(4), tf.layers.Dense(4)
    with pytest.raises(ValueError, match='because the layer "dense_2" has not been used yet'):
        _ = second.scope_name
    second(x(None, 3))
    first(x(None, 3))
    assert (first.scope_name, second.scope_name) == ("dense_1", "dense")
    assert names(second.weights) == ["dense/kernel:0", "dense/bias:0"]


def test_given_name_goes_under_the_variable_scope():
    with tf.variable_scope("outer"):
        layer = tf.layers.Dense(4, name="hi")
        layer(x(None, 3))
    assert (layer.name, layer.scope_name) == ("hi", "outer/hi")


def test_variable_scope_of_the_call_counts():
    with tf.variable_scope("made"):
        layer = tf.layers.Dense(3)
    for scope in ("called", "again"):
        with tf.variable_scope(scope):
            y = layer(x(2, 3))
    assert layer.kernel.name == "called/dense/kernel:0"
    assert y.name == "called/dense/BiasAdd_1:0"


def test_scope_given_as_argument_or_to_the_call():
    with tf.variable_scope("there") as scope:
        inside = tf.layers.Dense(3, _scope=scope)
    inside(x(2, 3))
    other = tf.layers.Dense(2)
    other(x(2, 3), scope="ab")
    assert (inside.kernel.name, other.kernel.name) == ("there/kernel:0", "ab/kernel:0")


def test_private_class_name():
    class _MyRNNCell2D(tf.layers.Layer):
        pass

    assert _MyRNNCell2D().name == "private__my_rnn_cell2d_1"


# -- reuse ------------------------------------------------------------------------------------


def test_functions_share_variables_by_name():
    a = tf.layers.dense(x(2, 3), 3, name="fc")
    b = tf.layers.dense(x(2, 3), 3, name="fc", reuse=True)
    c = tf.layers.dense(x(2, 3), 3, name="fc", reuse=tf.AUTO_REUSE)
    assert names(tf.global_variables()) == ["fc/kernel:0", "fc/bias:0"]
    assert names([a, b, c]) == ["fc/BiasAdd:0", "fc_1/BiasAdd:0", "fc_2/BiasAdd:0"]


def test_auto_reuse_of_a_scope():
    with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
        tf.layers.dense(x(2, 3), 3, name="fc")
        tf.layers.dense(x(2, 3), 3, name="fc")
    assert names(tf.global_variables()) == ["s/fc/kernel:0", "s/fc/bias:0"]


def test_name_used_twice():
    tf.layers.dense(x(2, 3), 3, name="fc")
    with pytest.raises(ValueError, match=r"^Variable fc/kernel already exists, disallowed"):
        tf.layers.dense(x(2, 3), 3, name="fc")


@pytest.mark.parametrize(("name", "scope"), [("fc", "fc"), (None, "dense")])
def test_nothing_to_reuse(name, scope):
    with pytest.raises(ValueError, match=f"^Variable {scope}/kernel does not exist"):
        tf.layers.dense(x(2, 3), 3, name=name, reuse=True)


def test_reuse_is_checked():
    with pytest.raises(ValueError, match="The reuse parameter must be True or False or None"):
        tf.layers.dense(x(2, 3), 3, reuse="yes")


# -- classes of one's own ---------------------------------------------------------------------


def test_subclass():
    layer = Affine(4)
    y = layer(x(2, 3), factor=2.0)
    assert (layer.name, y.name, y.shape.as_list()) == ("affine_1", "affine/add:0", [2, 4])
    assert names(layer.variables) == ["affine/w:0", "affine/b:0"]
    assert names(layer.trainable_weights) == names(tf.trainable_variables()) == ["affine/w:0"]
    assert names(layer.non_trainable_variables) == ["affine/b:0"]
    assert (layer.count_params(), layer.dtype) == (16, "float32")
    assert layer.graph is tf.get_default_graph()


def test_base_class_returns_its_inputs():
    given = x(2)
    assert tf.layers.Layer()(given) is given


def test_structure_of_inputs():
    a, b = x(2, 3), x(2, 3)
    layer = Sum()
    assert layer([a, {"b": b}]).name == "sum/add:0"
    assert layer.input_shape == [(2, 3), {"b": (2, 3)}]
    assert depending([layer.output], [b]) == [layer.output]


def test_arrays_and_variables_are_inputs():
    w = tf.Variable(np.ones((2, 3), np.float32))
    assert tf.layers.Dense(2)(w).shape.as_list() == [2, 2]
    assert tf.layers.dense(np.ones((2, 3)), 2).dtype is tf.float64
    assert tf.get_default_graph().get_operations()[-1].name == "dense_1/BiasAdd"


def test_add_weight_without_a_call():
    layer = tf.layers.Layer(dtype=tf.float64)
    assert layer.add_weight("w", [2]).dtype.base_dtype is tf.float64
    counts = layer.add_weight("n", [2], tf.int32)
    assert counts.initial_value.op.type == "Const"
    with pytest.raises(TypeError, match="Unknown keyword argument:"):
        layer.add_weight("v", [2], foo=True)
    with pytest.raises(ValueError, match="Synchronization value can be set to"):
        layer.add_weight(
            "v", [2], trainable=True, synchronization=tf.VariableSynchronization.ON_READ
        )


def test_initializer_of_the_scope():
    with tf.variable_scope("s", initializer=tf.ones_initializer()):
        layer = tf.layers.Dense(3)
        layer(x(2, 3))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(layer.kernel).tolist() == [[1.0] * 3] * 3
        assert session.run(layer.bias).tolist() == [0.0] * 3


def test_custom_getter_decides_what_is_trained():
    def getter(getter, *arguments, **options):
        options["trainable"] = False
        return getter(*arguments, **options)

    with tf.variable_scope("a", custom_getter=getter):
        layer = tf.layers.Dense(2)
        layer(x(2, 3))
    assert layer.trainable_weights == []
    assert names(layer.non_trainable_weights) == ["a/dense/kernel:0", "a/dense/bias:0"]


def test_layer_that_is_not_trainable():
    tf.layers.dense(x(2, 3), 2, trainable=False)
    assert tf.trainable_variables() == []
    layer = tf.layers.Dense(2)
    layer(x(2, 3))
    layer.trainable = False
    assert layer.trainable_weights == []
    assert names(layer.weights) == ["dense_1/kernel:0", "dense_1/bias:0"]


# -- losses, inputs, outputs ------------------------------------------------------------------


def test_regularizer_counts_once():
    layer = tf.layers.Dense(3, name="a", kernel_regularizer=tf.reduce_sum)
    layer(x(2, 3))
    layer(x(2, 3))
    tf.layers.dense(x(2, 3), 3, name="a", reuse=True, kernel_regularizer=tf.reduce_sum)
    collected = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert names(collected) == ["a/kernel/Regularizer/Sum:0"]
    assert layer.losses == layer.get_losses_for(None) == collected


def test_regularizer_may_give_nothing():
    layer = tf.layers.Dense(3, bias_regularizer=lambda w: None)
    layer(x(2, 3))
    assert layer.losses == []


def test_regularizer_of_the_scope():
    with tf.variable_scope("s", regularizer=tf.reduce_sum):
        layer = tf.layers.Dense(3)
        layer(x(2, 3))
    assert layer.losses == []
    assert names(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == [
        "s/dense/kernel/Regularizer/Sum:0",
        "s/dense/bias/Regularizer/Sum:0",
    ]


def test_activity_regularizer_counts_each_call():
    layer = tf.layers.Dense(
        2, activity_regularizer=tf.reduce_sum, kernel_initializer=tf.ones_initializer()
    )
    first, second = tf.ones([4, 3]), tf.zeros([4, 3])
    layer(first)
    layer(second)
    assert layer.get_losses_for(second) == layer.losses[1:]
    assert layer.get_losses_for(None) == []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(layer.losses) == [6.0, 0.0]


def test_add_loss():
    layer = tf.layers.Layer()
    loss = tf.constant(1.0)
    layer.add_loss([loss])
    assert layer.losses == tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == [loss]


def test_input_and_output():
    layer, first, second = tf.layers.Dense(4), x(None, 3), x(5, 3)
    y = layer(first)
    assert (layer.input is first, layer.output is y) == (True, True)
    assert (layer.input_shape, layer.output_shape) == ((None, 3), (None, 4))
    z = layer(second)
    assert (layer.get_input_at(0), layer.get_output_at(1)) == (first, z)
    assert (layer.get_input_shape_at(1), layer.get_output_shape_at(1)) == ((5, 3), (5, 4))
    with pytest.raises(AttributeError, match="has multiple inbound nodes, hence the notion"):
        _ = layer.output
    with pytest.raises(AttributeError, match="with different input shapes"):
        _ = layer.input_shape
    with pytest.raises(ValueError, match="at node 5, but the layer has only 2 inbound nodes"):
        layer.get_output_at(5)


def test_before_the_first_call():
    layer = tf.layers.Dense(4)
    assert (layer.built, layer.weights, layer.dtype, layer.losses) == (False, [], None, [])
    with pytest.raises(AttributeError, match="Layer dense_1 is not connected, no input to return"):
        _ = layer.input
    with pytest.raises(AttributeError, match="thus has no defined output shape"):
        _ = layer.output_shape
    with pytest.raises(RuntimeError, match="has never been called"):
        layer.get_input_at(0)
    with pytest.raises(ValueError, match="You tried to call `count_params` on dense_1"):
        layer.count_params()


# -- mistakes ---------------------------------------------------------------------------------


def test_unknown_keyword():
    with pytest.raises(TypeError, match=r"Keyword argument not understood:.*foo"):
        tf.layers.Dense(3, foo=1)
    with pytest.raises(NotImplementedError, match="layers with input_shape"):
        tf.layers.Dense(3, input_shape=(3,))


def test_compute_output_shape_is_for_subclasses():
    with pytest.raises(NotImplementedError, match=r"Affine\.compute_output_shape"):
        Affine(3).compute_output_shape((None, 3))


SPECS = [
    ({"ndim": 3}, (2, 3), "expected ndim=3, found ndim=2. Full shape received: [2, 3]"),
    ({"max_ndim": 1}, (2, 3), "expected max_ndim=1, found ndim=2"),
    ({"min_ndim": 3}, (2, 3), ": expected min_ndim=3, found ndim=2. Full shape received: [2, 3]"),
    ({"dtype": tf.int32}, (2,), "expected dtype=int32, found dtype=<dtype: 'float32'>"),
    (
        {"axes": {-1: 4}},
        (2, 3),
        "expected axis -1 of input shape to have value 4 but received input with shape [2, 3]",
    ),
    ({"shape": (None, 4)}, (2, 3), "expected shape=(None, 4), found shape=[2, 3]"),
]


@pytest.mark.parametrize(("spec", "shape", "said"), SPECS)
def test_input_spec(spec, shape, said):
    layer = tf.layers.Layer()
    layer.input_spec = tf.layers.InputSpec(**spec)
    with pytest.raises(ValueError) as error:
        layer(x(*shape))
    assert str(error.value) == f"Input 0 of layer layer_1 is incompatible with the layer: {said}"


def test_input_spec_of_unknown_sizes_and_ranks():
    layer = tf.layers.Layer()
    layer.input_spec = [tf.layers.InputSpec(axes={1: 3}), None]
    layer([x(2, None), tf.placeholder(tf.float32)])
    with pytest.raises(ValueError, match="its rank is undefined, but the layer requires"):
        layer([tf.placeholder(tf.float32), x(2)])
    with pytest.raises(ValueError, match="Layer layer_1 expects 2 inputs, but it received 1 input"):
        layer(x(2, 3))


def test_input_spec_reads_back():
    spec = tf.layers.InputSpec(dtype=tf.float32, shape=(None, 2))
    assert (spec.ndim, spec.shape) == (2, (None, 2))
    assert repr(tf.layers.InputSpec(ndim=3, axes={-1: 4})) == "InputSpec(ndim=3, axes={-1: 4})"
    assert tf.layers.InputSpec.from_config(spec.get_config()).get_config() == spec.get_config()
