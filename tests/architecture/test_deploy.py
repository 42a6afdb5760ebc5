# SPDX-License-Identifier: Apache-2.0
"""What is in ``deploy/`` asks for metrics that there are, in queries Prometheus takes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from barnabas.rest.metrics_table import GROUPS
from tests.architecture.tree import ROOT

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "kafka-connect-alerts.yml"
BOARD = DEPLOY / "grafana" / "kafka-connect.json"
SITUATIONS = ROOT / "tests" / "architecture" / "alert_situations.yml"
LABELS = {"job", "instance", "connector", "task", "status", "process"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [each for each in json.loads(BOARD.read_text())["panels"] if each["type"] != "row"]


def queries() -> list[tuple[str, str]]:
    asked = [(rule["alert"], rule["expr"]) for rule in rules()]
    asked += [(each["title"], target["expr"]) for each in panels() for target in each["targets"]]
    return asked


def selectors(query: promql_parser.Expr) -> Iterator[promql_parser.VectorSelector]:
    """All selectors of a parsed query."""
    if isinstance(query, promql_parser.VectorSelector):
        yield query
    for name in ("vector_selector", "expr", "lhs", "rhs"):
        inner = getattr(query, name, None)
        if inner is not None:
            yield from selectors(inner)
    for inner in getattr(query, "args", None) or ():
        yield from selectors(inner)


EXPOSED = {group.family_name(each) for group in GROUPS for each in group.attributes} | {"up"}


@pytest.mark.parametrize(("who", "query"), queries(), ids=lambda each: each[:40])
def test_queries_ask_for_metrics_that_there_are(who: str, query: str) -> None:
    asked = list(selectors(promql_parser.parse(query)))
    assert asked, f"{who} asks for nothing"
    assert {each.name for each in asked} <= EXPOSED
    matched = {matcher.name for each in asked for matcher in each.matchers.matchers}
    assert matched <= LABELS


def test_variables_of_the_board_are_made_of_metrics_that_there_are() -> None:
    variables = json.loads(BOARD.read_text())["templating"]["list"]
    asked = [each["definition"] for each in variables if each["type"] == "query"]
    names = [re.match(r"label_values\((\w+)", query)[1] for query in asked]  # type: ignore[index]
    assert set(names) <= EXPOSED
    used = set(re.findall(r"\$(\w+)", " ".join(query for _, query in queries())))
    assert used <= {each["name"] for each in variables}


def test_panels_do_not_overlap() -> None:
    places = [each["gridPos"] for each in panels()]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


def test_each_alert_is_explained() -> None:
    page = (DEPLOY / "README.md").read_text()
    for rule in rules():
        assert f"`{rule['alert']}`" in page
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "description"} <= rule["annotations"].keys()


def test_each_alert_fires_in_one_situation_at_least() -> None:
    tested = yaml.safe_load(SITUATIONS.read_text())["tests"]
    fired = {
        case["alertname"]
        for each in tested
        for case in each["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert fired == {rule["alert"] for rule in rules()}


def test_prometheus_takes_the_rules_where_it_is_installed() -> None:
    """Everywhere else the parser above has judged the queries."""
    promtool = shutil.which("promtool")
    commands = [["check", "rules", str(RULES)], ["test", "rules", str(SITUATIONS)]]
    for command in commands if promtool else []:
        done = subprocess.run(
            [str(promtool), *command], capture_output=True, text=True, timeout=50, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
