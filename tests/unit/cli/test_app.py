# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable

import pytest

import barnabas
from barnabas.cli import app
from barnabas.errors import ConfigError

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["barnabas", *arguments])
        with pytest.raises(SystemExit) as left:
            app.main()
        printed = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, printed.out, printed.err

    return run


def fails() -> None:
    message = "Invalid value x for configuration y"
    raise ConfigError(message)


def works(number: int = 3) -> None:
    """Do the work."""
    sys.stdout.write(f"worked {number}\n")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    here = __name__
    sys.modules.setdefault(here, importlib.import_module(here))
    sources = {
        "fails": app.CommandSource("Fail.", f"{here}:fails"),
        "works": app.CommandSource("Work.", f"{here}:works"),
        "absent": app.CommandSource("Nobody imports this.", "no.such.module:x"),
    }
    monkeypatch.setattr(app, "COMMANDS", sources)


def test_help_lists_the_commands_without_importing_them(run: Run, commands: None) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "absent  Nobody imports this." in out


def test_a_command_is_run_with_its_options(run: Run, commands: None) -> None:
    assert run("works", "--number", "5") == (0, "worked 5\n", "")


def test_an_error_is_one_line_and_exit_code_2(
    run: Run, commands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BARNABAS_DEBUG", raising=False)
    assert run("fails") == (2, "", "barnabas: Invalid value x for configuration y\n")


def test_an_error_has_its_trace_when_asked_for(
    commands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BARNABAS_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["barnabas", "fails"])
    with pytest.raises(ConfigError):
        app.main()


@pytest.mark.parametrize("arguments", [["nope"], ["works", "--nope"], ["works", "--number", "x"]])
def test_a_wrong_command_line_is_exit_code_1(
    run: Run, commands: None, arguments: list[str]
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert "Error: " in err


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"barnabas {barnabas.__version__}\n", "")


def test_help_needs_no_heavy_library() -> None:
    heavy = "{'rich', 'confluent_kafka', 'litestar', 'pydantic', 'cryptography', 'msgspec'}"
    program = (
        "import sys; sys.argv = ['barnabas', '--help']\n"
        "from barnabas.cli import main\n"
        f"try: main()\nexcept SystemExit: print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
