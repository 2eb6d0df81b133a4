"""Downloading from a server on this machine: whole and right, or not at all."""

import hashlib
import http.server
import os
import threading

import pytest

from flowgraph.datasets.download import download

DATA = bytes(range(256)) * 1000


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path != "/unknown":
            length = len(DATA) + (10 if self.path == "/broken" else 0)
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["whole", "unknown"])
def test_the_file_arrives(address, tmp_path, capsys, name):
    path = tmp_path / "data"
    download(f"{address}/{name}", str(path), hashlib.sha256(DATA).hexdigest())
    assert path.read_bytes() == DATA
    assert os.listdir(tmp_path) == ["data"]
    assert "data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "error", "said"),
    [
        ("whole", {"sha256": "0" * 64}, ValueError, "SHA-256"),
        ("whole", {"max_bytes": 1000}, ValueError, "longer than 1000"),
        ("broken", {}, OSError, "broke off|IncompleteRead"),
        ("missing", {}, OSError, "404"),
    ],
)
def test_nothing_is_left_of_what_fails(address, tmp_path, name, options, error, said):
    (tmp_path / "data").write_bytes(b"before")
    with pytest.raises(error, match=said):
        download(f"{address}/{name}", str(tmp_path / "data"), **options)
    assert os.listdir(tmp_path) == ["data"]
    assert (tmp_path / "data").read_bytes() == b"before"


def test_local_files_are_no_downloads(tmp_path):
    with pytest.raises(ValueError, match="http and https"):
        download("file:///etc/hostname", str(tmp_path / "data"))
