# SPDX-License-Identifier: Apache-2.0
"""Command-line options that the measurements of clusters share."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_options"]


def add_options(parser: argparse.ArgumentParser, json: Path) -> None:
    """Add the broker, the peers and where the figures go.

    ``--java-libs`` each program adds itself: ``python -m benchmarks`` looks for it in the text.
    """
    parser.add_argument("--bootstrap-servers", help="a broker; one is started when absent")
    parser.add_argument("--peers", default="barnabas,java", help="which of the two to measure")
    parser.add_argument("--json", type=Path, default=json, help="write the figures here")
