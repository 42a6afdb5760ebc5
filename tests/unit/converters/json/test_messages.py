# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barnabas.converters.json import Rules
from barnabas.converters.json import messages as messages_module
from barnabas.converters.json.messages import (
    EnvelopedMessages,
    FixedMessages,
    Messages,
    PlainMessages,
    parse_schema,
)
from barnabas.data import INT32, OPTIONAL_INT32, OPTIONAL_STRING, STRING, Schema, decimal_schema
from barnabas.errors import DataError
from tests.unit.converters.json import strategies

PREFIX = b'{"schema":{"type":"int32"},"payload":'
STRINGS = b'{"schema":{"type":"array","items":{"type":"int32"}},"payload":'


def enveloped(cache_size: int = 10) -> EnvelopedMessages:
    return EnvelopedMessages(Rules(), cache_size)


def read_singly(reader: Messages, batch: list[bytes | None]) -> list[tuple[Any, Any]] | None:
    """What single messages give; None when one of them cannot be read."""
    try:
        return [(None, None) if item is None else reader.read(item) for item in batch]
    except DataError:
        return None


def read_together(reader: Messages, batch: list[bytes | None]) -> list[tuple[Any, Any]] | None:
    try:
        schemas, values = reader.read_all(batch)
    except DataError:
        return None
    if isinstance(schemas, list):
        return list(zip(schemas, values, strict=True))
    return [(schemas, value) for value in values]


payloads = st.sampled_from(
    [
        b"1",
        b"2.5",
        b'"a"',
        b"null",
        b"",
        b" ",
        b"[1",
        b"2]",
        b"3,4",
        b"1,2",
        b'1,"payload":2',
        b"01",
        *(
            b"[1,2]",
            b"\n5",
            b"5\n",
            b"[1,\n2]",
            b"1} x",
            b"12345678901234567890",
            b"\xff",
            b"1e400",
        ),
    ]
)
prefixes = st.sampled_from(
    [PREFIX, STRINGS, b'{"schema": null, "payload": ', b'{"schema":{"type":"bad"},"payload":', b""]
)
suffixes = st.sampled_from([b"}", b"}", b"}", b" }", b"", b"} "])
enveloped_messages = st.builds(lambda *parts: b"".join(parts), prefixes, payloads, suffixes)


@given(st.lists(st.none() | enveloped_messages | payloads, max_size=6))
@example([PREFIX + b"[1}", PREFIX + b"2]}", PREFIX + b"3,4}"])
@example([PREFIX + b"1}", PREFIX + b"1,2}", PREFIX + b"}"])
def test_a_batch_is_read_as_its_messages_are(batch: list[bytes | None]) -> None:
    for reader in (enveloped(), PlainMessages(), FixedMessages(OPTIONAL_INT32, Rules())):
        assert strategies.same(
            _listed(read_together(reader, batch)), _listed(read_singly(reader, batch))
        )


@given(st.lists(st.none() | enveloped_messages | payloads, max_size=6))
def test_most_of_a_batch_is_read_as_its_messages_are(batch: list[bytes | None]) -> None:
    for reader in (enveloped(), PlainMessages(), FixedMessages(OPTIONAL_INT32, Rules())):
        schemas, values, left = reader.read_most(batch)
        assert list(left) == sorted(set(left))
        for place, message in enumerate(batch):
            if place in left:
                assert values[place] is None
                continue
            expected = read_singly(reader, [message])
            assert strategies.same([[schemas[place], values[place]]], _listed(expected))


def test_messages_that_are_no_json_are_left_for_later() -> None:
    schemas, values, left = PlainMessages().read_most([b"1", b"no", None, b"[2]"])
    assert (schemas, values, left) == ([None] * 4, [1, None, None, [2]], [1])


def _listed(pairs: list[tuple[Any, Any]] | None) -> list[list[Any]] | None:
    return None if pairs is None else [list(pair) for pair in pairs]


@given(st.lists(enveloped_messages, max_size=6), st.randoms())
def test_what_was_read_before_does_not_matter(batch: list[bytes], random: Any) -> None:
    reader = enveloped(cache_size=1)
    shuffled = random.sample(batch, len(batch))
    read_together(reader, list(shuffled))
    for message in batch:
        assert read_singly(reader, [message]) == read_singly(enveloped(), [message])


def test_broken_messages_do_not_make_up_for_each_other() -> None:
    reader = enveloped()
    reader.read(STRINGS + b"[0]}")
    with pytest.raises(DataError, match="no JSON"):
        reader.read_all([STRINGS + b"[1}", STRINGS + b"2]}", STRINGS + b"[3],[4]}"])


def test_one_schema_is_given_for_all() -> None:
    batch = [PREFIX + b"1}", PREFIX + b"2}"]
    reader = enveloped()
    assert reader.read_all(batch) == (INT32, [1, 2])
    assert reader.read_all(batch) == (INT32, [1, 2])


def test_null_has_no_schema() -> None:
    assert enveloped().read_all([PREFIX + b"1}", None]) == ([INT32, None], [1, None])
    assert PlainMessages().read_all([b"1", None]) == ([None, None], [1, None])
    assert enveloped().read_all([]) == ([], [])


def test_schemas_may_take_turns() -> None:
    text = b'{"payload":"x","schema":{"type":"string"}}'
    batch = [PREFIX + b"1}", text, PREFIX + b"2}", text]
    assert enveloped().read_all(batch) == ([INT32, STRING] * 2, [1, "x", 2, "x"])


def test_a_message_that_is_unusual_spoils_no_other() -> None:
    batch = [PREFIX + payload + b"}" for payload in (b"1", b'"7"', b"1.9", b"1\n", b"4294967297")]
    assert read_together(enveloped(), list(batch)) == [(INT32, v) for v in (1, 0, 1, 1, 1)]


def test_a_schema_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    original = messages_module.schema_from_json

    def count(node: Any, rules: Rules) -> Schema | None:
        decoded.append(node)
        return original(node, rules)

    monkeypatch.setattr(messages_module, "schema_from_json", count)
    reader = enveloped()
    for number in range(5):
        reader.read(PREFIX + b"%d}" % number)
        reader.read(STRINGS + b"[]}")
        reader.read_all([PREFIX + b"%d}" % number, STRINGS + b"[]}", None])
    assert len(decoded) == 2


def test_no_more_schemas_are_kept_than_allowed() -> None:
    reader = enveloped(cache_size=3)
    for number in range(10):
        schema = {"type": "int32", "name": str(number)}
        reader.read(json.dumps({"schema": schema, "payload": 1}).encode())
    assert reader._payloads_of.cache_info().currsize == 3


def test_a_cache_of_no_size_still_works() -> None:
    assert enveloped(cache_size=0).read_all([PREFIX + b"1}"] * 2) == (INT32, [1, 1])


@pytest.mark.parametrize(
    "message",
    [
        *(b"", b"  ", b"1", b"null", b'"x"', b"[]", b"{}", b'{"payload":5}'),
        b'{"schema":{"type":"string"},"payload":"x","extra":1}',
    ],
)
def test_an_envelope_is_required(message: bytes) -> None:
    with pytest.raises(DataError, match=r'requires "schema" and "payload".*schemas\.enable=false'):
        enveloped().read(message)


@pytest.mark.parametrize("message", [b"{bad", b"nope", b"[1,2", b'"\xff"', b"[" * 100_000])
@pytest.mark.parametrize("reader", [enveloped(), PlainMessages()])
def test_what_is_no_json_is_refused(reader: Messages, message: bytes) -> None:
    with pytest.raises(DataError, match="serialization error"):
        reader.read(message)


@pytest.mark.parametrize(
    ("message", "value"),
    [
        (b"", None),
        (b"null", None),
        (b"12", 12),
        (b"1.0", 1.0),
        (b"01", 1),
        (b"12345678901234567890", -6101065172474983726),
        (
            b'{"a":[18446744073709551616,"18446744073709551616"]}',
            {"a": [0, "18446744073709551616"]},
        ),
        (b'{"schema":null,"payload":5}', {"schema": None, "payload": 5}),
    ],
)
def test_plain_messages_are_payloads(message: bytes, value: Any) -> None:
    assert strategies.same(PlainMessages().read(message).value, value)


@given(st.lists(strategies.schemaless))
def test_plain_payloads_come_back_as_they_were(values: list[Any]) -> None:
    batch = [json.dumps(value).encode() for value in values]
    assert read_together(PlainMessages(), list(batch)) == [(None, value) for value in values]


def test_a_fixed_schema_holds_for_the_whole_message() -> None:
    schema = Schema.map(STRING, STRING)
    reader = FixedMessages(schema, Rules())
    message = b'{"schema":"a","payload":"b"}'
    assert reader.read(message) == (schema, {"schema": "a", "payload": "b"})


def test_a_blank_message_is_missing_for_a_fixed_schema() -> None:
    assert FixedMessages(OPTIONAL_STRING, Rules()).read(b"").value is None
    with pytest.raises(DataError, match="found MISSING"):
        FixedMessages(Schema.struct({}), Rules()).read(b"")


@pytest.mark.parametrize("text", ["", " ", "null"])
def test_a_blank_setting_is_no_schema(text: str) -> None:
    assert parse_schema(text, Rules()) is None


def test_a_schema_is_read_from_a_setting() -> None:
    assert parse_schema('{"type":"int32"}', Rules()) == INT32
    with pytest.raises(DataError, match="no JSON"):
        parse_schema("{bad", Rules())


@pytest.mark.parametrize("is_batch", [False, True], ids=["one", "batch"])
@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"a": [{"b": "AA=="}, {"b": "***"}], "m": {}}, "a[1].b"),
        ({"a": [], "m": {"k": "***"}}, "m['k']"),
        ({"m": {}}, "a"),
    ],
    ids=["item", "member", "null"],
)
def test_what_does_not_fit_is_named_by_its_path(payload: Any, place: str, is_batch: bool) -> None:
    price = decimal_schema(2)
    schema = Schema.struct(
        {"a": Schema.array(Schema.struct({"b": price})), "m": Schema.map(STRING, price)}
    )
    reader = FixedMessages(schema, Rules())
    message = json.dumps(payload).encode()
    with pytest.raises(DataError) as caught:
        _ = reader.read_all([message]) if is_batch else reader.read(message)
    assert caught.value.message.startswith(f'in field "{place}": ')
