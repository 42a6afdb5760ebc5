# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import venv
from pathlib import Path

import pytest

from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.plugins.discovery import discover
from barnabas.runtime.plugins.doctor import Diagnosis, examine, kinds_of
from tests.unit.runtime.plugins.packages import write_package

GOOD = "from barnabas.api import Predicate\nclass P(Predicate):\n    def test(self, record): ...\n"
MODULES = {
    "p_good": "print('hello from a plugin')\n" + GOOD,
    "p_hangs": "import threading\nthreading.Event().wait()\n" + GOOD,
    "p_crashes": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
    "p_leaves": "import os\nos._exit(7)\n",
    "p_needs": "import barnabas_no_such_driver\n" + GOOD,
    "p_fails": "1 / 0\n",
    "p_abstract": "from barnabas.api import Predicate\nclass P(Predicate): ...\n",
    "p_other": "class P: ...\n",
}


@pytest.fixture(scope="module")
def diagnoses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Diagnosis]:
    folder = tmp_path_factory.mktemp("plugins")
    write_package(
        folder,
        entry_points={"barnabas.predicates": {name: f"{name}:P" for name in MODULES}},
        modules=MODULES,
        requires=("barnabas-no-such-driver>=2; extra == 'driver'",),
    )
    found = discover([str(folder)], search=[]).plugins
    answers = examine(found, deadline_s=1.5)
    assert [answer.plugin for answer in answers] == list(found)
    return {answer.plugin.class_name: answer for answer in answers}


def test_a_plugin_that_can_be_used_is_fine(diagnoses: dict[str, Diagnosis]) -> None:
    assert diagnoses["p_good"].is_fine


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("p_hangs", "its import did not end within 1.5 s; see what the module does first"),
        ("p_crashes", "its import crashed the process with SIGSEGV"),
        ("p_leaves", "its import ended the process with exit code 7"),
        ("p_fails", "ZeroDivisionError: division by zero"),
        ("p_abstract", "p_abstract:P does not implement test"),
        ("p_other", "p_other:P does not extend Predicate, so it is no predicate"),
    ],
)
def test_a_broken_plugin_says_why(diagnoses: dict[str, Diagnosis], name: str, problem: str) -> None:
    assert diagnoses[name].problem == problem


def test_a_missing_extra_is_told_with_the_command(diagnoses: dict[str, Diagnosis]) -> None:
    problem = diagnoses["p_needs"].problem
    assert problem is not None
    assert problem.endswith("run: pip install 'orders-plugin[driver]'")


def test_a_failed_import_has_its_trace(diagnoses: dict[str, Diagnosis]) -> None:
    assert 'p_fails.py", line 1' in (diagnoses["p_fails"].trace or "")


def test_packages_for_another_python_are_told(tmp_path: Path) -> None:
    write_package(
        tmp_path,
        entry_points={"barnabas.predicates": {"x.P": "p_ext:P"}},
        modules={"p_ext": "import _p_compiled"},
    )
    (tmp_path / "_p_compiled.cpython-38-x86_64-linux-gnu.so").touch()
    (answer,) = examine(discover([str(tmp_path)], search=[]).plugins)
    assert "were built for Python 3.8" in (answer.problem or "")


def environment(folder: Path) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    entry_points = {"barnabas.predicates": {"x.P": "p_good:P"}}
    write_package(packages, entry_points=entry_points, modules={"p_good": GOOD})
    return packages


def test_an_environment_without_barnabas_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    environment(tmp_path)
    (answer,) = examine(discover([str(tmp_path)], search=[]).plugins)
    assert f"{tmp_path}/bin/python -m pip install barnabas" in (answer.problem or "")


def test_an_environments_plugin_is_tried_with_its_own_interpreter(tmp_path: Path) -> None:
    import msgspec

    import barnabas

    packages = environment(tmp_path)
    needed = [Path(barnabas.__file__).parents[1], Path(msgspec.__file__).parents[1]]
    (packages / "needed.pth").write_text(os.linesep.join(map(str, needed)))
    (answer,) = examine(discover([str(tmp_path)], search=[]).plugins)
    assert answer.problem is None


def test_an_interpreter_that_does_not_run_is_told(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho too old >&2\nexit 3\n")
    python.chmod(0o755)
    (answer,) = examine([Plugin("x.P", PluginKind.PREDICATE, "m:P", interpreter=str(python))])
    assert (answer.problem or "").endswith("does not start: too old")


def test_a_class_is_looked_at_in_a_child() -> None:
    assert PluginKind.CONVERTER in kinds_of("barnabas.converters.string:StringConverter")
    assert kinds_of("no_such_package:X") == []
