# SPDX-License-Identifier: Apache-2.0
"""Child processes that do not outlive the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["start_child", "tail"]


def start_child(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that the kernel kills when the thread that called this ends.

    That holds for a ``kill -9`` of pytest too. Output goes to the end of ``log``; standard input is
    empty. The process id is the program's own. Signals that the tests ignore, under ``nohup`` or in
    the background of a shell, are not ignored by the program.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            ["env", "--default-signal", "setpriv", "--pdeathsig", "KILL", "--", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
        )


def tail(log: Path, lines: int = 40) -> str:
    """Return the last lines of a log, for the message of a failure."""
    if not log.exists():
        return f"({log} does not exist)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
