"""What is said when no gradient arrives."""

from flowgraph import dtypes
from flowgraph.autodiff.diagnosis import explain_no_gradient
from flowgraph.autodiff.gradients import gradients
from flowgraph.graph.op import Op
from flowgraph.graph.signature import Signature
from flowgraph.ops.arithmetic import add, multiply, negative
from flowgraph.ops.core import apply, cast, constant, placeholder, stop_gradient
from flowgraph.variables.variable import Variable


class Index(Op, abstract=True):
    """A function of floats whose values are integers."""

    type = "ArgMax"
    signature = Signature("input: T -> output: int64")

    def infer(self, *inputs):
        return (inputs[0].shape,)

    gradient = Op.not_differentiable


class Rounded(Op, abstract=True):
    type = "Round"
    signature = Signature("x: T -> y: T")

    def infer(self, *inputs):
        return (inputs[0].shape,)


class Silent(Rounded, abstract=True):
    def gradient(self, operation, *dys):
        return (None,)


def explained(loss, *xs):
    """The explanation, given that it is one: the gradients are indeed None."""
    assert gradients(loss, list(xs)) == [None] * len(xs)
    return explain_no_gradient(loss, xs).splitlines()


def test_the_path_to_an_op_of_integers():
    w = Variable([1.0, 2.0], name="w")
    index = apply(Index(), w)
    loss = negative(cast(index, dtypes.float32))
    path, place, line = explained(loss, w)
    assert path == (
        "the path loss <- Neg <- Cast(int64->float32) <- ArgMax stops at ArgMax, built at"
    )
    assert place.startswith(f'  File "{__file__}", line ')
    assert line == "    index = apply(Index(), w)"


def test_the_path_to_a_stop():
    w = Variable([1.0, 2.0], name="w")
    loss = negative(stop_gradient(multiply(w, w), name="frozen"))
    path = explained(loss, w)[0]
    assert path == "the path loss <- Neg <- StopGradient stops at frozen, built at"


def test_an_op_without_gradient_stops_too():
    w = Variable([1.0, 2.0], name="w")
    text = explain_no_gradient(negative(apply(Rounded(), w)), [w])
    assert text.startswith("the path loss <- Neg <- Round stops at Round, built at")


def test_each_end_is_shown_up_to_three():
    w = Variable([1.0, 2.0], name="w")
    stopped = [stop_gradient(w, name=f"stop{i}") for i in range(5)]
    loss = stopped[0]
    for each in stopped[1:]:
        loss = add(loss, each)
    lines = explained(loss, w)
    assert [line.split("stops at ")[1] for line in lines if "stops at" in line] == [
        "stop4, built at",
        "stop3, built at",
        "stop2, built at",
    ]
    assert lines[-1] == "and 2 more stop the gradient"


def test_long_paths_are_shortened():
    w = Variable(1.0, name="w")
    loss = stop_gradient(w)
    for _ in range(20_000):
        loss = negative(loss)
    path = explained(loss, w)[0]
    assert path.startswith("the path loss <- Neg <- Neg <- Neg <- Neg <- Neg <- ... <- Neg")
    assert path.count("<-") < 15


def test_a_loss_of_other_things():
    w = Variable(1.0, name="w")
    x = placeholder(dtypes.float32, [], name="x")
    loss = add(x, constant(1.0, name="one"))
    assert explained(loss, w) == [
        "the loss depends on none of them, only on x (Placeholder), one (Const)"
    ]


def test_a_gradient_function_that_gives_none():
    w = Variable(1.0, name="w")
    assert explained(apply(Silent(), w), w) == [
        "an operation between them has a gradient function that gives None"
    ]
