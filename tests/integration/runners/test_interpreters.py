# SPDX-License-Identifier: Apache-2.0
"""Plugins with a virtual environment of their own."""

from __future__ import annotations

import json
import site
import subprocess
import sys
from pathlib import Path

import pytest

import barnabas
from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState
from tests.integration.runners.conftest import SOURCE, make_plugin_folder

SOURCES = Path(barnabas.__file__).parents[1]


@pytest.fixture
def plugin_folder(tmp_path):
    """A virtual environment that holds the plugin, but not Barnabas."""
    folder = tmp_path / "environment"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60
    )
    [packages] = folder.glob("lib/python3*/site-packages")
    make_plugin_folder(packages)
    return folder


@pytest.fixture
def installed(plugin_folder):
    """Have Barnabas installed in the plugin's environment, too."""
    [packages] = plugin_folder.glob("lib/python3*/site-packages")
    lines = [str(SOURCES), *site.getsitepackages()]
    (packages / "barnabas.pth").write_text("\n".join(lines) + "\n")


async def test_its_connector_runs_with_its_interpreter(
    worker, listener, installed, plugin_folder, tmp_path
):
    report = tmp_path / "report.json"
    config = {
        "name": "moon",
        "connector.class": SOURCE,
        "misbehave.start": "tell",
        "tell.to": str(report),
    }
    await worker.start_connector("moon", config, TargetState.STARTED)
    assert json.loads(report.read_text())["prefix"] == str(plugin_folder)
    assert listener.states("moon") == [State.RUNNING]


async def test_its_connector_is_validated_with_its_interpreter(worker, installed):
    infos, _warnings = await worker.questions.validate({"name": "moon", "connector.class": SOURCE})
    assert infos.error_count == 0


async def test_without_barnabas_it_says_how_to_install_it(worker, listener):
    config = {"name": "moon", "connector.class": SOURCE}
    with pytest.raises(ConnectError, match=r"bin/python -m pip install barnabas=="):
        await worker.start_connector("moon", config, TargetState.STARTED)
    assert listener.states("moon") == [State.FAILED]
