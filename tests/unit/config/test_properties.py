# SPDX-License-Identifier: Apache-2.0
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.config.properties import parse_properties, read_properties
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("a=1", {"a": "1"}),
        ("a:1\nb 2\r\nc\t=\t3", {"a": "1", "b": "2", "c": "3"}),
        ("  a = b = c ", {"a": "b = c "}),
        ("# x\n! y\n\n  # z\na=#1", {"a": "#1"}),
        ("a", {"a": ""}),
        ("=x", {"": "x"}),
        ("a=1\na=2", {"a": "2"}),
        ("a=x,\\\n    y,\\\r\n\tz", {"a": "x,y,z"}),
        ("a=x\\\\\nb=1", {"a": "x\\", "b": "1"}),
        ("a=x\\\n# no comment", {"a": "x# no comment"}),
        ("# no continuation \\\na=1", {"a": "1"}),
        ("a=x\\", {"a": "x"}),
        ("\\\n\na=1", {"a": "1"}),
        (r"a\ b\=c\:d=1", {"a b=c:d": "1"}),
        (r"a=\t\n\r\f\q\"\\", {"a": '\t\n\r\fq"\\'}),
        (r"a=\u00e9\u20AC", {"a": "é€"}),
        (r"a=\uD83D\uDE00", {"a": "😀"}),
        (r"path=C:\\dir", {"path": r"C:\dir"}),
        ("a==b", {"a": "=b"}),
        ("a :  : b", {"a": ": b"}),
    ],
)
def test_files_are_read_as_java_reads_them(text, properties):
    assert parse_properties(text) == properties


def test_a_broken_escape_is_named_with_its_line():
    with pytest.raises(ConfigError, match=r"line 3: the escape \\u12x needs four"):
        parse_properties("a=1\n#\nb=\\u12x")


def escaped(text: str) -> str:
    special = {" ": "\\ ", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}
    return "".join(
        special.get(c, "\\" + c if c in "\\=:#!" else c if " " < c < "~" else f"\\u{ord(c):04x}")
        for c in text
    )


keys = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(keys, keys))
def test_what_is_escaped_comes_back(properties):
    lines = [f"{escaped(key)}={escaped(value)}" for key, value in properties.items()]
    assert parse_properties("\n".join(lines)) == properties


@given(st.text("ab=: \\\n\r#!\tu0", max_size=40))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_properties(text), dict)


@pytest.mark.parametrize(
    "data", ["a=é".encode(), b"\xef\xbb\xbfa=\xc3\xa9", "a=é".encode("iso-8859-1"), b"a=\\u00e9"]
)
def test_files_may_be_utf8_or_latin(tmp_path, data):
    path = tmp_path / "f.properties"
    path.write_bytes(data)
    assert read_properties(path) == {"a": "é"}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.properties: No such file"):
        read_properties(tmp_path / "none.properties")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_properties(tmp_path)


def test_a_file_that_cannot_be_understood_is_named(tmp_path):
    path = tmp_path / "f.properties"
    path.write_text("a=\\uxx")
    with pytest.raises(ConfigError, match=r"f\.properties, line 1"):
        read_properties(path)
