# SPDX-License-Identifier: Apache-2.0
"""Jars are fetched once, wholly or not at all; Maven is played by a script here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.services.maven import cache_folder, fetch_jars

FETCHES = """#!/bin/sh
for word; do case $word in -DoutputDirectory=*) folder=${word#*=} ;; esac; done
mkdir -p "$folder" && echo jar >"$folder/kafka.jar"
echo run >>"$MAVEN_RUNS"
"""
FAILS = """#!/bin/sh
echo "Could not resolve kafka_2.13"
exit 1
"""


@pytest.fixture
def pom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MAVEN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    path = tmp_path / "broker" / "pom.xml"
    path.parent.mkdir()
    path.write_text("<project/>")
    return path


def play_maven(folder: Path, script: str) -> None:
    (folder / "mvn").write_text(script)
    (folder / "mvn").chmod(0o755)


def test_jars_are_fetched_once(pom: Path, tmp_path: Path) -> None:
    play_maven(tmp_path, FETCHES)

    first, second = fetch_jars(pom), fetch_jars(pom)

    assert first == second
    assert [path.name for path in first.iterdir()] == ["kafka.jar"]
    assert (tmp_path / "runs").read_text().splitlines() == ["run"]


def test_a_changed_pom_is_fetched_anew(pom: Path, tmp_path: Path) -> None:
    play_maven(tmp_path, FETCHES)
    first = fetch_jars(pom)

    pom.write_text("<project></project>")

    assert fetch_jars(pom) != first


def test_a_failure_says_what_maven_said_and_leaves_nothing(pom: Path, tmp_path: Path) -> None:
    play_maven(tmp_path, FAILS)

    with pytest.raises(RuntimeError, match="Could not resolve kafka_2"):
        fetch_jars(pom)

    assert [path for path in cache_folder().iterdir() if path.is_dir()] == []


def test_missing_maven_is_told_with_the_cure(pom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(pom.parent))

    with pytest.raises(RuntimeError, match="mvn is not installed: run `make services`"):
        fetch_jars(pom)
