# SPDX-License-Identifier: Apache-2.0
"""What the quickstart tells: what runs where, what to try, which rows arrive, how it ended."""

from __future__ import annotations

import datetime
import shlex
import sys
from collections.abc import Iterable

from rich.console import Console

from barnabas.cli.quickstart.lake import Arrival
from barnabas.cli.quickstart.layout import SINK, SOURCE, TABLE, Layout

__all__ = ["Screen", "look_command", "statement_command"]

_WIDTH = 10
_STATEMENTS = (
    f"INSERT INTO {TABLE} (customer, item, price) VALUES ('you', 'tea', 2.50)",  # noqa: S608 - shown
    f"ALTER TABLE {TABLE} ADD COLUMN coupon TEXT",
)
_PYTHON = shlex.quote(sys.executable)


def look_command(layout: Layout) -> str:
    """Return the command, for the directory, that prints all rows of the Parquet files."""
    files = f"pq.read_table('lake/{layout.topic}')"
    program = f"import pyarrow.parquet as pq; print(*{files}.to_pylist(), sep='\\n')"
    return f'{_PYTHON} -c "{program}"'


def statement_command(statement: str) -> str:
    """Return the command, for the directory, that runs a statement on the table."""
    return f'{_PYTHON} sql.py "{statement}"'


class Screen:
    """Prints; in colours on a terminal. Lines are never wrapped, so that they can be copied."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._columns: list[str] = []

    def overview(self, layout: Layout, seconds: float) -> None:
        """Tell what runs, and what to try."""
        broker = "embedded, in memory" if layout.is_embedded else "yours"
        registry = layout.registry_url
        self._say("")
        self._say(f"[bold]Barnabas is running[/], {seconds:.1f} s after it was called.")
        self._say(f"""
  [bold]SQLite[/]   table {TABLE} in shop.db, a new row each second
    [dim]│[/]    JDBC source [cyan]{SOURCE}[/] (source.properties)
  [bold]Kafka[/]    topic {layout.topic} on {layout.bootstrap_servers} ({broker})
    [dim]│[/]    in Avro; schemas at {registry}/subjects
    [dim]│[/]    HDFS sink [cyan]{SINK}[/] (sink.properties)
  [bold]Parquet[/]  lake/{layout.topic}, a new file every few seconds

The worker that runs the connectors: {layout.url} (worker.properties, worker.log)
""")
        self._say("[bold]Try it[/] in another terminal:\n")
        self._command(f"cd {shlex.quote(str(layout.directory))}")
        self._comment("All rows, read from the Parquet files, with the columns of the first one")
        self._command(look_command(layout))
        self._comment("A row of yours, and a column: watch them arrive below")
        for statement in _STATEMENTS:
            self._command(statement_command(statement))
        self._comment("The REST API of Kafka Connect: look, hold the sink, let it go on")
        self._command(f"curl -s '{layout.url}/connectors?expand=status'")
        for verb in ("pause", "resume"):
            self._command(f"curl -s -X PUT {layout.url}/connectors/{SINK}/{verb}")
        self._comment("The schema of the records")
        self._command(f"curl -s {registry}/subjects/{layout.topic}-value/versions/latest/schema")
        self._say("\nCtrl-C stops everything. [bold]What arrives in Parquet:[/]\n")

    def arrival(self, arrival: Arrival) -> None:
        """Show the rows of a file."""
        for row in arrival.rows:
            if list(row) != self._columns:
                self._columns = list(row)
                self._say(f"  [bold]{_line(self._columns)}[/]")
            self.say(f"  {_line(row.values())}")
        count = len(arrival.rows)
        self._say(f"  [dim]└ {count} row{'s' * (count != 1)} in {arrival.path}[/]")

    def failure(self, layout: Layout, connector: str, reason: str) -> None:
        """Tell what made a task fail, and how it is started again."""
        self._say(f"\n  [bold red]A task of {connector} failed:[/]")
        self.say(f"  {reason}")
        self._comment(f"All of it is in {layout.worker_log}. When you have mended it:")
        query = "includeTasks=true&onlyFailed=true"
        self._command(f"curl -s -X POST '{layout.url}/connectors/{connector}/restart?{query}'\n")

    def end(self, table_rows: int, lake_rows: int, files: int) -> None:
        """Compare both ends."""
        self.say(f"\nIn the table: {table_rows} rows. In Parquet: {lake_rows} rows, {files} files.")

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self._console.print(text, markup=False)

    def _say(self, markup: str) -> None:
        self._console.print(markup)

    def _comment(self, text: str) -> None:
        self._say(f"\n  [dim]# {text}[/]")

    def _command(self, text: str) -> None:
        self.say(f"  {text}")


def _line(values: Iterable[object]) -> str:
    return "".join(f"{_shown(value):<{_WIDTH}} " for value in values).rstrip()


def _shown(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)
