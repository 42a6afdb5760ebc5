# SPDX-License-Identifier: Apache-2.0
"""Programs a command starts: they write to a log file and end with the command, however it ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from barnabas.runtime.runners import lifeline

__all__ = ["end_child", "start_child"]


def start_child(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program that does not hear the terminal's Ctrl-C. Call it on the main thread.

    Args:
        command: Program and arguments.
        log: Where its output goes; an earlier file is replaced.
        environment: Variables to add to those of this process.
    """
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=partial(lifeline.die_with_parent, os.getpid()),  # noqa: PLW1509
            env={**os.environ, **(environment or {})},
        )


def end_child(child: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Ask a program to end, and kill it when it has not within this time."""
    child.terminate()
    try:
        child.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(timeout=5)
