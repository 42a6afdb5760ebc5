# SPDX-License-Identifier: Apache-2.0
"""The client before two registries that know nothing of each other: ours and Apicurio."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from barnabas.errors import RegistryAnswerError
from barnabas.registry import Registry, SchemaDefinition, SchemaReference, make_registry
from barnabas.registry.settings import SchemaRegistryConfig
from tests.services.apicurio_registry import ApicurioRegistry
from tests.services.registry import DevelopmentRegistry, RegistryProcess

pytestmark = pytest.mark.timeout(600)  # the first time, Apicurio is downloaded

ENUM = SchemaDefinition('{"type":"enum","name":"Colour","symbols":["RED"]}')
ONE = SchemaDefinition(
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}',
)
WITH_DEFAULT = SchemaDefinition(
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},'
    '{"name":"note","type":"string","default":""}]}'
)
WITHOUT_DEFAULT = SchemaDefinition(
    '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},'
    '{"name":"count","type":"int"}]}'
)


@pytest.fixture(scope="module", params=[DevelopmentRegistry, ApicurioRegistry])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RegistryProcess]:
    with request.param(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def client(server: RegistryProcess) -> Iterator[Registry]:
    client = make_registry(
        SchemaRegistryConfig(
            {"schema.registry.url": server.url, "schema.registry.cache.directory": ""}
        )
    )
    yield client
    client.close()


@pytest.fixture
def subject() -> str:
    return f"s-{uuid.uuid4().hex[:8]}-value"


def test_schema_is_registered_and_found(client: Registry, subject: str) -> None:
    registered = client.register(subject, ONE)

    assert client.by_id(registered.id).definition.schema_type == "AVRO"
    assert client.register(subject, ONE).id == registered.id
    found = client.lookup(subject, ONE)
    assert (found.id, found.version) == (registered.id, 1)
    assert client.latest(subject).id == registered.id
    assert client.versions(subject) == [1]
    assert subject in client.subjects()


def test_level_decides_what_is_taken(client: Registry, subject: str) -> None:
    client.register(subject, ONE)
    client.set_compatibility("BACKWARD", subject)

    assert client.compatibility(subject) == "BACKWARD"
    assert client.is_compatible(subject, WITH_DEFAULT)
    assert not client.is_compatible(subject, WITHOUT_DEFAULT)
    with pytest.raises(RegistryAnswerError) as refused:
        client.register(subject, WITHOUT_DEFAULT)
    assert refused.value.status == 409
    client.register(subject, WITH_DEFAULT)
    assert client.lookup(subject, WITH_DEFAULT).version == 2


def test_references_are_resolved(client: Registry, subject: str) -> None:
    client.register(f"{subject}-colour", ENUM)
    reference = SchemaReference("Colour", f"{subject}-colour", 1)
    text = '{"type":"record","name":"Car","fields":[{"name":"colour","type":"Colour"}]}'

    registered = client.register(subject, SchemaDefinition(text, references=(reference,)))

    found = client.by_id(registered.id, subject).definition
    assert found.references == (reference,)
    assert list(client.resolve(found)) == ["Colour"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("JSON", '{"type":"object","properties":{"a":{"type":"integer"}}}'),
        ("PROTOBUF", 'syntax = "proto3";\n\nmessage M {\n  int32 x = 1;\n}\n'),
    ],
)
def test_other_kinds_are_registered(client: Registry, subject: str, kind: str, text: str) -> None:
    registered = client.register(subject, SchemaDefinition(text, kind))

    assert client.by_id(registered.id).definition.schema_type == kind


def test_what_is_unknown_is_told(client: Registry, subject: str) -> None:
    with pytest.raises(RegistryAnswerError) as unknown:
        client.by_id(1_000_000)
    assert unknown.value.error_code == 40403
    with pytest.raises(RegistryAnswerError) as unknown:
        client.latest(subject)
    assert unknown.value.error_code == 40401


def test_what_is_no_schema_is_told(client: Registry, subject: str) -> None:
    with pytest.raises(RegistryAnswerError) as invalid:
        client.register(subject, SchemaDefinition('{"type":"nonsense"}'))
    assert (invalid.value.status, invalid.value.error_code) == (422, 42201)
