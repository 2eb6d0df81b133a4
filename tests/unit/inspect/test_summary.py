"""The table of a graph's scopes."""

import pytest

import flowgraph as tf


def net():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.variable_scope("dense"):
        w = tf.get_variable("w", [4, 3], initializer=tf.zeros_initializer())
        y = tf.nn.relu(tf.matmul(x, w))
    loss = tf.reduce_mean(y, name="loss")
    return x, loss, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)


def summary(**kwargs):
    return tf.get_default_graph().summary(**kwargs)


def by_scope(table):
    return {row.scope: row for row in table.rows}


def test_scopes_are_rows_with_totals():
    net()
    table = summary(batch=10, depth=1)
    rows = by_scope(table)
    assert list(rows)[:2] == ["(no scope)", "dense"]
    assert rows["dense"].parameters == 12
    assert table.total.parameters == 12
    assert table.total.operations == len(tf.get_default_graph().get_operations())
    assert sum(row.operations for row in table.rows) == table.total.operations
    assert sum(row.flops for row in table.rows) == table.total.flops


def test_the_batch_scales_the_forward_part():
    _, loss, _ = net()
    costs = [summary(batch=n, fetches=loss).total for n in (1, 100)]
    assert [cost.flops for cost in costs] == [2 * 12 + 3 + 3, 100 * (2 * 12 + 3 + 3)]
    assert costs[1].activations == 100 * (16 + 12 + 12) + 4
    assert summary(fetches=loss).total == costs[0]


def test_inner_scopes_are_indented():
    net()
    lines = str(summary(depth=2)).splitlines()
    assert next(line.split()[0] for line in lines if line.startswith("  ")) == "w"
    outer, inner = (by_scope(summary(depth=2))[scope] for scope in ("dense", "dense/w"))
    assert inner.operations < outer.operations
    assert inner.parameters == outer.parameters == 12


def test_an_operation_with_a_scopes_name_belongs_to_it():
    tf.Variable(1.0, name="v")
    (row,) = summary(depth=1).rows
    assert (row.scope, row.operations) == ("v", 4)


def test_slots_are_no_parameters():
    net()
    assert "other variables: 12 elements" in summary().notes


def test_without_a_collection_all_variables_are_parameters():
    tf.Variable(tf.zeros([5]), trainable=False)
    assert summary().total.parameters == 5


def test_constants_are_noted_and_no_activations():
    tf.constant(1.0, shape=[100, 100])
    table = summary()
    assert table.notes == ("constants: 40.00 kB",)
    assert table.total.activations == 0


def test_unknown_ranks_are_marked():
    x = tf.placeholder(tf.float32, name="x")
    tf.exp(x, name="y")
    tf.exp([1.0], name="z")
    table = summary()
    assert table.total.unknown == 2
    assert table.total.flops == 1
    assert str(table).splitlines()[-2].split()[-3:] == ["1+", "4", "B+"]
    assert str(table).splitlines()[-1] == "+ and what operations of unknown shapes cost: 2"


def test_a_loop_counts_as_one_turn():
    tf.while_loop(lambda i: i < 1000, lambda i: i + 1, [0])
    table = summary()
    assert table.total.flops == 3
    assert table.notes == ("a loop counts as one turn, a branch as its dearer side",)


def test_a_body_has_a_summary_of_its_own():
    tf.while_loop(lambda i: i < 1000, lambda i: i + 1, [0])
    (loop,) = (o for o in tf.get_default_graph().get_operations() if o.type == "While")
    assert loop.op.body.summary().total.flops == 2


def test_an_empty_graph_has_an_empty_table():
    table = summary()
    assert table.rows == ()
    assert " ".join(str(table).splitlines()[1].split()) == "total at batch 1 0 0 0 0 B"


def deep():
    for i in range(5):
        with tf.name_scope(f"block{i}"):
            for j in range(5):
                with tf.name_scope(f"layer{j}"), tf.name_scope("inner"):
                    tf.exp(1.0)


def test_the_depth_is_chosen_to_keep_the_table_short():
    deep()
    assert len(summary().rows) == 5 + 25
    assert len(summary(depth=3).rows) == 5 + 25 + 25
    assert len(summary(depth=9).rows) == 5 + 25 + 25 + 25


def test_many_scopes_are_cut_off_unless_asked_for():
    for _ in range(100):
        with tf.name_scope("layer"):
            tf.exp(1.0)
    table = summary()
    assert len(table.rows) == 40
    assert "... 60 more scopes" in str(table)
    assert "... 60 more scopes" in table._repr_html_()
    assert table.total.operations == 200
    assert len(summary(depth=1).rows) == 100


def test_it_fits_in_100_columns():
    with tf.name_scope("a" * 150):
        tf.exp(1.0, name="b")
    assert max(map(len, str(summary()).splitlines())) <= 100


def test_html_is_escaped_and_has_the_same_cells():
    net()
    table = summary(batch=10)
    markup = table._repr_html_()
    assert markup.startswith("<table")
    assert markup.count("<tr>") == 1 + len(table.rows) + 1 + len(table.notes)
    assert "total at batch 10" in markup


def test_it_prints_as_the_table():
    net()
    assert repr(summary()) == str(summary())


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"depth": 0}])
def test_counts_must_be_positive(wrong):
    with pytest.raises(ValueError, match="must be positive"):
        summary(**wrong)
