"""Functions that share their variables between calls."""

import pytest

import flowgraph as tf


def scaled(x, by=1.0):
    factor = tf.get_variable("factor", [], initializer=tf.constant_initializer(3.0))
    tf.get_variable("seen", [], trainable=False)
    return factor * x * by


def names(variables):
    return [variable.op.name for variable in variables]


def test_calls_share_variables():
    template = tf.make_template("scale", scaled, by=2.0)
    assert (template.name, template.variable_scope, template.variable_scope_name) == (
        "scale",
        None,
        None,
    )
    assert template.variables == []
    first, second = template(1.0), template(10.0)
    assert names(template.variables) == ["scale/factor", "scale/seen"]
    assert names(template.trainable_variables) == ["scale/factor"]
    assert names(template.non_trainable_variables) == ["scale/seen"]
    assert template.local_variables == []
    assert (first.op.name, second.op.name) == ("scale/mul_1", "scale_1/mul_1")
    assert template.variable_scope_name == "scale/"
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([first, second]) == [6.0, 60.0]


def test_templates_of_one_name_have_variables_of_their_own():
    one, two = tf.make_template("t", scaled), tf.make_template("t", scaled)
    two(1.0)
    one(1.0)
    assert names(two.trainable_variables) == ["t/factor"]
    assert names(one.trainable_variables) == ["t_1/factor"]


def test_a_scope_fixed_when_the_template_is_made():
    one = tf.make_template("t", scaled, create_scope_now_=True)
    two = tf.make_template("t", scaled, create_scope_now_=True)
    assert one.variable_scope.name == "t"
    two(1.0)
    two(1.0)
    one(1.0)
    assert names(two.trainable_variables) == ["t_1/factor"]
    assert names(one.trainable_variables) == ["t/factor"]


def test_a_unique_name_is_not_changed():
    template = tf.make_template("t", scaled, unique_name_="fixed")
    template(1.0)
    assert names(template.trainable_variables) == ["fixed/factor"]
    with pytest.raises(ValueError, match=r"^Variable fixed/factor already exists"):
        tf.make_template("t", scaled, unique_name_="fixed")(1.0)


def test_a_custom_getter():
    def getter(getter, name, *args, **kwargs):
        return getter(f"{name}_custom", *args, **kwargs)

    template = tf.make_template("t", scaled, custom_getter_=getter)
    template(1.0)
    template(1.0)
    assert names(template.trainable_variables) == ["t/factor_custom"]


def test_a_trainable_variable_of_a_later_call_is_refused():
    template = tf.make_template("t", lambda: tf.Variable(1.0))
    template()
    with pytest.raises(
        ValueError, match=r"^Trainable variable created when calling a template"
    ) as caught:
        template()
    assert "originally defined at" in caught.value.__notes__[0]
    assert "test_template.py" in caught.value.__notes__[0]


def test_a_call_that_failed_is_not_the_first():
    def fails(x):
        result = scaled(x)
        if not isinstance(x, float):
            raise TypeError("no float")
        return result

    template = tf.make_template("t", fails)
    with pytest.raises(TypeError, match=r"^no float"):
        template(tf.constant(1.0))
    assert template.variables == []


def test_a_template_needs_a_name():
    with pytest.raises(ValueError, match=r"^name cannot be None"):
        tf.make_template(None, scaled)
