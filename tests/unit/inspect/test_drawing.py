"""Drawings as texts: golden ones, what they hide, that they are harmless, the same every time."""

import html.parser
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.inspect import theme
from tests.unit.inspect.pictures import GRAPHS, convolutional_net, training

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

SMALL = """
x = tf.placeholder(tf.float32, [None, 3], name="x")
with tf.name_scope("model"):
    w = tf.Variable(2.0, name="w")
    y = tf.multiply(x, w, name="y")
step = tf.assign_add(w, 1.0, name="step")
with tf.control_dependencies([step]):
    tf.reduce_sum(y, axis=1, name="total")
""".lstrip()


def default_graph():
    return tf.get_default_graph()


def titles(drawing):
    return {box.key: box for box in drawing.picture.root.walk()}


@pytest.mark.parametrize("ending", ["svg", "dot", "mmd"])
def test_golden(ending, tmp_path):
    exec(compile(SMALL, "teach.py", "exec"), {"tf": tf})
    tf.show(default_graph(), depth=1, to=tmp_path / f"small.{ending}")
    found = (tmp_path / f"small.{ending}").read_text()
    assert found == (HERE / "golden" / f"small.{ending}").read_text()


@pytest.mark.parametrize("name", GRAPHS)
def test_every_form_of_every_graph(name, tmp_path):
    GRAPHS[name]()
    drawing = default_graph().show()
    drawing.save(tmp_path / "g.html")
    assert ET.fromstring(drawing.to_svg()).tag == "{http://www.w3.org/2000/svg}svg"
    assert (tmp_path / "g.html").read_text().count("<svg") >= 1
    assert drawing.to_dot().startswith("digraph") and drawing.to_mermaid().startswith("flowchart")
    for form in ("to_svg", "to_html", "to_dot", "to_mermaid"):
        assert getattr(default_graph(), form)() == getattr(drawing, form)()


def test_the_same_graph_gives_the_same_bytes(tmp_path):
    code = (
        "import flowgraph as tf; from tests.unit.inspect.pictures import convolutional_net as net;"
        "net(); d = tf.show(tf.get_default_graph()); print(d.to_html(), d.to_dot(), d.to_mermaid())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


# -- what is drawn ------------------------------------------------------------------------------


def test_machinery_is_hidden():
    training()
    boxes = titles(tf.show(default_graph(), depth=9))
    assert {"x", "layer/w", "layer/b", "layer/MatMul", "layer/Relu", "loss"} <= set(boxes)
    for part in ("Initializer", "Assign", "read", "save/", "Shape", "control_dependency", "beta1"):
        assert [key for key in boxes if part in key and "Adam/Assign" not in key] == []
    assert boxes["layer/w"].kind == "variable"
    assert boxes["Adam/update_layer/w/ApplyAdam"].subtitle.startswith("→ layer/w")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("initializers", "layer/w/Assign"),
        ("savers", "save/restore_all"),
        ("helpers", "gradients/loss_grad/Shape"),
        ("constants", "Adam/beta1"),
        ("slots", "layer/w/Adam"),
    ],
)
def test_machinery_is_drawn_if_asked_for(role, name):
    training()
    roles = ("initializers", "savers", "helpers", "constants", "slots", "references")
    with_it = titles(tf.show(default_graph(), depth=9, hidden=[r for r in roles if r != role]))
    assert name in with_it
    assert name not in titles(tf.show(default_graph(), depth=9))


def test_references_are_drawn_if_asked_for():
    training()
    flows = {wire.flow for wire in tf.show(default_graph()).picture.wires()}
    assert flows == {"data", "saved", "control"}
    drawing = tf.show(default_graph(), hidden=["initializers", "slots"])
    assert "reference" in {wire.flow for wire in drawing.picture.wires()}


def test_an_only_reference_is_drawn():
    tf.assign_add(tf.Variable(1.0, name="w"), 2.0, name="up")
    (wire,) = tf.show(default_graph()).picture.wires()
    assert (wire.source, wire.targets, wire.flow) == ("w", ("up",), "reference")


def test_kinds():
    training()
    boxes = titles(tf.show(default_graph(), depth=9))
    kinds = {"x": "input", "loss": "forward", "gradients/layer/Relu_grad/ReluGrad": "gradient"}
    kinds |= {"Adam/update_layer/b/ApplyAdam": "update", "gradients/": "gradient"}
    assert {key: boxes[key].kind for key in kinds} == kinds


def test_constants_a_program_names_are_drawn_and_others_told():
    a = tf.constant(2.0, name="a")
    y = tf.reduce_mean(tf.multiply(a, tf.placeholder(tf.float32, [4], name="x"), name="y"))
    tf.add(tf.constant(1.0), tf.constant(2.0), name="sum")
    boxes = titles(tf.show(default_graph()))
    assert boxes["a"].subtitle == "2"
    assert boxes[y.op.name].subtitle == "reduction_indices=[0]"
    assert {"Const_1", "Const_2"} <= set(boxes)  # without them the sum would have no inputs


def test_fetches_are_drawn_with_what_they_need():
    training()
    graph = default_graph()
    relu = graph.get_tensor_by_name("layer/Relu:0")
    assert set(titles(tf.show(relu, depth=9))) == {
        "x", "layer/", "layer/w", "layer/b", "layer/MatMul", "layer/add", "layer/Relu",
    }  # fmt: skip
    cut = tf.show({"y": [relu]}, feeds={"layer/MatMul:0": np.zeros((1, 2))}, depth=9)
    assert set(titles(cut)) == {"layer/", "layer/b", "layer/MatMul", "layer/add", "layer/Relu"}
    assert titles(cut)["layer/MatMul"].kind == "input"
    assert set(titles(tf.show("x:0"))) == {"x"}
    assert "layer/w/Assign" in titles(tf.show(graph.get_operation_by_name("layer/w/Assign")))


def test_fetches_of_another_graph():
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, name="elsewhere")
    assert set(titles(tf.show([x]))) == {"elsewhere"}


def test_scopes_open_by_depth_and_name():
    convolutional_net()

    def opened(**options):
        boxes = titles(tf.show(default_graph(), **options)).values()
        return {box.key for box in boxes if getattr(box, "is_open", False)}

    assert opened(depth=0) == set()
    assert {"conv1/", "gradients/", "Adam/"} <= opened(depth=1)
    assert opened(depth=0, expand=["gradients/conv1"]) == {"gradients/", "gradients/conv1/"}
    assert opened() == {"conv1/", "conv2/", "dense/", "loss/", "accuracy/"}


def test_wires_are_labelled_with_dtype_and_shape():
    convolutional_net()
    wires = {wire.source: wire for wire in tf.show(default_graph()).picture.wires()}
    assert wires["images"].tooltip.startswith("images:0  float32[?,28,28,1]\n  → ")
    labels = {wire.label for wire in tf.show(default_graph()).picture.wires()}
    assert {"float32[?,28,28,1]", "float32[5,5,1,16]", "int64[?]"} <= labels


def test_tooltips_tell_the_line_type_and_attributes():
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    tf.matmul(x, x, transpose_b=True, name="product")  # the line it was made at
    tip = titles(tf.show(default_graph()))["product"].tooltip
    assert tip.startswith("product\nMatMul → float32[2,2]\n")
    assert "transpose_b: True" in tip and "# the line it was made at" in tip
    assert "test_drawing.py:" in tip


def test_bodies_are_boxes():
    GRAPHS["bodies"]()
    boxes = titles(tf.show(default_graph(), depth=9))
    assert {"choose/If:then/", "choose/If:else/", "loop/While:enter/", "loop/While:turn/"} <= set(
        boxes
    )
    assert boxes["loop/While:turn/loop/Tanh"].kind == "forward"
    inside = {box.title for box in boxes["choose/If:then/"].members}
    assert inside == {"x", "w", "MatMul"}


def test_many_operations_in_one_scope_are_piled_up():
    x = tf.placeholder(tf.float32, [2])
    for _ in range(200):
        x = tf.tanh(x)
    root = tf.show(default_graph()).picture.root
    assert len(root.members) < 20
    assert sum(not hasattr(box, "members") for box in root.walk()) == 201


# -- harmless -----------------------------------------------------------------------------------

EVIL = '</title><script>alert("1")</script><img onerror=x src=y>`"\\ \x1b\x00&#quot;'


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [tag, *(name for name, _ in attrs)]


def test_names_and_attributes_are_harmless(tmp_path):
    code = compile(f"tf.constant({EVIL!r}, name='a')", "<script>alert(2)</script>", "exec")
    exec(code, {"tf": tf})
    with tf.device(tf.DeviceSpec(job="worker")):
        a = default_graph().get_tensor_by_name("a:0")
        tf.as_string(tf.string_to_number(a), fill="<", name="b")
    default_graph().get_operations()[0].device = EVIL
    drawing = tf.show(default_graph())
    for text in (drawing.to_svg(), drawing.to_html()):
        tags = Tags()
        tags.feed(text)
        assert {"svg", "title", "text"} <= set(tags.found)
        assert "script" not in tags.found and "img" not in tags.found
        assert not [name for name in tags.found if name.startswith("on") or name == "href"]
        assert "\x1b" not in text and "\x00" not in text
    ET.fromstring(drawing.to_svg())
    mermaid = drawing.to_mermaid()
    assert "<script" not in mermaid and "`" not in mermaid
    assert "\x00" not in drawing.to_dot()
    for line in drawing.to_dot().splitlines():  # every quote inside of a string is escaped
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0


def test_scripts_do_not_run_and_nothing_is_loaded():
    convolutional_net()
    tags = Tags()
    tags.feed(tf.show(default_graph(), depth=0).to_html())
    assert tags.found.count("details") >= 8
    known = {"svg", "g", "path", "rect", "text", "tspan", "title", "div", "details", "summary", "b"}
    drawn = {name for name in tags.found if name in known or name in ("script", "link", "img")}
    assert drawn == known
    assert not {"script", "style-src", "href", "src"} & set(tags.found)


# -- as values of a notebook's cells ------------------------------------------------------------


def test_a_graph_shows_itself():
    training()
    graph = default_graph()
    assert graph._repr_html_() == tf.show(graph).to_html()


def test_mime_bundle():
    training()
    drawing = tf.show(default_graph())
    bundle = drawing._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"] == drawing._repr_html_() == drawing.to_html()
    assert set(drawing._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}
    assert set(drawing._repr_mimebundle_(exclude=["text/html"])) == {"text/plain"}
    assert repr(drawing).startswith("<Drawing: ")


def test_directions_and_themes():
    training()
    graph = default_graph()
    down, right = (ET.fromstring(graph.to_svg(direction=d)) for d in ("down", "right"))
    assert float(down.get("height")) > float(right.get("height"))
    assert "rankdir=LR" in graph.to_dot(direction="right")
    assert graph.to_mermaid(direction="right").startswith("flowchart LR")
    assert theme.THEMES["dark"].background in graph.to_svg(theme="dark")
    assert "rect width=" not in graph.to_svg()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "up"}, "direction must be one of"),
        ({"theme": "pink"}, "theme must be one of"),
        ({"hidden": ["nodes"]}, "hidden must be some of"),
        ({"hidden": "helpers"}, "hidden must be some of"),
        ({"to": "graph.png"}, "a drawing is saved as one of .svg, .html, .dot, .mmd, not '.png'"),
    ],
)
def test_mistakes(options, message):
    tf.constant(1.0)
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        tf.show(default_graph(), **options)


def test_what_cannot_be_fetched():
    with pytest.raises(TypeError):
        tf.show([3.0])
    with pytest.raises((KeyError, ValueError)):
        tf.show("nowhere:0")


# -- time ---------------------------------------------------------------------------------------


def test_a_net_with_gradients_is_drawn_within_a_second():
    convolutional_net()
    start = time.process_time()
    drawing = tf.show(default_graph())
    root = ET.fromstring(drawing.to_svg())
    assert time.process_time() - start < 1.0
    assert float(root.get("width")) <= 1400


def test_five_thousand_nodes_are_drawn_within_five_seconds():
    x = tf.placeholder(tf.float32, [None, 8], name="x")
    for block in range(12):
        with tf.name_scope(f"block{block}"):
            for layer in range(70):
                with tf.name_scope(f"layer{layer}"):
                    x = tf.tanh(tf.matmul(x, tf.fill([8, 8], 0.1)) + 1.0)
    assert len(default_graph().get_operations()) >= 5000
    start = time.process_time()
    text = tf.show(default_graph()).to_html()
    assert time.process_time() - start < 5.0
    assert len(text) < 3_000_000


def test_drawing_loads_when_it_is_used():
    code = (
        "import flowgraph as tf, sys; tf.Session(); tf.get_default_graph().seed;"
        "print([m for m in sys.modules if m.startswith('flowgraph.inspect')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
