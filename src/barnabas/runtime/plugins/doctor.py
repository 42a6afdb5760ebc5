# SPDX-License-Identifier: Apache-2.0
"""Finding out whether plugins can be loaded, and why not.

Each plugin is imported in a child process with its own interpreter and a deadline, so one that
hangs or crashes is a finding like any other. Plugins of one package share a child while all goes
well.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from typing import IO, Any

from barnabas.runtime.plugins.kinds import PluginKind
from barnabas.runtime.plugins.plugin import Plugin
from barnabas.runtime.plugins.probe import READY

__all__ = ["Diagnosis", "examine", "kinds_of"]

_DEADLINE_S = 30.0
_PROBE = "barnabas.runtime.plugins.probe"


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a plugin, if anything."""

    plugin: Plugin
    problem: str | None = None
    """What is wrong and how to mend it; None when the plugin is fine."""
    trace: str | None = None
    """The traceback of a failed import."""

    @property
    def is_fine(self) -> bool:
        """Whether the plugin can be used."""
        return self.problem is None


def examine(plugins: Iterable[Plugin], deadline_s: float = _DEADLINE_S) -> list[Diagnosis]:
    """Import every plugin in child processes; answers in the order given.

    Blocks for at most ``deadline_s`` per plugin.
    """
    asked = list(plugins)
    groups: dict[tuple[str | None, str | None, str], list[Plugin]] = {}
    for plugin in asked:
        key = (plugin.interpreter, plugin.folder, plugin.distribution)
        groups.setdefault(key, []).append(plugin)
    found: dict[Plugin, Diagnosis] = {}
    for group in groups.values():
        rest = group
        while rest:
            diagnoses = _examine_in_one_child(rest, deadline_s)
            found.update((diagnosis.plugin, diagnosis) for diagnosis in diagnoses)
            rest = rest[len(diagnoses) :]
    return [found[plugin] for plugin in asked]


def kinds_of(location: str, deadline_s: float = _DEADLINE_S) -> list[PluginKind]:
    """Import a class in a child process and say what it can serve as; empty when that fails."""
    with _Child(None) as child:
        if child.answer(deadline_s) != READY:
            return []
        answer = child.ask(Plugin(location, PluginKind.SOURCE, location), deadline_s)
    names = answer["kinds"] if isinstance(answer, dict) else []
    return [kind for kind in PluginKind if kind.value in names]


def _examine_in_one_child(plugins: Sequence[Plugin], deadline_s: float) -> list[Diagnosis]:
    """Examine plugins until one ends the child; at least the first is answered."""
    with _Child(plugins[0].interpreter) as child:
        if child.answer(deadline_s) != READY:
            problem = _not_ready(plugins[0], child.said())
            return [Diagnosis(plugin, problem, child.said() or None) for plugin in plugins]
        done: list[Diagnosis] = []
        for plugin in plugins:
            answer = child.ask(plugin, deadline_s)
            if isinstance(answer, str):
                done.append(Diagnosis(plugin, answer, child.said() or None))
                break
            done.append(_diagnosis(plugin, answer))
        return done


def _not_ready(plugin: Plugin, said: str) -> str:
    if plugin.interpreter is not None and "No module named 'barnabas" in said:
        return (
            "its virtual environment has no barnabas, which runners need there; run: "
            f"{plugin.interpreter} -m pip install barnabas"
        )
    last = said.strip().splitlines()[-1:] or ["it said nothing"]
    return f"its interpreter {plugin.interpreter or sys.executable} does not start: {last[0]}"


def _diagnosis(plugin: Plugin, answer: dict[str, Any]) -> Diagnosis:
    if answer["error"] is not None:
        mend = _mend(plugin, answer["missing"])
        return Diagnosis(plugin, f"{answer['error']}{mend}", answer["trace"])
    if plugin.kind.value not in answer["kinds"]:
        base = (plugin.kind.base or "").partition(":")[2]
        problem = f"{plugin.location} does not extend {base}, so it is no {plugin.kind.value}"
        return Diagnosis(plugin, problem)
    if answer["abstract"]:
        names = ", ".join(answer["abstract"])
        return Diagnosis(plugin, f"{plugin.location} does not implement {names}")
    return Diagnosis(plugin)


def _mend(plugin: Plugin, missing: str | None) -> str:
    built_for = _foreign_builds(plugin)
    if built_for:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"; packages in {plugin.folder} were built for Python {', '.join(built_for)}, but this "
            f"is Python {version}: install them anew with this one, or give the plugin a virtual "
            "environment"
        )
    if missing is None:
        return ""
    top = missing.partition(".")[0]
    for extra, requirement in _extras(plugin):
        if re.sub(r"[-_.]+", "_", requirement).lower() == top.lower():
            return f"; run: pip install '{plugin.distribution}[{extra}]'"
    return f"; install the package that brings {top} beside the plugin"


def _extras(plugin: Plugin) -> list[tuple[str, str]]:
    """The extras of the plugin's package, each with the name of a package it brings."""
    import importlib.metadata

    search = [plugin.folder] if plugin.folder is not None else sys.path
    if plugin.interpreter is not None and plugin.folder is not None:
        found = pathlib.Path(plugin.folder).glob("lib/python3*/site-packages")
        search = [str(path) for path in found]
    for distribution in importlib.metadata.distributions(name=plugin.distribution, path=search):
        pairs = []
        for requirement in distribution.requires or ():
            extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", requirement)
            name = re.match(r"[A-Za-z0-9._-]+", requirement)
            if extra is not None and name is not None:
                pairs.append((extra[1], name[0]))
        return pairs
    return []


def _foreign_builds(plugin: Plugin) -> list[str]:
    """Versions of Python that compiled modules in the plugin's folder are for, if not for this."""
    if plugin.folder is None or plugin.interpreter is not None:
        return []
    tags = {
        match[1]
        for path in pathlib.Path(plugin.folder).glob("**/*.cpython-*")
        if (match := re.search(r"\.cpython-3(\d+)-", path.name)) and path.suffix != ".pyc"
    }
    return [f"3.{tag}" for tag in sorted(tags) if tag != str(sys.version_info.minor)]


class _Child:
    """The process that imports, and what it says."""

    def __init__(self, interpreter: str | None) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(  # noqa: S603 - the user's own interpreter
            [interpreter or sys.executable, "-P", "-m", _PROBE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        self._errors.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def ask(self, plugin: Plugin, deadline_s: float) -> dict[str, Any] | str:
        """Have one plugin imported; a text says how the child ended instead of answering."""
        assert self._process.stdin is not None
        question = {"location": plugin.location, "folder": self._search(plugin)}
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return self._end()
        answer = self.answer(deadline_s)
        return answer if isinstance(answer, dict) else self._end(deadline_s)

    def answer(self, deadline_s: float) -> object:
        """Wait for the next line; None when the child ended or did not answer in time."""
        try:
            line = self._lines.get(timeout=deadline_s)
        except queue.Empty:
            return None
        return None if line is None else json.loads(line)

    def said(self) -> str:
        """The end of what came on standard error."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 4000))
        return self._errors.read().decode("utf-8", "replace")

    def _end(self, deadline_s: float = _DEADLINE_S) -> str:
        try:
            code = self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return f"its import did not end within {deadline_s:g} s; see what the module does first"
        if code < 0:
            return f"its import crashed the process with {signal.Signals(-code).name}"
        return f"its import ended the process with exit code {code}"

    @staticmethod
    def _search(plugin: Plugin) -> str | None:
        return plugin.folder if plugin.interpreter is None else None
