# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from barnabas.cli.plugins import app
from tests.unit.runtime.plugins.packages import one_source, write_package

NAME = "com.example.OrdersSourceConnector"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    modules = {"orders": "import barnabas_no_such_driver"}
    return write_package(tmp_path, entry_points=one_source(NAME), modules=modules)


def test_plugins_are_listed_with_their_origin(folder: Path) -> None:
    result = CliRunner().invoke(app, ["list", "--plugin-path", str(folder)])
    rows = [line.split() for line in result.output.splitlines()]
    assert rows[0] == ["TYPE", "CLASS", "VERSION", "FROM"]
    assert ["source", NAME, "1.0", str(folder)] in rows


def test_plugins_are_listed_as_json(folder: Path) -> None:
    result = CliRunner().invoke(app, ["list", "--json", "--plugin-path", str(folder)])
    (item,) = [item for item in json.loads(result.output) if item["class"] == NAME]
    assert item["type"] == "source"
    assert item["aliases"] == ["OrdersSourceConnector", "OrdersSource"]
    assert item["location"] == "orders:Orders"


def test_a_worker_file_says_where_to_look(folder: Path, tmp_path: Path) -> None:
    worker = tmp_path / "worker.properties"
    worker.write_text(f"plugin.path={folder}\n")
    result = CliRunner().invoke(app, ["list", "--worker-config", str(worker)])
    assert NAME in result.output


def test_a_place_that_brings_nothing_is_noted(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["list", "--plugin-path", f"{tmp_path}/none, {tmp_path}/no"])
    assert result.exit_code == 0
    assert result.stderr.count("note: plugin.path:") == 2


def test_the_doctor_says_what_is_broken_and_fails(folder: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--plugin-path", str(folder)])
    assert result.exit_code == 1
    assert f"BROKEN  source {NAME} 1.0" in result.output
    assert "No module named 'barnabas_no_such_driver'" in result.output


def test_the_doctor_answers_in_json(folder: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--json", "--plugin-path", str(folder)])
    (item,) = [item for item in json.loads(result.output) if item["class"] == NAME]
    assert item["problem"].startswith("ModuleNotFoundError")
    assert "Traceback" in item["trace"]


def test_our_own_plugins_are_fine() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert result.output.endswith(" 0 broken\n")
