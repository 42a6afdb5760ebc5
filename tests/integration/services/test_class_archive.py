# SPDX-License-Identifier: Apache-2.0
"""Java programs of the tests use an archive of classes where there is one that fits."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.services.class_archive import archive_of, make_archive, sharing_options
from tests.services.maven import find_program


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    folder = tmp_path / "kafka-1"
    folder.mkdir()
    return folder


def java(*options: str) -> str:
    command = [find_program("java"), *options, "-version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_a_program_starts_with_the_archive_that_was_made(jars: Path) -> None:
    assert sharing_options(jars) == []

    make_archive(jars, java)

    assert str(archive_of(jars)) in sharing_options(jars)[0]
    assert "shared objects file (top)" in java(*sharing_options(jars), "-Xlog:class+load")


def test_an_archive_is_made_once(jars: Path) -> None:
    make_archive(jars, java)

    make_archive(jars, pytest.fail)


def test_an_archive_that_does_not_fit_is_passed_over_in_silence(jars: Path) -> None:
    archive_of(jars).write_bytes(b"\0" * 100_000)

    told = java(*sharing_options(jars))
    assert told == java().replace("mixed mode, sharing", "mixed mode")
