# SPDX-License-Identifier: Apache-2.0
"""The pages say what is true of the tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, modules, pages, syntax

ARCHITECTURE = ROOT / "docs" / "architecture.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BROAD = {"Exception", "BaseException"}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = (ROOT / page).read_text()
    broken = [target for target in LINK.findall(text) if not _leads_somewhere(ROOT / page, target)]
    assert broken == []


def test_life_of_a_record_is_told_in_six_files_at_most() -> None:
    files = LINK.findall(_section("Life of one record"))
    assert 4 <= len(files) <= 6
    assert all(file.startswith("../src/barnabas/") for file in files)


def test_broad_excepts_are_where_the_architecture_allows_them() -> None:
    section = _section("Where `except Exception` is allowed")
    listed = {
        Path(file).relative_to("../src/barnabas")
        for file in LINK.findall(section)
        if file.startswith("../src/barnabas/")
    }
    assert {module for module in modules() if _catches_everything(module)} == listed


def test_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"\bmake ([a-z]+)\b", text))
    assert {"quickstart", "test"} <= named
    assert [name for name in named if f"\n{name}:" not in makefile] == []


def test_first_connector_of_the_readme_is_the_example() -> None:
    (shown,) = re.findall(r"(?s)```python\n(.*?)```", (ROOT / "README.md").read_text())
    assert (ROOT / "examples" / "clock.py").read_text().endswith(shown)


def test_decisions_are_numbered_and_told_alike() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        headings = re.findall(r"(?m)^## (.+)$", path.read_text())
        assert headings == ["Context", "Decision", "Consequences"], path.name


def _section(title: str) -> str:
    parts = re.split(r"(?m)^## ", ARCHITECTURE.read_text())
    (found,) = [part for part in parts if part.startswith(f"{title}\n")]
    return found


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    name, _, heading = target.partition("#")
    aim = page.parent / name if name else page
    return aim.exists() and (not heading or heading in _anchors(aim))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings}


def _catches_everything(module: Path) -> bool:
    handlers = (node for node in ast.walk(syntax(module)) if isinstance(node, ast.ExceptHandler))
    return any(BROAD & _caught(node.type) and not _raises_again(node) for node in handlers)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _caught(expression: ast.expr | None) -> set[str]:
    if expression is None:
        return BROAD
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def test_package_is_where_these_checks_look() -> None:
    assert (PACKAGE / "errors.py").exists()
