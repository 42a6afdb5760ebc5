# SPDX-License-Identifier: Apache-2.0
"""Tells of a trouble that lasts: when it begins, changes, goes on for long, and ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

__all__ = ["Trouble"]

_QUIET_S: Final = 30.0


class Trouble:
    """Keeps one subject's troubles from filling the log.

    Args:
        logger: Where to tell.
        subject: What has the trouble, to begin each line with.
        now: Seconds that only go forward.
    """

    def __init__(self, logger: logging.Logger, subject: str, now: Callable[[], float]) -> None:
        self._logger = logger
        self._subject = subject
        self._now = now
        self._text: str | None = None
        self._began_s = 0.0
        self._told: dict[str, float] = {}

    @property
    def text(self) -> str | None:
        """The newest trouble; None when there is none."""
        return self._text

    def tell(self, text: str, level: int = logging.WARNING) -> None:
        """Log a trouble, unless the same was logged less than 30 s ago."""
        now = self._now()
        if self._text is None:
            self._began_s = now
        self._text = text
        self._told = {old: at for old, at in self._told.items() if now - at < _QUIET_S}
        if text not in self._told:
            self._told[text] = now
            line = text if text.startswith(self._subject) else f"{self._subject}: {text}"
            self._logger.log(level, "%s", line)

    def over(self) -> None:
        """Hear that things work; logged when they did not."""
        if self._text is not None:
            self._text = None
            self._told.clear()
            self._logger.info(
                "%s: works again after %.1f s", self._subject, self._now() - self._began_s
            )
