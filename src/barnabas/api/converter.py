# SPDX-License-Identifier: Apache-2.0
"""Converters: between bytes on a topic and Connect's data model.

A converter is made once per task and role (key, value or header) from the connector's settings with
the prefix ``key.converter.``, ``value.converter.`` or ``header.converter.`` taken off. It lives in
the runner process of its task and is called from that task's main thread only, so it needs no
locks. The same class may serve as a converter and as a header converter.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from barnabas import config
from barnabas.data import Headers, Schema, SchemaAndValue

__all__ = ["Converter", "HeaderConverter"]


class Converter(abc.ABC):
    """Turns keys or values of records into bytes and back.

    Source:
        Apache Kafka ``org.apache.kafka.connect.storage.Converter``.
    """

    config_class: ClassVar[type[config.Config]] = config.Config
    """Settings of this converter, for validation and for the reference page."""

    adds_headers: bool = False
    """Whether `from_connect_data` adds to the headers of records; set when configured.

    It is then called for each record, also for one without headers, and gets an object that holds
    them.
    """

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:  # noqa: B027 - optional
        """Take the settings; called once, before any other method.

        Args:
            configs: Settings without the role's prefix; ``converter.type`` is ``key`` or ``value``.
            is_key: Whether this instance serves keys.

        Raises:
            ConfigError: A setting is wrong; the task then fails to start.
        """

    @abc.abstractmethod
    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Turn one value of the data model into the bytes to be produced.

        Args:
            topic: Topic the record goes to.
            headers: Headers of the record; may be added to. None when the record has none, unless
                `adds_headers`.
            schema: Schema of the value, None for schemaless data.
            value: The value; see :mod:`barnabas.data` for the Python type of each schema type.

        Returns:
            The bytes, or None for a tombstone.

        Raises:
            DataError: The value cannot be expressed in this format.
        """

    @abc.abstractmethod
    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        """Turn the bytes of one consumed record into schema and value.

        Args:
            topic: Topic the record came from.
            headers: Headers of the record, None when it has none.
            data: The bytes, None for a tombstone.

        Raises:
            DataError: The bytes are not of this format.
        """

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        """Turn many values of one topic and one schema into bytes, in order.

        Called instead of :meth:`from_connect_data` when a run of records shares topic and schema
        and has no headers. Override it when a batch is cheaper than the sum of its records.

        Raises:
            DataError: Any value cannot be converted. The caller then converts one by one to find
                which, so this method must be repeatable.
        """
        single = self.from_connect_data
        return [single(topic, None, schema, value) for value in values]

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Turn many keys or values of one topic into schemas and values, in order.

        Returns:
            Either one schema that holds for all and the list of values, or a list of schemas of the
            same length and the list of values.

        Raises:
            DataError: Any of them cannot be read. The caller then converts one by one to find
                which, so this method must be repeatable.
        """
        single = self.to_connect_data
        pairs = [single(topic, None, item) for item in data]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def to_connect_most(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any], Sequence[int]] | None:
        """Turn what can be read of many keys or values into schemas and values, in order.

        Called in place of :meth:`to_connect_batch` when that failed, and as long as batches hold
        what cannot be read. Override it where bad records shall cost little.

        Returns:
            Schemas, values, and the places of those left out, in order; the lists have None there,
            and the caller converts those one by one. None to have the caller try parts of the batch
            with :meth:`to_connect_batch`.
        """
        return None

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the converter holds; called once when the task ends."""


class HeaderConverter(abc.ABC):
    """Turns values of record headers into bytes and back.

    Source:
        Apache Kafka ``org.apache.kafka.connect.storage.HeaderConverter`` (KIP-145).
    """

    config_class: ClassVar[type[config.Config]] = config.Config
    """Settings of this converter, for validation and for the reference page."""

    def configure_header(self, configs: Mapping[str, Any]) -> None:  # noqa: B027 - optional
        """Take the settings; called once, before any other method.

        Args:
            configs: Settings without the prefix ``header.converter.``; ``converter.type`` is
                ``header``.

        Raises:
            ConfigError: A setting is wrong; the task then fails to start.
        """

    @abc.abstractmethod
    def from_connect_header(
        self, topic: str, key: str, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Turn a header's value into bytes.

        Raises:
            DataError: The value cannot be expressed in this format.
        """

    @abc.abstractmethod
    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """Turn a header's bytes into schema and value.

        Raises:
            DataError: The bytes are not of this format.
        """

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the converter holds; called once when the task ends."""
