# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server import names


@pytest.mark.parametrize(
    ("subject", "context", "local"),
    [
        ("s", ".", "s"),
        (":.c:s", ".c", "s"),
        (":.:s", ".", "s"),
        (":.c:", ".c", ""),
        ("a:b", ".", "a:b"),
    ],
)
def test_subject_has_a_context_and_a_name(subject: str, context: str, local: str) -> None:
    assert (names.context_of(subject), names.local_name(subject)) == (context, local)


def test_default_context_is_not_written() -> None:
    assert names.normalize(":.:s") == "s"
    assert names.normalize(":.c:s") == ":.c:s"
    assert names.normalize(":.:") == ""


@pytest.mark.parametrize("subject", ["s", "a/b", ":.c:s", "ü"])
def test_names_are_free(subject: str) -> None:
    assert names.is_valid(subject)


@pytest.mark.parametrize("subject", ["", "a\nb", ":.c:", "__GLOBAL", ":.c:__EMPTY"])
def test_some_names_are_not_allowed(subject: str) -> None:
    assert not names.is_valid(subject)


def test_setting_may_belong_to_a_context() -> None:
    assert names.is_valid(":.c:", may_be_context=True)
    assert not names.is_valid("", may_be_context=True)


def test_setting_is_looked_for_in_the_context_and_everywhere() -> None:
    assert names.scopes(":.c:s") == [":.c:s", ":.c:", None]
    assert names.scopes("s") == ["s", None]
    assert names.scopes(None) == [None]


def test_reference_without_a_context_is_in_that_of_its_parent() -> None:
    assert names.qualify("s", ":.c:parent") == ":.c:s"
    assert names.qualify(":.d:s", ":.c:parent") == ":.d:s"
    assert names.qualify(":.:s", ":.c:parent") == "s"


def test_prefix_lists_one_context_unless_it_stands_for_any() -> None:
    assert names.matches_prefix(":.c:abc", ":.c:a")
    assert not names.matches_prefix(":.c:abc", "a")
    assert not names.matches_prefix("abc", ":.c:")
    assert names.matches_prefix(":.c:abc", ":*:a")


def test_unqualified_subject_is_looked_for_in_other_contexts() -> None:
    assert names.other_contexts([".", ".c"], "s") == [":.c:s"]
    assert names.other_contexts([".", ".c"], ":.c:s") == []
