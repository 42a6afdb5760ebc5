# SPDX-License-Identifier: Apache-2.0
"""Archives of loaded classes, with which the Java programs of the tests start in less time.

An archive lies beside the folder of the jars it was made from. Tests do without where there is
none, and Java does when it does not fit: to make them is a matter of ``make services``.

Source:
    The ``java`` command of JDK 17, *Application Class Data Sharing*.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from tests.services.maven import find_program

__all__ = ["archive_of", "make_archive", "sharing_options"]


def archive_of(jars: Path) -> Path:
    """Return where the archive for a folder of jars and the installed Java is, or would be."""
    java = Path(find_program("java")).resolve()
    digest = hashlib.sha256(f"{java} {java.stat().st_mtime_ns}".encode()).hexdigest()[:8]
    return jars.with_name(f"{jars.name}-{digest}.jsa")


def sharing_options(jars: Path) -> list[str]:
    """Return the options of Java that make a program use the archive; none when there is none."""
    archive = archive_of(jars)
    if not archive.is_file():
        return []
    # What does not fit is not worth a line in anybody's log.
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]


def make_archive(jars: Path, run: Callable[[str], None]) -> None:
    """Make the archive when it is missing.

    Args:
        jars: The folder of jars.
        run: Runs the program with one more option of Java and ends it gently.
    """
    archive = archive_of(jars)
    if archive.is_file():
        return
    scratch = archive.with_suffix(".new")
    run(f"-XX:ArchiveClassesAtExit={scratch}")
    with contextlib.suppress(FileNotFoundError):  # another Java than this was meant for
        scratch.rename(archive)
