# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from barnabas.connectors.file.connector import FileStreamSourceConnector
from barnabas.errors import PluginError
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.plugins.plugin import import_class

FILE = "barnabas.connectors.file.connector:FileStreamSourceConnector"


@pytest.mark.parametrize(
    ("class_name", "kind", "aliases"),
    [
        (
            "a.FileStreamSourceConnector",
            "source",
            ("FileStreamSourceConnector", "FileStreamSource"),
        ),
        ("a.json.JsonConverter", "converter", ("JsonConverter", "Json")),
        ("a.SimpleHeaderConverter", "header_converter", ("SimpleHeaderConverter", "Simple")),
        ("a.StringConverter", "header_converter", ("StringConverter",)),
        ("a.Cast$Value", "transformation", ("Value",)),
        ("a.Connector", "sink", ("Connector",)),
        ("a.SinkConnectorV2", "sink", ("SinkConnectorV2", "Sink")),
    ],
)
def test_short_names_are_javas(class_name: str, kind: str, aliases: tuple[str, ...]) -> None:
    assert Plugin(class_name, PluginKind(kind), "m:C").aliases == aliases


def test_a_plugin_is_imported_on_use() -> None:
    assert Plugin("x", PluginKind.SOURCE, FILE).load() is FileStreamSourceConnector


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("no.such.module:C", "No module named 'no'"),
        ("json:Nope", "no class Nope"),
        ("json:loads", "is not a class"),
        ("json:JSONDecoder", "does not extend SourceConnector"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_says_why(location: str, why: str) -> None:
    with pytest.raises(PluginError, match=why) as caught:
        Plugin("com.example.X", PluginKind.SOURCE, location).load()
    assert "com.example.X" in caught.value.message


def test_a_plugin_of_another_environment_is_not_loaded_here() -> None:
    plugin = Plugin("x", PluginKind.SOURCE, FILE, interpreter="/else/bin/python")
    with pytest.raises(PluginError, match="/else/bin/python"):
        plugin.load()


def test_a_folder_is_searched_for_its_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    source = "from barnabas.api import Predicate\nclass Odd(Predicate): ..."
    (tmp_path / "barnabas_test_odd.py").write_text(source)
    plugin = Plugin("x", PluginKind.PREDICATE, "barnabas_test_odd:Odd", folder=str(tmp_path))
    assert plugin.load().__name__ == "Odd"


def test_a_nested_class_is_found() -> None:
    assert import_class("unittest.mock:Mock.__class__") is type
