# SPDX-License-Identifier: Apache-2.0
"""Avro schemas in the development registry against what Avro for Java said of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from barnabas.registry_server.formats.avro_format import AvroFormat
from barnabas.registry_server.formats.schema_format import Source

RECORDED = json.loads(Path(__file__).with_name("registry_avro_recorded.json").read_text())
AVRO = AvroFormat()


@pytest.mark.parametrize("row", RECORDED["texts"], ids=lambda row: row["schema"][:40])
def test_text_is_what_java_prints(row: dict[str, Any]) -> None:
    source = Source(row["schema"])

    if row["java"] is None:
        with pytest.raises(ValueError, match=r"\w"):
            AVRO.canonical(source)
    else:
        assert AVRO.canonical(source) == row["java"]


def told(found: list[str]) -> list[list[str]]:
    """Take kind and detail out of texts; the place is in the middle of one."""
    return [re.split(r"', (?:description|additionalInfo):'", text[12:-2])[::2] for text in found]


def test_schemas_are_compatible_when_java_says_so() -> None:
    for row in RECORDED["pairs"]:
        found = AVRO.differences(Source(row["reader"]), Source(row["writer"]), "writer")

        assert told(found) == [[kind, detail] for kind, _, detail in row["java"]], row
        assert all(
            f"path '{path}'" in text for text, (_, path, _) in zip(found, row["java"], strict=True)
        )
