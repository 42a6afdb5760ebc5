# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.listeners import ListenerOptions, header_rules


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ("add X-A: 1", [("add", "X-A", "1")]),
        (
            'set X-A: 1, "add Cache-Control: no-cache, no-store"',
            [("set", "X-A", "1"), ("add", "Cache-Control", "no-cache, no-store")],
        ),
        ("SETDATE Expires: 31540000000", [("setDate", "Expires", "31540000000")]),
    ],
)
def test_header_rules_are_read(text, rules):
    assert header_rules(text) == rules


@pytest.mark.parametrize("text", ["add X-A", "drop X-A: 1", "add : 1", "X-A: 1"])
def test_other_rules_are_refused(text):
    with pytest.raises(ConfigError, match="is not of the form"):
        header_rules(text)


def test_a_listener_list_needs_an_item():
    with pytest.raises(ConfigError, match="at least one is needed"):
        ListenerOptions({"listeners": ""})
    with pytest.raises(ConfigError, match="Empty URL"):
        ListenerOptions({"admin.listeners": "http://a:1,"})
    assert ListenerOptions({"admin.listeners": ""}).admin_listeners == []
    assert ListenerOptions({}).admin_listeners is None
