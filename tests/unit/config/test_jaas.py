# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.config.jaas import parse_jaas_config
from barnabas.errors import ConfigError

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def test_a_login_module_has_a_name_and_options() -> None:
    module = parse_jaas_config(f'{PLAIN} required username="ann" password="s;e=c ret";')
    assert module.simple_name == "PlainLoginModule"
    assert module.options == {"username": "ann", "password": "s;e=c ret"}


def test_bare_and_single_quoted_values_are_read() -> None:
    module = parse_jaas_config(f"{PLAIN} REQUIRED\n username=ann\n password = 'x y' ;\n")
    assert module.options == {"username": "ann", "password": "x y"}


def test_a_backslash_escapes_as_in_java() -> None:
    module = parse_jaas_config(rf'{PLAIN} required a="q\"q" b="\\" c="\101\t";')
    assert module.options == {"a": 'q"q', "b": "\\", "c": "A\t"}


def test_an_empty_or_punctuation_value_may_be_quoted() -> None:
    assert parse_jaas_config(f'{PLAIN} required a="" b="=" c=";";').options == {
        "a": "",
        "b": "=",
        "c": ";",
    }


def test_comments_are_skipped() -> None:
    text = f"/* who */ {PLAIN} required // flag\n username=ann;"
    assert parse_jaas_config(text).options == {"username": "ann"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "semicolon"),
        (f'{PLAIN} required a="b"', "semicolon"),
        (f"{PLAIN} a=b;", "control flag"),
        (f"{PLAIN} required a;", "option number 1"),
        (f"{PLAIN} required a=b c==d;", "option number 2"),
        (f'{PLAIN} required a="b;', "quotation mark"),
        (f"{PLAIN} required; {PLAIN} required;", "2 login modules"),
    ],
)
def test_a_malformed_text_is_told_with_the_right_form(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        parse_jaas_config(text)
    assert "the form is" in caught.value.message


def test_an_error_does_not_repeat_the_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_jaas_config(f'{PLAIN} required password="hunter2" oops;')
    assert "hunter2" not in caught.value.message


def test_a_module_does_not_print_its_options() -> None:
    assert "hunter2" not in repr(parse_jaas_config(f'{PLAIN} required password="hunter2";'))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1))
def test_any_password_survives_quoting(password: str) -> None:
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_jaas_config(f'{PLAIN} required p="{quoted}";').options == {"p": password}
