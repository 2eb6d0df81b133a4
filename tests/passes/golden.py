"""Plans as text without the places where they were built, which move with the tests."""

from __future__ import annotations

import re
from textwrap import dedent

import flowgraph as tf


def plan(fetches, feed_dict=None, stage=None, sess=None):
    """The plan of a run on the default graph, one normalised line a step."""
    text = (sess or tf.Session()).explain(fetches, feed_dict, stage)
    lines = [re.sub(r"\s{2,}\S+  \S+\.py:\d+$", "", line) for line in text.splitlines()]
    return "\n".join(line.rstrip() for line in lines)


def golden(text):
    """A golden text as written in a test."""
    return dedent(text).strip()
