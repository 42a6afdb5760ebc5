# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.plugins.discovery import discover
from tests.unit.runtime.plugins.packages import one_source, write_package


def from_path(*entries: Path) -> list[Plugin]:
    return list(discover([str(entry) for entry in entries], search=[]).plugins)


def notes(*entries: Path) -> str:
    return "\n".join(discover([str(entry) for entry in entries], search=[]).notes)


def test_a_package_of_the_workers_environment_is_found(tmp_path: Path) -> None:
    write_package(tmp_path, version="2.1", entry_points=one_source())
    assert discover(search=[str(tmp_path)]).plugins == (
        Plugin(
            "com.example.OrdersSourceConnector",
            PluginKind.SOURCE,
            "orders:Orders",
            version="2.1",
            distribution="orders-plugin",
        ),
    )


def test_finding_a_plugin_does_not_import_it(tmp_path: Path) -> None:
    modules = {"orders": "raise SystemExit('imported')"}
    write_package(tmp_path, entry_points=one_source(), modules=modules)
    assert len(from_path(tmp_path)) == 1
    assert "orders" not in sys.modules


def test_a_folder_of_packages_is_to_be_searched(tmp_path: Path) -> None:
    write_package(tmp_path, entry_points=one_source())
    assert [plugin.folder for plugin in from_path(tmp_path)] == [str(tmp_path)]


def test_each_folder_within_an_entry_is_looked_into(tmp_path: Path) -> None:
    write_package(tmp_path / "a", "a", entry_points=one_source("x.A"))
    write_package(tmp_path / "b", "b", entry_points=one_source("x.B"))
    assert [(p.class_name, p.folder) for p in from_path(tmp_path)] == [
        ("x.A", str(tmp_path / "a")),
        ("x.B", str(tmp_path / "b")),
    ]


def virtual_environment(folder: Path, *, interpreter: bool = True) -> Path:
    packages = folder / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    if interpreter:
        (folder / "bin").mkdir()
        (folder / "bin" / "python").symlink_to(sys.executable)
    return packages


def test_a_virtual_environment_brings_its_interpreter(tmp_path: Path) -> None:
    write_package(virtual_environment(tmp_path), entry_points=one_source())
    assert [plugin.interpreter for plugin in from_path(tmp_path)] == [
        str(tmp_path / "bin" / "python")
    ]


def test_a_virtual_environments_own_barnabas_is_no_plugin(tmp_path: Path) -> None:
    packages = virtual_environment(tmp_path)
    write_package(packages, "barnabas", version="9", entry_points=one_source("x.File"))
    assert from_path(tmp_path) == []


def test_a_virtual_environment_without_interpreter_is_mentioned(tmp_path: Path) -> None:
    virtual_environment(tmp_path, interpreter=False)
    assert "has no interpreter" in notes(tmp_path)


def test_two_versions_side_by_side_are_both_found(tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        write_package(tmp_path / version, version=version, entry_points=one_source())
    assert [plugin.version for plugin in from_path(tmp_path)] == ["1.0", "2.0"]


def test_of_the_same_version_twice_the_first_counts(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_package(tmp_path / folder, entry_points=one_source())
    assert [plugin.folder for plugin in from_path(tmp_path)] == [str(tmp_path / "a")]
    assert "is there twice" in notes(tmp_path)


def test_what_is_not_there_is_mentioned_only(tmp_path: Path) -> None:
    assert from_path(tmp_path / "none") == []
    assert "No such file or directory" in notes(tmp_path / "none")


def test_java_archives_are_mentioned(tmp_path: Path) -> None:
    (tmp_path / "connector").mkdir()
    (tmp_path / "connector" / "c.jar").write_bytes(b"PK")
    assert "Java archives" in notes(tmp_path)
    assert "is a Java archive" in notes(tmp_path / "connector" / "c.jar")


def test_an_empty_folder_is_mentioned_with_how_to_fill_it(tmp_path: Path) -> None:
    assert f"pip install --target={tmp_path}" in notes(tmp_path)


def test_an_entry_point_that_does_not_say_its_kind_is_mentioned(tmp_path: Path) -> None:
    write_package(tmp_path, entry_points={"barnabas.connectors": {"x.Orders": "orders:Orders"}})
    assert from_path(tmp_path) == []
    assert "barnabas.source_connectors" in notes(tmp_path)


def test_one_class_may_be_of_two_kinds(tmp_path: Path) -> None:
    names = {"x.Json$Value": "orders:Json"}
    groups = {"barnabas.converters": names, "barnabas.header_converters": names}
    write_package(tmp_path, entry_points=groups)
    assert [(plugin.kind.value, plugin.class_name) for plugin in from_path(tmp_path)] == [
        ("converter", "x.Json$Value"),
        ("header_converter", "x.Json$Value"),
    ]


@pytest.mark.mirrors("connect/runtime ConnectorPluginsResourceTest#testListConnectorPlugins")
def test_our_own_plugins_have_javas_names() -> None:
    kafka = "org.apache.kafka.connect."
    numbers = ("Boolean", "ByteArray", "Double", "Float", "Integer", "Long", "Short")
    converters = {f"{kafka}converters.{name}Converter" for name in numbers}
    converters |= {kafka + "json.JsonConverter", kafka + "storage.StringConverter"}
    expected = {
        PluginKind.SOURCE: {kafka + "file.FileStreamSourceConnector"},
        PluginKind.SINK: {kafka + "file.FileStreamSinkConnector"},
        PluginKind.CONVERTER: converters,
        PluginKind.HEADER_CONVERTER: converters | {kafka + "storage.SimpleHeaderConverter"},
    }
    ours = discover().plugins
    for kind, names in expected.items():
        assert names <= {plugin.class_name for plugin in ours if plugin.kind is kind}
