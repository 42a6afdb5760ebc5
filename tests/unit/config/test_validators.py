# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.config import validators as v
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (v.range_between(1, 3), 1),
        (v.range_between(1, 3), 3),
        (v.range_between(None, 3), -9),
        (v.at_least(0), 0),
        (v.valid_string("a"), "a"),
        (v.case_insensitive_valid_string("none", "all"), "ALL"),
        (v.valid_list("a", "b"), ["a", "a"]),
        (v.valid_list("a"), None),
        (v.unique_list(), ["a", "b"]),
        (v.unique_list(), []),
        (v.non_empty(), None),
        (v.non_empty(), "a"),
        (v.non_empty_no_control(), None),
        (v.non_empty_no_control(), "é x"),
        (v.list_size(1), ["a"]),
        (v.list_size(1), None),
        (v.non_null(), ""),
        (v.valid_regex(), "a.*"),
    ],
)
def test_valid_values_pass(check, value):
    check("k", value)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (v.range_between(1, 3), 0, "Invalid value 0 for configuration k: Value must be at least 1"),
        (v.range_between(1, 3), 4, "…: Value must be no more than 3"),
        (v.at_least(0), None, "…: Value must be non-null"),
        (v.valid_string("a", "b"), None, "…: String must be one of: a, b"),
        (v.case_insensitive_valid_string("a"), None, "…: String must be one of (case insensi"),
        (v.valid_list("a"), ["a", "c"], "Invalid value c for configuration k: String must be"),
        (v.unique_list("alias"), ["a", "a"], "…: Duplicate alias provided."),
        (v.unique_list("alias"), ["a", ""], "…: Empty alias provided."),
        (v.unique_list("alias", allow_empty=False), [], "…: Empty alias provided."),
        (v.non_empty(), "", "…: String must be non-empty"),
        (v.non_empty_no_control(), "", "…: String may not be empty"),
        (v.non_empty_no_control(), "a\x01\x9f", "had the following ASCII chars: 1, 159"),
        (v.list_size(1), ["a", "b"], "Invalid value [a, b] for configuration k: exceeds maximum"),
        (v.non_null(), None, "…: entry must be non null"),
        (v.valid_regex(), "(", "…: Invalid regex: "),
        (v.valid_regex(), None, "…: Invalid regex: "),
    ],
)
def test_wrong_values_are_refused_in_javas_words(check, value, message):
    with pytest.raises(ConfigError) as failure:
        check("k", value)
    assert message.removeprefix("…") in failure.value.message


def test_of_many_checks_the_first_that_fails_speaks():
    check = v.composite(v.non_null(), v.valid_string("a"))
    with pytest.raises(ConfigError, match="must be non null"):
        check("k", None)
    with pytest.raises(ConfigError, match="one of: a"):
        check("k", "b")


def test_any_function_can_be_a_validator():
    def even(name, value):
        if value % 2:
            raise ConfigError(f"{name} is odd")

    check = v.validator(even, "an even number")
    check("k", 2)
    assert str(check) == "an even number"
    with pytest.raises(ConfigError, match="k is odd"):
        check("k", 1)


@given(st.integers(), st.integers(), st.integers())
def test_a_range_accepts_what_lies_in_it(low, high, value):
    check = v.range_between(low, high)
    if low <= value <= high:
        check("k", value)
    else:
        with pytest.raises(ConfigError):
            check("k", value)
