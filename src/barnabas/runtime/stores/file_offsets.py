# SPDX-License-Identifier: Apache-2.0
"""Source offsets in a file that Java's standalone worker reads and writes as well.

The whole file is replaced at each change: a temporary file beside it is written, synced to disk
and renamed over it, so that a crash at any moment leaves either the old or the new offsets. Changes
that arrive while one is being written are written together.

Differs:
    Java overwrites the file in place and takes a truncated one for an empty one, forgetting every
    offset. Here a damaged file stops the worker at its start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from barnabas.errors import ConfigError, ProtocolError, RetriableError
from barnabas.runtime.stores.java_serialization import dump_byte_map, load_byte_map
from barnabas.runtime.stores.offsets import OffsetStore

__all__ = ["FileOffsetStore"]

_SETTING = "offset.storage.file.filename"
_log = logging.getLogger(__name__)


class FileOffsetStore(OffsetStore):
    """Keeps offsets in the file named by ``offset.storage.file.filename``."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = Path(os.path.realpath(path))
        self._waiting: dict[bytes, bytes | None] = {}
        self._round: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()

    async def start(self) -> None:
        """Read the file; a missing or empty one holds no offsets.

        Raises:
            ConfigError: The file cannot be read, is damaged, or could not be written later.
        """
        values = await asyncio.to_thread(self._load)
        self._replace(values)
        _log.info("Read %d source offsets from %s", len(values), self._path)

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets; returns when they are on disk.

        Raises:
            RetriableError: The file could not be written, for example because the disk is full.
                The file holds what it held before.
        """
        self._waiting.update(values)
        if self._round is None:
            self._round = asyncio.get_running_loop().create_future()
            self._round.add_done_callback(_retrieve)
        this_round = self._round
        async with self._writing:
            if not this_round.done():
                await self._write_round(this_round)
        this_round.result()

    async def _write_round(self, this_round: asyncio.Future[None]) -> None:
        waiting, self._waiting, self._round = self._waiting, {}, None
        merged = self._merged(waiting)
        try:
            await asyncio.shield(
                asyncio.to_thread(_replace_file, self._path, dump_byte_map(merged))
            )
        except OSError as error:
            message = (
                f"Source offsets cannot be written to {self._path} ({_SETTING}): {error.strerror}. "
                "The file keeps the offsets it had; the next commit tries again."
            )
            failure = RetriableError(message)
            failure.__cause__ = error
            this_round.set_exception(failure)
        except BaseException:
            this_round.cancel()
            raise
        else:
            self._replace(merged)
            this_round.set_result(None)

    def _load(self) -> dict[bytes, bytes | None]:
        try:
            data = b"" if _is_device(self._path) else self._path.read_bytes()
        except FileNotFoundError:
            data = b""
        except OSError as error:
            message = f"{_SETTING}={self._path} cannot be read: {error.strerror}"
            raise ConfigError(message) from error
        self._check_writable()
        if not data:
            return {}
        try:
            return load_byte_map(data)
        except ProtocolError as error:
            message = (
                f"{_SETTING}={self._path} is damaged or no offset file of Kafka Connect: {error}. "
                "Restore it from a copy, or move it away to begin without offsets."
            )
            raise ConfigError(message) from error

    def _check_writable(self) -> None:
        folder = self._path.parent
        if not folder.is_dir():
            message = f"{_SETTING}={self._path}: there is no directory {folder}; create it"
            raise ConfigError(message)
        if not _is_device(self._path) and not os.access(folder, os.W_OK | os.X_OK):
            message = (
                f"{_SETTING}={self._path}: the directory {folder} is not writable for this user, "
                "and offsets are replaced by way of a temporary file there"
            )
            raise ConfigError(message)


def _retrieve(done: asyncio.Future[None]) -> None:
    """Mark a round's error as seen: its writer may have been cancelled."""
    if not done.cancelled():
        done.exception()


def _is_device(path: Path) -> bool:
    """Whether the path is ``/dev/null`` or the like, as throw-away workers use it."""
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except OSError:
        return False


def _replace_file(path: Path, data: bytes) -> None:
    if _is_device(path):
        path.write_bytes(data)
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            if path.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
