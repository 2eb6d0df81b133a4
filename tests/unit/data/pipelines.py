"""Pipelines whose elements were recorded with TensorFlow 1.15.5, by name.

Each takes the library and a directory with the files of `write_files`, and returns a dataset.
"""

import os

import numpy as np

PIPELINES = {}


def pipeline(make):
    PIPELINES[make.__name__] = make
    return make


def one_line(name, make):
    PIPELINES[name] = make


def write_files(directory):
    files = {
        "a.txt": b"one\ntwo\r\nthree",
        "b.txt": b"",
        "c.txt": b"x\n\ny\n",
        "records.bin": b"HHabcdefF",
        "ragged.bin": b"HHabcdeF",
        "table.csv": b'h1,h2,h3\n1,2.5,"x,y"\n,,z\n3,4.0,"q""r"\n',
        "quoted.csv": b'a,"b"\r\n"c\nd",e\r\n',
        "numbers.csv": b"1,2\n3,x\n5,6\n",
        "blank.csv": b"a,b\n\nc,d\n",
        "wide.csv": b"1,2,3\n",
    }
    for name, data in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)


def numbers(tf, count):
    return tf.data.Dataset.range(count)


def tens(tf, x):
    """Elements that say of which element of the source they are: 10 x + 0, 10 x + 1, ..."""
    return numbers(tf, x + 1).map(lambda y: x * 10 + y)


def rows(tf, count):
    """Rows of growing lengths."""
    return numbers(tf, count).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x))


# -- order -------------------------------------------------------------------------------------

one_line("shuffle_small", lambda tf, d: numbers(tf, 10).shuffle(4, seed=3))
one_line("shuffle_exact", lambda tf, d: numbers(tf, 10).shuffle(10, seed=3))
one_line("shuffle_large", lambda tf, d: numbers(tf, 10).shuffle(100, seed=3))
one_line("shuffle_repeat", lambda tf, d: numbers(tf, 5).shuffle(3, seed=3).repeat(3))
one_line("repeat_shuffle", lambda tf, d: numbers(tf, 5).repeat(3).shuffle(4, seed=3))
one_line(
    "shuffle_map_repeat", lambda tf, d: numbers(tf, 5).shuffle(3, seed=3).map(lambda x: x).repeat(3)
)
one_line(
    "shuffle_once_repeat",
    lambda tf, d: numbers(tf, 5).shuffle(3, seed=3, reshuffle_each_iteration=False).repeat(3),
)
one_line(
    "shuffle_and_repeat",
    lambda tf, d: numbers(tf, 5).apply(tf.data.experimental.shuffle_and_repeat(3, 3, seed=3)),
)
one_line("shuffle_twice", lambda tf, d: numbers(tf, 10).shuffle(4, seed=2).shuffle(3, seed=5))
one_line(
    "shuffle_of_strings",
    lambda tf, d: tf.data.Dataset.from_tensor_slices(["a", "bc", "d"]).shuffle(3, seed=1).repeat(2),
)
one_line(
    "shuffle_batch",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices((np.arange(12).reshape(6, 2), np.arange(6.0)))
        .shuffle(4, seed=1)
        .repeat(2)
        .batch(4)
    ),
)
one_line(
    "shuffle_filtered",
    lambda tf, d: numbers(tf, 20).filter(lambda x: x % 3 > 0).shuffle(5, seed=9).take(9),
)
one_line("shuffle_negative_seed", lambda tf, d: numbers(tf, 6).shuffle(6, seed=-3))


@pipeline
def shuffle_repeat_without_fusion(tf, d):
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return numbers(tf, 5).shuffle(3, seed=3).repeat(3).with_options(options)


@pipeline
def shuffle_with_graph_seed(tf, d):
    tf.set_random_seed(7)
    return numbers(tf, 10).shuffle(4)


@pipeline
def shuffle_with_both_seeds(tf, d):
    tf.set_random_seed(7)
    return numbers(tf, 10).shuffle(4, seed=2)


@pipeline
def shuffle_seed_after_a_long_pipeline(tf, d):
    tf.set_random_seed(11)
    data = tf.data.Dataset.from_tensor_slices({"x": [1, 2, 3, 4], "y": [0.5, 1.5, 2.5, 3.5]})
    data = data.map(lambda e: (e["x"], e["y"])).cache().repeat(2).prefetch(1)
    return data.window(3, 2).flat_map(lambda x, y: x.batch(2)).unbatch().shuffle(5).batch(3)


# -- random numbers in functions ---------------------------------------------------------------

one_line(
    "random_in_map",
    lambda tf, d: numbers(tf, 3).map(lambda x: tf.random_uniform([], seed=1)).repeat(2),
)


@pipeline
def random_in_map_with_graph_seed(tf, d):
    tf.set_random_seed(5)
    outside = tf.constant(2.5)
    return numbers(tf, 3).map(
        lambda x: (tf.random_uniform([]) + tf.random_uniform([])) * outside * tf.cast(x, tf.float32)
    )


one_line("random_dataset", lambda tf, d: tf.data.experimental.RandomDataset(3).take(5))
one_line(
    "sample",
    lambda tf, d: tf.data.experimental.sample_from_datasets(
        [numbers(tf, 5), numbers(tf, 8).map(lambda x: x + 100)], seed=3
    ),
)
one_line(
    "sample_weighted",
    lambda tf, d: tf.data.experimental.sample_from_datasets(
        [numbers(tf, 5), numbers(tf, 8).map(lambda x: x + 100)], weights=[0.2, 0.8], seed=3
    ),
)
one_line(
    "sample_by_dataset",
    lambda tf, d: tf.data.experimental.sample_from_datasets(
        [numbers(tf, 5), numbers(tf, 8).map(lambda x: x + 100)],
        weights=tf.data.Dataset.from_tensor_slices([[0.2, 0.8], [0.9, 0.1]]).repeat(),
        seed=3,
    ),
)
one_line(
    "resample",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0])
        .repeat(3)
        .apply(tf.data.experimental.rejection_resample(lambda x: x, [0.6, 0.4], [0.8, 0.2], seed=3))
    ),
)
one_line(
    "resample_estimated",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0])
        .repeat(3)
        .apply(tf.data.experimental.rejection_resample(lambda x: x, [0.6, 0.4], seed=3))
    ),
)
one_line(
    "resample_to_the_same",
    lambda tf, d: tf.data.Dataset.from_tensor_slices([0, 1, 0]).apply(
        tf.data.experimental.rejection_resample(lambda x: x, [0.5, 0.5], [0.5, 0.5], seed=3)
    ),
)

# -- several datasets --------------------------------------------------------------------------

one_line(
    "interleave",
    lambda tf, d: numbers(tf, 4).interleave(lambda x: tens(tf, x), cycle_length=2, block_length=2),
)
one_line(
    "interleave_three",
    lambda tf, d: numbers(tf, 5).interleave(lambda x: tens(tf, x), cycle_length=3, block_length=2),
)
one_line(
    "interleave_parallel",
    lambda tf, d: numbers(tf, 5).interleave(
        lambda x: tens(tf, x), cycle_length=3, block_length=2, num_parallel_calls=2
    ),
)
one_line(
    "interleave_wide",
    lambda tf, d: numbers(tf, 3).interleave(lambda x: tens(tf, x), cycle_length=10),
)
one_line(
    "parallel_interleave",
    lambda tf, d: numbers(tf, 5).apply(
        tf.data.experimental.parallel_interleave(
            lambda x: tens(tf, x), cycle_length=3, block_length=2
        )
    ),
)
one_line("flat_map", lambda tf, d: numbers(tf, 4).flat_map(lambda x: tens(tf, x)))
one_line(
    "zip",
    lambda tf, d: tf.data.Dataset.zip({"a": numbers(tf, 3), "b": (numbers(tf, 5), tens(tf, 7))}),
)
one_line("concatenate", lambda tf, d: numbers(tf, 3).concatenate(numbers(tf, 2)).batch(4))
one_line(
    "concatenate_shapes", lambda tf, d: numbers(tf, 3).batch(2).concatenate(numbers(tf, 2).batch(1))
)
one_line(
    "choose",
    lambda tf, d: tf.data.experimental.choose_from_datasets(
        [numbers(tf, 3), tens(tf, 2)],
        tf.data.Dataset.from_tensor_slices(np.array([0, 1, 1, 0, 1, 0, 0, 1])),
    ),
)
one_line(
    "choose_wrong",
    lambda tf, d: tf.data.experimental.choose_from_datasets(
        [numbers(tf, 3), tens(tf, 2)], tf.data.Dataset.from_tensor_slices(np.array([0, 5]))
    ),
)

# -- parts and windows -------------------------------------------------------------------------

one_line("take_skip", lambda tf, d: numbers(tf, 10).skip(2).take(5).skip(1))
one_line("take_all", lambda tf, d: numbers(tf, 3).take(-1))
one_line("skip_all", lambda tf, d: numbers(tf, 3).skip(-1))
one_line("shard", lambda tf, d: numbers(tf, 10).shard(3, 1))
one_line("range_down", lambda tf, d: tf.data.Dataset.range(10, 0, -3))
one_line("enumerate", lambda tf, d: tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(5))
one_line("window", lambda tf, d: numbers(tf, 7).window(3, 2).flat_map(lambda w: w.batch(3)))
one_line(
    "window_dropped",
    lambda tf, d: numbers(tf, 7).window(3, 2, 2, True).flat_map(lambda w: w.batch(3)),
)
one_line(
    "window_stride", lambda tf, d: numbers(tf, 7).window(3, 1, 2).flat_map(lambda w: w.batch(3))
)
one_line("window_gap", lambda tf, d: numbers(tf, 9).window(2, 4).flat_map(lambda w: w.batch(3)))
one_line(
    "window_pairs",
    lambda tf, d: (
        tf.data.Dataset.zip((numbers(tf, 5), tens(tf, 4)))
        .window(2)
        .flat_map(lambda a, b: tf.data.Dataset.zip((a.batch(2), b.batch(2))))
    ),
)
one_line(
    "cache_repeat",
    lambda tf, d: numbers(tf, 3).map(lambda x: tf.random_uniform([], seed=1)).cache().repeat(2),
)
one_line("repeat_nothing", lambda tf, d: numbers(tf, 0).repeat())
one_line("repeat_zero", lambda tf, d: numbers(tf, 3).repeat(0))

# -- batches -----------------------------------------------------------------------------------

one_line("batch", lambda tf, d: numbers(tf, 7).batch(3))
one_line("batch_dropped", lambda tf, d: numbers(tf, 7).batch(3, drop_remainder=True))
one_line("batch_over_epochs", lambda tf, d: numbers(tf, 5).repeat(2).batch(4))
one_line(
    "batch_structure",
    lambda tf, d: tf.data.Dataset.from_tensor_slices(
        {"a": [1, 2, 3], "b": ([0.5, 1.5, 2.5], ["x", "y", "z"])}
    ).batch(2),
)
one_line("padded", lambda tf, d: rows(tf, 5).padded_batch(2, [None]))
one_line(
    "padded_values", lambda tf, d: rows(tf, 5).padded_batch(2, [6], padding_values=np.int64(-1))
)
one_line(
    "padded_structure",
    lambda tf, d: (
        rows(tf, 4)
        .map(lambda r: {"r": r, "s": tf.as_string(r)})
        .padded_batch(3, {"r": [None], "s": [4]}, {"r": np.int64(7), "s": "-"})
    ),
)
one_line(
    "padded_scalars",
    lambda tf, d: rows(tf, 4).map(lambda r: (r, tf.size(r))).padded_batch(3, ([None], [])),
)
one_line("padded_too_small", lambda tf, d: rows(tf, 5).padded_batch(2, [3]))
one_line("unbatch", lambda tf, d: numbers(tf, 5).batch(2).unbatch())
one_line(
    "unbatch_pairs",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices((np.arange(12).reshape(3, 2, 2), ["ab", "cd", "ef"]))
        .batch(2)
        .unbatch()
    ),
)
one_line(
    "map_and_batch",
    lambda tf, d: numbers(tf, 5).apply(tf.data.experimental.map_and_batch(lambda x: (x, x * x), 2)),
)
one_line(
    "map_and_batch_parallel",
    lambda tf, d: numbers(tf, 5).apply(
        tf.data.experimental.map_and_batch(
            lambda x: tf.as_string(x), 2, num_parallel_batches=2, drop_remainder=True
        )
    ),
)
one_line(
    "buckets",
    lambda tf, d: rows(tf, 9).apply(
        tf.data.experimental.bucket_by_sequence_length(lambda r: tf.size(r), [3, 6], [2, 2, 2])
    ),
)
one_line(
    "buckets_to_the_boundary",
    lambda tf, d: rows(tf, 6).apply(
        tf.data.experimental.bucket_by_sequence_length(
            lambda r: tf.size(r), [3, 7], [2, 2, 2], pad_to_bucket_boundary=True
        )
    ),
)
one_line(
    "group_by_window",
    lambda tf, d: numbers(tf, 10).apply(
        tf.data.experimental.group_by_window(lambda x: x % 3, lambda k, w: w.batch(2), 2)
    ),
)
one_line(
    "group_by_window_sizes",
    lambda tf, d: numbers(tf, 10).apply(
        tf.data.experimental.group_by_window(
            lambda x: x % 2,
            lambda k, w: w.map(lambda x: x * 10 + k).batch(4),
            window_size_func=lambda k: k + 1,
        )
    ),
)
one_line(
    "batches_of_unequal_rows",
    lambda tf, d: tf.data.Dataset.from_generator(
        lambda: iter([[1], [1, 2]]), tf.int64, [None]
    ).batch(2),
)

# -- functions ---------------------------------------------------------------------------------

one_line(
    "map_structures",
    lambda tf, d: numbers(tf, 2).map(lambda x: (x, [x, x + 1], {"q": tf.as_string(x)})),
)
one_line("map_list", lambda tf, d: numbers(tf, 2).map(lambda x: [x, 1.5]))
one_line(
    "map_parallel",
    lambda tf, d: numbers(tf, 7).map(lambda x: tf.as_string(x * x), num_parallel_calls=3),
)
one_line(
    "map_images",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices(
            (np.arange(24, dtype=np.uint8).reshape(4, 2, 3), [2, 0, 1, 2])
        )
        .map(lambda x, y: (tf.reshape(tf.cast(x, tf.float32) / 256.0, [6]), tf.one_hot(y, 3)))
        .shuffle(3, seed=2)
        .batch(3)
    ),
)
one_line("filter", lambda tf, d: numbers(tf, 9).filter(lambda x: tf.equal(x % 3, 1)))
one_line(
    "take_while",
    lambda tf, d: numbers(tf, 9).apply(tf.data.experimental.take_while(lambda x: x < 3)),
)
one_line(
    "scan",
    lambda tf, d: numbers(tf, 5).apply(
        tf.data.experimental.scan(np.int64(0), lambda s, x: (s + x, (s, x)))
    ),
)
one_line(
    "scan_growing",
    lambda tf, d: numbers(tf, 4).apply(
        tf.data.experimental.scan(np.zeros([1]), lambda s, x: (tf.concat([s, s], 0), tf.size(s)))
    ),
)
one_line(
    "unique",
    lambda tf, d: tf.data.Dataset.from_tensor_slices(["a", "b", "a", "c", "b"]).apply(
        tf.data.experimental.unique()
    ),
)
one_line("counter", lambda tf, d: tf.data.experimental.Counter(5, 2).take(3))
one_line(
    "error_in_map",
    lambda tf, d: tf.data.Dataset.from_tensor_slices([1.0, 0.0, 2.0]).map(
        lambda x: tf.check_numerics(1 / x, "bad")
    ),
)
one_line(
    "errors_ignored",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices([1.0, 0.0, 2.0, 0.0, 4.0])
        .map(lambda x: tf.check_numerics(1 / x, "bad"))
        .apply(tf.data.experimental.ignore_errors())
    ),
)
one_line(
    "batches_with_errors_ignored",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices([1.0, 0.0, 2.0, 0.0, 4.0])
        .map(lambda x: tf.check_numerics(1 / x, "bad"))
        .batch(2)
        .apply(tf.data.experimental.ignore_errors())
    ),
)
one_line(
    "condition_in_map",
    lambda tf, d: numbers(tf, 4).map(lambda x: tf.cond(x > 1, lambda: x * 10, lambda: -x)),
)
one_line(
    "loop_in_map",
    lambda tf, d: numbers(tf, 4).map(
        lambda x: tf.while_loop(
            lambda i, s: i < x,
            lambda i, s: (i + 1, s + i),
            (tf.constant(0, tf.int64), tf.constant(0, tf.int64)),
        )[1]
    ),
)


# -- sources -----------------------------------------------------------------------------------

one_line(
    "generator",
    lambda tf, d: tf.data.Dataset.from_generator(
        lambda n: iter(range(n)), tf.int64, [], args=(3,)
    ).repeat(2),
)
one_line(
    "generator_structure",
    lambda tf, d: tf.data.Dataset.from_generator(
        lambda: iter([(1, {"s": "a"}), (2, {"s": b"bc"})]), (tf.float32, {"s": tf.string})
    ),
)
one_line(
    "generator_rows",
    lambda tf, d: tf.data.Dataset.from_generator(
        lambda: iter([[1], [1, 2]]), tf.int64, [None]
    ).padded_batch(2, [None]),
)
one_line(
    "generator_wrong_dtype",
    lambda tf, d: tf.data.Dataset.from_generator(lambda: iter(["a"]), tf.int64),
)
one_line(
    "generator_wrong_shape",
    lambda tf, d: tf.data.Dataset.from_generator(lambda: iter([[1, 2]]), tf.int64, [3]),
)
one_line(
    "generator_wrong_structure",
    lambda tf, d: tf.data.Dataset.from_generator(lambda: iter([1]), (tf.int64, tf.int64)),
)


@pipeline
def generator_raises(tf, d):
    def failing():
        yield 1
        raise ValueError("boom")

    return tf.data.Dataset.from_generator(failing, tf.int64)


def sparse(tf):
    return tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])


one_line("sparse_slices", lambda tf, d: tf.data.Dataset.from_tensor_slices((sparse(tf), [7, 8, 9])))
one_line(
    "sparse_batches",
    lambda tf, d: tf.data.Dataset.from_tensor_slices(sparse(tf)).map(lambda s: s).batch(2),
)
one_line(
    "sparse_unbatched",
    lambda tf, d: tf.data.Dataset.from_tensor_slices(sparse(tf)).batch(2).unbatch(),
)
one_line("sparse_parts", lambda tf, d: tf.data.Dataset.from_sparse_tensor_slices(sparse(tf)))
one_line("sparse_tensor", lambda tf, d: tf.data.Dataset.from_tensors(sparse(tf)).repeat(2))
one_line(
    "dense_to_sparse",
    lambda tf, d: rows(tf, 4).apply(tf.data.experimental.dense_to_sparse_batch(3, [4])),
)
one_line(
    "dense_to_sparse_unknown",
    lambda tf, d: rows(tf, 4).apply(tf.data.experimental.dense_to_sparse_batch(3, [None])),
)
one_line(
    "text", lambda tf, d: tf.data.TextLineDataset([os.path.join(d, n + ".txt") for n in "abc"])
)
one_line(
    "text_by_turns",
    lambda tf, d: tf.data.TextLineDataset(
        [os.path.join(d, n + ".txt") for n in "abc"], num_parallel_reads=2
    ),
)
one_line("text_missing", lambda tf, d: tf.data.TextLineDataset(os.path.join("nowhere", "a.txt")))
one_line(
    "text_badly_compressed", lambda tf, d: tf.data.TextLineDataset(os.path.join(d, "a.txt"), "BZ")
)
one_line(
    "records",
    lambda tf, d: tf.data.FixedLengthRecordDataset(os.path.join(d, "records.bin"), 3, 2, 1),
)
one_line("records_ragged", lambda tf, d: tf.data.FixedLengthRecordDataset("ragged.bin", 3, 2, 1))
one_line(
    "files",
    lambda tf, d: tf.data.Dataset.list_files(os.path.join(d, "*.txt"), seed=3).map(
        lambda f: tf.substr(f, -5, 5)
    ),
)
one_line(
    "files_in_order",
    lambda tf, d: tf.data.Dataset.list_files(os.path.join(d, "*.txt"), shuffle=False).map(
        lambda f: tf.substr(f, -5, 5)
    ),
)
one_line("files_missing", lambda tf, d: tf.data.Dataset.list_files("nowhere*"))
one_line(
    "csv_required",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "table.csv"), [tf.int32, tf.float32, tf.string], header=True
    ),
)
one_line(
    "csv_defaults",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "table.csv"), [[7], [1.5], tf.string], header=True
    ),
)
one_line(
    "csv_selected",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "table.csv"), [[7], tf.string], header=True, select_cols=[0, 2]
    ),
)
one_line(
    "csv_quoted",
    lambda tf, d: tf.data.experimental.CsvDataset(os.path.join(d, "quoted.csv"), [tf.string] * 2),
)
one_line(
    "csv_without_quotes",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "wide.csv"), [tf.string] * 3, use_quote_delim=False
    ),
)
one_line(
    "csv_not_a_number",
    lambda tf, d: tf.data.experimental.CsvDataset(os.path.join(d, "numbers.csv"), [tf.int32] * 2),
)
one_line(
    "csv_not_a_number_ignored",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "numbers.csv"), [tf.int32] * 2
    ).apply(tf.data.experimental.ignore_errors()),
)
one_line(
    "csv_blank_line",
    lambda tf, d: tf.data.experimental.CsvDataset(os.path.join(d, "blank.csv"), [tf.string] * 2),
)
one_line(
    "csv_too_many",
    lambda tf, d: tf.data.experimental.CsvDataset(os.path.join(d, "wide.csv"), [tf.int32] * 2),
)
one_line(
    "csv_too_few",
    lambda tf, d: tf.data.experimental.CsvDataset(os.path.join(d, "wide.csv"), [tf.int32] * 4),
)
one_line(
    "csv_unordered",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "wide.csv"), [tf.int32] * 2, select_cols=[2, 1]
    ),
)
one_line(
    "csv_header_missing",
    lambda tf, d: tf.data.experimental.CsvDataset(
        os.path.join(d, "b.txt"), [tf.int32], header=True
    ),
)
one_line(
    "group_of_pairs",
    lambda tf, d: tf.data.Dataset.zip((numbers(tf, 6), tens(tf, 6))).apply(
        tf.data.experimental.group_by_window(
            lambda a, b: a % 2,
            lambda k, w: w.map(lambda a, b: {"k": k, "sum": a + b}).padded_batch(
                2, {"k": [], "sum": []}
            ),
            2,
        )
    ),
)
one_line(
    "nested_windows",
    lambda tf, d: (
        numbers(tf, 8).window(4).flat_map(lambda w: w.window(2).flat_map(lambda v: v.batch(2)))
    ),
)
one_line(
    "shuffled_images_by_epoch",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices(np.arange(7))
        .map(lambda x: tf.cast(x, tf.float32) * 2)
        .shuffle(3, seed=8)
        .batch(3)
        .repeat(2)
    ),
)
one_line(
    "shuffled_pairs",
    lambda tf, d: (
        tf.data.Dataset.zip((numbers(tf, 6), tf.data.Dataset.from_tensor_slices(list("abcdef"))))
        .skip(1)
        .take(4)
        .shuffle(3, seed=4)
        .batch(3)
    ),
)
one_line(
    "shuffle_flat_map",
    lambda tf, d: numbers(tf, 3).flat_map(
        lambda x: numbers(tf, 4).shuffle(4, seed=1).map(lambda y: x * 10 + y)
    ),
)
one_line(
    "map_over_batches",
    lambda tf, d: (
        numbers(tf, 6)
        .batch(2)
        .map(lambda x: tf.cast(x, tf.float32) * [1.0, 10.0])
        .shuffle(2, seed=1)
        .unbatch()
    ),
)
one_line(
    "map_broadcasts",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices((np.arange(6.0).reshape(3, 2), np.arange(3.0)))
        .map(lambda a, b: (a * b, a + np.array([[1.0], [2.0]]), b * 3))
        .batch(2)
    ),
)
one_line("map_constant", lambda tf, d: numbers(tf, 3).map(lambda x: tf.constant([7, 8])).batch(2))
one_line(
    "csv_batches",
    lambda tf, d: tf.data.experimental.make_csv_dataset(
        os.path.join(d, "table.csv"), 2, num_epochs=1, shuffle=False, label_name="h3"
    ),
)
one_line(
    "csv_shuffled",
    lambda tf, d: tf.data.experimental.make_csv_dataset(
        os.path.join(d, "table.csv"), 2, num_epochs=2, shuffle_seed=4, select_columns=["h3", 1]
    ),
)

# -- refusals when a dataset is made by a run ---------------------------------------------------

one_line("batch_size_0", lambda tf, d: numbers(tf, 5).batch(0))
one_line("buffer_size_0", lambda tf, d: numbers(tf, 5).shuffle(0))
one_line("shard_out_of_range", lambda tf, d: numbers(tf, 5).shard(2, tf.constant(3, tf.int64) + 0))
one_line("step_0", lambda tf, d: tf.data.Dataset.range(1, 5, 0))
one_line("window_0", lambda tf, d: numbers(tf, 5).window(0))
one_line("prefetch_negative", lambda tf, d: numbers(tf, 5).prefetch(-3))
one_line(
    "cycle_0", lambda tf, d: numbers(tf, 5).interleave(lambda x: numbers(tf, 2), cycle_length=0)
)
one_line("calls_0", lambda tf, d: numbers(tf, 5).map(lambda x: x, num_parallel_calls=0))
one_line(
    "window_size_0",
    lambda tf, d: numbers(tf, 5).apply(
        tf.data.experimental.group_by_window(
            lambda x: x, lambda k, w: w.batch(2), window_size_func=lambda k: k * 0
        )
    ),
)
one_line(
    "unbatch_unequal",
    lambda tf, d: tf.data.Dataset.from_tensors(
        (tf.placeholder_with_default([1, 2], [None]), tf.placeholder_with_default([1], [None]))
    ).unbatch(),
)
one_line(
    "dense_to_sparse_too_small",
    lambda tf, d: rows(tf, 4).apply(tf.data.experimental.dense_to_sparse_batch(4, [2])),
)

one_line(
    "more_calls_than_cycles",
    lambda tf, d: numbers(tf, 5).interleave(
        lambda x: tens(tf, x), cycle_length=2, num_parallel_calls=4
    ),
)
one_line(
    "interleave_by_choice",
    lambda tf, d: (
        numbers(tf, 2)
        .interleave(lambda x: tens(tf, x), num_parallel_calls=tf.data.experimental.AUTOTUNE)
        .reduce(np.int64(0), lambda s, x: s + x)
        is None
        or numbers(tf, 1)
    ),
)
one_line(
    "prefetch_zero",
    lambda tf, d: numbers(tf, 3).prefetch(0).prefetch(tf.data.experimental.AUTOTUNE),
)
one_line("shuffle_take_repeat", lambda tf, d: numbers(tf, 6).shuffle(3, seed=4).take(4).repeat(2))
one_line("shuffle_with_zero_seed", lambda tf, d: numbers(tf, 6).shuffle(6, seed=0).repeat(2))
one_line(
    "parallel_calls_of_an_interleave",
    lambda tf, d: numbers(tf, 6).apply(
        tf.data.experimental.parallel_interleave(
            lambda x: tens(tf, x), cycle_length=2, block_length=3, prefetch_input_elements=0
        )
    ),
)
one_line(
    "buffer_output_0",
    lambda tf, d: numbers(tf, 6).apply(
        tf.data.experimental.parallel_interleave(
            lambda x: tens(tf, x), cycle_length=2, buffer_output_elements=0
        )
    ),
)
one_line(
    "block_length_0",
    lambda tf, d: numbers(tf, 5).interleave(
        lambda x: numbers(tf, 2), cycle_length=2, block_length=0
    ),
)
one_line("shard_0", lambda tf, d: numbers(tf, 5).shard(tf.constant(0, tf.int64) + 0, 0))
one_line(
    "random_shapes_batched",
    lambda tf, d: (
        tf.data.Dataset.from_tensor_slices((["a", "b"], [1.5, 2.5]))
        .repeat(2)
        .batch(3)
        .map(lambda s, x: {"s": s, "x": tf.reduce_sum(x)})
    ),
)
one_line(
    "counter_zip",
    lambda tf, d: tf.data.Dataset.zip(
        (tf.data.experimental.Counter(), numbers(tf, 3).repeat(2))
    ).filter(lambda i, x: x > 0),
)
one_line(
    "group_error",
    lambda tf, d: numbers(tf, 5).apply(tf.data.experimental.map_and_batch(lambda x: x, 0)),
)
one_line(
    "calls_0_map_and_batch",
    lambda tf, d: numbers(tf, 5).apply(
        tf.data.experimental.map_and_batch(lambda x: x, 2, num_parallel_calls=0)
    ),
)
one_line(
    "repeat_of_interleave",
    lambda tf, d: (
        numbers(tf, 3)
        .interleave(lambda x: tens(tf, x).shuffle(2, seed=1), cycle_length=2)
        .repeat(2)
    ),
)
one_line(
    "deep_structure",
    lambda tf, d: numbers(tf, 3).map(lambda x: {"a": {"b": (x, {"c": x + 1})}}).batch(2),
)
one_line("float_range", lambda tf, d: numbers(tf, 4).map(lambda x: tf.to_float(x) / 3.0).batch(4))
one_line(
    "bool_and_string_batches",
    lambda tf, d: (
        numbers(tf, 4).map(lambda x: (x > 1, tf.as_string(x), tf.cast(x, tf.uint8))).batch(3)
    ),
)

one_line(
    "repeat_of_flat_map",
    lambda tf, d: numbers(tf, 3).flat_map(lambda x: tens(tf, x).shuffle(2, seed=1)).repeat(3),
)
one_line(
    "shuffled_by_turns",
    lambda tf, d: numbers(tf, 5).interleave(
        lambda x: tens(tf, x).shuffle(2, seed=1), cycle_length=2
    ),
)
one_line(
    "shuffled_by_parallel_turns",
    lambda tf, d: (
        numbers(tf, 5)
        .interleave(lambda x: tens(tf, x).shuffle(2, seed=1), cycle_length=2, num_parallel_calls=2)
        .repeat(2)
    ),
)
one_line(
    "shuffled_by_workers",
    lambda tf, d: numbers(tf, 7).apply(
        tf.data.experimental.parallel_interleave(
            lambda x: tens(tf, x).shuffle(3, seed=1), cycle_length=2, prefetch_input_elements=1
        )
    ),
)


@pipeline
def shuffled_with_itself(tf, d):
    shuffled = numbers(tf, 6).shuffle(6, seed=2)
    both = tf.data.Dataset.zip((shuffled, shuffled)).map(lambda a, b: a * 10 + b)
    return both.concatenate(shuffled).concatenate(shuffled).repeat(2)
