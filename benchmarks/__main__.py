# SPDX-License-Identifier: Apache-2.0
"""Run the programs of this folder: ``python -m benchmarks [NAME …]`` (all without names).

Starts one Kafka broker for them, with Java's usual options and 1 GB of heap, and gives each program
``--bootstrap-servers`` and ``--java-libs`` (the jars of Java Kafka Connect, to measure beside).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.services.kafka import KafkaCluster
from tests.services.maven import fetch_jars

HERE = Path(__file__).parent


def is_program(path: Path) -> bool:
    return path.stem != "__main__" and '__name__ == "__main__"' in path.read_text()


def main(names: list[str]) -> int:
    programs = [path.stem for path in sorted(HERE.glob("*.py")) if is_program(path)]
    unknown = [name for name in names if name not in programs]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(programs)}", file=sys.stderr)
        return 2
    java_libs = fetch_jars(HERE / "java" / "pom.xml")
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        kafka = KafkaCluster(Path(folder), jvm=["-Xmx1g"])
        try:
            kafka.start()
            where = ["--bootstrap-servers", kafka.bootstrap_servers, "--java-libs", str(java_libs)]
            for name in names or programs:
                print(f"== {name}", flush=True)
                command = [sys.executable, "-m", f"benchmarks.{name}", *where]
                if subprocess.run(command, check=False, cwd=HERE.parent).returncode != 0:
                    failed.append(name)
        finally:
            kafka.stop()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
