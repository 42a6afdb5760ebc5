# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.runtime.plugins.probe import examine


def test_a_class_is_told_with_its_kinds() -> None:
    answer = examine("barnabas.converters.string:StringConverter")
    assert {"converter", "header_converter"} <= set(answer["kinds"])
    assert "sink" not in answer["kinds"]
    assert (answer["error"], answer["abstract"]) == (None, [])


def test_missing_methods_are_named() -> None:
    assert examine("barnabas.api:Predicate")["abstract"] == ["test"]


def test_a_missing_module_is_named() -> None:
    answer = examine("no_such_package.inner:X")
    assert answer["missing"] == "no_such_package"
    assert answer["error"].startswith("ModuleNotFoundError")


def test_a_failing_import_is_told_with_its_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "barnabas_test_leaves.py").write_text("raise SystemExit('bye')")
    monkeypatch.syspath_prepend(tmp_path)
    answer = examine("barnabas_test_leaves:X")
    assert answer["error"] == "SystemExit: bye"
    assert "barnabas_test_leaves.py" in answer["trace"]


def test_a_trace_begins_in_the_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "barnabas_test_asks.py").write_text("import barnabas_test_unwritten\n")
    (tmp_path / "barnabas_test_unwritten.py").write_text("def x(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    lines = examine("barnabas_test_asks:X")["trace"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('barnabas_test_asks.py", line 1, in <module>')
    assert lines[-1] == "SyntaxError: invalid syntax"
    lines = examine("barnabas_test_unwritten:X")["trace"].splitlines()
    assert lines[0].endswith('barnabas_test_unwritten.py", line 1')


def test_what_no_code_of_the_plugin_did_has_no_trace() -> None:
    assert examine("no_such_package.inner:X")["trace"] == ""
    assert examine("json:NoSuchClass")["trace"] == ""
