"""What TensorBoard itself reads of our files: its loader, its server over HTTP, its pages."""

import functools
import json
import math
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

import flowgraph as tf

pytest.importorskip("tensorboard", reason="tensorboard, of the extra of that name, is missing")

RUN = "first"
STEPS = 3


def write(logdir):
    """A small training run: a loss, weights, images, texts, sounds and the graph."""
    with tf.name_scope("model"):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        weights = tf.Variable([[1.0], [-1.0]], name="weights")
        y = tf.matmul(x, weights, name="y")
    tf.summary.scalar("loss", tf.reduce_mean(y))
    tf.summary.scalar("undefined", tf.constant(float("nan")))
    tf.summary.histogram("weights", weights)
    tf.summary.image("picture", tf.reshape(tf.range(24.0), [1, 2, 4, 3]))
    tf.summary.audio("hum", tf.zeros([1, 80]), 8000)
    tf.summary.text("note", tf.constant("some *text*"))
    merged = tf.summary.merge_all()
    with tf.Session() as session, tf.summary.FileWriter(logdir, session.graph) as writer:
        session.run(tf.global_variables_initializer())
        for step in range(STEPS):
            writer.add_summary(session.run(merged, {x: [[step + 3.0, 1.0]]}), step)


def test_its_loader_reads_what_we_wrote(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    write(tmp_path)
    found = EventAccumulator(str(tmp_path)).Reload()
    assert [(e.step, e.value) for e in found.Scalars("loss")] == [(0, 2.0), (1, 3.0), (2, 4.0)]
    assert all(math.isnan(e.value) for e in found.Scalars("undefined"))
    weights = found.Histograms("weights")[0].histogram_value
    assert (weights.min, weights.max, weights.num, sum(weights.bucket)) == (-1.0, 1.0, 2.0, 2.0)
    image = found.Images("picture/image/0")[0]
    assert (image.width, image.height) == (4, 2)
    assert sum(node.name.startswith("model/") for node in found.Graph().node) >= 5
    assert found.MetaGraph().graph_def.node
    assert found.SummaryMetadata("note").plugin_data.plugin_name == "text"


def answer(address, path, **parameters):
    """What the server at an address answers to a path and its parameters."""
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{address}{path}?{query}", timeout=30) as found:
        return found.read()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a server shows what `write` wrote."""
    logdir = tmp_path_factory.mktemp("logs")
    with tf.Graph().as_default():
        write(logdir / RUN)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--load_fast", "false"]
    log = open(logdir.parent / "server.log", "w+")  # noqa: SIM115 - closed below
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while True:
            assert server.poll() is None, log.seek(0) or log.read()
            assert time.monotonic() < deadline, log.seek(0) or log.read()
            try:
                tags = json.loads(answer(address, "/data/plugin/scalars/tags"))
            except (urllib.error.URLError, ConnectionError):
                tags = {}
            if tags.get(RUN):
                break
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


@pytest.fixture
def served(address):
    """A function from a path and its parameters to what the server answers."""
    return functools.partial(answer, address)


def test_scalars(served):
    assert set(json.loads(served("/data/plugin/scalars/tags"))[RUN]) == {"loss", "undefined"}
    found = json.loads(served("/data/plugin/scalars/scalars", run=RUN, tag="loss"))
    assert [(step, value) for _, step, value in found] == [(0, 2.0), (1, 3.0), (2, 4.0)]
    undefined = json.loads(served("/data/plugin/scalars/scalars", run=RUN, tag="undefined"))
    assert [value for _, _, value in undefined] == ["NaN"] * STEPS


def test_histograms(served):
    found = json.loads(served("/data/plugin/histograms/histograms", run=RUN, tag="weights"))
    assert [step for _, step, _ in found] == list(range(STEPS))
    for _, _, buckets in found:
        filled = [(left, right) for left, right, count in buckets if count]
        assert len(filled) == 2
        assert filled[0][0] <= -1.0 <= filled[0][1] and filled[1][0] <= 1.0 <= filled[1][1]


def test_images(served):
    found = json.loads(
        served("/data/plugin/images/images", run=RUN, tag="picture/image/0", sample=0)
    )
    assert [image["step"] for image in found] == list(range(STEPS))
    picture = served("/data/plugin/images/individualImage?" + found[0]["query"])
    assert struct.unpack(">II", picture[16:24]) == (4, 2)  # what the header of a PNG file says


def test_texts_and_sounds(served):
    note = json.loads(served("/data/plugin/text/text", run=RUN, tag="note"))
    assert "<em>text</em>" in note[0]["text"]
    sound = json.loads(served("/data/plugin/audio/audio", run=RUN, tag="hum/audio/0", sample=0))
    assert sound[0]["contentType"] == "audio/wav"


def test_the_graph(served):
    info = json.loads(served("/data/plugin/graphs/info"))[RUN]
    assert info["run_graph"]
    text = served("/data/plugin/graphs/graph", run=RUN).decode()
    for part in ('name: "model/y"', 'op: "MatMul"', 'input: "model/x"', "_output_shapes"):
        assert part in text


@pytest.fixture
def browser(tmp_path):
    """Chromium without a window, driven from here."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is missing")
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    for name, path in programs.items():
        if path is None:
            pytest.skip(f"{name}, which shows TensorBoard's pages, is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"):
        options.add_argument(f"--{flag}")
    for flag in ("background-networking", "component-update", "sync"):
        options.add_argument(f"--disable-{flag}")
    options.add_argument("--window-size=1280,800")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    service = webdriver.ChromeService(programs["chromedriver"])
    with webdriver.Chrome(options, service) as driver:
        yield driver


DRAWN = """
function texts(root) {
  const labels = [...root.querySelectorAll("text.nodelabel")];
  const found = labels.map(label => label.lastChild.textContent);
  for (const element of root.querySelectorAll("*"))
    if (element.shadowRoot) found.push(...texts(element.shadowRoot));
  return found;
}
return texts(document);
"""
"""The names written in the boxes of the graph tab, inside of its custom elements, too."""


def test_the_graph_tab_is_drawn(address, browser, tmp_path):
    browser.get(f"{address}/#graphs")
    deadline = time.monotonic() + 60
    while "model" not in (names := browser.execute_script(DRAWN)):
        assert time.monotonic() < deadline, (names, browser.page_source)
        time.sleep(0.2)
    assert browser.save_screenshot(str(tmp_path / "graph_tab.png"))  # kept to be looked at
    assert {"model", "Mean", "hum", "note"} <= set(names)
