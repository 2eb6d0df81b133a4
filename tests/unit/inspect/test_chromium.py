"""Drawings in a real browser: what it measures of them, and a picture to look at."""

import json
import re
import shutil
import struct
import subprocess
from html import unescape

import numpy as np
import pytest

import flowgraph as tf
from tests.unit.inspect.pictures import GRAPHS, convolutional_net

CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium, which shows the drawings, is not installed"
)

MEASURE = """
<pre id="found"></pre><script>
const found = {texts: 0, outside: [], errors: document.querySelectorAll("parsererror").length};
for (const group of document.querySelectorAll("svg g")) {
  const rect = group.querySelector(":scope > rect:last-of-type");
  if (!rect || !group.querySelector(":scope > title")) continue;
  const box = rect.getBBox();
  for (const text of group.querySelectorAll(":scope > text")) {
    const at = text.getBBox();
    found.texts += 1;
    if (at.x < box.x - 1 || at.x + at.width > box.x + box.width + 1)
      found.outside.push(text.textContent);
  }
}
for (const text of document.querySelectorAll("svg text")) {
  const at = text.getBoundingClientRect(), all = text.closest("svg").getBoundingClientRect();
  if (at.right > all.right + 1 || at.bottom > all.bottom + 1 || at.left < all.left - 1)
    found.outside.push(text.textContent);
}
document.getElementById("found").textContent = JSON.stringify(found);
</script>
"""


def chromium(folder, page, *arguments):
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    flags += ["--disable-background-networking", f"--user-data-dir={folder / 'profile'}"]
    return subprocess.run(
        [CHROMIUM, *flags, *arguments, path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=folder,
    ).stdout


def test_every_text_fits_into_its_box(tmp_path):
    drawings = []
    for name, build in GRAPHS.items():
        with tf.Graph().as_default() as graph:
            build()
            drawings += [graph.to_svg(), graph.to_svg(direction="right")]
            if name != "nothing":
                drawings.append(graph.to_svg(depth=9, hidden=()))
    with tf.Graph().as_default():
        net = convolutional_net()
        feeds = {net.images: np.zeros((2, 28, 28, 1)), net.dropout: 0.5}
        drawings.append(tf.Session().show(net.logits, feeds).to_svg())
    page = "<!DOCTYPE html><meta charset='utf-8'>" + "\n".join(drawings) + MEASURE
    shown = chromium(tmp_path, page, "--dump-dom")
    found = json.loads(unescape(re.search(r'<pre id="found">(.*?)</pre>', shown)[1]))
    assert found["texts"] > 500
    assert found["outside"] == [] and found["errors"] == 0


@pytest.mark.parametrize("background", ["#ffffff", "#111418"])
def test_pictures_to_look_at(background, tmp_path):
    convolutional_net()
    page = f"<body style='background:{background}'>{tf.get_default_graph().to_html()}"
    chromium(tmp_path, page, "--screenshot=net.png", "--window-size=1400,2300")
    data = (tmp_path / "net.png").read_bytes()
    assert struct.unpack(">II", data[16:24]) == (1400, 2300)
    assert len(data) > 50_000  # a blank page has a tenth of it
