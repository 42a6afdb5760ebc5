# SPDX-License-Identifier: Apache-2.0
"""Importing plugins to see whether it works: the child process of ``barnabas plugins doctor``.

Reads one JSON line of :class:`Question` from standard input per plugin, answers each with one line
on standard output. Whatever the plugin itself prints goes to standard error. Runs with the plugin's
own interpreter, so it uses the standard library only until the plugin API is needed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import Any, TextIO

from barnabas.runtime.plugins import plugin
from barnabas.runtime.plugins.kinds import PluginKind
from barnabas.runtime.plugins.plugin import import_class

__all__ = ["examine", "main"]

READY = "ready"
"""First line of output, before any question is read."""

_OWN_FILES = {__file__, plugin.__file__}


def main() -> None:
    """Answer the questions on standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _tell(answers, READY)
    for line in sys.stdin:
        question = json.loads(line)
        folder = question["folder"]
        if folder is not None and folder not in sys.path:
            sys.path.insert(0, folder)
        _tell(answers, examine(question["location"]))


def examine(location: str) -> dict[str, Any]:
    """Import one class and say what it is.

    Returns:
        ``kinds``: values of :class:`PluginKind` it can serve as; ``abstract``: names of methods it
        lacks; ``error``, ``missing`` (name of a module not found) and ``trace`` when the import
        failed, else None.
    """
    try:
        found = import_class(location)
    except BaseException as error:  # noqa: BLE001 - whatever a plugin does on import is the finding
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        return {
            "kinds": [],
            "abstract": [],
            "error": f"{type(error).__name__}: {error}",
            "missing": missing,
            "trace": _trace(error),
        }
    kinds = [
        kind.value
        for kind in PluginKind
        if kind.base is None or issubclass(found, import_class(kind.base))
    ]
    abstract = sorted(getattr(found, "__abstractmethods__", ()))
    return {"kinds": kinds, "abstract": abstract, "error": None, "missing": None, "trace": None}


def _trace(error: BaseException) -> str:
    """Format the traceback from the plugin's own code on; nothing when there is no such code."""
    summary = traceback.TracebackException.from_exception(error)
    files = [frame.filename for frame in summary.stack]
    ours = [place for place, file in enumerate(files) if file in _OWN_FILES]
    theirs = [frame for frame in summary.stack[ours[-1] + 1 :] if not _is_machinery(frame)]
    summary.stack = traceback.StackSummary.from_list(theirs)
    if not theirs:
        return "".join(summary.format_exception_only()) if isinstance(error, SyntaxError) else ""
    return "".join(summary.format())


def _is_machinery(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith("<frozen importlib") or frame.filename == importlib.__file__


def _tell(answers: TextIO, answer: object) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
