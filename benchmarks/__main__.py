# SPDX-License-Identifier: Apache-2.0
"""Run the programs of this folder: ``python -m benchmarks [NAME …]`` (all without names).

A program that has the option ``--bootstrap-servers`` is given a Kafka broker started for it, with
Java's usual options and 1 GB of heap; one that has ``--java-libs`` the jars of Java Kafka Connect,
to measure beside.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from benchmarks.broker import broker
from tests.services.maven import fetch_jars

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    programs = [path.stem for path in sorted(HERE.glob("*.py")) if is_program(path)]
    unknown = [name for name in names if name not in programs]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(programs)}", file=sys.stderr)
        return 2
    failed = [name for name in names or programs if run(name) != 0]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def is_program(path: Path) -> bool:
    return path.stem != "__main__" and '__name__ == "__main__"' in path.read_text()


def run(name: str) -> int:
    print(f"== {name}", flush=True)
    text = (HERE / f"{name}.py").read_text()
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    if '"--java-libs"' in text:
        command += ["--java-libs", str(fetch_jars(HERE / "java" / "pom.xml"))]
    with broker() if '"--bootstrap-servers"' in text else contextlib.nullcontext() as address:
        if address is not None:
            command += ["--bootstrap-servers", address]
        return subprocess.run(command, check=False, cwd=HERE.parent).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
