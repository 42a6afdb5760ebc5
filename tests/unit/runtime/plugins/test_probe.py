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
