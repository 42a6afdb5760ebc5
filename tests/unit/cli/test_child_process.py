# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

from barnabas.cli.child_process import end_child, start_child


def test_output_and_added_variables_reach_the_log(tmp_path: Path):
    code = "import os, sys; print(os.environ['GREETING']); print('oh', file=sys.stderr)"
    log = tmp_path / "log"
    child = start_child([sys.executable, "-c", code], log, {"GREETING": "hello"})
    assert child.wait(timeout=20) == 0
    assert sorted(log.read_text().split()) == ["hello", "oh"]


def test_a_child_that_will_not_end_is_killed(tmp_path: Path):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True);"
    code += "time.sleep(60)"
    log = tmp_path / "log"
    child = start_child([sys.executable, "-c", code], log)
    while "up" not in log.read_text():
        assert child.poll() is None
    end_child(child, timeout_s=0.1)
    assert child.returncode == -9
