# SPDX-License-Identifier: Apache-2.0
"""Copies of schemas on disk, for the time a registry cannot be reached.

They are read only then: a registry that answers is always right. Each copy is a file of its own
that is replaced as a whole, so that the tasks of many processes share a folder without locks. What
cannot be read or written is passed over: copies help, they must not harm.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from barnabas.registry.answers import Unexpected, definition_to_json, schema_from_json
from barnabas.registry.model import RegisteredSchema

__all__ = ["DiskCopies", "folder_for"]

_log = logging.getLogger(__name__)

_MOST_COPIES: Final = 10_000


def folder_for(directory: str | None, urls: Sequence[str]) -> Path | None:
    """Choose the folder for the copies of one registry.

    Args:
        directory: The setting ``schema.registry.cache.directory``.
        urls: Addresses of the registry, without name and password.

    Returns:
        The folder, which need not exist; None when there are to be no copies.
    """
    if directory == "":
        return None
    base = Path(directory) if directory else _cache_folder()
    if base is None:
        return None
    return base / hashlib.sha256("\n".join(sorted(urls)).encode()).hexdigest()[:16]


def _cache_folder() -> Path | None:
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(given) if given and Path(given).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        return None
    return base / "barnabas" / "schemas"


class DiskCopies:
    """Copies of what one registry answered. Any thread may use it.

    Args:
        folder: Where they are; made when the first is written. None keeps none.
        most: How many are kept, the newest.
    """

    def __init__(self, folder: Path | None, most: int = _MOST_COPIES) -> None:
        self._folder = folder
        self._most = most
        self._is_ready = False

    def put(self, key: Sequence[Any], schema: RegisteredSchema) -> None:
        """Keep what was answered to a question, in place of an earlier answer.

        Args:
            key: The question, of values JSON can express.
            schema: The answer.
        """
        if self._folder is None:
            return
        content = json.dumps({"key": list(key), "schema": _to_json(schema)})
        try:
            folder = self._ready(self._folder)
            descriptor, path = tempfile.mkstemp(dir=folder, suffix=".new")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(content)
                os.replace(path, folder / _name(key))
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(path)
                raise
        except OSError as error:
            _log.warning(
                "Schemas are not copied to %s, so that tasks cannot start while the Schema "
                "Registry is away: %s. Set schema.registry.cache.directory to a folder that can be "
                "written, or leave it empty for no copies",
                self._folder,
                error,
            )
            self._folder = None

    def get(self, key: Sequence[Any]) -> RegisteredSchema | None:
        """Find what was answered to a question before; None when there is no copy."""
        if self._folder is None:
            return None
        try:
            found = json.loads((self._folder / _name(key)).read_text("utf-8"))
            if found["key"] == list(key):
                return schema_from_json(found["schema"])
        except (OSError, ValueError, TypeError, KeyError, Unexpected):
            pass
        return None

    def _ready(self, folder: Path) -> Path:
        """Make the folder and drop the oldest copies, once."""
        if not self._is_ready:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._is_ready = True
            copies = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in copies[: max(0, len(copies) - self._most)]:
                path.unlink(missing_ok=True)
        return folder


def _name(key: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(list(key)).encode()).hexdigest() + ".json"


def _to_json(schema: RegisteredSchema) -> dict[str, Any]:
    optional = {"guid": schema.guid, "subject": schema.subject, "version": schema.version}
    return {
        **definition_to_json(schema.definition),
        "id": schema.id,
        **{name: value for name, value in optional.items() if value is not None},
        "metadata": {"properties": dict(schema.metadata)},
    }
