# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.settings.unknown_names import Scope, unknown_name_warnings

NAMES = ("field", "field.syntax.version", "delimiter")
OPEN = Scope("t.x.", NAMES)
CLOSED = Scope("t.x.", NAMES, "Flatten")
READS = Scope("", ("connection.url", "mode"), "Jdbc", ("connection.",))


@pytest.mark.parametrize(
    ("scope", "name", "warning"),
    [
        (OPEN, "t.x.feild", "Did you mean t.x.field?"),
        (OPEN, "t.x.regex", None),
        (OPEN, "t.x.field", None),
        (CLOSED, "t.x.regex", "The setting t.x.regex is not known to Flatten and has no effect."),
        (CLOSED, "t.x.", "The setting t.x. is not known to Flatten and has no effect."),
        (READS, "connection.ulr", "Did you mean connection.url?"),
        (READS, "connection.timeout", None),
        (READS, "sparkle", "is not known to Jdbc and has no effect."),
        (READS, "modes", "Did you mean mode?"),
    ],
)
def test_a_name_is_compared_without_its_prefix(scope, name, warning):
    found = scope.warning(name, {name: "1"})
    assert found is None if warning is None else warning in (found or "")


def test_a_name_that_is_there_already_cannot_be_meant():
    props = {"t.x.feild": "1", "t.x.field": "2"}
    assert OPEN.warning("t.x.feild", props) is None
    assert CLOSED.warning("t.x.feild", props) is not None


def test_names_kafka_gave_up_are_known_with_their_successors():
    replace = Scope("", ("exclude", "include"))
    assert "Did you mean exclude?" in (replace.warning("blacklist", {}) or "")
    assert OPEN.warning("t.x.blacklist", {}) is None


def test_the_scope_with_the_longest_prefix_judges():
    scopes = [Scope("", ("a",), "all"), Scope("b.", ("c",), "b")]
    assert unknown_name_warnings(["b.a", "b.c", "a"], scopes) == [
        "The setting b.a is not known to b and has no effect."
    ]


def test_what_others_told_is_not_told_again():
    assert unknown_name_warnings(["z"], [Scope("", (), "all")], besides={"z"}) == []


@given(
    st.sampled_from(NAMES), st.dictionaries(st.text(max_size=8), st.text(max_size=3), max_size=4)
)
def test_known_names_are_never_warned_of(name, props):
    assert CLOSED.warning("t.x." + name, props) is None
