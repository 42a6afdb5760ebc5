# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest

from barnabas.errors import ConfigError, NotFoundError, PluginError, PluginVersionError
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry

SOURCE, SINK = PluginKind.SOURCE, PluginKind.SINK
CONVERTER, HEADER = PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER
TRANSFORMATION = PluginKind.TRANSFORMATION


def registry(*plugins: Plugin) -> PluginRegistry:
    return PluginRegistry(plugins, kinds_of=lambda _: [])


def plugin(name: str, kind: PluginKind = SOURCE, version: str = "1.0") -> Plugin:
    return Plugin(name, kind, f"{name.lower()}:It", version=version)


@pytest.mark.parametrize("name", ["a.OrdersConnector", "OrdersConnector", "Orders"])
def test_a_connector_has_three_names(name: str) -> None:
    orders = plugin("a.OrdersConnector")
    assert registry(orders, plugin("a.Other")).find_connector(name) == orders


def test_a_name_two_connectors_have_must_be_written_in_full() -> None:
    both = registry(plugin("a.Orders"), plugin("b.OrdersConnector", SINK))
    with pytest.raises(
        PluginError, match=r"More than one connector matches alias Orders"
    ) as caught:
        both.find_connector("Orders")
    assert "a.Orders, b.OrdersConnector" in caught.value.message
    assert both.find_connector("a.Orders").kind is SOURCE


def test_a_short_name_of_one_class_with_two_names_is_clear() -> None:
    both = registry(
        Plugin("a.OrdersConnector", SOURCE, "orders:Source"),
        Plugin("b.OrdersConnector", SOURCE, "orders:Source"),
    )
    assert both.find_connector("Orders").location == "orders:Source"


def test_a_short_name_two_other_plugins_have_is_dropped() -> None:
    both = registry(plugin("a.X$Value", TRANSFORMATION), plugin("a.Y$Value", TRANSFORMATION))
    with pytest.raises(PluginError, match="Class Value could not be found"):
        both.find(TRANSFORMATION, "Value")
    assert both.find(TRANSFORMATION, "a.X$Value").class_name == "a.X$Value"


def test_a_class_of_two_kinds_does_not_stand_in_its_own_way() -> None:
    json = registry(plugin("a.JsonConverter", CONVERTER), plugin("a.JsonConverter", HEADER))
    assert json.find(CONVERTER, "JsonConverter").kind is CONVERTER
    assert json.find(HEADER, "Json").kind is HEADER
    assert json.find_listed("Json").kind is CONVERTER


def test_an_unknown_connector_is_told_with_near_and_available_ones() -> None:
    with pytest.raises(PluginError) as caught:
        registry(plugin("a.OrdersConnector")).find_connector("a.OrdesConnector")
    assert "Failed to find any class that implements Connector" in caught.value.message
    assert "Did you mean a.OrdersConnector" in caught.value.message
    assert caught.value.message.endswith("available connectors are: a.OrdersConnector 1.0")


def test_an_unknown_plugin_is_not_found_over_rest() -> None:
    provider = plugin("a.FileConfigProvider", PluginKind.CONFIG_PROVIDER)
    with pytest.raises(NotFoundError, match="Unknown plugin File"):
        registry(provider).find_listed("File")


def test_the_newest_version_is_taken() -> None:
    several = registry(*(plugin("a.X", version=version) for version in ("1.9", "1.10", "1.10rc1")))
    assert several.find(SOURCE, "X").version == "1.10"
    assert several.find_connector("X", "[1.0,1.10)").version == "1.10rc1"
    assert several.versions(SOURCE, "X") == ("1.9", "1.10rc1", "1.10")
    assert several.connector_versions("a.X") == several.versions(SOURCE, "a.X")
    assert several.versions(SINK, "X") == ()


def test_a_version_that_is_not_there_is_told_with_those_that_are() -> None:
    several = registry(plugin("a.X", version="1.10"), plugin("a.X", version="1.9"))
    with pytest.raises(PluginVersionError) as caught:
        several.find(SOURCE, "X", "3")
    assert caught.value.message == (
        "Plugin a.X not found that matches the version range [3], available versions: [1.9, 1.10]"
    )
    assert pickle.loads(pickle.dumps(caught.value)).available == ("1.9", "1.10")


def test_a_malformed_version_is_told() -> None:
    with pytest.raises(ConfigError, match="Invalid version specification"):
        registry(plugin("a.X")).find(SOURCE, "X", "[1")


def test_plugins_are_listed_by_kind_name_and_version() -> None:
    wanted = [plugin("a.S", SINK), plugin("a.A"), plugin("a.B", version="1"), plugin("a.B")]
    mixed = registry(wanted[3], wanted[1], wanted[0], wanted[2])
    assert list(mixed.list()) == [wanted[0], wanted[1], wanted[2], wanted[3]]
    assert mixed.list((SINK,)) == (wanted[0],)


@pytest.mark.parametrize("name", ["pkg.mod:Orders", "pkg.mod.Orders"])
def test_a_registered_class_is_found_by_its_python_path(name: str) -> None:
    orders = Plugin("com.example.Other", SOURCE, "pkg.mod:Orders")
    assert registry(orders).find_connector(name) == orders


def test_an_unregistered_class_is_found_by_its_python_path() -> None:
    asked: list[str] = []

    def kinds_of(location: str) -> Sequence[PluginKind]:
        asked.append(location)
        return [SINK]

    plugins = PluginRegistry([], kinds_of=kinds_of)
    for _ in range(2):
        found = plugins.find_connector("json.decoder.JSONDecoder")
        assert found == Plugin("json.decoder.JSONDecoder", SINK, "json.decoder:JSONDecoder")
    assert asked == ["json.decoder:JSONDecoder"]


def test_an_unregistered_class_that_is_no_connector_is_told() -> None:
    with pytest.raises(PluginError, match="Its module is there"):
        registry().find_connector("json.decoder:JSONDecoder")


@pytest.mark.parametrize("name", ["io.debezium.MySqlConnector", "no_such_package:X", "a b", "x."])
def test_a_name_without_a_module_is_not_looked_into(name: str) -> None:
    def kinds_of(_: str) -> Sequence[PluginKind]:
        raise AssertionError

    with pytest.raises(PluginError, match="Failed to find any class"):
        PluginRegistry([], kinds_of=kinds_of).find_connector(name)


@pytest.mark.parametrize("names", [("outer",), ("outer", "inner"), ("outer", "middle", "inner")])
def test_a_module_in_packages_without_init_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    folder = tmp_path.joinpath(*names)
    folder.mkdir(parents=True)
    (folder / "mine.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = PluginRegistry([], kinds_of=lambda _: [SINK])
    path = ".".join(names)
    assert plugins.find_connector(f"{path}.mine:Sink").location == f"{path}.mine:Sink"
    with pytest.raises(PluginError, match="Failed to find any class"):
        plugins.find_connector(f"{path}.missing:Sink")
