# SPDX-License-Identifier: Apache-2.0
"""The programs the quickstart starts: a registry and a worker, as anybody would start them."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from barnabas import errors
from barnabas.cli.child_process import end_child, start_child

__all__ = ["Program", "ask", "failed_tasks"]

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 15.0
_ASK_EVERY_S = 0.1
_ASK_TIMEOUT_S = 2.0
_LOG_LINES = 15
_LONGEST_REASON = 700


class Program:
    """``barnabas`` with arguments, in a process of its own; a context manager that ends it.

    Args:
        name: What messages call it.
        arguments: Of the command line.
        log: Where its output goes.
    """

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self._name = name
        self._command = [sys.executable, "-m", "barnabas", *arguments]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = start_child(self._command, self._log)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            end_child(self._process, _STOP_TIMEOUT_S)

    def check(self) -> None:
        """Find out whether it runs.

        Raises:
            ConnectError: It ended; the end of its log is told.
        """
        assert self._process is not None, "enter the context first"
        if self._process.poll() is not None:
            what = f"The {self._name} ended with exit code {self._process.returncode}"
            raise self._failure(what)

    def wait_for(self, url: str, accepts: Callable[[Any], bool]) -> None:
        """Wait until it gives an answer that is accepted.

        Raises:
            ConnectError: It ended, or gave none within 30 s; the end of its log is told.
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        while (answer := ask(url)) is None or not accepts(answer):
            self.check()
            if time.monotonic() > deadline:
                what = f"The {self._name} was not ready after {_START_TIMEOUT_S:g} s"
                raise self._failure(what)
            time.sleep(_ASK_EVERY_S)

    def _failure(self, what: str) -> errors.ConnectError:
        lines = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return errors.ConnectError(f"{what}. The end of {self._log}:\n" + "\n".join(lines))


def ask(url: str) -> Any:
    """Return what is answered to a GET, read as JSON; None when it is an error, or nothing."""
    with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
        answer = urllib.request.urlopen(url, timeout=_ASK_TIMEOUT_S)  # noqa: S310 - our own worker
        with answer:
            return json.load(answer)
    return None


def failed_tasks(statuses: Any) -> dict[str, str]:
    """Say which connectors have a task that FAILED.

    Args:
        statuses: The answer to ``/connectors?expand=status``.

    Returns:
        The first line of what went wrong, cut where it is long, by the connector's name.
    """
    return {
        name: textwrap.shorten(task["trace"].partition("\n")[0], _LONGEST_REASON, placeholder=" …")
        for name, told in (statuses or {}).items()
        for task in told["status"]["tasks"]
        if task["state"] == "FAILED"
    }
