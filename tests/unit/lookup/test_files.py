"""Tables and the ops of features through GraphDef and MetaGraphDef messages."""

import numpy as np

import flowgraph as tf

FETCHES = ["found:0", "changed:0", "features:0", "hashed:0", "dense:0"]


def build():
    pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    table = tf.lookup.StaticHashTable(pairs, -1)
    tf.identity(table.lookup(tf.constant(["b", "z"])), "found")
    mutable = tf.contrib.lookup.MutableHashTable(tf.string, tf.float32, [0.0, 1.0], name="m")
    mutable.insert(["q"], [[5.0, 6.0]], name="insert")
    tf.identity(mutable.lookup(["q", "r"]), "changed")
    column = tf.feature_column.indicator_column(tf.feature_column.crossed_column(["u", "v"], 10))
    buckets = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("x"), [0, 2])
    features = {"u": [["x"]], "v": [["1"]], "x": [[1.0]]}
    tf.identity(tf.feature_column.input_layer(features, [column, buckets]), "features")
    tf.identity(tf.string_to_hash_bucket_strong(["a"], 10, [1, 2]), "hashed")
    dense = tf.contrib.lookup.MutableDenseHashTable(tf.int64, tf.int64, -7, 0, -1, 8)
    tf.identity(dense.lookup([5]), "dense")
    tf.tables_initializer()


def values(graph):
    with tf.Session(graph=graph) as session:
        session.run(["init_all_tables", "insert/LookupTableInsertV2"])
        return [value.tolist() for value in session.run(FETCHES)]


def test_a_graph_with_tables_is_written_and_read():
    with tf.Graph().as_default() as graph:
        build()
        meta = tf.train.export_meta_graph()
    expected = [
        [2, -1],
        [[5, 6], [0, 1]],
        [[*np.eye(10)[5].tolist(), 0, 1, 0]],
        [6],
        [-7],
    ]
    assert values(graph) == expected
    with tf.Graph().as_default() as read:
        tf.import_graph_def(
            tf.GraphDef.FromString(graph.as_graph_def().SerializeToString()), name=""
        )
    assert values(read) == expected
    with tf.Graph().as_default() as imported:
        tf.train.import_meta_graph(tf.MetaGraphDef.FromString(meta.SerializeToString()))
        (initializer,) = tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)
        assert initializer.name == "key_value_init/LookupTableImportV2"
        # Who reads a graph has no object that knows how to save a table.
        assert tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS) == []
    assert values(imported) == expected
