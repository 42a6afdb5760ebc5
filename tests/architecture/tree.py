# SPDX-License-Identifier: Apache-2.0
"""What the checks of the tree have in common: where things lie and how a module is read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "is_reexport_only", "modules", "pages", "syntax"]

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "barnabas"
_PAGE_FOLDERS = ["docs", "benchmarks", "deploy", "examples", "tests"]


@cache
def modules() -> list[Path]:
    """Return all modules of the package, relative to it."""
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


@cache
def pages() -> list[Path]:
    """Return all pages of documentation, relative to the root of the tree."""
    found = [*ROOT.glob("*.md")]
    for folder in _PAGE_FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(path.relative_to(ROOT) for path in found)


@cache
def syntax(module: Path) -> ast.Module:
    """Return the syntax tree of a module of the package."""
    return ast.parse((PACKAGE / module).read_text())


def is_reexport_only(module: Path) -> bool:
    """Tell whether a module holds no more than docstring, imports and plain constants."""
    return all(_has_no_logic(node) for node in syntax(module).body)


def _has_no_logic(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is None or _is_plain(node.value)
    if isinstance(node, ast.If):  # if TYPE_CHECKING:
        return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _is_plain(value: ast.expr) -> bool:
    if isinstance(value, ast.List | ast.Tuple):
        return all(_is_plain(element) for element in value.elts)
    return isinstance(value, ast.Constant)
