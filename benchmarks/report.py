# SPDX-License-Identifier: Apache-2.0
"""Tables and JSON of the measurements, with what is needed to judge them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import confluent_kafka

__all__ = ["RESULTS", "show", "write"]

RESULTS = Path(__file__).parent / "results"


def show(title: str, results: Sequence[Mapping[str, Any]]) -> None:
    """Print figures with one column per peer; what is a list or mapping goes to the JSON only."""
    names = [str(result["peer"]) for result in results]
    print(f"\n{title}\n{'':66}" + "".join(f"{name:>14}" for name in names))
    figures = [name for result in results for name in result]
    for figure in dict.fromkeys(figures):
        values = [result.get(figure) for result in results]
        if figure != "peer" and not any(isinstance(value, (list, dict)) for value in values):
            print(f"{figure:66}" + "".join(f"{_text(value):>14}" for value in values))


def write(path: Path, results: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """Write the results with the versions, the machine and its load."""
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        **more,
        "results": results,
    }
    path.write_text(json.dumps(report, indent=1) + "\n")


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
