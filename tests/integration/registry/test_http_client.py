# SPDX-License-Identifier: Apache-2.0
"""The client before scripted registries, and before ours as users run it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from barnabas.data import Headers
from barnabas.errors import (
    DataError,
    RegistryAccessError,
    RegistryAnswerError,
    RegistryUnavailableError,
)
from barnabas.registry.http_client import HttpRegistry
from barnabas.registry.model import RegisteredSchema, SchemaDefinition, SchemaReference
from barnabas.registry.schema_reader import SchemaReader
from barnabas.registry.schema_writer import SchemaWriter
from barnabas.registry.settings import SchemaRegistryConfig
from tests.integration.registry.scripted_registry import Asked, ScriptedRegistry, Told
from tests.services.ports import free_port
from tests.services.registry import DevelopmentRegistry

STRING = SchemaDefinition('"string"')
QUICK = {"retries.wait.ms": "1", "retries.max.wait.ms": "5", "max.retries": "1"}


def settings(url: str, copies: Path | None = None, **more: str) -> SchemaRegistryConfig:
    names = {name.replace("_", "."): value for name, value in more.items()}
    own = {"schema.registry.url": url, "schema.registry.cache.directory": str(copies or "")}
    return SchemaRegistryConfig({**QUICK, **own, **names})


def known(_: Asked) -> Told:
    return Told(200, {"id": 7, "schema": '"string"', "subject": "s", "version": 3, "guid": "g"})


def unknown(_: Asked) -> Told:
    return Told(404, {"error_code": 40403, "message": "Schema not found"})


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.register("s", STRING),
        lambda client: client.lookup("s", STRING, deleted=True),
        lambda client: client.by_id(7, "s"),
        lambda client: client.by_guid("g"),
        lambda client: client.version("s", 3),
    ],
)
def test_what_cannot_change_is_asked_once(ask: Callable[[HttpRegistry], RegisteredSchema]) -> None:
    with ScriptedRegistry(known) as registry:
        client = HttpRegistry(settings(registry.url))
        assert {ask(client).definition for _ in range(3)} == {STRING}
    assert len(registry.asked) == 1


def test_latest_is_asked_each_time() -> None:
    with ScriptedRegistry(known) as registry:
        client = HttpRegistry(settings(registry.url))
        assert [client.latest("s").version for _ in range(2)] == [3, 3]
        client.version("s", -1)
    assert registry.paths == ["GET /subjects/s/versions/latest"] * 3


def test_names_are_encoded() -> None:
    with ScriptedRegistry(known) as registry:
        client = HttpRegistry(settings(registry.url))
        client.register(":.ctx:a/b c", STRING, normalize=True)
        client.latest_with("s", {"major": "1", "a": "ä"})
    assert registry.paths == [
        "POST /subjects/%3A.ctx%3Aa%2Fb%20c/versions?normalize=true",
        "GET /subjects/s/metadata?key=a&key=major&value=%C3%A4&value=1",
    ]


def test_ids_belong_to_a_context() -> None:
    with ScriptedRegistry(known) as registry:
        client = HttpRegistry(settings(registry.url))
        for subject in (None, "a", ":.x:a", ":.x:b"):
            client.by_id(7, subject)
    assert registry.paths == ["GET /schemas/ids/7", "GET /schemas/ids/7?subject=%3A.x%3Aa"]


def test_memory_has_a_limit() -> None:
    with ScriptedRegistry(known) as registry:
        client = HttpRegistry(settings(registry.url, max_schemas_per_subject="1"))
        for number in (1, 2, 1):
            client.by_id(number)
    assert len(registry.asked) == 3


def test_unknown_schema_is_asked_for_again() -> None:
    with ScriptedRegistry(unknown) as registry:
        client = HttpRegistry(settings(registry.url))
        for _ in range(2):
            with pytest.raises(RegistryAnswerError, match="fetch schema 7") as caught:
                client.by_id(7)
    assert len(registry.asked) == 2
    assert caught.value.schema_id == 7


@pytest.mark.parametrize(
    ("ask", "setting"),
    [
        (lambda client: client.by_id(7), "missing_id_cache_ttl_sec"),
        (lambda client: client.lookup("s", STRING), "missing_schema_cache_ttl_sec"),
        (lambda client: client.latest("s"), "missing_version_query_cache_ttl_sec"),
    ],
)
def test_unknown_thing_may_be_remembered_for_a_while(
    ask: Callable[[HttpRegistry], RegisteredSchema], setting: str
) -> None:
    time = [0.0]
    with ScriptedRegistry(unknown) as registry:
        client = HttpRegistry(settings(registry.url, **{setting: "10"}), now=lambda: time[0])
        asked = []
        for time[0] in (0, 9, 10):
            with pytest.raises(RegistryAnswerError):
                ask(client)
            asked.append(len(registry.asked))
    assert asked == [1, 1, 2]


def test_threads_ask_once_for_the_same_schema() -> None:
    may_answer = threading.Event()

    def answer(asked: Asked) -> Told:
        assert may_answer.wait(10)
        return known(asked)

    with ScriptedRegistry(answer) as registry, ThreadPoolExecutor(16) as threads:
        client = HttpRegistry(settings(registry.url))
        found = [threads.submit(client.register, "s", STRING) for _ in range(16)]
        other = threads.submit(client.register, "t", STRING)
        may_answer.set()
        assert {each.result(10).id for each in [*found, other]} == {7}
    assert sorted(registry.paths) == [
        "POST /subjects/s/versions?normalize=false",
        "POST /subjects/t/versions?normalize=false",
    ]


def test_copies_answer_while_the_registry_is_away(tmp_path: Path) -> None:
    with ScriptedRegistry(known) as registry:
        before = HttpRegistry(settings(registry.url, tmp_path))
        answers = [
            before.register("s", STRING),
            before.lookup("s", STRING, deleted=True),
            before.by_id(7, "s"),
            before.latest("s"),
        ]
    after = HttpRegistry(settings(registry.url, tmp_path))
    assert answers == [
        after.register("s", STRING),
        after.lookup("s", STRING, deleted=True),
        after.by_id(7, "s"),
        after.latest("s"),
    ]
    with pytest.raises(RegistryUnavailableError):
        after.by_id(8, "s")


def test_copies_outlive_the_process(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from barnabas.registry import SchemaDefinition, SchemaRegistryConfig, make_registry\n"
        "config = SchemaRegistryConfig({'schema.registry.url': sys.argv[1], 'max.retries': '0',\n"
        "    'schema.registry.cache.directory': sys.argv[2]})\n"
        "schema = SchemaDefinition('\"string\"')\n"
        "print(make_registry(config).register('s', schema).id)\n"
    )

    def run() -> str:
        command = [sys.executable, "-c", program, registry.url, str(tmp_path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    with ScriptedRegistry(known) as registry:
        assert run() == "7\n"
    assert run() == "7\n"


def test_registry_that_answers_is_right(tmp_path: Path) -> None:
    with ScriptedRegistry(known) as registry:
        HttpRegistry(settings(registry.url, tmp_path)).by_id(7)
    with (
        ScriptedRegistry(unknown, port=registry.port) as registry,
        pytest.raises(RegistryAnswerError),
    ):
        HttpRegistry(settings(registry.url, tmp_path)).by_id(7)


@pytest.mark.parametrize("status", [401, 409, 422])
def test_refusals_are_not_answered_from_copies(tmp_path: Path, status: int) -> None:
    with ScriptedRegistry(known) as registry:
        HttpRegistry(settings(registry.url, tmp_path)).register("s", STRING)
    with (
        ScriptedRegistry(lambda _: Told(status, {}), port=registry.port) as registry,
        pytest.raises((RegistryAnswerError, RegistryAccessError)),
    ):
        HttpRegistry(settings(registry.url, tmp_path)).register("s", STRING)


@pytest.mark.parametrize("body", [{}, [], {"id": "7"}, 7, None])
def test_answer_of_another_form_is_told(body: object) -> None:
    with ScriptedRegistry(lambda _: Told(200, body)) as registry:
        client = HttpRegistry(settings(registry.url))
        for ask in (client.latest, client.mode, client.compatibility):
            with pytest.raises(RegistryAnswerError, match="something else"):
                ask("s")
        with pytest.raises(RegistryAnswerError):
            client.by_guid("g")


@pytest.mark.parametrize(
    "told", [Told(404, b"<html>"), Told(404, {"error_code": 404}), Told(200, [])]
)
def test_registry_without_associations_has_none(told: Told) -> None:
    with ScriptedRegistry(lambda _: told) as registry:
        client = HttpRegistry(settings(registry.url))
        assert client.associated_subjects("t", "value") == []
    assert registry.paths == [
        "GET /associations/resources/-/t?resourceType=topic&associationType=value"
    ]


def test_associations_are_read() -> None:
    with ScriptedRegistry(lambda _: Told(200, [{"subject": "a"}])) as registry:
        client = HttpRegistry(settings(registry.url))
        assert client.associated_subjects("t", "key", "lkc") == ["a"]


def test_registry_that_is_away_is_retriable_later() -> None:
    client = HttpRegistry(settings(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(RegistryUnavailableError, match="register a schema in subject s") as caught:
        client.register("s", STRING)
    assert caught.value.subject == "s"


def record(name: str, *fields: str) -> str:
    return f'{{"type":"record","name":"{name}","fields":[{",".join(fields)}]}}'


ONE = SchemaDefinition(record("R", '{"name":"a","type":"int"}'))
WIDER = SchemaDefinition(
    record("R", '{"name":"a","type":"int"}', '{"name":"b","type":"int","default":0}')
)
NARROW = SchemaDefinition(record("R", '{"name":"a","type":"string"}'))


@pytest.fixture
def client(schema_registry: DevelopmentRegistry) -> Iterator[HttpRegistry]:
    client = HttpRegistry(settings(schema_registry.url))
    yield client
    client.close()


def test_development_registry_gives_ids_and_versions(client: HttpRegistry, name: str) -> None:
    one, wider = client.register(name, ONE), client.register(name, WIDER)
    found = client.lookup(name, WIDER)
    assert (found.id, found.version, found.subject) == (wider.id, 2, name)
    assert client.by_id(one.id, name).definition == ONE
    assert client.latest(name).definition == WIDER
    assert client.version(name, 1).id == one.id
    assert client.versions(name) == [1, 2]
    assert name in client.subjects(name)


def test_development_registry_finds_schemas_by_guid(client: HttpRegistry, name: str) -> None:
    client.register(name, ONE)
    guid = client.lookup(name, ONE).guid
    assert guid is not None
    assert client.by_guid(guid).definition == ONE


def test_development_registry_refuses_what_is_incompatible(client: HttpRegistry, name: str) -> None:
    client.register(name, ONE)
    assert client.is_compatible(name, WIDER)
    assert not client.is_compatible(name, NARROW)
    with pytest.raises(RegistryAnswerError) as caught:
        client.register(name, NARROW)
    assert (caught.value.status, caught.value.subject) == (409, name)
    client.set_compatibility("NONE", name)
    assert client.compatibility(name) == "NONE"
    assert client.register(name, NARROW).id > 0


def test_development_registry_refuses_what_is_no_schema(client: HttpRegistry, name: str) -> None:
    with pytest.raises(DataError) as caught:
        client.register(name, SchemaDefinition("{"))
    assert caught.value.error_code == 42201  # type: ignore[attr-defined]  # it is of the registry


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda client, name: client.latest(name), 40401),
        (lambda client, name: client.lookup(name, ONE), 40401),
        (lambda client, name: client.by_id(2**31 - 1), 40403),
        (lambda client, name: client.by_guid("89791762-2336-4186-9674-299b90a802e2"), 40403),
    ],
)
def test_development_registry_does_not_know_all(
    client: HttpRegistry, name: str, ask: Callable[[HttpRegistry, str], object], code: int
) -> None:
    with pytest.raises(RegistryAnswerError) as caught:
        ask(client, name)
    assert caught.value.error_code == code


def test_development_registry_keeps_references(client: HttpRegistry, name: str) -> None:
    client.register(f"{name}-r", ONE)
    user = SchemaDefinition(
        record("U", '{"name":"r","type":"R"}'), references=(SchemaReference("R", f"{name}-r", 1),)
    )
    found = client.by_id(client.register(name, user).id)
    assert found.definition == user
    assert client.resolve(found.definition) == {"R": ONE}


def test_development_registry_has_modes_and_contexts(client: HttpRegistry, name: str) -> None:
    assert client.mode(name) == "READWRITE"
    client.set_mode("READONLY", name)
    assert client.mode(name) == "READONLY"
    assert client.mode() == "READWRITE"
    assert client.contexts() == ["."]


def test_development_registry_forgets_subjects(client: HttpRegistry, name: str) -> None:
    schema_id = client.register(name, ONE).id
    assert client.delete_subject(name) == [1]
    assert client.delete_subject(name, permanent=True) == [1]
    assert client.register(name, ONE).id >= schema_id
    with pytest.raises(RegistryAnswerError):
        client.version(name, 77)


@pytest.mark.parametrize("serializer", ["PrefixSchemaIdSerializer", "HeaderSchemaIdSerializer"])
def test_reader_finds_what_the_writer_registered(
    client: HttpRegistry, schema_registry: DevelopmentRegistry, name: str, serializer: str
) -> None:
    config = settings(schema_registry.url, value_schema_id_serializer=serializer)
    writer = SchemaWriter(client, config, is_key=False)
    reader = SchemaReader(client, config, is_key=False)
    writer.for_schema(name, "R", ONE)
    framed = writer.for_schema(name, "R", WIDER)
    headers = Headers()
    framed.add_to(name, headers)
    frame = reader.parse(name, headers, framed.prefix + b"payload")
    found = reader.schema(frame.key, name, "R")
    assert (found.definition, found.version, found.subject) == (WIDER, 2, f"{name}-value")
