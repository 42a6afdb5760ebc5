# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from barnabas.registry.disk_copies import DiskCopies, folder_for
from barnabas.registry.model import RegisteredSchema, SchemaDefinition, SchemaReference

SCHEMA = RegisteredSchema(
    SchemaDefinition("{}", "JSON", (SchemaReference("a", "s", 1),)), 7, "g", "s", 2, (("a", "b"),)
)


def test_copy_is_what_was_kept(tmp_path: Path) -> None:
    DiskCopies(tmp_path / "new").put(("id", 7), SCHEMA)
    assert DiskCopies(tmp_path / "new").get(("id", 7)) == SCHEMA


def test_what_was_never_kept_is_not_there(tmp_path: Path) -> None:
    copies = DiskCopies(tmp_path)
    copies.put(("id", 7), SCHEMA)
    assert copies.get(("id", 8)) is None
    assert DiskCopies(None).get(("id", 7)) is None


def test_later_answer_takes_the_place_of_an_earlier(tmp_path: Path) -> None:
    copies = DiskCopies(tmp_path)
    copies.put(("latest",), SCHEMA)
    copies.put(("latest",), RegisteredSchema(SchemaDefinition("x"), 8))
    assert copies.get(("latest",)) == RegisteredSchema(SchemaDefinition("x"), 8)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"key":["id",7],"schema":{}}'])
def test_damaged_copy_is_passed_over(tmp_path: Path, damage: str) -> None:
    copies = DiskCopies(tmp_path)
    copies.put(("id", 7), SCHEMA)
    (path,) = tmp_path.iterdir()
    path.write_text(damage)
    assert copies.get(("id", 7)) is None


def test_oldest_copies_are_dropped(tmp_path: Path) -> None:
    for number in range(5):
        DiskCopies(tmp_path).put(("id", number), SCHEMA)
        for path in tmp_path.iterdir():
            os.utime(path, (number, number)) if path.stat().st_mtime > 100 else None
    DiskCopies(tmp_path, most=2).put(("id", 9), SCHEMA)
    kept = [number for number in (*range(5), 9) if DiskCopies(tmp_path).get(("id", number))]
    assert kept == [3, 4, 9]


def test_folder_that_cannot_be_written_is_told_once(tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("")
    copies = DiskCopies(tmp_path / "file" / "folder")
    with caplog.at_level(logging.WARNING):
        copies.put(("id", 7), SCHEMA)
        copies.put(("id", 8), SCHEMA)
    assert [record.getMessage()[:23] for record in caplog.records] == ["Schemas are not copied "]


def test_every_registry_has_a_folder_of_its_own(tmp_path: Path) -> None:
    one, other = (folder_for(str(tmp_path), [url]) for url in ("http://a", "http://b"))
    assert one != other
    assert one is not None
    assert one.parent == tmp_path
    assert folder_for(str(tmp_path), ["b", "a"]) == folder_for(str(tmp_path), ["a", "b"])


def test_folder_is_in_the_cache_of_the_user(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = folder_for(None, ["a"])
    assert found is not None
    assert found.parent == tmp_path / "barnabas" / "schemas"


def test_empty_folder_means_no_copies() -> None:
    assert folder_for("", ["a"]) is None
