# SPDX-License-Identifier: Apache-2.0
"""The registry: answers from its state, and writes what changes it to its log, one after another.

All methods on one event loop. Writing waits until the state has the records, so that whoever asks
after an answer finds what it told of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from barnabas.errors import ConnectError, DeadlineError, ProtocolError, RetriableError
from barnabas.registry_server import names, problems, records
from barnabas.registry_server.changes import (
    WantedSchema,
    find_version,
    plan_registration,
    plan_subject_deletion,
    plan_version_deletion,
)
from barnabas.registry_server.logs import SchemaLog
from barnabas.registry_server.model import Version
from barnabas.registry_server.records import ContextRecord, Raw, Record
from barnabas.registry_server.settings import plan_config, plan_mode, without_config, without_mode
from barnabas.registry_server.state import State

__all__ = ["Registry"]

_log = logging.getLogger(__name__)


class Registry:
    """One registry.

    Args:
        log: Where records are kept.
    """

    def __init__(self, log: SchemaLog) -> None:
        self.state = State()
        """What is known; only to be read."""
        self._store = log
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Take in everything that is kept.

        Raises:
            ConfigError: The log cannot be used; says what to change.
        """
        await self._store.start(self._apply)

    async def stop(self) -> None:
        """Let go of the log."""
        await self._store.stop()

    def _apply(self, raw: Raw) -> None:
        try:
            self.state.apply(records.decode(*raw))
        except ProtocolError as error:
            _log.error("A record is left out. %s", error.message)

    # -- schemas ----------------------------------------------------------------------------------

    async def register(self, wanted: WantedSchema) -> Version:
        """Find or make the version a schema is under a subject.

        Raises:
            RefusalError: It is refused, or could not be stored.
        """
        known = find_version(self.state, wanted)
        if known is not None and wanted.schema_id in (-1, known.schema_id) and wanted.number == 0:
            return known
        async with self._turn:
            await self._catch_up()
            planned = plan_registration(self.state, wanted)
            await self._write(planned.records)
        version = planned.version
        if planned.records:
            _log.info(
                "Registered version %d of %s with id %d",
                version.number,
                version.subject,
                version.schema_id,
            )
        return version

    async def delete_subject(self, subject: str, *, permanent: bool) -> list[int]:
        """Delete all versions of a subject; returns their numbers.

        Raises:
            RefusalError: It is refused, or could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            numbers, planned = plan_subject_deletion(self.state, subject, permanent=permanent)
            await self._write(planned)
        return numbers

    async def delete_version(self, subject: str, number: int, *, permanent: bool) -> int:
        """Delete one version; returns its number.

        Raises:
            RefusalError: It is refused, or could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            deleted, planned = plan_version_deletion(
                self.state, subject, number, permanent=permanent
            )
            await self._write(planned)
        return deleted

    # -- settings ---------------------------------------------------------------------------------

    async def set_config(self, subject: str | None, changes: Mapping[str, Any]) -> None:
        """Change the configuration of a subject, a context or (None) all.

        Raises:
            RefusalError: It is refused, or could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            await self._write(plan_config(self.state, subject, changes))

    async def delete_config(self, subject: str | None) -> Mapping[str, Any]:
        """Take a configuration away; returns it.

        Raises:
            RefusalError: There is none, or it could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            before, planned = without_config(self.state, subject)
            await self._write(planned)
        return before

    async def set_mode(self, subject: str | None, mode: str, *, force: bool) -> None:
        """Change the mode of a subject, a context or (None) all.

        Raises:
            RefusalError: It is refused, or could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            await self._write(plan_mode(self.state, subject, mode, force=force))

    async def delete_mode(self, subject: str | None, *, recursive: bool) -> str | None:
        """Take a mode away; returns it.

        Raises:
            RefusalError: There is none, or it could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            before, planned = without_mode(self.state, subject, recursive=recursive)
            await self._write(planned)
        return before

    async def delete_context(self, context: str) -> None:
        """Forget an empty context.

        Raises:
            RefusalError: It has subjects, or could not be stored.
        """
        async with self._turn:
            await self._catch_up()
            subjects = self.state.subjects(deleted=True)
            if any(names.context_of(subject) == context for subject in subjects):
                raise problems.context_not_empty(context)
            await self._write([ContextRecord(context, exists=False)])

    # -- the log ----------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        try:
            await self._store.catch_up()
        except ConnectError as error:
            raise _failed(error) from error

    async def _write(self, planned: Sequence[Record]) -> None:
        if not planned:
            return
        try:
            await self._store.add([records.encode(record) for record in planned])
        except ConnectError as error:
            raise _failed(error) from error


def _failed(error: ConnectError) -> problems.RefusalError:
    if isinstance(error, RetriableError | DeadlineError):
        return problems.store_timed_out(error.message)
    return problems.store_failed(error.message)
