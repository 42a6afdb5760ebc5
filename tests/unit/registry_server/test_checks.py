# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from barnabas.registry_server.checks import Parsed, incompatibilities, is_same, parse
from barnabas.registry_server.model import Definition, Reference, Version
from barnabas.registry_server.problems import RefusalError
from barnabas.registry_server.records import ConfigRecord, VersionRecord
from barnabas.registry_server.state import State


def record(*fields: str) -> str:
    """Write a record; a field with a question mark has a default."""
    written = [
        {"name": one.rstrip("?"), "type": "int", **({"default": 0} if "?" in one else {})}
        for one in fields
    ]
    return json.dumps({"type": "record", "name": "R", "fields": written})


def parsed(state: State, text: str, **more: str) -> Parsed:
    return parse(state, "s", Definition(text, **more), normalize=False)


def check(level: str, new: str, *old: str) -> bool:
    state = State()
    state.apply(ConfigRecord("s", {"compatibilityLevel": level}))
    versions = [
        Version("s", number, number, parsed(state, text).definition)
        for number, text in enumerate(old, 1)
    ]
    return not incompatibilities(state, "s", parsed(state, new), versions)


ONE, WITH_DEFAULT, WITHOUT = record("a"), record("a", "b?"), record("a", "b")


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("NONE", (True, True, True)),
        ("BACKWARD", (True, False, True)),
        ("FORWARD", (True, True, False)),
        ("FULL", (True, False, False)),
    ],
)
def test_level_says_who_must_read_whom(level: str, allowed: tuple[bool, ...]) -> None:
    added_with_default = check(level, WITH_DEFAULT, ONE)
    added_without = check(level, WITHOUT, ONE)
    removed_without_default = check(level, ONE, WITHOUT)

    assert (added_with_default, added_without, removed_without_default) == allowed


@pytest.mark.parametrize("level", ["BACKWARD", "FORWARD", "FULL"])
def test_transitive_levels_look_at_all_versions(level: str) -> None:
    first, last = record("c"), record("c?", "a?")
    new = record("a?", "b?") if level != "FORWARD" else record("a?")
    if level == "BACKWARD":
        first, last, new = record(), record("b?"), record("b")
    if level == "FULL":
        first, last, new = record("b"), record("b?"), record("a?")

    assert check(level, new, last)
    assert check(level, new, first, last)
    assert not check(f"{level}_TRANSITIVE", new, first, last)


def test_refusal_tells_why_and_with_which_version() -> None:
    state = State()
    old = Version("s", 4, 1, parsed(state, ONE).definition)

    why, number, text, level = incompatibilities(state, "s", parsed(state, WITHOUT), [old])

    assert why == (
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path "
        "'/fields/1' in the new schema has no default value and is missing in the old schema', "
        "additionalInfo:'b'}"
    )
    assert number == "{oldSchemaVersion: 4}"
    assert text == f"{{oldSchema: '{old.definition.text}'}}"
    assert level == "{validateFields: 'false', compatibility: 'BACKWARD'}"


def test_kinds_of_schemas_do_not_mix() -> None:
    state = State()
    old = Version("s", 1, 1, Definition("{}", "JSON"))

    assert incompatibilities(state, "s", parsed(state, ONE), [old])[0] == (
        "Incompatible because of different schema type"
    )


def test_groups_are_compared_by_themselves() -> None:
    state = State()
    state.apply(ConfigRecord("s", {"compatibilityGroup": "major"}))
    old = Version("s", 1, 1, Definition(ONE, metadata='{"properties":{"major":"1"}}'))

    assert not incompatibilities(
        state, "s", parsed(state, WITHOUT, metadata='{"properties":{"major":"2"}}'), [old]
    )
    assert incompatibilities(
        state, "s", parsed(state, WITHOUT, metadata='{"properties":{"major":"1"}}'), [old]
    )


def test_references_are_followed_the_innermost_first() -> None:
    state = State()
    inner = Definition('{"type":"enum","name":"E","symbols":["A"]}')
    middle = Definition(
        '{"type":"record","name":"M","fields":[{"name":"e","type":"E"}]}',
        references=(Reference("E", "e", 1),),
    )
    state.apply(VersionRecord("e", 1, Version("e", 1, 1, inner)))
    state.apply(VersionRecord("m", 1, Version("m", 1, 2, middle)))
    outer = Definition('["M","E"]', references=(Reference("M", "m", 1), Reference("E", "e", 1)))

    found = parse(state, "s", outer, normalize=False)

    assert [name for name, _ in found.source.references] == ["E", "M"]


def test_missing_reference_is_told() -> None:
    definition = Definition('"E"', references=(Reference("E", "e", 3),))

    with pytest.raises(RefusalError, match='subject "e" and version 3') as refused:
        parse(State(), "s", definition, normalize=False)
    assert refused.value.error_code == 42201


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("", "AVRO", "Empty schema"),
        ("{", "AVRO", "Invalid schema of type AVRO, details: "),
        ('{"type":"foo"}', "AVRO", "Undefined type: foo"),
        ("x", "XML", "Invalid schema type XML"),
    ],
)
def test_invalid_schema_is_refused(text: str, kind: str, why: str) -> None:
    with pytest.raises(RefusalError, match=why) as refused:
        parse(State(), "s", Definition(text, kind), normalize=False)
    assert refused.value.status == 422


def test_what_is_left_out_is_no_difference() -> None:
    known = Definition("x", metadata='{"a":1}', rule_set='{"b":1}')

    assert is_same(known, Definition("x"))
    assert is_same(known, Definition("x", metadata='{"a":1}'))
    assert not is_same(known, Definition("x", metadata='{"a":2}'))
    assert not is_same(known, Definition("y"))
