"""The tables that describe the messages: one statement per line, blocks by indentation.

============================  ====================================================
``message M``, ``enum E``     a block of fields, of values
``oneof o``                   a block of fields of which at most one is set
``f: T = 1``                  a field, its type and its number on the wire
``f: repeated T = 1``         a list
``f: map<K, V> = 1``          a dictionary
``V = 1``                     a value of an enum
============================  ====================================================
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

_INDENT = 4


@dataclass
class Block:
    """A line of a table, with the lines indented under it."""

    words: list[str]
    inside: list[Block] = field(default_factory=list)


@functools.cache
def blocks() -> tuple[Block, ...]:
    """Return all messages and enums of all tables."""
    root = Block([])
    for path in sorted((Path(__file__).parent / "tables").glob("*.txt")):
        open_blocks = [root]
        for line in filter(None, path.read_text(encoding="ascii").splitlines()):
            text = line.lstrip(" ")
            del open_blocks[1 + (len(line) - len(text)) // _INDENT :]
            block = Block(text.split())
            open_blocks[-1].inside.append(block)
            open_blocks.append(block)
    return tuple(root.inside)


@functools.cache
def names() -> frozenset[str]:
    """Return the names of the messages and enums that stand in no other."""
    return frozenset(block.words[1] for block in blocks())
