# SPDX-License-Identifier: Apache-2.0
"""Settings of Kafka's clients in the configuration of a connector: do they have an effect? Pure.

Java takes any name under ``producer.override.`` without a word and finds out about wrong values
when the task starts. Here the clients' settings are translated as a task would, so that a user is
told what the task would say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from barnabas.errors import ConfigError
from barnabas.kafka import layering
from barnabas.kafka.client_settings import ClientKind, is_client_setting
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.librdkafka_table import PROPERTIES
from barnabas.runtime.settings.client_table import Client, client_definition
from barnabas.runtime.settings.unknown_names import Scope

__all__ = ["client_scopes", "known_names", "override_warnings", "unprefixed_warnings"]

_KINDS: Final = {
    Client.PRODUCER: ClientKind.PRODUCER,
    Client.CONSUMER: ClientKind.CONSUMER,
    Client.ADMIN: ClientKind.ADMIN,
}
_UNMISTAKABLE: Final = {
    **dict.fromkeys(
        (
            "auto.offset.reset",
            "fetch.max.bytes",
            "fetch.min.bytes",
            "max.partition.fetch.bytes",
            "max.poll.interval.ms",
            "max.poll.records",
        ),
        Client.CONSUMER,
    ),
    **dict.fromkeys(("buffer.memory", "linger.ms", "max.request.size"), Client.PRODUCER),
}
"""Names that mean nothing but a setting of a client; people forget the prefix."""


def known_names(client: Client) -> set[str]:
    """The names a client knows, Java's and those of librdkafka."""
    kind = _KINDS[client]
    native = {name for name in PROPERTIES if is_client_setting(name, kind)}
    return {*client_definition(client).keys, *native}


def client_scopes() -> list[Scope]:
    """The names each client knows under its prefix."""
    return [
        Scope(client.value, known_names(client), f"Kafka's {kind.value} client")
        for client, kind in _KINDS.items()
    ]


def override_warnings(
    props: Mapping[str, str | None],
    worker: Mapping[str, object],
    used: Collection[Client],
    *,
    is_sink: bool,
) -> list[str]:
    """Say which overrides have no effect, and which would keep a task from starting.

    Args:
        props: The connector's configuration, references to config providers resolved.
        worker: The worker's settings as given.
        used: The clients a task will have.
        is_sink: Whether it is a sink.
    """
    warnings: list[str] = []
    for client in Client:
        names = [name for name in props if name.startswith(client.value)]
        if not names:
            continue
        if client in used:
            warnings += _of_used(client, props, worker)
        else:
            warnings.append(_of_unused(client, names, is_sink=is_sink))
    return warnings


def _of_unused(client: Client, names: list[str], *, is_sink: bool) -> str:
    kind, role = _KINDS[client].value, "sink" if is_sink else "source"
    return (
        f"{', '.join(names)}: no effect, because this {role} has no {kind} client; "
        f"{_NEEDS[is_sink][client]}."
    )


_NEEDS: Final[Mapping[bool, Mapping[Client, str]]] = {
    True: {
        Client.PRODUCER: "one comes with errors.deadletterqueue.topic.name",
        Client.CONSUMER: "",
        Client.ADMIN: "one comes with errors.deadletterqueue.topic.name",
    },
    False: {
        Client.PRODUCER: "",
        Client.CONSUMER: "one comes with offsets.storage.topic and with exactly-once delivery",
        Client.ADMIN: "one comes with topic.creation.* and with offsets.storage.topic",
    },
}


def _of_used(
    client: Client, props: Mapping[str, str | None], worker: Mapping[str, object]
) -> Iterator[str]:
    own = {name: value for name, value in props.items() if value is not None}
    given = {name: str(value) for name, value in worker.items() if value is not None}
    try:
        translation = _properties(client, given, own).translate()
    except ConfigError as error:
        yield f"The tasks will fail to start: {error.message}"
        return
    for name in translation.unsupported:
        if name.startswith(client.value) and _is_known(client, name):
            yield f"The setting {name} has no counterpart in librdkafka and is ignored."
    yield from (note for note in translation.notes if note.startswith(client.value))


def _is_known(client: Client, name: str) -> bool:
    return is_client_setting(name.removeprefix(client.value), _KINDS[client])


def _properties(
    client: Client, worker: Mapping[str, str], config: Mapping[str, str]
) -> ClientProperties:
    name = config.get("name", "")
    if client is Client.PRODUCER:
        return layering.task_producer(worker, config, name, 0)
    if client is Client.CONSUMER:
        return layering.task_consumer(worker, config, name, 0)
    return layering.admin(worker, f"connector-adminclient-{name}-0", config)


def unprefixed_warnings(props: Mapping[str, str | None], known: Collection[str]) -> dict[str, str]:
    """Say which names would be settings of a client if ``…override.`` stood before them.

    Returns:
        A sentence by name.
    """
    found = {}
    for name in props:
        meant = None if name in known else _meant(name)
        if meant is not None and meant not in props:
            found[name] = (
                f"The setting {name} is not known to connectors. Did you mean {meant}, for "
                "Kafka's client?"
            )
    return found


def _meant(name: str) -> str | None:
    if name in _UNMISTAKABLE:
        return _UNMISTAKABLE[name].value + name
    for client, kind in _KINDS.items():
        prefix = kind.value + "."
        rest = name.removeprefix(prefix)
        if name.startswith(prefix) and not name.startswith(client.value):
            return client.value + rest if is_client_setting(rest, kind) else None
    return None
