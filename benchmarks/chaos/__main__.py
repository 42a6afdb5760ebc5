# SPDX-License-Identifier: Apache-2.0
"""A cluster under random faults for some minutes; the exit code is 1 when anything was wrong.

    python -m benchmarks.chaos [--minutes 30] [--seed 1] [--workers barnabas,barnabas,barnabas]

Three brokers, some workers, four file sources whose files grow all the time, one file sink of all
their topics. The seed says what happens when: ``kill -9``, stop, freeze and return of workers,
runners and brokers; connectors paused, stopped, restarted, changed, created and deleted. Then
everything is healed, lines go on for some seconds without disturbance, and it must hold that

* every task is RUNNING on a worker that lives, says every worker; the sink has a consumer a task;
* every line that was written is in its topic and in the sink's file;
* lines of the undisturbed end came once: no task runs twice;
* no line jumped the queue: no two tasks wrote at the same time, not even for a moment;
* no task of a deleted connector goes on;
* committed offsets never went back, those of the sources and those of the sink;
* no worker ended by itself, and none took long to stop.

The same seed gives the same plan. The report has each step and what came of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.chaos.cluster import ChaosCluster, Done
from benchmarks.chaos.evidence import Evidence
from benchmarks.chaos.lines import Feeder
from benchmarks.chaos.plan import make_plan

CALM_S = 10.0
SETTLED_S = 5.0


def run(
    folder: Path, kinds: list[str], seed: int, seconds: float, sources: int, rate: int
) -> dict[str, Any]:
    """Start, disturb, heal, examine; returns the report."""
    feeder = Feeder(folder, [f"source-{number + 1}" for number in range(sources)], rate)
    cluster = ChaosCluster(folder, kinds, feeder.files, seed)
    plan = make_plan(seed, seconds, cluster.shape)
    figures: dict[str, Any] = {}
    try:
        cluster.start()
        feeder.start()
        cluster.begin()
        shown = 0
        for step in plan:
            cluster.run(step)
            shown += show(cluster.done[shown:])
        began_at = time.monotonic()
        cluster.heal()
        show(cluster.done[shown:])
        figures["all RUNNING again after, s"] = round(time.monotonic() - began_at, 1)
        time.sleep(SETTLED_S)
        calm = feeder.written()
        cluster.tempt_guests()
        time.sleep(CALM_S)
        evidence = Evidence(cluster, feeder.stop(), calm)
        cluster.anomalies += evidence.wait_for_arrival()
        cluster.anomalies += [f"at the end: {text}" for text in cluster.not_running()]
        cluster.anomalies += evidence.examine()
        figures |= {**evidence.figures, "FAILED, and why": evidence.failures()}
    except RuntimeError as error:
        cluster.anomalies.append(f"given up: {error}")
    finally:
        cluster.stop()
    return {
        "seed": seed,
        "seconds": seconds,
        "workers": kinds,
        "figures": figures,
        "anomalies": cluster.anomalies,
        "steps": [dataclasses.asdict(done) for done in cluster.done],
    }


def show(steps: Sequence[Done]) -> int:
    """Print steps; returns how many they were."""
    for done in steps:
        what = f"{done.fault} {done.target}"
        print(f"{done.began_s:8.1f} s  {what:45} {done.result} ({done.took_s} s)", flush=True)
    return len(steps)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", default="barnabas,barnabas,barnabas", help="or java")
    parser.add_argument("--sources", type=int, default=4)
    parser.add_argument("--rate", type=int, default=50, help="lines a second to each file")
    parser.add_argument("--json", type=Path, help="write the report here")
    parser.add_argument("--keep", type=Path, help="folder for data and logs, which is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="barnabas-chaos-") as temporary:
        folder = options.keep.resolve() if options.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        kinds, seconds = options.workers.split(","), options.minutes * 60
        report = run(folder, kinds, options.seed, seconds, options.sources, options.rate)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    for name, value in report["figures"].items():
        print(f"{name:60} {value}")
    print(
        f"{len(report['steps'])} steps, {len(report['anomalies'])} anomalies (seed {options.seed})"
    )
    for anomaly in report["anomalies"]:
        print(f"* {anomaly}")
    return 1 if report["anomalies"] else 0


if __name__ == "__main__":
    sys.exit(main())
