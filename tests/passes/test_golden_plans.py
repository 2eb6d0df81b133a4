"""What each pass makes of a small graph, as text."""

import numpy as np

import flowgraph as tf
from tests.passes.golden import golden, plan

TWO = np.ones((2, 3), np.float32)


def test_prune_keeps_what_the_fetch_needs():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.add(x, x, name="y")
    tf.multiply(x, x, name="not_needed")
    assert plan(y, {x: TWO}, "prune") == golden("""
        feed  %0 float32[?,3]  x:0
        step  %1 = Add(%0, %0) : float32[?,3]
        fetch %1 y:0
    """)


def test_a_fed_tensor_needs_nothing():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.add(x, x, name="y")
    z = tf.negative(y, name="z")
    assert plan(z, {y: TWO}, "prune") == golden("""
        feed  %0 float32[2,3]  y:0
        step  %1 = Neg(%0) : float32[2,3]
        fetch %1 z:0
    """)


def test_fold_works_out_shapes_once_the_feed_is_known():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    rows = tf.shape(x, name="s")[0]
    y = tf.reshape(x, [rows * 3], name="y")
    assert plan(y, {x: TWO}, "fold") == golden("""
        feed  %0 float32[2,3]  x:0
        const %8 int32[1]  y/shape:0 = [6]
        step  %9 = Reshape(%0, %8) : float32[6]
        fetch %9 y:0
    """)


def test_fold_hands_on_what_a_constant_waited_for():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.assign(v, 2.0, name="set")]):
        c = tf.constant(3.0, name="c")
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.add(c, x, name="y")
    assert plan(y, {x: 1.0}, "fold") == golden("""
        feed  %0 float32[]  x:0
        const %2 float32[]  set/value:0 = 2.0
        const %4 float32[]  c:0 = 3.0
        step  %1 = VariableV2() : float32_ref[]
        step  %3 = Assign(%1, %2) : float32_ref[]
        step  %5 = Add(%4, %0) ^set : float32[]
        fetch %5 y:0
    """)


def test_simplify_renames_identities_away():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.reshape(tf.identity(tf.stop_gradient(x)), [2, 3])
    z = tf.negative(y, name="z")
    assert plan(z, {x: TWO}, "simplify") == golden("""
        feed  %0 float32[2,3]  x:0
        step  %5 = Neg(%0) : float32[2,3]
        fetch %5 z:0
    """)


def test_cse_merges_equal_steps_and_constants_but_no_random_numbers():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    a = tf.exp(x + 1.0, name="a") * tf.exp(x + 1.0, name="b")
    c = tf.random_uniform([2, 3], seed=1, name="c") + tf.random_uniform([2, 3], seed=1, name="d")
    text = plan(a + c, {x: TWO}, "cse")
    assert text.count("= Exp(") == 1
    assert text.count("= RandomUniform(") == 2


def test_cse_tells_minus_zero_from_zero():
    x = tf.placeholder(tf.float32, [], name="x")
    quotients = [tf.divide(x, 0.0), tf.divide(x, -0.0)]
    assert tf.Session().run(quotients, {x: 1.0}) == [np.inf, -np.inf]


def test_schedule_reads_a_variable_before_it_is_written():
    v = tf.Variable(1.0, name="v")
    write = tf.assign(v, 5.0, name="set")
    late = tf.negative(v, name="late")
    text = plan([write.op, late], stage="schedule")
    assert text.index("Identity") < text.index("Assign")
    session = tf.Session()
    session.run(v.initializer)
    assert session.run([write.op, late]) == [None, -1.0]


def test_schedule_reads_after_the_write_it_depends_on():
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.assign(v, 5.0)]):
        after = tf.negative(v.read_value(), name="after")
    text = plan(after, stage="schedule")
    assert text.index("Assign") < text.index("Neg")


def test_relax_waits_for_effects_only():
    u, v = tf.Variable(1.0, name="u"), tf.Variable(2.0, name="v")
    x = tf.placeholder(tf.float32, [], name="x")
    a, b = tf.tuple([tf.exp(x, name="a"), tf.sin(x, name="b")], name="both")
    with tf.control_dependencies([a, tf.assign(u, x, name="first")]):
        write = tf.assign(v, b, name="write")
    assert plan([write.op, a], {x: 1.0}, "simplify") == golden("""
        feed  %0 float32[]  x:0
        step  %1 = VariableV2() : float32_ref[]
        step  %2 = VariableV2() : float32_ref[]
        step  %3 = Exp(%0) : float32[]
        step  %4 = Sin(%0) : float32[]
        step  %7 = Assign(%1, %0) : float32_ref[]
        step  %8 = Assign(%2, %4) ^first : float32_ref[]
        fetch %3 a:0
    """)


def test_fuse_joins_what_needs_each_other_only():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    bias = tf.placeholder(tf.float32, [3], name="bias")
    a = tf.nn.relu(x + bias, name="a")
    b = tf.exp(-a, name="b")
    c = tf.matmul(b, b, transpose_b=True, name="c")
    d = tf.add(tf.tanh(a, name="t"), b, name="d")
    assert plan([c, d], {x: TWO, bias: TWO[0]}, "fuse") == golden("""
        feed  %0 float32[2,3]  x:0
        feed  %1 float32[3]  bias:0
        step  %3, %5 = Fused(%0, %1) : float32[2,3] float32[2,3]
          AddV2(%0, %1)  add
          %3 = Relu(add)  a
          Neg(a)  Neg
          %5 = Exp(Neg)  b
        step  %6 = MatMul(%5, %5) : float32[2,2]
        step  %8 = Fused(%3, %5) : float32[2,3]
          Tanh(%3)  t
          %8 = Add(t, %5)  d
        fetch %6 c:0, %8 d:0
    """)


def test_fuse_leaves_a_read_before_the_write():
    v = tf.Variable([1.0, 2.0], name="v")
    a = tf.negative(v, name="a")
    with tf.control_dependencies([a]):
        write = tf.assign(v, [3.0, 4.0], name="write")
    assert "Fused" not in plan([tf.exp(a), write], {})


def test_memory_shares_buffers_and_writes_in_place():
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    a = tf.matmul(x, x, name="a")
    b = tf.exp(a, name="b")
    c = tf.matmul(b, b, name="c")
    d = tf.reduce_sum(c, name="d")
    text = plan(tf.negative(d), {x: TWO[:, :2]})
    assert text == golden("""
        feed  %0 float32[2,2]  x:0
        const %4 int32[2]  Const:0 = [0, 1]
        step  %1@0 = MatMul(%0, %0) : float32[2,2]
        step  %2@0 = Exp(%1) : float32[2,2]
        step  %3@1 = MatMul(%2, %2) : float32[2,2]
        step  %5@0 = Sum(%3, %4) : float32[]
        step  %6 = Neg(%5) : float32[]
        fetch %6 Neg:0
        2 buffers, 128 bytes
    """)


def test_the_plans_inside_a_branch_and_a_loop_stand_below_its_step():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(x[0] > 0.0, lambda: x * 2.0, lambda: -x)
    z = tf.while_loop(lambda z: z[1] < 9.0, lambda z: z + y, [x])
    text = plan(z, {x: np.ones(2, np.float32)})
    assert text[text.index("step  %8") : text.index("step  %11")].rstrip() == golden("""
        step  %8, %9 = If(%6, %0) : float32[2] variant[]
          then
            feed  %0 float32[2]  cond/mul/captured:0
            const %1 float32[]  cond/mul/y:0 = 2.0
            step  %2 = Mul(%0, %1) : float32[2]
            fetch %2 cond/mul:0
          else
            feed  %0 float32[2]  cond/captured:0
            step  %1 = Neg(%0) : float32[2]
            fetch %1 cond/Neg:0
    """)
    assert [line.strip() for line in text.splitlines() if line.strip() in ("enter", "turn")] == [
        "enter",
        "turn",
    ]


def test_a_group_holds_operations_that_are_asked_for_without_their_values():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.multiply(tf.add(x, x, name="twice"), x, name="y")
    z = tf.negative(y, name="z")
    assert plan([z.op, y.op], {x: TWO}, "fuse") == golden("""
        feed  %0 float32[2,3]  x:0
        step  %3 = Fused(%0) : float32[2,3]
          Add(%0, %0)  twice
          Mul(twice, %0)  y
          %3 = Neg(y)  z
        fetch nothing
    """)


def test_the_code_of_groups_is_c():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.tanh(x + tf.constant([1.0, 2.0, 3.0])) * x
    z = tf.exp(tf.reshape(y, [-1])) * 2.0
    text = tf.Session().explain([y, z], {x: np.zeros([5, 3])}, stage="code")
    assert text.startswith('#include "dialect.h"\n\ntypedef struct {\n    long n0;\n')
    rows = """
        #pragma GCC ivdep
                for (long i = 0; i < w->n1; i++) {
                    const float v0 = a0[i];
                    const float v1 = a1[i];
                    float v2 = (v0 + v1);
                    float v3 = tanh(v2);
                    float v4 = (v3 * v0);
                    o4[i] = v4;
                }
            }
        }
        """
    assert golden(rows) in text
    flat = """
            const float v1 = *a1;
        #pragma GCC ivdep
            for (long i = begin; i < end; i++) {
                const float v0 = a0[i];
                float v2 = exp(v0);
                float v3 = (v2 * v1);
                o3[i] = v3;
            }
        }

        void group_1(
        """
    assert golden(flat) in text
    assert tf.Session().explain(x, {x: [[0.0] * 3]}, stage="code") == ""
