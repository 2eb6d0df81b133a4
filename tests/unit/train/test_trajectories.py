"""Three steps of each optimizer against TensorFlow's, dense and with repeated sparse rows."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.graph.scope import get_collection
from flowgraph.ops import operators as operators
from flowgraph.ops.core import constant
from flowgraph.ops.gathering import gather
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.reduction import reduce_sum
from flowgraph.runtime.session import Session
from flowgraph.train.adadelta import AdadeltaOptimizer
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adagrad_da import AdagradDAOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.global_steps import create_global_step
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.proximal import ProximalAdagradOptimizer, ProximalGradientDescentOptimizer
from flowgraph.train.rmsprop import RMSPropOptimizer
from flowgraph.variables.collections import global_variables, global_variables_initializer
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope

# An optimizer, its slots, and w and the embedding e after each step.
RECORDED = [
    (
        lambda: GradientDescentOptimizer(0.1),
        [],
        [
            ([0.8, -1.6, 2.4], [0.6, 1.2, 3.0, 4.0, 4.0, 4.8]),
            ([0.64, -1.28, 1.9200001], [0.36, 0.72, 3.0, 4.0, 3.2, 3.8400002]),
            ([0.51199996, -1.0239999, 1.536], [0.21600002, 0.43200004, 3.0, 4.0, 2.56, 3.072]),
        ],
    ),
    (
        lambda: MomentumOptimizer(0.1, 0.9),
        ["momentum"],
        [
            ([0.8, -1.6, 2.4], [0.6, 1.2, 3.0, 4.0, 4.0, 4.8]),
            ([0.46, -0.92, 1.3800001], [0.0, 0.0, 3.0, 4.0, 2.3, 2.7600002]),
            (
                [0.062000006, -0.12400001, 0.18600011],
                [-0.53999996, -1.0799999, 3.0, 4.0, 0.30999994, 0.37200022],
            ),
        ],
    ),
    (
        lambda: MomentumOptimizer(0.1, 0.9, use_nesterov=True),
        ["momentum"],
        [
            ([0.62, -1.24, 1.86], [0.24000001, 0.48000002, 3.0, 4.0, 3.1, 3.72]),
            (
                [0.22240001, -0.44480002, 0.6672001],
                [-0.26639998, -0.53279996, 3.0, 4.0, 1.112, 1.3344002],
            ),
            (
                [-0.108351976, 0.21670395, -0.3250559],
                [-0.43329594, -0.8665919, 3.0, 4.0, -0.54175985, -0.6501117],
            ),
        ],
    ),
    (
        lambda: AdagradOptimizer(0.1),
        ["accumulator"],
        [
            (
                [0.90122706, -1.900311, 2.9001386],
                [0.90031105, 1.900078, 3.0, 4.0, 4.90005, 5.900035],
            ),
            (
                [0.8347373, -1.831543, 2.8306844],
                [0.833517, 1.8312299, 3.0, 4.0, 4.830075, 5.829933],
            ),
            (
                [0.7822992, -1.7762966, 2.774572],
                [0.78092223, 1.7759407, 3.0, 4.0, 4.7732954, 5.772991],
            ),
        ],
    ),
    (
        lambda: AdamOptimizer(0.1),
        ["m", "v"],
        [
            ([0.90000004, -1.9, 2.9], [0.90000004, 1.9, 3.0, 4.0, 4.9, 5.9]),
            (
                [0.8004126, -1.8001668, 2.8001032],
                [0.8004126, 1.8001668, 3.0, 4.0, 4.8000584, 5.800048],
            ),
            (
                [0.7015873, -1.7006245, 2.7003827],
                [0.7015873, 1.7006245, 3.0, 4.0, 4.7002144, 5.700176],
            ),
        ],
    ),
    (
        lambda: AdadeltaOptimizer(0.1),
        ["accum", "accum_update"],
        [
            (
                [0.9999553, -1.9999553, 2.9999552],
                [0.9999553, 1.9999553, 3.0, 4.0, 4.999955, 5.999955],
            ),
            ([0.99991, -1.99991, 2.9999099], [0.99991, 1.99991, 3.0, 4.0, 4.99991, 5.99991]),
            (
                [0.99986434, -1.9998643, 2.999864],
                [0.99986434, 1.9998643, 3.0, 4.0, 4.999864, 5.999864],
            ),
        ],
    ),
    (
        lambda: RMSPropOptimizer(0.1, momentum=0.5),
        ["rms", "momentum"],
        [
            (
                [0.8245884, -1.7470179, 2.7171574],
                [0.7470178, 1.7039068, 3.0, 4.0, 4.6971087, 5.693214],
            ),
            (
                [0.59954554, -1.4329795, 2.370385],
                [0.45197675, 1.3523431, 3.0, 4.0, 4.3280454, 5.319606],
            ),
            (
                [0.387154, -1.131669, 2.034871],
                [0.20267978, 1.0266469, 3.0, 4.0, 3.9677873, 4.953937],
            ),
        ],
    ),
    (
        lambda: RMSPropOptimizer(0.1, centered=True),
        ["rms", "mg", "momentum"],
        [
            (
                [0.82182586, -1.7385118, 2.705116],
                [0.7385118, 1.6900063, 3.0, 4.0, 4.682179, 5.677671],
            ),
            (
                [0.67884946, -1.53635, 2.4806318],
                [0.5585035, 1.4670254, 3.0, 4.0, 4.4420404, 5.4342194],
            ),
            (
                [0.5589304, -1.363653, 2.2872608],
                [0.42121875, 1.2821227, 3.0, 4.0, 4.2335434, 5.2223663],
            ),
        ],
    ),
    (
        lambda: FtrlOptimizer(
            0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02
        ),
        ["accum", "linear"],
        [
            (
                [0.7430914, -1.7407044, 2.740253],
                [0.82043296, 1.8200485, 3.0, 4.0, 4.74002, 5.7399797],
            ),
            (
                [0.6840156, -1.6752183, 2.6728952],
                [0.75717187, 1.752797, 3.0, 4.0, 4.6712594, 5.6708813],
            ),
            (
                [0.63625103, -1.6219064, 2.617988],
                [0.70675725, 1.6984388, 3.0, 4.0, 4.6151648, 5.6145015],
            ),
        ],
    ),
    (
        lambda: FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=0.1),
        ["accum", "linear"],
        [
            (
                [0.73517597, -1.73272, 2.7322576],
                [0.81651556, 1.8160865, 3.0, 4.0, 4.73202, 5.731979],
            ),
            (
                [0.6705422, -1.6608204, 2.6582458],
                [0.75023097, 1.7455308, 3.0, 4.0, 4.656429, 5.6560082],
            ),
            (
                [0.6185822, -1.6024193, 2.597999],
                [0.6975483, 1.6885644, 3.0, 4.0, 4.594811, 5.594061],
            ),
        ],
    ),
    (
        lambda: ProximalGradientDescentOptimizer(0.1, 0.01, 0.02),
        [],
        [
            (
                [0.79740524, -1.5958084, 2.3942118],
                [0.5978044, 1.1966069, 3.0, 4.0, 3.991018, 4.7894216],
            ),
            (
                [0.6356529, -1.2731005, 1.9105483],
                [0.35696873, 0.7155331, 3.0, 4.0, 3.1854436, 3.8228917],
            ),
            (
                [0.50650936, -1.0154495, 1.5243899],
                [0.21275572, 0.42746493, 3.0, 4.0, 2.5422704, 3.051211],
            ),
        ],
    ),
    (
        lambda: ProximalAdagradOptimizer(0.1, 0.1, 0.01, 0.02),
        ["accumulator"],
        [
            (
                [0.89984435, -1.8991152, 2.8990073],
                [0.89961344, 1.8994786, 3.0, 4.0, 4.8989706, 5.898968],
            ),
            (
                [0.8324279, -1.8295267, 2.8287702],
                [0.83235365, 1.8302196, 3.0, 4.0, 4.828242, 5.82812],
            ),
            (
                [0.77926475, -1.7736249, 2.7720277],
                [0.779395, 1.7746024, 3.0, 4.0, 4.7708535, 5.7705746],
            ),
        ],
    ),
]

NAMES = [
    "descent", "momentum", "nesterov", "adagrad", "adam", "adadelta", "rmsprop", "centered",
    "ftrl", "ftrl_shrinkage", "proximal_descent", "proximal_adagrad",
]  # fmt: skip


def model(dtype=dtypes.float32, constraint=None):
    w = Variable(constant([1.0, -2.0, 3.0], dtype), name="w", constraint=constraint)
    e = Variable(constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype), name="e")
    rows = gather(e, [0, 2, 0])
    return w, e, reduce_sum(w * w) + reduce_sum(rows * rows)


@pytest.mark.parametrize(("make", "slots", "recorded"), RECORDED, ids=NAMES)
def test_trajectory(make, slots, recorded):
    w, e, loss = model()
    step = create_global_step()
    optimizer = make()
    name = optimizer.get_name()
    operation = optimizer.minimize(loss, global_step=step)
    assert [operation.name, operation.type] == [name, "AssignAdd"]
    assert get_collection("train_op") == [operation]
    assert optimizer.get_slot_names() == sorted(slots)
    for i, slot in enumerate(slots):
        made = optimizer.get_slot(w, slot)
        assert made.name == (f"w/{name}_{i}:0" if i else f"w/{name}:0")
        assert made.dtype is dtypes.float32_ref
        assert made.initializer.inputs[1].shape.as_list() == [3]
    with Session() as session:
        session.run(global_variables_initializer())
        for count, (end_w, end_e) in enumerate(recorded, 1):
            assert session.run(operation) is None
            np.testing.assert_allclose(session.run(w), end_w, 2e-6)
            np.testing.assert_allclose(session.run(e).ravel(), end_e, 2e-6, 1e-7)
            assert session.run(step) == count


@pytest.mark.parametrize(("make", "slots", "recorded"), RECORDED, ids=NAMES)
def test_double_precision_and_half(make, slots, recorded):
    for dtype, rtol in ((dtypes.float64, 3e-6), (dtypes.float16, 3e-2)):
        w, e, loss = model(dtype)
        operation = make().minimize(loss, var_list=[w, e])
        with Session() as session:
            session.run(global_variables_initializer())
            session.run(operation)
            assert session.run(w).dtype == dtype.numpy
            np.testing.assert_allclose(session.run(w), recorded[0][0], rtol)
            # Adam's epsilon is zero in half precision: rows without gradient become 0 / 0.
            touched = [0, 1, 4, 5]
            found, end = session.run(e).ravel()[touched], np.take(recorded[0][1], touched)
            np.testing.assert_allclose(found, end, rtol)


def test_dual_averaging_and_constraint():
    w, e, loss = model(constraint=lambda value: clip_by_value(value, 0.0, 1.0))
    step = create_global_step()
    optimizer = AdagradDAOptimizer(
        0.1, step, l1_regularization_strength=0.01, l2_regularization_strength=0.02
    )
    operation = optimizer.minimize(loss, global_step=step)
    slot_names = ["gradient_accumulator", "gradient_squared_accumulator"]
    assert optimizer.get_slot_names() == slot_names
    names = [v.name for v in optimizer.variables()]
    assert names == ["e/AdagradDA:0", "e/AdagradDA_1:0", "w/AdagradDA:0", "w/AdagradDA_1:0"]
    ends = [
        ([0, 0.099390194, 0], [-0.099390194, -0.09977214, 3, 4, -0.09983014, -0.09986535]),
        ([0, 0.0940274, 0], [-0.08875931, -0.09452287, 3, 4, -0.09769602, -0.09808857]),
        ([0, 0.088960834, 0], [-0.07936896, -0.08956209, 3, 4, -0.09560705, -0.09634294]),
    ]
    with Session() as session:
        session.run(global_variables_initializer())
        for end_w, end_e in ends:
            session.run(operation)
            np.testing.assert_allclose(session.run(w), end_w, 2e-6)
            np.testing.assert_allclose(session.run(e).ravel(), end_e, 2e-6)


def test_a_second_optimizer_of_a_name_has_slots_of_its_own():
    _, _, loss = model()
    for _ in range(2):
        AdamOptimizer(0.1).minimize(loss)
    assert [v.name for v in global_variables()][2:] == [
        "beta1_power:0", "beta2_power:0", "w/Adam:0", "w/Adam_1:0", "e/Adam:0", "e/Adam_1:0",
        "beta1_power_1:0", "beta2_power_1:0", "w/Adam_2:0", "w/Adam_3:0", "e/Adam_2:0",
        "e/Adam_3:0",
    ]  # fmt: skip


def test_slots_take_the_variable_scope():
    w, _, loss = model()
    with variable_scope("opt"):
        optimizer = MomentumOptimizer(0.1, 0.9)
        operation = optimizer.minimize(loss)
    assert optimizer.get_slot(w, "momentum").name == "opt/w/Momentum:0"
    assert operation.name == "opt/Momentum"
