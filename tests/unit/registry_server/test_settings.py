# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.model import Definition, Version
from barnabas.registry_server.problems import RefusalError
from barnabas.registry_server.records import ConfigRecord, ModeRecord, VersionRecord
from barnabas.registry_server.settings import plan_config, plan_mode, without_config, without_mode
from barnabas.registry_server.state import State


@pytest.fixture
def state() -> State:
    state = State()
    state.apply(VersionRecord("s", 1, Version("s", 1, 1, Definition('"string"'))))
    return state


def test_config_is_changed_field_by_field(state: State) -> None:
    state.apply(ConfigRecord("s", {"compatibilityLevel": "FULL", "alias": "x"}))

    changes = {"compatibility": "none", "normalize": True, "alias": None, "unknown": 1}

    assert plan_config(state, "s", changes) == [
        ConfigRecord("s", {"compatibilityLevel": "NONE", "normalize": True})
    ]


@pytest.mark.parametrize("level", ["", "LOUD", 3])
def test_other_levels_are_refused(state: State, level: object) -> None:
    with pytest.raises(RefusalError, match="Invalid compatibility level"):
        plan_config(state, None, {"compatibility": level})


def test_config_of_its_own_can_be_taken_away(state: State) -> None:
    config = {"compatibilityLevel": "FULL"}
    state.apply(ConfigRecord("s", config))

    assert without_config(state, "s") == (config, [ConfigRecord("s", None)])
    assert without_config(state, None) == ({"compatibilityLevel": "BACKWARD"}, [])
    with pytest.raises(RefusalError, match="Subject 't' not found"):
        without_config(state, "t")


def test_config_is_not_changed_where_schemas_are_only_read(state: State) -> None:
    state.apply(ModeRecord("s", "READONLY"))

    with pytest.raises(RefusalError, match="read-only mode"):
        plan_config(state, "s", {"compatibility": "NONE"})


def test_mode_is_written_in_capitals(state: State) -> None:
    assert plan_mode(state, "s", "readonly", force=False) == [ModeRecord("s", "READONLY")]


@pytest.mark.parametrize(("subject", "mode"), [("s", "x"), ("s", ""), ("s", "FORWARD")])
def test_other_modes_are_refused(state: State, subject: str, mode: str) -> None:
    with pytest.raises(RefusalError) as refused:
        plan_mode(state, subject, mode, force=False)
    assert refused.value.error_code == 42204


@pytest.mark.parametrize("owner", [None, "s"])
def test_import_over_schemas_must_be_forced(state: State, owner: str | None) -> None:
    with pytest.raises(RefusalError, match="found existing subjects"):
        plan_mode(state, owner, "IMPORT", force=False)
    assert plan_mode(state, owner, "IMPORT", force=True) == [ModeRecord(owner, "IMPORT")]


def test_empty_context_may_import(state: State) -> None:
    assert plan_mode(state, ":.c:", "IMPORT", force=False) == [ModeRecord(":.c:", "IMPORT")]


def test_mode_of_its_own_can_be_taken_away(state: State) -> None:
    state.apply(ModeRecord("s", "IMPORT"))

    assert without_mode(state, "s", recursive=False) == ("IMPORT", [ModeRecord("s", None)])
    assert without_mode(state, None, recursive=True) == (None, [ModeRecord("s", None)])
    with pytest.raises(RefusalError, match="Subject 't' not found"):
        without_mode(state, "t", recursive=False)


def test_settings_belong_to_what_can_be_a_subject(state: State) -> None:
    with pytest.raises(RefusalError, match="is not a valid"):
        plan_config(state, "a\tb", {})
