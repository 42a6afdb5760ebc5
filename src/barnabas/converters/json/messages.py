# SPDX-License-Identifier: Apache-2.0
"""Messages read: with an envelope, without, or with a schema fixed by the settings.

The schema in an envelope is the larger part of most messages and the same in nearly all, so its
text is decoded once. The beginning of each message is compared with that of the last one and cut
off; the payloads of a whole batch are decoded in one call.

A batch is joined with line feeds, counted beforehand: when no payload holds one, each line of the
joined text is one payload, and a decoder that wants one value on each line can neither merge two
broken payloads nor take one for two. Whatever is unusual is read again message by message.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, cast

import msgspec

from barnabas.converters.json import text
from barnabas.converters.json.envelope import cut_message, schema_from_json
from barnabas.converters.json.reading import plain_value, reader_for
from barnabas.converters.json.settings import Rules
from barnabas.data import Schema, SchemaAndValue
from barnabas.errors import DataError

__all__ = ["EnvelopedMessages", "FixedMessages", "Messages", "PlainMessages", "parse_schema"]

_NODES: Final = msgspec.json.Decoder(float_hook=Decimal)
_CLOSING_BRACE: Final = ord("}")


class Payloads:
    """Reads payloads of one schema, one by one or many at once; None is for schemaless ones."""

    def __init__(self, schema: Schema | None, rules: Rules) -> None:
        self.schema = schema
        if schema is None:
            self.one: Callable[[Any], Any] = plain_value
            self._finish_all: Callable[[list[Any]], list[Any]] | None = None
            self._decoder = msgspec.json.Decoder()
        else:
            reader = reader_for(schema, rules)
            self.one = reader.one
            self._finish_all = reader.finish
            # The hook is for numbers whose class no hint tells: those that may be decimals.
            self._decoder = msgspec.json.Decoder(reader.hint, float_hook=Decimal)

    def read(self, payload: bytes) -> Any:
        """Read one payload.

        Raises:
            DataError: It does not fit the schema.
            msgspec.DecodeError: It is no JSON msgspec can read, or another of `READ_ERRORS`.
        """
        try:
            return self._finish([self._decoder.decode(payload)], payload)[0]
        except (msgspec.ValidationError, DataError):  # which value it is, only `one` tells
            return self.one(_NODES.decode(payload))

    def read_all(self, payloads: Sequence[bytes]) -> list[Any] | None:
        """Read many payloads of the regular shape; None when one is of another or does not fit."""
        joined = b"\n".join(payloads)
        if joined.count(b"\n") != len(payloads) - 1:
            return None
        try:
            decoded = self._decoder.decode_lines(joined)
            return self._finish(decoded, joined) if len(decoded) == len(payloads) else None
        except (*text.READ_ERRORS, DataError):
            return None

    def read_most(self, payloads: Sequence[bytes]) -> tuple[list[Any], list[int]]:
        """Read those payloads that are of the regular shape, one by one.

        Returns:
            Values, with None where a payload is of another shape, and the places of those.
        """
        decoded: list[Any] = []
        left: list[int] = []
        coming = map(self._decoder.decode, payloads)
        while True:
            try:
                decoded.extend(coming)  # what comes before an error stays, and the next one is next
                break
            except text.READ_ERRORS:
                left.append(len(decoded) + len(left))
        try:
            values = self._finish(decoded, b"\n".join(payloads))
        except DataError:
            return [None] * len(payloads), list(range(len(payloads)))
        return _with_gaps(values, left), left

    def _finish(self, decoded: list[Any], source: bytes) -> list[Any]:
        if self._finish_all is not None:
            return self._finish_all(decoded)
        if self.schema is None and text.has_long_number(source):
            return list(map(plain_value, decoded))
        return decoded


def _with_gaps(values: list[Any], places: Sequence[int]) -> list[Any]:
    """Put None in some places; the others have the values, in their order."""
    result: list[Any] = []
    start = 0
    for gaps, place in enumerate(places):
        result += values[start : place - gaps]
        result.append(None)
        start = place - gaps
    return result + values[start:]


class _Group(NamedTuple):
    """Messages of one schema, by their places in a batch."""

    payloads: Payloads
    places: Sequence[int]
    texts: Sequence[bytes]


class Messages(abc.ABC):
    """Reads messages; belongs to one converter and one thread."""

    @abc.abstractmethod
    def _cut(self, message: bytes) -> tuple[Payloads, bytes]:
        """Find the schema and the payload; raise one of `READ_ERRORS` if that is not easy."""

    @abc.abstractmethod
    def _read_node(self, node: Any) -> SchemaAndValue:
        """Take a decoded message; `MISSING` stands for a blank one."""

    def read(self, message: bytes) -> SchemaAndValue:
        """Read one message.

        Raises:
            DataError: It is no JSON, has no envelope, or its payload does not fit its schema.
        """
        try:
            payloads, payload = self._cut(message)
            return SchemaAndValue(payloads.schema, payloads.read(payload))
        except text.READ_ERRORS:
            return self._read_node(_node_of(message))

    def read_all(
        self, messages: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any]] | tuple[Schema | None, list[Any]]:
        """Read many messages; null stays null.

        Raises:
            DataError: One of them cannot be read.
        """
        results: list[SchemaAndValue | None] = [None] * len(messages)
        for payloads, places, texts in self._groups(messages):
            values = payloads.read_all(texts)
            if values is None:
                continue
            if len(values) == len(messages):
                return payloads.schema, values
            for place, value in zip(places, values, strict=True):
                results[place] = SchemaAndValue(payloads.schema, value)
        pairs = [
            pair or (_NULL if message is None else self.read(message))
            for message, pair in zip(messages, results, strict=True)
        ]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def read_most(
        self, messages: Sequence[bytes | None]
    ) -> tuple[list[Schema | None], list[Any], list[int]]:
        """Read what is easily read; what is not, has None and its place in the last list."""
        groups = self._groups(messages)
        if len(groups) == 1 and len(groups[0].texts) == len(messages):
            found, left = groups[0].payloads.read_most(groups[0].texts)
            return [groups[0].payloads.schema] * len(found), found, left
        schemas: list[Schema | None] = [None] * len(messages)
        values: list[Any] = [None] * len(messages)
        missing = {place for place, message in enumerate(messages) if message is not None}
        for payloads, places, texts in groups:
            found, left = payloads.read_most(texts)
            for place, value in zip(places, found, strict=True):
                schemas[place], values[place] = payloads.schema, value
            missing -= set(places) - {places[each] for each in left}
        return schemas, values, sorted(missing)

    def _groups(self, messages: Sequence[bytes | None]) -> list[_Group]:
        """Sort messages by schema; those left out must be read one by one."""
        groups: dict[int, _Group] = {}
        for place, message in enumerate(messages):
            if message is None:
                continue
            try:
                payloads, payload = self._cut(message)
            except (*text.READ_ERRORS, DataError):
                continue
            group = groups.get(id(payloads))
            if group is None:
                group = groups[id(payloads)] = _Group(payloads, [], [])
            group.places.append(place)  # type: ignore[attr-defined] # a list, see above
            group.texts.append(payload)  # type: ignore[attr-defined] # likewise
        return list(groups.values())


_NULL: Final = SchemaAndValue(None, None)


def _node_of(message: bytes) -> Any:
    try:
        return text.read_leniently(message)
    except (ValueError, RecursionError) as error:
        explanation = (
            "Converting byte[] to Kafka Connect data failed due to serialization error: the"
            f" message is no JSON ({error}). Was it written by another converter?"
        )
        raise DataError(explanation) from error


class PlainMessages(Messages):
    """Messages that are a payload without schema."""

    def __init__(self) -> None:
        self._payloads = Payloads(None, Rules())

    def _cut(self, message: bytes) -> tuple[Payloads, bytes]:
        return self._payloads, message

    def _groups(self, messages: Sequence[bytes | None]) -> list[_Group]:
        if None in messages:
            return super()._groups(messages)
        texts = cast("Sequence[bytes]", messages)
        return [_Group(self._payloads, range(len(texts)), texts)]

    def _read_node(self, node: Any) -> SchemaAndValue:
        return SchemaAndValue(None, plain_value(node))


class EnvelopedMessages(Messages):
    """Messages that hold their schema beside the payload.

    Args:
        rules: What the settings say about single values.
        cache_size: Most schemas to remember; the last one is always remembered.
    """

    def __init__(self, rules: Rules, cache_size: int) -> None:
        self._rules = rules
        self._payloads_of: Callable[[bytes], Payloads] = functools.lru_cache(maxsize=cache_size)(
            self._make_payloads
        )
        self._prefix: bytes | None = None
        self._last = Payloads(None, rules)

    def _make_payloads(self, schema_text: bytes) -> Payloads:
        schema = schema_from_json(_NODES.decode(schema_text), self._rules)
        return Payloads(schema, self._rules)

    def _cut(self, message: bytes) -> tuple[Payloads, bytes]:
        prefix = self._prefix
        if prefix is not None and message.startswith(prefix) and message[-1] == _CLOSING_BRACE:
            return self._last, message[len(prefix) : -1]
        cut = cut_message(message)
        payloads = self._payloads_of(cut.schema)
        if cut.prefix is not None:
            self._prefix, self._last = cut.prefix, payloads
        return payloads, cut.payload

    def _groups(self, messages: Sequence[bytes | None]) -> list[_Group]:
        prefix = self._prefix
        if prefix is not None and None not in messages:
            start = len(prefix)
            texts = [
                message[start:-1]
                for message in cast("Sequence[bytes]", messages)
                if message.startswith(prefix) and message[-1] == _CLOSING_BRACE
            ]
            if len(texts) == len(messages):
                return [_Group(self._last, range(len(texts)), texts)]
        return super()._groups(messages)

    def _read_node(self, node: Any) -> SchemaAndValue:
        if not _is_envelope(node):
            message = (
                'JsonConverter with schemas.enable requires "schema" and "payload" fields and may'
                " not contain additional fields. If you are trying to deserialize plain JSON data,"
                " set schemas.enable=false in your converter configuration."
            )
            raise DataError(message)
        schema = schema_from_json(node["schema"], self._rules)
        return SchemaAndValue(schema, Payloads(schema, self._rules).one(node["payload"]))


def _is_envelope(node: Any) -> bool:
    return isinstance(node, dict) and node.keys() == {"schema", "payload"}


class FixedMessages(Messages):
    """Messages that are a payload of a schema given beforehand."""

    def __init__(self, schema: Schema, rules: Rules) -> None:
        self._payloads = Payloads(schema, rules)

    def _cut(self, message: bytes) -> tuple[Payloads, bytes]:
        return self._payloads, message

    def _read_node(self, node: Any) -> SchemaAndValue:
        return SchemaAndValue(self._payloads.schema, self._payloads.one(node))


def parse_schema(schema_text: str, rules: Rules) -> Schema | None:
    """Read the schema a setting gives; blank text and ``null`` are no schema.

    Raises:
        DataError: The text is no JSON or no schema.
    """
    node = _node_of(schema_text.encode())
    return None if node is text.MISSING else schema_from_json(node, rules)
