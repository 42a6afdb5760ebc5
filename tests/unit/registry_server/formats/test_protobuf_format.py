# SPDX-License-Identifier: Apache-2.0
import base64

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from barnabas.registry_server.formats.protobuf_format import ProtobufFormat, serialized
from barnabas.registry_server.formats.schema_format import Source

PROTOBUF = ProtobufFormat()
TEXT = 'syntax = "proto3";\npackage p;\n\nmessage M {\n  int32 x = 1;\n}\n'


def test_text_is_kept_as_it_is() -> None:
    text = f"// mine\n{TEXT}"

    assert PROTOBUF.canonical(Source(text)) == text
    assert PROTOBUF.canonical(Source(text), normalize=True) == TEXT


def test_serialised_descriptor_becomes_text_and_back() -> None:
    told = serialized(TEXT)
    file = FileDescriptorProto.FromString(base64.b64decode(told))

    assert file.message_type[0].field[0].name == "x"
    assert PROTOBUF.canonical(Source(told)) == TEXT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("message {", "line 1"),
        ('syntax = "proto3";', "neither a message nor an enum"),
        ('syntax = "proto3";\nimport "o.proto";\nmessage M {}', "import of o.proto"),
    ],
)
def test_what_is_no_file_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        PROTOBUF.canonical(Source(text))


def test_imports_may_be_references_or_well_known() -> None:
    text = 'import "o.proto";\nimport "google/protobuf/any.proto";\nmessage M {}'

    assert PROTOBUF.canonical(Source(text, (("o.proto", TEXT),))) == text


def test_files_are_compared() -> None:
    other = Source(TEXT.replace("int32", "string"))

    assert PROTOBUF.differences(Source(TEXT), Source(TEXT), "writer") == []
    assert PROTOBUF.differences(other, Source(TEXT), "writer") != []
