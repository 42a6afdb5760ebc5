# SPDX-License-Identifier: Apache-2.0
"""Questions to plugins that need not run: is this valid, what can be set, may offsets change.

All on the event loop; plugins answer in runners of their own, within a deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from barnabas.errors import ConnectError, PluginError, UnsupportedError
from barnabas.runtime.model import ConfigInfos, ConfigKeyInfo, ConnectorOffset, ConnectorOffsets
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.runners.messages import (
    CheckOffsets,
    DescribePlugin,
    Message,
    OffsetItem,
    OffsetsCheckAnswer,
    PluginAnswer,
    Resolve,
    Resolved,
    Validate,
    ValidationAnswer,
)
from barnabas.runtime.runners.runner import Answer
from barnabas.runtime.settings import references
from barnabas.runtime.worker.inspections import Inspections
from barnabas.runtime.worker.offset_stores import OffsetStores
from barnabas.runtime.worker.offsets import SinkOffsets, SourceOffsets, success_message
from barnabas.runtime.worker.orders import Orders, texts
from barnabas.telemetry.logs import hide_secret

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["PluginQuestions", "expected"]

_CLIENTS = ("admin.override.", "consumer.override.", "producer.override.", "offsets.storage.topic")

Config = Mapping[str, str | None]
A = TypeVar("A")


class PluginQuestions:
    """Asks the plugins of one worker.

    Args:
        plugins: The installed plugins.
        inspections: Runs their code.
        offset_stores: Where source offsets are kept.
        originals: The worker's settings as given.
    """

    def __init__(
        self,
        plugins: PluginRegistry,
        inspections: Inspections,
        offset_stores: OffsetStores,
        originals: Mapping[str, str],
    ) -> None:
        self._plugins = plugins
        self._inspections = inspections
        self._offset_stores = offset_stores
        self._originals = originals

    async def plugin_of(self, config: Config) -> Plugin:
        """Find a connector's plugin; a class nobody registered is looked into, which takes time.

        Raises:
            PluginError: The configuration names none, or one that cannot be found.
        """
        name = config.get("connector.class")
        if not name:
            text = "The configuration has no connector.class; it names the connector's plugin."
            raise PluginError(text)
        version = config.get("connector.plugin.version")
        return await asyncio.to_thread(self._plugins.find_connector, name, version)

    async def validate(self, config: Config) -> tuple[ConfigInfos, list[str]]:
        """Validate a connector's configuration, framework's settings and the plugin's own.

        Returns:
            The answer for REST, and warnings for the user.

        Raises:
            DeadlineError: The plugin hung.
            ConnectError: Validation itself failed.
        """
        plugin: Plugin | None
        try:
            plugin = await self.plugin_of(config)
        except ConnectError:
            plugin = None  # validation says why
        asked = dict(config)
        answer = await self._ask(
            plugin,
            ValidationAnswer,
            lambda number: Validate(number, asked),
            f"validate() of {config.get('connector.class')}",
        )
        return answer.infos, answer.warnings

    async def plugin_config(self, name: str, version: str | None) -> list[ConfigKeyInfo]:
        """List the settings of a plugin of any kind REST lists.

        Raises:
            NotFoundError: There is no such plugin.
            PluginVersionError: There is no such version of it.
            ConfigError: The version cannot be read.
        """
        plugin = await asyncio.to_thread(self._plugins.find_listed, name, version)
        answer = await self._ask(
            plugin,
            PluginAnswer,
            lambda number: DescribePlugin(number, name, version),
            f"the definition of {name}",
        )
        return answer.keys

    async def connector_offsets(self, name: str, config: Config) -> ConnectorOffsets:
        """Read the offsets of a connector; it need not run."""
        async with self._offsets_of(name, await self.plugin_of(config), config) as owner:
            return await owner.list()

    async def alter_connector_offsets(
        self, name: str, config: Config, offsets: Sequence[ConnectorOffset] | None
    ) -> str:
        """Change offsets of a stopped connector, or remove all of them when None is given.

        Returns:
            Text for the user.

        Raises:
            BadRequestError: They are not of the form this kind of connector has.
            ConnectError: The connector refuses, or they could not be written.
        """
        plugin = await self.plugin_of(config)
        question = Orders.plugin(plugin, config)

        async def hook(items: Sequence[OffsetItem]) -> bool:
            try:
                answer = await self._ask(
                    plugin,
                    OffsetsCheckAnswer,
                    lambda number: CheckOffsets(number, question, texts(config), list(items)),
                    f"alter_offsets() of connector {name}",
                )
            except UnsupportedError as error:
                text = (
                    f"Failed to modify offsets for connector {name} because it doesn't support "
                    "external modification of offsets"
                )
                raise ConnectError(text) from error
            return answer.is_known

        async with self._offsets_of(name, plugin, config) as owner:
            if offsets is None:
                is_known = await owner.reset(hook)
            else:
                is_known = await owner.alter(offsets, hook)
        return success_message(is_known=is_known, is_reset=offsets is None)

    async def offsets_config(self, config: Config) -> Config:
        """Return a configuration to find a connector's offsets topic with.

        References are replaced where this worker reaches that topic by the connector's clients.

        Raises:
            DeadlineError: A provider hung.
            ConnectError: A provider could not look a value up.
        """
        if not self._offset_stores.looks_at_clients(config):
            return config
        return await self.with_client_values(config)

    async def with_client_values(self, config: Config) -> dict[str, str]:
        """Replace references in what says how a connector's clients and offsets are reached.

        A worker asks for what it has to reach itself; config providers are code of users, so they
        run in a process of their own. Values found are hidden in logs.

        Raises:
            DeadlineError: A provider hung.
            ConnectError: A provider could not look a value up.
        """
        given = texts(config)
        asked = {
            key: value
            for key, value in given.items()
            if key.startswith(_CLIENTS) and references.has_reference(value)
        }
        if not asked:
            return given
        answer = await self._ask(
            None, Resolved, lambda number: Resolve(number, asked), "ConfigProvider.get()"
        )
        for secret in answer.secrets:
            hide_secret(secret)
        return {**given, **answer.config}

    async def stop(self) -> None:
        """End the runners kept for questions."""
        await self._inspections.stop()

    async def _ask(
        self, plugin: Plugin | None, kind: type[A], make: Callable[[int], Message], call: str
    ) -> A:
        return expected(await self._inspections.ask(plugin, make, call), kind)

    @contextlib.asynccontextmanager
    async def _offsets_of(
        self, name: str, plugin: Plugin, config: Config
    ) -> AsyncIterator[SourceOffsets | SinkOffsets]:
        own = await self.with_client_values(config)
        if plugin.kind is PluginKind.SOURCE:
            async with self._offset_stores.for_users(name, own) as store:
                yield SourceOffsets(store, name)
            return
        yield SinkOffsets(name, own, lambda: self._open_admin(name, own))

    def _open_admin(self, name: str, config: Mapping[str, str]) -> Admin:
        from barnabas.kafka import layering
        from barnabas.kafka.admin import Admin

        client_id = f"connector-worker-adminclient-{name}"
        return Admin(layering.admin(self._originals, client_id, config))


def expected(answer: Answer, kind: type[A]) -> A:
    """Give back an answer of a runner that is of the kind asked for.

    Raises:
        ConnectError: It is not.
    """
    if not isinstance(answer, kind):
        text = f"A runner answered {type(answer).__name__} instead of {kind.__name__}."
        raise ConnectError(text)
    return answer
