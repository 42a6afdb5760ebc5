# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.cli.connector_files import read_connector_file
from barnabas.errors import ConfigError
from barnabas.rest.bodies import CreateConnector
from barnabas.runtime.model import TargetState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connector.conf"


@pytest.mark.parametrize(
    "text",
    [
        "name=c\ntasks.max: 2\n# a comment\n",
        '{"name": "c", "tasks.max": 2}',
        '\ufeff {"name": "c", "tasks.max": "2"}',
        '{"name": "c", "config": {"tasks.max": 2}}',
        '{"name": "c", "config": {"name": "c", "tasks.max": 2}, "unknown": []}',
    ],
)
def test_each_form_is_known_by_its_content(path: Path, text: str):
    path.write_text(text)
    wanted = read_connector_file(path)
    assert wanted == CreateConnector("c", {"name": "c", "tasks.max": "2"}, None)


def test_a_create_request_may_name_a_state(path: Path):
    path.write_text('{"name": "c", "config": {}, "initial_state": "STOPPED"}')
    assert read_connector_file(path).target_state is TargetState.STOPPED


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "missing the required setting 'name'"),
        (b"tasks.max=1", "missing the required setting 'name'"),
        (b'{"config": {}}', "missing the required setting 'name'"),
        (b'{"tasks.max": 1}', '"config" is missing'),
        (b'{"name": "c",', "begins like JSON but is none"),
        (b'{"name": "c", "config": {"name": "d"}}', r"\(d\) is not the one .* \(c\)"),
        (b"name=\xff", "byte 5 is wrong"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(path: Path, data: bytes, why: str):
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=why) as raised:
        read_connector_file(path)
    assert str(path) in raised.value.message


def test_a_file_that_is_not_there_is_said():
    with pytest.raises(ConfigError, match="/nowhere/c cannot be read: No such file"):
        read_connector_file(Path("/nowhere/c"))
