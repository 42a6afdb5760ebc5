# SPDX-License-Identifier: Apache-2.0
"""Every module says what it is, is named for what it holds, and has tests where one looks."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.tree import PACKAGE, ROOT, is_reexport_only, modules, syntax

VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "base"}

# Modules without a test module of their own, and why. Constants and re-exports need no entry.
TESTED_ELSEWHERE: dict[str, str] = {
    "runtime/herder/parts.py": "it holds declarations only",
    "runtime/worker/listener.py": "it holds declarations only",
    "__main__.py": "the quickstart starts its worker with it: tests/acceptance/test_quickstart.py",
}


def test_every_module_starts_with_its_licence() -> None:
    line = "# SPDX-License-Identifier: Apache-2.0"
    sources = [PACKAGE / module for module in modules()]
    sources += [path for folder in ("tests", "benchmarks", "tools") for path in _python(folder)]
    assert [path for path in sources if path.read_text().splitlines()[:1] != [line]] == []


def test_every_module_says_what_it_is() -> None:
    assert [str(module) for module in modules() if not ast.get_docstring(syntax(module))] == []


def test_no_module_has_a_vague_name() -> None:
    assert [str(module) for module in modules() if VAGUE_NAMES & _names(module)] == []


def test_every_module_has_a_test_module() -> None:
    missing = [
        str(module)
        for module in modules()
        if not _test_modules(module)
        and not is_reexport_only(module)
        and str(module) not in TESTED_ELSEWHERE
    ]
    assert missing == [], "write tests/unit/…/test_<module>.py (or give the reason in this file)"


def test_every_unit_test_has_its_module() -> None:
    """Tests of ``a/b.py`` are in ``a/test_b.py``; a part of many is in ``a/test_b_part.py``."""
    unit = ROOT / "tests" / "unit"
    orphans = []
    for path in sorted(unit.rglob("test_*.py")):
        folder = PACKAGE / path.parent.relative_to(unit)
        name = path.stem.removeprefix("test_")
        whole = name.rpartition("_")[0]
        is_part = (folder / f"{whole}.py").exists() and (path.parent / f"test_{whole}.py").exists()
        has_module = (folder / f"{name}.py").exists() or (folder / name).is_dir()
        if not has_module and not is_part:
            orphans.append(str(path.relative_to(ROOT)))
    assert orphans == []


def test_exemptions_are_needed() -> None:
    stale = [
        name
        for name in TESTED_ELSEWHERE
        if Path(name) not in modules() or _test_modules(Path(name)) or is_reexport_only(Path(name))
    ]
    assert stale == []


def test_exemptions_name_tests_that_exist() -> None:
    named = [where for where in TESTED_ELSEWHERE.values() if where.startswith("tests/")]
    assert [where for where in named if not (ROOT / where).exists()] == []


def _python(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _names(module: Path) -> set[str]:
    return {part.strip("_") for part in module.with_suffix("").parts}


def _test_modules(module: Path) -> list[Path]:
    """The test modules of ``a/b.py`` (``a/test_b.py``) and of a package ``a`` (``test_a.py``)."""
    where = module.parent if module.name == "__init__.py" else module.with_suffix("")
    test = where.parent / f"test_{where.name}.py"
    folders = [ROOT / "tests" / kind for kind in ("unit", "integration", "acceptance")]
    return [folder / test for folder in folders if (folder / test).exists()]
