# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka.draft import Draft


def test_values_are_trimmed_and_none_counts_as_absent() -> None:
    assert Draft({"a": " 1 ", "b": None}, "admin", {}).given == {"a": "1"}


def test_an_error_names_the_setting_as_the_user_wrote_it() -> None:
    draft = Draft({"linger.ms": "soon"}, "producer", {"linger.ms": "producer.override.linger.ms"})
    with pytest.raises(ConfigError, match=r"Invalid value soon .*producer\.override\.linger\.ms"):
        draft.integer("linger.ms")


def test_a_secret_value_is_not_shown() -> None:
    draft = Draft({"ssl.keystore.key": "hunter2"}, "producer", {})
    assert "hunter2" not in draft.wrong("ssl.keystore.key", "no.", secret=True).message


def test_a_number_outside_the_range_is_fitted_with_a_note() -> None:
    draft = Draft({"linger.ms": "9999999"}, "producer", {})
    draft.put_number("linger.ms", 9999999, "linger.ms")
    assert draft.settings == {"linger.ms": "900000"}
    assert "9999999" in draft.notes[0]


@pytest.mark.parametrize(("text", "value"), [("TRUE", True), ("false", False)])
def test_booleans_are_read_in_any_case(text: str, value: bool) -> None:
    assert Draft({"k": text}, "admin", {}).boolean("k") is value


def test_another_word_is_no_boolean() -> None:
    with pytest.raises(ConfigError, match="either true or false"):
        Draft({"k": "yes"}, "admin", {}).boolean("k")
