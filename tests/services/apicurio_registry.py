# SPDX-License-Identifier: Apache-2.0
"""Apicurio Registry: a registry of others that speaks Confluent's API, in memory."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.services.maven import cache_folder, fetch_jars, find_program
from tests.services.registry import RegistryProcess

__all__ = ["ApicurioRegistry", "fetch_apicurio"]

_POM = Path(__file__).parent / "apicurio" / "pom.xml"


def fetch_apicurio() -> Path:
    """Return the jar that starts Apicurio, downloading and unpacking it the first time."""
    archive_folder = fetch_jars(_POM)
    folder = cache_folder() / f"{archive_folder.name}-unpacked"
    if not folder.is_dir():
        (archive,) = archive_folder.glob("*.tar.gz")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
            whole = Path(scratch) / "whole"
            with tarfile.open(archive) as packed:
                packed.extractall(whole, filter="data")
            try:
                whole.rename(folder)
            except OSError:  # another process was quicker
                if not folder.is_dir():
                    raise
    (jar,) = folder.rglob("apicurio-registry-app-*-runner.jar")
    return jar


class ApicurioRegistry(RegistryProcess):
    """Apicurio 2.6 in 384 MB of heap; its level is NONE until a test sets another one."""

    path = "/apis/ccompat/v7"

    def command(self) -> Sequence[str | Path]:
        """Return Java with the runner; it uses the libraries beside it."""
        address = ["-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={self.port}"]
        lean = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [find_program("java"), *lean, *address, "-jar", fetch_apicurio()]
