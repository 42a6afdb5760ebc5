# SPDX-License-Identifier: Apache-2.0
"""An environment made from the pins is whole, the same everywhere, and has what pyproject names."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
APART = set(SETTINGS["tool"]["barnabas"]["extras-apart"])


def test_pins_are_names_and_versions_only() -> None:
    lines = (ROOT / "requirements" / "pins.txt").read_text().splitlines()
    wrong = [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.!+]+", line)]
    assert wrong == []


def test_every_requirement_has_a_pin_that_fits() -> None:
    pins = dict(_pins())
    unmet = [
        str(wanted)
        for wanted in _requirements()
        if not wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0"))
    ]
    assert unmet == [], "run `make pins`"


def test_extra_all_holds_every_extra_but_those_apart() -> None:
    extras = PROJECT["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    assert set(extras) > APART
    assert everything.extras == set(extras) - {"all"} - APART


def test_every_database_has_what_all_databases_need() -> None:
    extras = PROJECT["optional-dependencies"]
    databases = {*APART, "postgresql", "mysql", "sqlserver", "oracle"}
    assert all(set(extras["jdbc"]) < set(extras[database]) for database in databases)


def test_entry_points_lead_to_classes() -> None:
    for group, declared in PROJECT.get("entry-points", {}).items():
        installed = {point.name: point for point in entry_points(group=group)}
        assert set(declared) <= set(installed), "pyproject.toml changed: run `make setup`"
        assert all(isinstance(installed[name].load(), type) for name in declared)


def test_plugins_can_be_listed_without_their_extras() -> None:
    libraries = {"avro", "fastavro", "google", "jsonschema", "proto_schema_parser", "referencing"}
    libraries |= {"oracledb", "psycopg", "pymssql", "pymysql", "sqlalchemy"}
    libraries |= {"boto3", "botocore", "cramjam", "hdfs_native", "obstore", "pyarrow"}
    program = (
        "import sys\n"
        "from importlib.metadata import entry_points\n"
        f"sys.modules.update(dict.fromkeys({libraries}))\n"
        "for group in ('converters', 'source_connectors', 'sink_connectors'):\n"
        "    for point in entry_points(group=f'barnabas.{group}'):\n"
        "        point.load()().config_class.definition()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def _pins() -> Iterator[tuple[str, str]]:
    for line in (ROOT / "requirements" / "pins.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, version = line.partition("==")
            yield canonicalize_name(name), version


def _requirements() -> list[Requirement]:
    dev = (ROOT / "requirements" / "dev.txt").read_text().splitlines()
    named = [*PROJECT["dependencies"], *(line for line in dev if not line.startswith("#"))]
    for extra, wanted in PROJECT["optional-dependencies"].items():
        named += wanted if extra not in {"all", *APART} else []
    return [Requirement(text) for text in named]
