"""Files that go to the disk while they are being written."""

import os

import numpy as np
import pytest

from flowgraph.formats import write_behind
from flowgraph.formats.write_behind import WriteBehind

PIECES = [np.arange(n, n + 100, dtype=np.uint8) for n in range(20)]


def written(path):
    with WriteBehind(str(path)) as file:
        file.reserve(1000)
        for piece in PIECES[:10]:
            file.write(piece)
        file.write(b"".join(PIECES[10:]))
    return path.read_bytes()


@pytest.mark.parametrize("missing", [(), ("posix_fadvise", "posix_fallocate")])
def test_what_is_written_is_in_the_file(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(write_behind, "WINDOW", 256)
    for name in missing:
        monkeypatch.delattr(os, name, raising=False)
    assert written(tmp_path / "file") == b"".join(PIECES)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system takes no such advice")
def test_the_disk_begins_with_each_window_and_ends_with_all(tmp_path, monkeypatch):
    monkeypatch.setattr(write_behind, "WINDOW", 256)
    calls = []
    advise, sync = os.posix_fadvise, os.fsync
    monkeypatch.setattr(os, "posix_fadvise", lambda *a: (calls.append(a[1:3]), advise(*a)))
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("sync"), sync(fd)))
    written(tmp_path / "file")
    assert calls == [(0, 300), (300, 300), (600, 300), (900, 1100), "sync"]


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system reserves nothing")
def test_room_that_cannot_be_reserved_is_done_without(tmp_path, monkeypatch):
    def refuses(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(write_behind, "WINDOW", 256)
    monkeypatch.setattr(os, "posix_fallocate", refuses)
    assert written(tmp_path / "file") == b"".join(PIECES)


def test_an_error_closes_the_file(tmp_path):
    with pytest.raises(ValueError, match="stop"), WriteBehind(str(tmp_path / "file")) as file:
        file.write(b"begun")
        raise ValueError("stop")
    with pytest.raises(ValueError, match="closed"):
        file.write(b"more")
