# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.formats.known import FORMATS, format_of
from barnabas.registry_server.problems import RefusalError


def test_kinds_are_found_by_their_names() -> None:
    assert list(FORMATS) == ["JSON", "PROTOBUF", "AVRO"]
    assert format_of("AVRO") is FORMATS["AVRO"]


def test_other_kinds_are_refused() -> None:
    with pytest.raises(RefusalError, match="Invalid schema type XML"):
        format_of("XML")
