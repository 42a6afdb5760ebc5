# SPDX-License-Identifier: Apache-2.0
"""The ``barnabas`` program: finds the command, turns errors into one line and an exit code.

Exit codes are those of Java's command line tools: 1 for a wrong command line, 2 for wrong settings
or a failed start. A command may exit with another code itself.

To add a command, add one line to :data:`COMMANDS`. The module is imported when the command is
called, so that ``barnabas --help`` stays quick.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

import barnabas
from barnabas.errors import ConnectError

__all__ = ["COMMANDS", "CommandSource", "build", "main"]


class CommandSource(NamedTuple):
    """Where a command is found, without importing it."""

    help: str
    """One line for ``barnabas --help``."""
    location: str
    """``module:name`` of a function with Typer's annotations, or of a :class:`typer.Typer`."""


COMMANDS: Mapping[str, CommandSource] = {
    "standalone": CommandSource(
        "Run a worker of its own with the connectors given as files.",
        "barnabas.cli.standalone:standalone",
    ),
    "distributed": CommandSource(
        "Run one worker of a cluster that shares connectors and tasks.",
        "barnabas.cli.distributed:distributed",
    ),
    "quickstart": CommandSource(
        "See rows of a database become Parquet files, with nothing set up.",
        "barnabas.cli.quickstart:quickstart",
    ),
    "registry": CommandSource(
        "Run a Schema Registry for development.", "barnabas.cli.registry:registry"
    ),
    "plugins": CommandSource(
        "List the plugins, and find out why one cannot be loaded.", "barnabas.cli.plugins:app"
    ),
}

_USAGE_ERROR = 1
_FAILED = 2


def main() -> None:
    """Run the program and exit; the entry point of the ``barnabas`` command."""
    try:
        code = build(COMMANDS)(prog_name="barnabas", standalone_mode=False)
    except ConnectError as error:
        if os.environ.get("BARNABAS_DEBUG"):
            raise
        print(f"barnabas: {error.message}", file=sys.stderr)
        sys.exit(_FAILED)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:  # the reader of a listing has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        show = getattr(error, "show", None)  # a usage error of the command line library
        if show is None:
            raise
        show()
        sys.exit(_USAGE_ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def build(commands: Mapping[str, CommandSource]) -> Any:
    """Make the program out of its commands, none of which is imported yet."""

    class LazyGroup(TyperGroup):
        """Knows the names and help lines of commands, and imports one when it is called."""

        def list_commands(self, _: Any) -> list[str]:
            return list(commands)

        def get_command(self, _: Any, name: str) -> Any:
            source = commands.get(name)
            return _load(name, source) if source is not None else None

        def format_commands(self, _: Any, formatter: Any) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(name, source.help) for name, source in commands.items()])

    app = typer.Typer(
        cls=LazyGroup,
        help="Kafka Connect for people who live in Python.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    return typer.main.get_command(app)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        print(f"barnabas {barnabas.__version__}")
        raise typer.Exit


def _program(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            callback=lambda value: _show_version(wanted=value),
            is_eager=True,
        ),
    ] = False,
) -> None:
    pass


def _load(name: str, source: CommandSource) -> Any:
    module, _, attribute = source.location.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        app.command()(found)
        found = app
    command = typer.main.get_command(found)
    command.name = name
    return command
