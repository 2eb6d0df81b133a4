"""tf.lookup and tf.contrib.lookup: values, names and errors as TensorFlow 1.15 has them."""

import pytest

import flowgraph as tf

L = tf.contrib.lookup


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        return session.run(fetches if len(fetches) > 1 else fetches[0])


def names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("one\ntwo\nthree\n")
    return str(path)


def pairs(**options):
    return tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2], **options)


def test_a_static_table():
    table = tf.lookup.StaticHashTable(pairs(), -1)
    values = table.lookup(tf.constant(["a", "z"]))
    assert names() == [
        "keys",
        "values",
        "Const",
        "hash_table",
        "key_value_init/LookupTableImportV2",
        "Const_1",
        "hash_table_Lookup/LookupTableFindV2",
    ]
    assert tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS) == [table.initializer]
    assert (table.name, table.key_dtype, table.value_dtype) == ("hash_table", tf.string, tf.int32)
    assert table.export()[1].op.name == "hash_table_Export/LookupTableExportV2"
    assert [x.tolist() for x in run(values, table.size())] == [[1, -1], 2]


def test_sparse_keys_give_sparse_values():
    table = tf.lookup.StaticHashTable(pairs(), -1)
    found = run(table.lookup(tf.SparseTensor([[0, 1]], ["b"], [2, 2])))
    assert found.values.tolist() == [2] and found.dense_shape.tolist() == [2, 2]


def test_each_session_fills_its_own():
    values = tf.lookup.StaticHashTable(pairs(), -1).lookup(tf.constant(["a"]))
    assert run(values).tolist() == [1]
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError) as caught:
        session.run(values)
    assert str(caught.value).startswith("Table not initialized.\n")


def test_dtypes_and_shapes_are_checked():
    table = tf.lookup.StaticHashTable(pairs(), -1)
    for build, error, match in (
        (
            lambda: table.lookup(tf.constant([1])),
            TypeError,
            "Signature mismatch. Keys must be dtype <dtype: 'string'>, got <dtype: 'int32'>.",
        ),
        (
            lambda: tf.lookup.StaticHashTable(pairs(), [1, 2]),
            ValueError,
            r"Shapes \(2,\) and \(\) are not compatible",
        ),
        (lambda: tf.lookup.StaticHashTable(pairs(), "x"), TypeError, "Expected int32, got 'x'"),
    ):
        with pytest.raises(error, match=match):
            build()


def test_a_table_of_lines(words):
    index = tf.lookup.TextFileIndex
    lines = tf.lookup.TextFileInitializer(
        words, tf.int64, index.LINE_NUMBER, tf.string, index.WHOLE_LINE, vocab_size=2, name="init"
    )
    table = tf.lookup.StaticHashTable(lines, "UNK", name="t")
    values = table.lookup(tf.constant([0, 1, 2], tf.int64))
    assert names()[:4] == ["asset_path", "Const", "t", "init/InitializeTableFromTextFileV2"]
    handle = table.resource_handle.op
    assert handle.get_attr("shared_name") == f"hash_table_{words}_2_-1_-2".encode()
    assert [t.name for t in tf.get_collection("asset_filepaths")] == ["asset_path:0"]
    assert run(values).tolist() == [b"one", b"two", b"UNK"]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((tf.string, -1, tf.int64, 0), "Keys must be dtype <dtype: 'int64'>, got <dtype: 'string'"),
        ((tf.float32, -2, tf.int64, -1), "Keys must be integer or string, got <dtype: 'float32'>"),
        ((tf.string, -2, tf.float32, -1), "Values must be dtype <dtype: 'int64'>, got <dtype: 'fl"),
        ((tf.string, -3, tf.int64, -1), "Invalid key index -3."),
        ((tf.string, -2, tf.string, -3), "Invalid value index -3."),
        ((tf.string, -2, tf.int64, -1, 0), "Invalid vocab_size 0."),
    ],
)
def test_columns_fit_their_dtypes(arguments, match):
    with pytest.raises(ValueError, match=match):
        tf.lookup.TextFileInitializer("words.txt", *arguments)
    with pytest.raises(ValueError, match=r"Filename required for None\."):
        tf.lookup.TextFileInitializer("", tf.string, -2, tf.int64, -1)


def test_a_vocabulary_with_buckets():
    initializer = tf.lookup.KeyValueTensorInitializer(["a", "b"], [0, 1], tf.string, tf.int64)
    table = tf.lookup.StaticVocabularyTable(initializer, 3)
    values = table.lookup(tf.constant(["a", "z", "y"]))
    assert names()[5:] == [
        "Const_1",
        "hash_table_Lookup/hash_bucket",
        "hash_table_Lookup/hash_table_Lookup/LookupTableFindV2",
        "hash_table_Lookup/hash_table_Size/LookupTableSizeV2",
        "hash_table_Lookup/Add",
        "hash_table_Lookup/NotEqual",
        "hash_table_Lookup/SelectV2",
    ]
    assert [x.tolist() for x in run(values, table.size())] == [[0, 3, 4], 5]


def test_a_vocabulary_of_integers():
    initializer = tf.lookup.KeyValueTensorInitializer([5, 6], [0, 1], tf.int64, tf.int64)
    table = tf.lookup.StaticVocabularyTable(initializer, 4, lookup_key_dtype=tf.int32)
    assert run(table.lookup(tf.constant([5, 7]))).tolist() == [0, 2]


def test_buckets_alone():
    table = tf.lookup.StaticVocabularyTable(None, 4)
    values = table.lookup(tf.constant(["q"]))
    assert values.op.name == "hash_bucket_Lookup/hash_bucket"
    assert table.initializer is None
    assert run(values).tolist() == [1]


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: tf.lookup.StaticVocabularyTable(None, 0), ValueError, "oov_buckets must be > 0."),
        (
            lambda: tf.lookup.StaticVocabularyTable(pairs(), 1),
            TypeError,
            "Invalid value dtype, expected <dtype: 'int64'> but got <dtype: 'int32'>.",
        ),
        (
            lambda: L.IdTableWithHashBuckets(None, 0),
            ValueError,
            "oov_buckets must be > 0 if no table is supplied.",
        ),
        (
            lambda: L.IdTableWithHashBuckets(None, 1, key_dtype=tf.float32),
            TypeError,
            "Invalid key_dtype, expected integer or string, got <dtype: 'float32'>.",
        ),
        (
            lambda: L.index_table_from_tensor(["a"], 1, hasher_spec="x"),
            TypeError,
            "hasher_spec must be of type HasherSpec, got x",
        ),
        (lambda: L.StrongHashSpec([1]), ValueError, "key must have size 2, got 1."),
        (lambda: L.StrongHashSpec(["a", "b"]), TypeError, "Must be unsigned integer values."),
        (lambda: L.index_table_from_tensor(None), ValueError, "mapping must be specified."),
        (lambda: L.index_table_from_tensor([1]), ValueError, "Expected non-integer, got <dtype"),
        (
            lambda: L.index_table_from_tensor([1.5], dtype=tf.float32),
            TypeError,
            "Only integer and string keys are supported.",
        ),
        (lambda: L.index_table_from_file(), ValueError, "vocabulary_file must be specified and"),
        (
            lambda: L.index_table_from_file("x", vocab_size=0),
            ValueError,
            "vocab_size must be greater than 0, got 0. vocabulary_file: x",
        ),
        (
            lambda: L.index_table_from_file("x", num_oov_buckets=-1),
            ValueError,
            "num_oov_buckets must be greater or equal than 0, got -1.",
        ),
        (
            lambda: L.index_to_string_table_from_file("x", vocab_size=0),
            ValueError,
            "vocab_size must be greater than 0, got 0.",
        ),
    ],
)
def test_what_is_refused_when_built(build, error, match):
    with pytest.raises(error, match=match):
        build()


def test_index_tables_from_files(words):
    index = L.index_table_from_file(words, num_oov_buckets=2, vocab_size=2)
    strong = L.index_table_from_file(
        words, num_oov_buckets=2, hasher_spec=L.StrongHashSpec([1, 2]), name="it"
    )
    back = L.index_to_string_table_from_file(words, default_value="D")
    assert "string_to_index/hash_table/table_init/InitializeTableFromTextFileV2" in names()
    assert "it/hash_table/hash_table" in names()
    given = tf.constant(["one", "q", "three"])
    assert [
        x.tolist()
        for x in run(
            index.lookup(given), strong.lookup(given), back.lookup(tf.constant([2, 9], tf.int64))
        )
    ] == [[0, 3, 2], [0, 4, 2], [b"three", b"D"]]


def test_index_tables_from_lists():
    table = L.index_table_from_tensor([10, 20], dtype=tf.int64, num_oov_buckets=1, name="x")
    values = table.lookup(tf.constant([20, 5], tf.int64))
    assert names()[:9] == [
        "x/Const",
        "x/Size",
        "x/range/start",
        "x/range/delta",
        "x/range",
        "x/Cast",
        "x/hash_table/Cast",
        "x/hash_table/Const",
        "x/hash_table/hash_table",
    ]
    back = L.index_to_string(tf.constant([0, 9], tf.int64), ["x", "y"])
    there = L.string_to_index(tf.constant(["y", "q"]), ["x", "y"])
    assert [x.tolist() for x in run(values, back, there)] == [[1, 2], [b"x", b"UNK"], [1, -1]]


def test_a_mutable_table():
    table = L.MutableHashTable(tf.string, tf.float32, [0.0, 1.0], name="m")
    inserted = table.insert(["a", "b"], [[1, 2], [3, 4.0]])
    values = table.lookup([["a"], ["z"]])
    exported = table.export()
    assert values.shape == (2, 1, 2) and values.op.name == "m_lookup_table_find/LookupTableFindV2"
    assert exported[1].shape.as_list() == [None, 2]
    removed = table.remove(tf.constant(["a"]))
    with tf.Session() as session:
        session.run(inserted)
        assert session.run(values).tolist() == [[[1, 2]], [[0, 1]]]
        session.run(removed)
        assert session.run(table.size()) == 1
        assert session.run(exported)[0].tolist() == [b"b"]
    with pytest.raises(ValueError, match="Tensor conversion requested dtype string for Tensor"):
        table.lookup(tf.constant([1]))


def test_a_dense_table():
    table = L.MutableDenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-1)
    inserted = table.insert_or_assign([5, 6], [1, 2])
    erased = table.erase(tf.constant([5], tf.int64))
    values = table.lookup([5, 6, 7])
    assert values.op.name == "MutableDenseHashTable_lookup_table_find/LookupTableFindV2"
    with tf.Session() as session:
        session.run(inserted)
        session.run(erased)
        assert session.run(values).tolist() == [-1, 2, -1]


def test_a_saver_keeps_mutable_tables(tmp_path):
    table = L.MutableHashTable(tf.string, tf.int64, -1, name="tab")
    variable = tf.Variable(1.0, name="v")
    inserted = table.insert(["a", "b"], [1, 2])
    values = table.lookup(["b"])
    saver = tf.train.Saver()
    assert "save/tab_table_restore/LookupTableImportV2" in names()
    with tf.Session() as session:
        session.run([variable.initializer, inserted])
        path = saver.save(session, str(tmp_path / "model"))
    assert tf.train.list_variables(path) == [("tab-keys", [2]), ("tab-values", [2]), ("v", [])]
    with tf.Session() as session:
        saver.restore(session, path)
        assert session.run(values).tolist() == [2]


def test_the_initializer_of_no_table():
    assert tf.tables_initializer(name="xx").type == "NoOp"
    assert run(tf.initialize_all_tables()) is None
