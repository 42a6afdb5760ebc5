# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barnabas.cli.quickstart import layout, screen
from barnabas.cli.quickstart.lake import Arrival
from barnabas.cli.quickstart.shop import Shop

PLACED = datetime.datetime(2026, 11, 23, 16, 5, 9, tzinfo=datetime.UTC)
NOON = {"id": 1, "price": 84.0, "placed": PLACED, "coupon": None}


@pytest.fixture
def made(tmp_path: Path) -> layout.Layout:
    made = layout.Layout(tmp_path, "broker:9092", 8083, 8081, is_embedded=False)
    layout.write_files(made)
    return made


def run(command: str, directory: Path) -> str:
    done = subprocess.run(
        command, shell=True, cwd=directory, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_overview_says_where_everything_is(
    made: layout.Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    screen.Screen().overview(made, 1.23)
    shown = capsys.readouterr().out
    for wanted in ("1.2 s", "broker:9092 (yours)", "127.0.0.1:8083", f"cd {made.directory}\n"):
        assert wanted in shown
    assert screen.look_command(made) in shown


def test_commands_for_the_table_work(made: layout.Layout, capsys: pytest.CaptureFixture[str]):
    Shop(made.database).__exit__(None, None, None)
    screen.Screen().overview(made, 1)
    shown = [line for line in capsys.readouterr().out.splitlines() if "sql.py" in line]
    assert len(shown) == 2
    for command in shown:
        run(command, made.directory)
    found = run(screen.statement_command("SELECT customer, coupon FROM orders"), made.directory)
    assert found == "you | None\n"


def test_command_for_parquet_prints_all_rows(made: layout.Layout):
    for number in (1, 2):
        folder = made.lake / f"year={number}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"id": [number]}), folder / "a.parquet")
    rows = run(screen.look_command(made), made.directory).splitlines()
    assert rows == ["{'id': 1, 'year': 1}", "{'id': 2, 'year': 2}"]


def test_rows_are_shown_below_their_columns(capsys: pytest.CaptureFixture[str]):
    shown = screen.Screen()
    shown.arrival(Arrival(Path("day=23/a.parquet"), [NOON, {**NOON, "id": 2, "coupon": "[ten]"}]))
    shown.arrival(Arrival(Path("day=23/b.parquet"), [{**NOON, "id": 3}]))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["id", "price", "placed", "coupon"],
        ["1", "84.00", "2026-11-23", "16:05:09"],
        ["2", "84.00", "2026-11-23", "16:05:09", "[ten]"],
        ["└", "2", "rows", "in", "day=23/a.parquet"],
        ["3", "84.00", "2026-11-23", "16:05:09"],
        ["└", "1", "row", "in", "day=23/b.parquet"],
    ]


def test_a_new_column_is_announced(capsys: pytest.CaptureFixture[str]):
    shown = screen.Screen()
    shown.arrival(Arrival(Path("a"), [{"id": 1}]))
    shown.arrival(Arrival(Path("b"), [{"id": 2, "coupon": "x"}]))
    assert "id         coupon" in capsys.readouterr().out


def test_a_failure_comes_with_its_way_out(
    made: layout.Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    screen.Screen().failure(made, layout.SOURCE, "ConnectError: no [such] table")
    shown = capsys.readouterr().out
    assert "ConnectError: no [such] table" in shown
    assert f"curl -s -X POST '{made.url}/connectors/quickstart-source/restart?" in shown
