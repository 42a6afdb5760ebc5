# SPDX-License-Identifier: Apache-2.0
"""Classes of messages as protoc, the compiler of Protobuf itself, sees a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from confluent_kafka.schema_registry.confluent import meta_pb2
from confluent_kafka.schema_registry.confluent.type import decimal_pb2
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    timestamp_pb2,
    wrappers_pb2,
)
from google.type import date_pb2, timeofday_pb2
from grpc_tools import protoc

__all__ = ["compiled"]

_IMPORTED = (
    *(descriptor_pb2, meta_pb2, decimal_pb2, date_pb2, timeofday_pb2, timestamp_pb2, wrappers_pb2),
)


def compiled(folder: Path, name: str, text: str) -> dict[str, Any]:
    """Compile a .proto file and return the classes of its outermost messages by name.

    Args:
        folder: Where files may be left.
        name: Name of the file.
        text: The file; it may import what the well-known types are in.
    """
    imported = descriptor_pb2.FileDescriptorSet()
    for module in _IMPORTED:
        module.DESCRIPTOR.CopyToProto(imported.file.add())
    (folder / "imports.bin").write_bytes(imported.SerializeToString())
    (folder / name).write_text(text)
    made = folder / "made.bin"
    arguments = [
        f"-I{folder}",
        f"--descriptor_set_in={folder / 'imports.bin'}",
        "--include_imports",
        f"--descriptor_set_out={made}",
    ]
    assert protoc.main(["protoc", *arguments, name]) == 0, "protoc says why on stderr"
    pool: Any = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes()).file:
        pool.Add(file)
    messages = pool.FindFileByName(name).message_types_by_name
    return {each: message_factory.GetMessageClass(found) for each, found in messages.items()}
