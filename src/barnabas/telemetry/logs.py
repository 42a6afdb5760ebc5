# SPDX-License-Identifier: Apache-2.0
"""Setting up logs, the same way in the worker and in every runner process.

Modules log through ``logging.getLogger(__name__)`` or structlog. Records go to standard error
(standard output belongs to console sinks), as lines for a reader, laid out as Java's workers do::

    [2026-03-04 10:11:12,013] INFO [orders|task-0] Committed offsets (barnabas.runtime.tasks.source)

or, with ``json``, one object per line for a machine. On whose behalf something happens is bound by
:func:`log_context` and shows as ``[<connector>|<part>]``.

Secrets never reach a log: :func:`hide_secret` makes a value show as ``[hidden]`` in everything
written after, whichever module or library writes it.

Source:
    KIP-449 (``connector.context``).
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import sys
from typing import IO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from barnabas.telemetry.levels import OFF, TRACE, level_name
from barnabas.telemetry.secrets import spellings

__all__ = [
    "FORMATS",
    "FORMAT_VARIABLE",
    "bind_context",
    "configure",
    "hide_secret",
    "log_context",
    "own_process",
    "redact",
]

FORMATS = ("plain", "json")
FORMAT_VARIABLE = "BARNABAS_LOG_FORMAT"
HIDDEN = "[hidden]"

_MARK = "_barnabas_handler"
_secrets: list[str] = []
"""Longest first: one may be a part of another."""
_owner: dict[str, str] = {}
"""Context of lines that have none, see :func:`own_process`."""


def configure(
    log_format: str | None = None, level: int | None = None, stream: IO[str] | None = None
) -> None:
    """Write the logs of this process; called once at its start, a second call replaces the first.

    Args:
        log_format: ``plain`` or ``json``; None takes the environment's ``BARNABAS_LOG_FORMAT``,
            else ``plain``. The choice is left in the environment for processes started later.
        level: Level of the root logger, INFO when None.
        stream: Where to write; standard error when None.
    """
    chosen = log_format or os.environ.get(FORMAT_VARIABLE, FORMATS[0])
    os.environ[FORMAT_VARIABLE] = chosen
    logging.addLevelName(TRACE, "TRACE")
    logging.addLevelName(OFF, "OFF")
    logging.captureWarnings(capture=True)
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before, processors=_renderers(as_json=chosen == "json")
        )
    )
    setattr(handler, _MARK, True)
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if hasattr(handler, _MARK)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO if level is None else level)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def log_context(connector: str, part: str = "worker") -> contextlib.AbstractContextManager[None]:
    """Say on whose behalf the code inside runs: ``part`` is ``worker`` or ``task-<n>``."""
    return structlog.contextvars.bound_contextvars(connector=connector, part=part)


def bind_context(connector: str, part: str = "worker") -> None:
    """Say on whose behalf this process or asyncio task runs from now on."""
    structlog.contextvars.bind_contextvars(connector=connector, part=part)


def own_process(connector: str, part: str) -> None:
    """Say on whose behalf all threads of this process run that do not say otherwise.

    A thread that code of a plugin starts, or a library, knows nothing of the context of the thread
    that started it.
    """
    _owner.update(connector=connector, part=part)


def hide_secret(value: str) -> None:
    """Show this text as ``[hidden]`` in all logs of this process from now on, in any spelling.

    Texts of fewer than four characters are not hidden: they would blot out ordinary words.
    """
    new = {text for text in spellings(value) if len(text) > 3}.difference(_secrets)
    if new:
        _secrets[:] = sorted({*_secrets, *new}, key=len, reverse=True)


def redact(text: str) -> str:
    """Replace each secret in a text; also for texts that leave by other ways than the log."""
    for secret in tuple(_secrets):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text


def _renderers(*, as_json: bool) -> list[Processor]:
    common: list[Processor] = [
        _add_moment,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _redact_values,
    ]
    if as_json:
        return [*common, structlog.processors.EventRenamer("message"), _render_json]
    return [*common, _render_line]


def _add_moment(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["timestamp"] = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    event["level"] = level_name(record.levelno)
    if "connector" not in event:
        event.update(_owner)
    for left_by_another_handler in ("message", "asctime"):
        event.pop(left_by_another_handler, None)
    return event


def _redact_values(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if _secrets:
        for key, value in event.items():
            if not isinstance(value, datetime.datetime):
                event[key] = redact(value if isinstance(value, str) else str(value))
    return event


def _render_json(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    import msgspec

    order = ("timestamp", "level", "logger", "connector", "part", "message")
    known = {key: event.pop(key) for key in order if key in event}
    return msgspec.json.encode({**known, **event}, enc_hook=str).decode()


def _render_line(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
    local = event.pop("timestamp").astimezone()
    moment = f"{local:%Y-%m-%d %H:%M:%S},{local.microsecond // 1000:03}"
    level, logger, text = event.pop("level"), event.pop("logger", ""), event.pop("event")
    connector, part = event.pop("connector", None), event.pop("part", "worker")
    context = f"[{connector}|{part}] " if connector else ""
    trace = event.pop("exception", None)
    more = "".join(f" {key}={value}" for key, value in event.items())
    line = f"[{moment}] {level} {context}{text}{more} ({logger})"
    return f"{line}\n{trace}" if trace else line
