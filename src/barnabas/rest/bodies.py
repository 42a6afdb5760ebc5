# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests, bound to values as Jackson binds them for Java's workers. Pure.

In a map of text to text, numbers and booleans become the text they were written as, null stays
null, unknown fields of an object are refused.

Differs:
    A body that cannot be bound is answered with 400 and the reason; Java answers 500 by accident.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from barnabas.errors import BadRequestError
from barnabas.runtime.model import ConnectorOffset, TargetState

__all__ = [
    "Config",
    "CreateConnector",
    "parse_create_connector",
    "parse_offsets",
    "parse_text_map",
    "parse_text_maps",
]

Config = dict[str, str | None]
_T = TypeVar("_T")

_BOM = b"\xef\xbb\xbf"
_TRIMMED = "".join(map(chr, range(0x21)))
"""What Java's ``String.trim`` takes away; other spaces may be part of a name."""
_INITIAL_STATES = {
    "RUNNING": TargetState.STARTED,
    "PAUSED": TargetState.PAUSED,
    "STOPPED": TargetState.STOPPED,
}


class CreateConnector(msgspec.Struct, frozen=True):
    """A connector somebody wants."""

    name: str
    config: Config
    target_state: TargetState | None


class _Create(msgspec.Struct):
    name: msgspec.Raw = msgspec.Raw(b"null")
    config: dict[str, msgspec.Raw] | None = None
    initial_state: msgspec.Raw = msgspec.Raw(b"null")


class _StrictCreate(_Create, forbid_unknown_fields=True):
    pass


class _Offset(msgspec.Struct, forbid_unknown_fields=True):
    partition: dict[str, Any] | None = None
    offset: dict[str, Any] | None = None


class _Offsets(msgspec.Struct, forbid_unknown_fields=True):
    offsets: list[_Offset] | None = None


_create = msgspec.json.Decoder(_Create | None)
_strict_create = msgspec.json.Decoder(_StrictCreate | None)
_offsets = msgspec.json.Decoder(_Offsets | None)
_map = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_maps = msgspec.json.Decoder(list[dict[str, msgspec.Raw]] | None)
_text = msgspec.json.Decoder(str)


def parse_text_map(body: bytes) -> Config:
    """Read a map of text to text.

    Raises:
        BadRequestError: The body is not such a map.
    """
    return _texts(_object(body, _map))


def parse_text_maps(body: bytes) -> list[Config]:
    """Read a list of maps of text to text.

    Raises:
        BadRequestError: The body is not such a list.
    """
    return [_texts(item) for item in _object(body, _maps)]


def parse_create_connector(body: bytes, *, allow_unknown: bool = False) -> CreateConnector:
    """Read the body of ``POST /connectors``.

    Args:
        body: JSON.
        allow_unknown: Skip unknown fields, as for connector files.

    Raises:
        BadRequestError: The body has another form.
    """
    raw = _object(body, _create) if allow_unknown else _object(body, _strict_create)
    if raw.config is None:
        message = 'The field "config" is missing: it holds the configuration of the connector'
        raise BadRequestError(message)
    name = _as_text("name", raw.name) or ""
    state = _as_text("initial_state", raw.initial_state)
    return CreateConnector(name.strip(_TRIMMED), _texts(raw.config), _target_state(state))


def parse_offsets(body: bytes) -> list[ConnectorOffset]:
    """Read the body of ``PATCH /connectors/<name>/offsets``.

    Raises:
        BadRequestError: The body has another form, or holds no offsets.
    """
    raw = _object(body, _offsets)
    if not raw.offsets:
        message = "Partitions / offsets need to be provided for an alter offsets request"
        raise BadRequestError(message)
    return [ConnectorOffset(item.partition, item.offset) for item in raw.offsets]


def _object(body: bytes, decoder: msgspec.json.Decoder[_T | None]) -> _T:
    try:
        body.decode("utf-8")  # raw values are not looked at by the decoder
        decoded = decoder.decode(body.removeprefix(_BOM)) if body.strip() else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body cannot be read as JSON of the expected form: {error}"
        raise BadRequestError(message) from error
    if decoded is None:
        message = "The request has no body; this resource needs one"
        raise BadRequestError(message)
    return decoded


def _texts(raw: dict[str, msgspec.Raw]) -> Config:
    return {key: _as_text(key, value) for key, value in raw.items()}


def _as_text(key: str, raw: msgspec.Raw) -> str | None:
    written = bytes(raw).strip()
    match written[:1]:
        case b'"':
            return _text.decode(written)
        case b"n":
            return None
        case b"{" | b"[":
            kind = "an object" if written[:1] == b"{" else "a list"
            message = f'The value of "{key}" is {kind}, but must be text, a number or a boolean'
            raise BadRequestError(message)
    return written.decode("ascii")


def _target_state(text: str | None) -> TargetState | None:
    if text is None:
        return None
    state = _INITIAL_STATES.get(text.upper())
    if state is None:
        message = f'"initial_state" is {text!r}; it can be RUNNING, PAUSED or STOPPED'
        raise BadRequestError(message)
    return state
