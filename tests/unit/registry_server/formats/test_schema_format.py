# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.formats.known import FORMATS
from barnabas.registry_server.formats.schema_format import SchemaFormat, Source

VALID = {"AVRO": '"string"', "JSON": "{}", "PROTOBUF": "message M {}"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_reads_what_it_wrote_itself(name: str) -> None:
    kind: SchemaFormat = FORMATS[name]
    source = Source(VALID[name])

    assert kind.canonical(Source(kind.canonical(source))) == kind.canonical(source)
    assert kind.differences(source, source, "writer") == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_kind_refuses_what_is_no_schema(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FORMATS[name].canonical(Source("{{"))
