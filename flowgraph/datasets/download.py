"""Fetch a file once: with a progress bar, checked, and never left half written."""

from __future__ import annotations

import hashlib
import os
import urllib.request

MAX_BYTES = 2**30
_CHUNK = 2**16


def download(url: str, path: str, sha256: str | None = None, max_bytes: int = MAX_BYTES) -> None:
    """Fetch `url` to `path`.

    The bytes go to a file beside `path`, which is renamed once it is whole, so that whoever
    finds `path` finds all of it.

    Parameters
    ----------
    url : str
        An ``http:`` or ``https:`` address.
    path : str
        Where the file goes. Its directory exists.
    sha256 : str, optional
        What the file's SHA-256 must be, in hexadecimal.
    max_bytes : int
        A longer answer is refused.

    Raises
    ------
    OSError
        If the network or the disk fails (``urllib.error.URLError`` is one).
    ValueError
        For another kind of address, for a wrong checksum, or for more than `max_bytes`.
    """
    from tqdm import tqdm  # slow to import, and rarely needed

    if not url.startswith(("http://", "https://")):
        raise ValueError(f"can only download from http and https addresses, not {url!r}")
    partial = f"{path}.{os.getpid()}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(url, timeout=30) as answer, open(partial, "wb") as file:
            total = answer.headers.get("Content-Length")
            with tqdm(
                total=int(total) if total else None,
                desc=os.path.basename(path),
                unit="B",
                unit_scale=True,
            ) as bar:
                while chunk := answer.read(_CHUNK):
                    size += len(chunk)
                    if size > max_bytes:
                        raise ValueError(f"{url} is longer than {max_bytes} bytes")
                    digest.update(chunk)
                    file.write(chunk)
                    bar.update(len(chunk))
            if total and size != int(total):
                raise ConnectionError(f"{url} broke off after {size} of {total} bytes")
            file.flush()
            os.fsync(file.fileno())
        if sha256 is not None and digest.hexdigest() != sha256:
            raise ValueError(f"{url} has SHA-256 {digest.hexdigest()}, not {sha256}")
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
