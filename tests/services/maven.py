# SPDX-License-Identifier: Apache-2.0
"""Jars for the services of the tests, fetched by Maven once and kept between runs.

The cache is ``$XDG_CACHE_HOME/barnabas-tests`` (``~/.cache/barnabas-tests`` by default), one folder
per content of a ``pom.xml``: a changed pom gets a fresh folder, and a folder that exists is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_folder", "fetch_jars", "find_program"]

_FETCH_TIMEOUT_S = 900


def cache_folder() -> Path:
    """Return the folder that keeps downloads between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "barnabas-tests"


def find_program(name: str, package: str = "default-jre-headless, maven") -> str:
    """Return the path of a program on PATH, or among those for administrators.

    Raises:
        RuntimeError: It is not installed; the message says how to get it.
    """
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        msg = f"{name} is not installed: run `make services` (Debian: {package})"
        raise RuntimeError(msg)
    return path


def fetch_jars(pom: Path) -> Path:
    """Return a folder with the jars that a pom names, downloading them when they are not cached.

    Safe to call from several processes at once: one downloads, the others wait.

    Raises:
        RuntimeError: Maven is missing or could not download; the message carries what it said.
    """
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"{pom.parent.name}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            _download(pom, folder)
    return folder


def _download(pom: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
        jars = Path(scratch) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        command = [find_program("mvn"), "-q", "-B", "-f", str(pom), *goal]
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_TIMEOUT_S,
        )
        if done.returncode != 0:
            msg = f"Maven could not fetch the jars of {pom}:\n{done.stdout[-4000:]}"
            raise RuntimeError(msg)
        jars.rename(folder)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
