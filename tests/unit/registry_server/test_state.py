# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ProtocolError
from barnabas.registry_server.model import Definition, Reference, Version
from barnabas.registry_server.records import (
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    Noop,
    SubjectDeletion,
    SubjectRemoval,
    VersionRecord,
)
from barnabas.registry_server.state import Place, State

STRING, LONG = Definition('"string"'), Definition('"long"')


def put(state: State, subject: str, number: int, schema_id: int, definition: Definition) -> None:
    version = Version(subject, number, schema_id, definition)
    state.apply(VersionRecord(subject, number, version))


@pytest.fixture
def state() -> State:
    state = State()
    put(state, "a", 1, 1, STRING)
    put(state, "a", 2, 2, LONG)
    put(state, "b", 1, 2, LONG)
    return state


def test_versions_are_found_by_subject_number_and_id(state: State) -> None:
    assert state.subjects() == ["a", "b"]
    assert [one.number for one in state.versions("a")] == [1, 2]
    assert state.version("a", -1) == Version("a", 2, 2, LONG)
    assert state.version("a", 3) is None
    assert state.definition(".", 2) == LONG
    assert state.id_of(".", STRING) == 1
    assert state.places(".", 2) == [Place("a", 2), Place("b", 1)]
    assert state.places(".", 9) is None
    assert state.by_guid(STRING.guid) == [(".", 1, STRING)]


def test_deleted_subject_is_out_of_sight(state: State) -> None:
    state.apply(SubjectDeletion("a", 2))

    assert state.subjects() == ["b"]
    assert state.subjects(deleted=True) == ["a", "b"]
    assert state.subjects(deleted_only=True) == ["a"]
    assert state.versions("a") == []
    assert not state.has_subject("a")
    assert state.places(".", 2) == [Place("b", 1)]
    assert state.definition(".", 1) == STRING


def test_id_is_gone_with_its_last_version(state: State) -> None:
    state.apply(VersionRecord("a", 2, None))
    assert state.definition(".", 2) == LONG

    state.apply(VersionRecord("b", 1, None))

    assert state.definition(".", 2) is None
    assert state.id_of(".", LONG) is None
    assert state.subjects(deleted=True) == ["a"]


def test_ids_are_never_given_twice(state: State) -> None:
    state.apply(SubjectRemoval("a"))
    state.apply(SubjectRemoval("b"))

    assert state.next_id(".") == 3
    assert state.last_id(".") == 2


def test_contexts_count_ids_by_themselves(state: State) -> None:
    assert state.next_id(".c") == 1
    state.apply(ContextRecord(".c", exists=True))
    put(state, ":.c:a", 1, 1, LONG)

    assert state.contexts == [".", ".c"]
    assert state.definition(".c", 1) == LONG
    assert state.definition(".", 1) == STRING


def test_context_can_go_but_the_default_one(state: State) -> None:
    state.apply(ContextRecord(".c", exists=True))
    state.apply(ContextRecord(".c", exists=False))
    state.apply(ContextRecord(".", exists=False))

    assert state.contexts == ["."]


def test_second_schema_of_an_id_is_left_out(state: State) -> None:
    with pytest.raises(ProtocolError, match="id 1, which another schema has"):
        put(state, "c", 1, 1, LONG)

    assert state.subjects() == ["a", "b"]


def test_removing_what_is_not_there_changes_nothing(state: State) -> None:
    state.apply(VersionRecord("x", 1, None))
    state.apply(VersionRecord("a", 9, None))
    state.apply(Noop())

    assert state.subjects() == ["a", "b"]


def test_version_may_get_another_id(state: State) -> None:
    put(state, "a", 1, 5, Definition('"int"'))

    assert state.definition(".", 1) is None
    assert state.version("a", 1) == Version("a", 1, 5, Definition('"int"'))


def test_referrers_are_found(state: State) -> None:
    definition = Definition("[]", references=(Reference("n", "a", 1),))
    put(state, "r", 1, 3, definition)

    assert [one.subject for one in state.referrers(Place("a", 1))] == ["r"]
    assert state.referrers(Place("a", 2)) == []
    state.apply(SubjectDeletion("r", 1))
    assert state.referrers(Place("a", 1)) == []
    assert [one.subject for one in state.referrers(Place("a", 1), deleted=True)] == ["r"]


def test_settings_are_inherited() -> None:
    state = State()
    state.apply(ConfigRecord(None, {"compatibilityLevel": "FULL"}))
    state.apply(ConfigRecord(":.c:", {"normalize": True}))
    state.apply(ModeRecord(":.c:", "IMPORT"))

    assert state.config_in_scope(":.c:s") == {"compatibilityLevel": "FULL", "normalize": True}
    assert state.config(":.c:s") is None
    assert state.mode_in_scope(":.c:s") == "IMPORT"
    assert state.mode_in_scope("s") == "READWRITE"
    assert state.mode("s") is None


def test_settings_can_be_taken_away() -> None:
    state = State()
    state.apply(ConfigRecord("s", {"compatibilityLevel": "NONE"}))
    state.apply(ModeRecord("s", "READONLY"))
    state.apply(ConfigRecord("s", None))
    state.apply(ModeRecord("s", None))

    assert state.config_in_scope("s") == {"compatibilityLevel": "BACKWARD"}
    assert state.mode_in_scope("s") == "READWRITE"


def test_override_of_all_counts_more_than_the_mode_of_a_subject() -> None:
    state = State()
    state.apply(ModeRecord("s", "READWRITE"))
    state.apply(ModeRecord(None, "READONLY_OVERRIDE"))

    assert state.mode_in_scope("s") == "READONLY_OVERRIDE"
