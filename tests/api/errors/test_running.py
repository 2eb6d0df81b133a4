"""Operations that fail while they run."""

import numpy as np
import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake

INVALID = tf.errors.InvalidArgumentError


def test_factors_that_do_not_fit():
    error = mistake(
        INVALID,
        """
        a = tf.placeholder(tf.float32, [None, None])
        b = tf.placeholder(tf.float32, [None, None])
        y = tf.identity(tf.matmul(a, b), name="y")
        z = np.zeros([2, 3])
        tf.Session().run(y, {a: z, b: z})
        """,
    )
    check(
        error,
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]\n\t [[node MatMul (defined at "
        "train.py:3) ]]",
        "MatMul 'MatMul', built at",
        3,
        "input Placeholder:0 float32[2,3], made at",
        1,
        "input Placeholder_1:0 float32[2,3], made at",
        2,
        "needed by y <- MatMul, run at",
        5,
        "hint: axis 1 of a is 3, axis 0 of b is 2; transpose_b=True would fit",
    )
    assert error.op.name == "MatMul"


def test_shapes_that_do_not_broadcast():
    error = mistake(
        INVALID,
        """
        a = tf.placeholder(tf.float32)
        b = tf.placeholder(tf.float32)
        tf.Session().run(a + b, {a: np.zeros([2, 3]), b: np.zeros([4, 3])})
        """,
    )
    first = "Incompatible shapes: [2,3] vs. [4,3]\n"
    check(error, first, "AddV2 'add', built at", 3, 1, 2, "hint: axis -2 is 2 in the first and 4")


def test_a_gradient_names_the_operation_of_the_user():
    error = mistake(
        INVALID,
        """
        a = tf.placeholder(tf.float32, name="a")
        seed = tf.placeholder(tf.float32, name="seed")
        y = tf.tanh(a, name="y")
        g, = tf.gradients(y, a, grad_ys=seed)
        tf.Session().run(g, {a: np.zeros([2]), seed: np.zeros([3])})
        """,
    )
    text = check(error, "Incompatible shapes: ", "computes the gradient of Tanh 'y', built at", 3)
    assert "(defined at train.py:3)" in text


@pytest.mark.parametrize(
    ("target", "text", "hint"),
    [
        ("[-1, 784]", "requires a multiple of 784", "each row of the input has 3 elements"),
        ("[4, 2]", "has 8", "[-1,2] would fit, with 3 in the first place"),
    ],
)
def test_elements_that_do_not_fill_a_shape(target, text, hint):
    error = mistake(
        INVALID,
        f"""
        x = tf.placeholder(tf.float32)
        y = tf.reshape(x, {target})
        tf.Session().run(y, {{x: np.zeros([2, 3])}})
        """,
    )
    first = f"Input to reshape is a tensor with 6 values, but the requested shape {text}\n"
    check(error, first, 2, "input Placeholder:0 float32[2,3]", 1, 3, f"hint: {hint}")


def test_rows_of_logits_and_labels_that_differ():
    error = mistake(
        INVALID,
        """
        x = tf.placeholder(tf.float32, [None, 4, 3])
        y = tf.placeholder(tf.float32, [None, 3])
        z = tf.reshape(x, [-1, 3])
        loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=z * 2.0)
        tf.Session().run(loss, {x: np.zeros([2, 4, 3]), y: np.zeros([2, 3])})
        """,
    )
    first = "logits and labels must be broadcastable: logits_size=[8,3] labels_size=[2,3]\n"
    hint = "hint: the batch sizes differ: 8 rows of logits, 2 of labels"
    check(error, first, 4, 5, hint, "come from the Reshape 'Reshape' at", 3)


@pytest.mark.parametrize(
    ("logits", "labels", "sizes", "hint"),
    [
        ((2, 3), (2, 5), "logits_size=[2,3] labels_size=[2,5]", "3 of the logits, 5 of the labels"),
        ((4, 3), (4,), "logits_size=[4,3] labels_size=[1,4]", "look like numbers of classes"),
    ],
)
def test_labels_that_do_not_fit(logits, labels, sizes, hint):
    error = mistake(
        INVALID,
        f"""
        z = tf.placeholder(tf.float32)
        y = tf.placeholder(tf.float32)
        loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=z)
        tf.Session().run(loss, {{z: np.zeros({logits}), y: np.zeros({labels})}})
        """,
    )
    check(error, f"logits and labels must be broadcastable: {sizes}\n", 3, 4, "hint: ", hint)


@pytest.mark.parametrize(
    ("labels", "bad", "hint"),
    [
        ("[1, 3]", 3, "the labels count from 1: subtract 1"),
        ("[0, 7]", 7, "the logits have 3 classes, the labels need 8"),
        ("[0, -1]", -1, "a label is negative"),
    ],
)
def test_a_label_that_is_no_class(labels, bad, hint):
    error = mistake(
        INVALID,
        f"""
        z = tf.placeholder(tf.float32, [None, 3])
        y = tf.placeholder(tf.int32, [None])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
        tf.Session().run(loss, {{z: np.zeros([2, 3]), y: {labels}}})
        """,
    )
    shown = labels.strip("[]").replace(",", "")
    first = (
        f"Received a label value of {bad} which is outside the valid range of [0, 3).  "
        f"Label values: {shown}\n"
    )
    check(error, first, 3, 1, 2, 4, f"hint: {hint}")


def test_an_index_that_the_table_does_not_have():
    error = mistake(
        INVALID,
        """
        table = tf.Variable(tf.zeros([3, 2]), name="words")
        x = tf.placeholder(tf.int32, [None])
        y = tf.gather(table, x)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        sess.run(y, {x: [5]})
        """,
    )
    hint = "hint: the indices are places in 'words', made at"
    check(error, "indices[0] = 5 is not in [0, 3)\n", 3, 6, hint, 1)


def test_a_value_is_not_a_number():
    error = mistake(
        INVALID,
        """
        x = tf.placeholder(tf.float32, [None])
        y = tf.log(x)
        z = tf.check_numerics(y, "msg")
        tf.Session().run(z, {x: [-1.0, 1.0]})
        """,
    )
    hint = "hint: 1 NaN and 0 Inf of 2 elements, the others from 0 to 0; log of 0 is -Inf"
    check(error, "msg : Tensor had NaN values\n", 3, 2, 4, hint, "Log 'Log' is at", 2)


def test_the_first_value_that_is_not_finite():
    error = mistake(
        INVALID,
        """
        x = tf.placeholder(tf.float32, [None])
        loss = -tf.reduce_sum(x * tf.log(x), name="loss")
        check = tf.add_check_numerics_ops()
        tf.Session().run(check, {x: [0.0, 1.0]})
        """,
    )
    hint = "hint: 0 NaN and 1 Inf of 2 elements"
    check(error, "Log:0 : Tensor had Inf values\n", 3, 2, 4, hint, "Log 'Log' is at", 2)


def test_there_is_no_memory():
    error = mistake(
        tf.errors.ResourceExhaustedError,
        """
        n = tf.placeholder(tf.int32, [2])
        y = tf.fill(n, 1.0)
        tf.Session().run(y, {n: [2000000, 2000000]})
        """,
    )
    first = "OOM when allocating tensor with shape[2000000,2000000] and type float on /job:"
    check(error, first, "Fill 'Fill', built at", 2, 3)


def test_there_is_no_memory_for_a_plan():
    error = mistake(
        tf.errors.ResourceExhaustedError,
        """
        x = tf.zeros([2000000, 2000000])
        tf.Session().run(x + 1.0)
        """,
    )
    first = "OOM when allocating tensor with shape[2000000,2000000] and type float on /job:"
    check(error, first, "Fill 'zeros', built at", 1, "add <- zeros, run at", 2)


def test_there_is_no_gpu():
    error = mistake(
        INVALID,
        """
        with tf.device("/gpu:7"):
            y = tf.add(1.0, 2.0)
        tf.Session().run(y)
        """,
    )
    first = "Cannot assign a device for operation Add: "
    check(
        error,
        first,
        "was explicitly assigned to /device:GPU:7 but available devices are [ /job:localhost",
        "The requested device appears to be a GPU, but CUDA is not enabled.\n",
        "hint: ConfigProto(allow_soft_placement=True) runs it on the CPU",
    )


def test_a_queue_stays_empty_for_too_long():
    error = mistake(
        tf.errors.DeadlineExceededError,
        """
        queue = tf.FIFOQueue(3, tf.float32)
        x = queue.dequeue()
        y = x + 1.0
        tf.Session().run(y, options=tf.RunOptions(timeout_in_ms=20))
        """,
    )
    first = "Timed out waiting for notification\n"
    check(error, first, "QueueDequeueV2 'fifo_queue_Dequeue', built at", 2, "add <-", 4)


def test_a_function_of_the_users_fails():
    error = mistake(
        tf.errors.UnknownError,
        """
        def halve(x):
            return x / nothing

        y = tf.py_func(halve, [tf.constant(1.0)], tf.float32)
        tf.Session().run(y)
        """,
    )
    assert str(error).startswith("NameError: name 'nothing' is not defined\n")
    for part in ("line 2, in halve", "PyFunc 'PyFunc', built at", "line 4,", "line 5,"):
        assert part in str(error)


def test_a_session_goes_on_after_an_error():
    x = tf.placeholder(tf.float32)
    y = x + tf.ones([2])
    sess = tf.Session()
    with pytest.raises(INVALID):
        sess.run(y, {x: np.zeros(3)})
    assert sess.run(y, {x: np.zeros(2)}).tolist() == [1, 1]
