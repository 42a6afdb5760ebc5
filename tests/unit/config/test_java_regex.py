# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.config import java_regex
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<year>\d+)-\k<year>", "12-12"),
        (r"(a)(b)\1\2", "abab"),
        (r"(a)\11", "aa1"),
        ("a++b", "aab"),
        ("(?>a*)b", "aab"),
        ("(?i)A.*", "abc"),
        ("a(?i)b|c", "C"),
        ("(a|(?i)b)c", "Bc"),
        ("a(?i:b)c", "aBc"),
        ("(?x) a b # and c\n c", "abc"),
        (r"\Qa.b\E+", "a.bbb"),
        ("[a-c&&[^b]]+", "ac"),
        ("[^a-z&&[^b]]", "b"),
        ("[a-d[0-9]]+", "a1d9"),
        ("[^a[b]]", "c"),
        ("[]a]+", "]a"),
        (r"[\w.-]+", "a.b-c"),
        (r"\p{Alpha}+", "abc"),
        (r"\pL+\p{Lu}", "éÉ"),
        (r"[\p{Lower}\P{L}]+", "a1"),
        (r"[\D\S]", "x"),
        (r"\x61\u0062\x{63}\0144\cA", "abcd\x01"),
        (r"a\hb\Rc", "a\u00a0b\r\nc"),
        ("(?s)a.b", "a\nb"),
        (r"abc\z", "abc"),
        ("q}]", "q}]"),
    ],
)
def test_what_matches_in_java_matches_here(pattern: str, text: str) -> None:
    assert java_regex(pattern).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<year>\d+)-\k<year>", "12-13"),
        (r"\1a", "a"),
        ("a(?i)b|c", "AB"),
        ("(a|(?i)b)c", "bC"),
        ("(?i)é", "É"),
        ("[a-c&&[^b]]", "b"),
        ("[^a[b]]", "b"),
        (r"\d", "٣"),
        (r"\w", "é"),
        (r"\P{L}", "a"),
        ("a.b", "a\u2028b"),
        (r"\Qa.b\E", "axb"),
    ],
)
def test_what_does_not_match_in_java_does_not_match_here(pattern: str, text: str) -> None:
    assert not java_regex(pattern).fullmatch(text)


@pytest.mark.parametrize(
    "pattern",
    ["[", "(", ")", "*", "a**", "q{", "a{,2}", r"\y", r"\p{Foo}", "(?P<n>a)", "(?<n_1>a)", "a\\"],
)
def test_what_java_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="Invalid regex: "):
        java_regex(pattern)


def test_the_error_says_where_it_is() -> None:
    with pytest.raises(ConfigError, match="at position 2 of 'ab\\)'"):
        java_regex("ab)")
