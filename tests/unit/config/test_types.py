# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.config.password import Password
from barnabas.config.types import (
    ConfigType,
    format_value,
    invalid_value,
    java_text,
    parse_type,
    trim,
)
from barnabas.errors import ConfigError, PluginError


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ConfigType.BOOLEAN, " TRUE ", True),
        (ConfigType.BOOLEAN, "False", False),
        (ConfigType.STRING, " a b\t", "a b"),
        (ConfigType.STRING, "\u00a0a", "\u00a0a"),
        (ConfigType.INT, "+5", 5),
        (ConfigType.INT, " -7 ", -7),
        (ConfigType.INT, "٣", 3),
        (ConfigType.SHORT, "-32768", -32768),
        (ConfigType.LONG, "9223372036854775807", 2**63 - 1),
        (ConfigType.DOUBLE, "1e3", 1000.0),
        (ConfigType.DOUBLE, ".5d", 0.5),
        (ConfigType.DOUBLE, "2.F", 2.0),
        (ConfigType.DOUBLE, "0x1.8p1", 3.0),
        (ConfigType.DOUBLE, "-Infinity", -math.inf),
        (ConfigType.LIST, "", []),
        (ConfigType.LIST, " a , b,, c ", ["a", "b", "", "c"]),
        (ConfigType.LIST, ",", ["", ""]),
        (ConfigType.CLASS, " a.B ", "a.B"),
        (ConfigType.PASSWORD, " s ", Password("s")),
    ],
)
def test_texts_are_read_as_java_reads_them(kind, text, value):
    assert parse_type("k", text, kind) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (ConfigType.BOOLEAN, "yes", "Expected value to be either true or false"),
        (ConfigType.BOOLEAN, "", "Expected value to be either true or false"),
        (ConfigType.INT, "1_0", "Not a number of type INT"),
        (ConfigType.INT, "2147483648", "Not a number of type INT"),
        (ConfigType.INT, "1" * 99, "Not a number of type INT"),
        (ConfigType.SHORT, "32768", "Not a number of type SHORT"),
        (ConfigType.LONG, "", "Not a number of type LONG"),
        (ConfigType.DOUBLE, "1,5", "Not a number of type DOUBLE"),
        (ConfigType.DOUBLE, "inf", "Not a number of type DOUBLE"),
        (ConfigType.DOUBLE, "0x10", "Not a number of type DOUBLE"),
    ],
)
def test_other_texts_are_refused_in_javas_words(kind, text, message):
    with pytest.raises(ConfigError) as failure:
        parse_type("k", text, kind)
    assert failure.value.message == f"Invalid value {text} for configuration k: {message}"


@pytest.mark.parametrize("kind", list(ConfigType))
def test_null_stays_null(kind):
    assert parse_type("k", None, kind) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ConfigType.BOOLEAN, True),
        (ConfigType.STRING, "a"),
        (ConfigType.INT, 1),
        (ConfigType.DOUBLE, 1.5),
        (ConfigType.LIST, ["a"]),
        (ConfigType.PASSWORD, Password("a")),
    ],
)
def test_values_of_the_type_pass(kind, value):
    assert parse_type("k", value, kind) == value


@pytest.mark.parametrize("kind", list(ConfigType))
def test_values_of_foreign_types_are_refused(kind):
    with pytest.raises(ConfigError, match="for configuration k"):
        parse_type("k", object(), kind)


def test_true_is_no_number():
    for kind in (ConfigType.INT, ConfigType.DOUBLE):
        with pytest.raises(ConfigError):
            parse_type("k", True, kind)


def test_a_class_is_looked_for_where_a_finder_is_given():
    def find(name):
        if name == "Short":
            return "a.b.Short"
        raise PluginError

    assert parse_type("k", " Short ", ConfigType.CLASS, find) == "a.b.Short"
    with pytest.raises(ConfigError, match=r"for configuration k: Class x\.Y could not be found"):
        parse_type("k", "x.Y", ConfigType.CLASS, find)


def test_a_wrong_password_is_not_shown():
    with pytest.raises(ConfigError) as failure:
        parse_type("k", ["geheim"], ConfigType.PASSWORD)
    assert "geheim" not in failure.value.message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.0, "1.0"),
        (0.0001, "1.0E-4"),
        (12345678.9, "1.23456789E7"),
        (1e7, "1.0E7"),
        (-0.0, "-0.0"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (["a", None], "[a, null]"),
        ({"a": 1, "b": "x"}, "{a=1, b=x}"),
        (Password("a"), "[hidden]"),
    ],
)
def test_values_are_shown_as_java_shows_them(value, text):
    assert java_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_shown_number_reads_as_the_same_number(number):
    assert parse_type("k", java_text(number), ConfigType.DOUBLE) == number


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_shown_integer_reads_as_the_same_integer(number):
    text = format_value(number, ConfigType.LONG)
    assert parse_type("k", text, ConfigType.LONG) == number


@given(st.lists(st.text("abc", min_size=1), min_size=1))
def test_a_shown_list_reads_as_the_same_list(items):
    assert parse_type("k", format_value(items, ConfigType.LIST), ConfigType.LIST) == items


def test_formatting_joins_lists_only_where_a_list_is_meant():
    assert format_value(["a", "b"], ConfigType.LIST) == "a,b"
    assert format_value(["a", "b"], None) == "[a, b]"
    assert format_value(None, ConfigType.INT) is None


def test_the_error_has_no_tail_without_a_message():
    assert invalid_value("k", "v").message == "Invalid value v for configuration k"


def test_only_control_characters_and_spaces_are_trimmed():
    assert trim("\x00 a\u2003\n") == "a\u2003"
