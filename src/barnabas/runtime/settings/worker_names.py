# SPDX-License-Identifier: Apache-2.0
"""Who knows which names of a worker file below its own settings. Pure.

`unknown_worker_names` looks where `barnabas.runtime.settings.files` does not: under the prefixes
of clients, listeners, converters, providers and topics. A worker does not import the classes of
converters, so only the settings of those every worker has are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas.config import Config
from barnabas.runtime.settings.client_names import known_names
from barnabas.runtime.settings.client_table import Client
from barnabas.runtime.settings.enrichment import CONVERTERS, aliases
from barnabas.runtime.settings.sasl import SaslOptions
from barnabas.runtime.settings.tls import TlsOptions
from barnabas.runtime.settings.topic_names_table import TOPIC_SETTINGS
from barnabas.runtime.settings.unknown_names import Scope, unknown_name_warnings
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["converter_settings", "unknown_worker_names"]

_CLIENTS: Final = {
    "producer.": Client.PRODUCER,
    "consumer.": Client.CONSUMER,
    "admin.": Client.ADMIN,
}
_LISTENERS: Final = ("listeners.https.", "admin.listeners.https.")
_STORAGE: Final = {
    "config.storage.": ("topic", "replication.factor"),
    "offset.storage.": ("topic", "replication.factor", "partitions", "file.filename"),
    "status.storage.": ("topic", "replication.factor", "partitions"),
}
_PROVIDERS: Final = "config.providers."


def unknown_worker_names(config: WorkerConfig) -> list[str]:
    """Write one sentence for each name under a prefix that nobody knows."""
    props = {name: value for name, value in config.originals.items() if value is not None}
    known = config.definition().keys
    told = _misplaced(props)
    return [
        *told.values(),
        *unknown_name_warnings(props, _scopes(props), besides={*told, *known}),
    ]


def _misplaced(props: Mapping[str, Any]) -> dict[str, str]:
    """Settings of connectors in a worker file: a sentence by name."""
    told = {}
    for name in props:
        client = next((each for each in Client if name.startswith(each.value)), None)
        if client is not None:
            meant = name.replace(".override.", ".", 1)
            told[name] = (
                f"The setting {name} is one of connectors and has no effect in a worker file. Did "
                f"you mean {meant}?"
            )
        elif name.startswith("topic.creation.") and name != "topic.creation.enable":
            told[name] = (
                f"The setting {name} is one of connectors and has no effect in a worker file."
            )
    return told


def _scopes(props: Mapping[str, Any]) -> list[Scope]:
    tls = {*TlsOptions.definition().keys, "ssl.client.auth"}
    secured = {*known_names(Client.ADMIN), *SaslOptions.definition().keys, *tls}
    return [
        *(
            Scope(prefix, known_names(client), f"Kafka's {prefix[:-1]} client")
            for prefix, client in _CLIENTS.items()
        ),
        *(Scope(prefix, tls, "https listeners") for prefix in _LISTENERS),
        *(
            Scope(prefix, _under(prefix, secured), "Kafka's clients")
            for prefix in ("sasl.", "ssl.")
        ),
        *(
            Scope(
                prefix,
                {*names, *TOPIC_SETTINGS},
                "topics of Apache Kafka",
                consequence="and may keep brokers from creating the topic",
            )
            for prefix, names in _STORAGE.items()
        ),
        *_converters(props),
        *_providers(props),
    ]


def _under(prefix: str, names: set[str]) -> set[str]:
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def _converters(props: Mapping[str, Any]) -> list[Scope]:
    scopes = []
    for setting in CONVERTERS:
        settings = converter_settings(str(props.get(setting, "")))
        if settings is not None:
            names = {*settings.definition().keys, "plugin.version"}
            scopes.append(Scope(setting + ".", names, "JsonConverter"))
    return scopes


def converter_settings(name: str) -> type[Config] | None:
    """The settings of the converter every worker has; None for others."""
    if name.strip().rpartition(".")[2] not in ("Json", "JsonConverter"):
        return None
    from barnabas.converters.json.settings import JsonConverterConfig

    return JsonConverterConfig


def _providers(props: Mapping[str, Any]) -> list[Scope]:
    listed = aliases(str(props.get("config.providers", "")))
    return [
        Scope(f"{_PROVIDERS}{name}.", {"class"}, "config providers", ("param.",)) for name in listed
    ]
