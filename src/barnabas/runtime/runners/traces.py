# SPDX-License-Identifier: Apache-2.0
"""Texts for the ``trace`` of a status: what went wrong, where, and how to mend it.

The first line says all a person needs in most cases; what follows is for the author of the plugin.
Pure functions: they take errors, exit codes and stack dumps and return text.
"""

from __future__ import annotations

import os
import re
import signal
import traceback
from collections.abc import Collection, Iterator
from types import FrameType, TracebackType
from typing import Final, NamedTuple

import msgspec

from barnabas import api
from barnabas.errors import ConnectError
from barnabas.runtime.runners.messages import Failure

__all__ = [
    "Place",
    "crashed_thread",
    "deadline_trace",
    "death_trace",
    "failure_trace",
    "find_place",
    "hide",
    "hide_in",
    "log_text",
    "stack_of",
]

_MAX_TRACE_CHARS: Final = 32_768
_MAX_MESSAGE_CHARS: Final = 1_000
_MAX_STACK_LINES: Final = 60
_OWN_FOLDER: Final = os.path.dirname(__file__) + os.sep
_PLUGIN_KINDS: Final = (
    api.Task,
    api.Connector,
    api.Converter,
    api.HeaderConverter,
    api.Transformation,
    api.Predicate,
    api.ConfigProvider,
)
_THREAD: Final = re.compile(r"(?:Current thread|Thread) (0x[0-9a-f]+) ")
_PLUMBING: Final = re.compile(r"<frozen runpy>|threading\.py\", line \d+ in (?:run|_bootstrap\w*)$")
_CRASHES: Final = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"})


class Place(NamedTuple):
    """Where in a plugin something went wrong."""

    call: str
    """The method the framework called: ``SourceTask.poll()``."""
    plugin: str
    """Full name of the plugin's class."""
    file: str
    line: int


def failure_trace(
    error: BaseException, *, what: str, mend: str, secrets: Collection[str] = ()
) -> str:
    """Describe an error that user code, or the framework on its behalf, raised.

    Args:
        error: The error with its traceback.
        what: Who failed: ``task orders-0``.
        mend: Sentence that says how to go on after mending.
        secrets: Values that must not be seen.
    """
    root = _causes(error)[-1]
    place = find_place(error)
    head = f"{_capitalize(what)} failed"
    if place is not None:
        head += f" in {place.call}"
    head += f": {_one_line(error)}"
    if root is not error:
        head += f" (caused by {_one_line(root)})"
    if place is not None:
        head += f" — in plugin {place.plugin} ({place.file}:{place.line})"
    head = f"{head.rstrip('.')}. {mend}"
    return hide(_shorten(f"{head}\n{_format(error)}"), secrets)


def find_place(error: BaseException) -> Place | None:
    """Find the plugin an error comes from, by the frames of its traceback and its causes."""
    causes = _causes(error)
    for cause in reversed(causes):
        place = _place_in(cause.__traceback__)
        if place is not None:
            called = (_place_in(outer.__traceback__) for outer in causes)
            calls = [outer.call for outer in called if outer and outer.plugin == place.plugin]
            return place._replace(call=calls[0])
    return None


def log_text(error: BaseException, trace: str) -> str:
    """Choose what of a trace goes into the log: the first line where it says all.

    That is so for what Barnabas and its own plugins explain themselves; the status of the task has
    the whole trace. An error out of somebody else's plugin is logged with its traceback.
    """
    place = find_place(error)
    is_ours = place is None or place.plugin.startswith("barnabas.")
    return trace.partition("\n")[0] if is_ours and isinstance(error, ConnectError) else trace


def death_trace(
    *, what: str, pid: int, status: int, mend: str, last_words: str = "", hint: str = ""
) -> str:
    """Describe the unexpected end of a runner.

    Args:
        what: Who ended: ``task orders-0``.
        pid: Process id it had.
        status: Exit status, or the negative number of the signal that killed it.
        mend: Sentence that says how to go on.
        last_words: What :mod:`faulthandler` wrote.
        hint: What the worker knows beyond that.
    """
    head = f"Runner of {what} (pid {pid}) {_ending(status)} {hint}".rstrip()
    return _with_stack(f"{head} {mend}", last_words)


def deadline_trace(*, what: str, call: str, seconds: float, mend: str, stack: str = "") -> str:
    """Describe that a runner was killed because a call did not return in time.

    Args:
        what: Whose call: ``connector orders``.
        call: The method: ``Connector.start()``.
        seconds: Its deadline.
        mend: Sentence that says how to go on.
        stack: Where it was, from :func:`stack_of`.
    """
    head = (
        f"{_capitalize(what)} did not return from {call} within {seconds:g} s, so its process was "
        f"killed. {mend}"
    )
    return _shorten(f"{head}\n{stack}" if stack else head)


def hide(text: str, secrets: Collection[str]) -> str:
    """Replace secret values in a text; short ones only where they stand alone."""
    for secret in sorted(secrets, key=len, reverse=True):
        if not secret:
            continue
        pattern = re.escape(secret)
        if len(secret) < 4:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(pattern, "[hidden]", text)
    return text


def hide_in(failure: Failure, secrets: Collection[str]) -> Failure:
    """Replace secret values in an answer."""
    return msgspec.structs.replace(failure, message=hide(failure.message, secrets))


def _causes(error: BaseException) -> list[BaseException]:
    """The error, what caused it, and so on to the root."""
    causes = [error]
    while True:
        last = causes[-1]
        following = last.__cause__
        if following is None and not last.__suppress_context__:
            following = last.__context__
        if following is None or any(following is known for known in causes):
            return causes
        causes.append(following)


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _place_in(trace: TracebackType | None) -> Place | None:
    frames = list(_frames(trace))
    for index, (frame, _line) in enumerate(frames):
        owner = type(frame.f_locals.get("self"))
        if not issubclass(owner, _PLUGIN_KINDS):
            continue
        package = owner.__module__.partition(".")[0]
        inner, line = [
            item
            for item in frames[index:]
            if item is frames[index]
            or str(item[0].f_globals.get("__name__")).partition(".")[0] == package
        ][-1]
        kind = next(base for base in owner.__mro__ if base.__module__.startswith("barnabas.api"))
        return Place(
            f"{kind.__name__}.{frame.f_code.co_name}()",
            f"{owner.__module__}.{owner.__qualname__}",
            inner.f_code.co_filename,
            line,
        )
    return None


def _one_line(error: BaseException) -> str:
    message = str(error).strip()
    name = type(error).__name__
    if not message:
        return name
    first = message.splitlines()[0]
    if len(first) > _MAX_MESSAGE_CHARS:
        first = first[:_MAX_MESSAGE_CHARS] + "…"
    return f"{name}: {first}"


def _format(error: BaseException) -> str:
    """Format the traceback without the frames of the runner itself."""
    summary = traceback.TracebackException.from_exception(error, compact=True)
    pending: list[traceback.TracebackException | None] = [summary]
    while pending:
        item = pending.pop()
        if item is None:
            continue
        kept = [frame for frame in item.stack if not frame.filename.startswith(_OWN_FOLDER)]
        item.stack = traceback.StackSummary.from_list(kept)
        pending += [item.__cause__, item.__context__]
    return "".join(summary.format())


def _ending(status: int) -> str:
    if status >= 0:
        return (
            f"ended with exit code {status} though nobody asked it to: the plugin, or a library it "
            "uses, called os._exit or the like."
        )
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown signal"
    text = f"was killed by signal {-status} ({name})."
    if name in _CRASHES:
        return f"{text} Native code of the plugin, or of a library it uses, crashed."
    if name == "SIGKILL":
        return (
            f"{text} Somebody killed it, or the system did because memory ran out (see dmesg and "
            "the memory limit)."
        )
    return text


def _with_stack(head: str, last_words: str) -> str:
    stack = stack_of(last_words)
    return _shorten(f"{head}\n{stack}") if stack else head


def stack_of(last_words: str, thread: int | None = None) -> str:
    """Pick the stack that matters from what :mod:`faulthandler` wrote.

    That is the thread that crashed (``Current thread``) or, when the dump was asked for, the thread
    asked for.

    Args:
        last_words: The text.
        thread: Identity of the thread; None for the main thread, which is the last one.
    """
    blocks = [block for block in last_words.strip().split("\n\n") if "most recent call" in block]
    if not blocks:
        return ""
    title = "Its main thread was here" if thread is None else "It was here"
    if "Fatal Python error" in last_words:
        chosen = next((block for block in blocks if block.startswith("Current thread")), blocks[-1])
        title = "It was here when it crashed"
    elif thread is None:
        chosen = blocks[-1]
    else:
        chosen = next((block for block in blocks if _thread_of(block) == thread), "")
    lines = [
        line
        for line in chosen.splitlines()[1:]
        if line.startswith("  ") and _OWN_FOLDER not in line and not _PLUMBING.search(line)
    ]
    body = "\n".join(lines[:_MAX_STACK_LINES])
    return f"{title} (most recent call first):\n{body}" if body else ""


def crashed_thread(last_words: str) -> int | None:
    """Identity of the thread that crashed; None when none did or it is not known."""
    if "Fatal Python error" not in last_words:
        return None
    blocks = last_words.strip().split("\n\n")
    return next((_thread_of(block) for block in blocks if block.startswith("Current")), None)


def _thread_of(block: str) -> int | None:
    found = _THREAD.match(block)
    return None if found is None else int(found[1], 16)


def _shorten(text: str) -> str:
    if len(text) <= _MAX_TRACE_CHARS:
        return text
    half = _MAX_TRACE_CHARS // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out} characters left out …\n{text[-half:]}"


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]
