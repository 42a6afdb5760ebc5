# SPDX-License-Identifier: Apache-2.0
"""Warnings about settings of a worker that are legal but do not fit together. Pure.

What Java refuses is an error where the settings are declared; here is what Java starts with and
users regret: settings without effect, and those that make every task fail, lose records, or stand
in each other's way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from barnabas.errors import ConfigError
from barnabas.kafka import layering
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.enrichment import CONVERTERS, aliases
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.settings.worker_names import converter_settings, unknown_worker_names

__all__ = ["worker_warnings"]

Props = Mapping[str, str]

_PROVIDERS: Final = "config.providers"
_POLICY: Final = "connector.client.config.override.policy"
_ALLOWLIST: Final = "connector.client.config.override.allowlist"
_BACKOFFS: Final = (
    ("reconnect.backoff.ms", 50, "reconnect.backoff.max.ms", 1000),
    ("retry.backoff.ms", 100, "retry.backoff.max.ms", 1000),
    (
        "socket.connection.setup.timeout.ms",
        10_000,
        "socket.connection.setup.timeout.max.ms",
        30_000,
    ),
)
_NO_TIME: Final = {
    "offset.flush.interval.ms": "there is no pause between two commits of offsets; Java's source "
    "tasks fail with it",
    "offset.flush.timeout.ms": "no commit of offsets can succeed in no time",
    "task.shutdown.graceful.timeout.ms": "tasks are killed when they are to stop, before they "
    "commit their last offsets",
}
_TASK_CLIENTS: Final = {"producer": layering.task_producer, "consumer": layering.task_consumer}
_FOR_ALL_TASKS: Final = {
    "consumer.group.id": "makes all sink connectors one consumer group, so that they take each "
    "other's partitions; without it each has its own, connect-<name>",
    "consumer.group.instance.id": "gives all sink tasks one identity, so that only one of a group "
    "can be its member",
    "producer.transactional.id": "gives all tasks one identity, so that each fences the others; "
    "exactly-once delivery chooses one for each task",
}


def worker_warnings(config: WorkerConfig) -> list[str]:
    """Write one sentence for each thing that is probably not meant so."""
    props = {name: str(v).strip() for name, v in config.originals.items() if v is not None}
    checks: tuple[Callable[[WorkerConfig, Props], Iterator[str]], ...] = (
        _about_security,
        _about_clients,
        _about_converters,
        _about_providers,
        _about_overrides,
        _about_times,
        _about_listeners,
        _about_the_group,
    )
    found = itertools.chain.from_iterable(check(config, props) for check in checks)
    return [*unknown_worker_names(config), *found]


def _about_security(_config: WorkerConfig, props: Props) -> Iterator[str]:
    protocol = props.get("security.protocol", "PLAINTEXT")
    if protocol.upper() != "PLAINTEXT":
        lacking = [
            f"{client}.security.protocol"
            for client in ("producer", "consumer")
            if f"{client}.security.protocol" not in props
        ]
        if lacking:
            yield (
                f"security.protocol={protocol} holds for the worker's own clients only; those of "
                f"tasks speak PLAINTEXT without {' and '.join(lacking)} (and sasl.*, ssl.* with "
                "the same prefix)."
            )
    for prefix in ("", "producer.", "consumer.", "admin."):
        yield from _idle_security(prefix, props)


def _idle_security(prefix: str, props: Props) -> Iterator[str]:
    own = props.get(prefix + "security.protocol")
    if prefix == "admin." and own is None:
        own = props.get("security.protocol")
    protocol = (own or "PLAINTEXT").upper()
    if not protocol.startswith("SASL_"):
        names = [prefix + name for name in ("sasl.jaas.config", "sasl.mechanism")]
        given = [name for name in names if name in props]
        if given:
            yield (
                f"{' and '.join(given)}: no effect with {prefix}security.protocol={protocol}; "
                "SASL_SSL and SASL_PLAINTEXT log in."
            )
    if prefix and not protocol.endswith("SSL"):
        stores = sorted(name for name in props if name.startswith(prefix + "ssl."))
        if stores:
            yield (
                f"{', '.join(stores)}: no effect with {prefix}security.protocol={protocol}; SSL "
                "and SASL_SSL encrypt."
            )


def _about_clients(_config: WorkerConfig, props: Props) -> Iterator[str]:
    for name, why in _FOR_ALL_TASKS.items():
        if props.get(name):
            yield f"{name}={props[name]} {why}."
    if props.get("consumer.enable.auto.commit", "").lower() == "true":
        yield (
            "consumer.enable.auto.commit=true commits offsets before sinks have written their "
            "records, which are lost when a task fails: remove it."
        )
    if props.get("producer.acks") == "0":
        yield "producer.acks=0 loses records without anybody's notice: use all, the default."
    for prefix, client in _TASK_CLIENTS.items():
        try:
            client(props, {}, "any", 0).translate()
        except ConfigError as error:
            if f" {prefix}." in error.message:  # else it is the worker's own, and refused
                yield f"Tasks will fail to start: {error.message}"


def _about_converters(_config: WorkerConfig, props: Props) -> Iterator[str]:
    for setting in CONVERTERS:
        settings = converter_settings(props.get(setting, ""))
        if settings is None:
            continue
        own = {
            name.removeprefix(setting + "."): value
            for name, value in props.items()
            if name.startswith(setting + ".")
        }
        for value in settings.definition().validate({"converter.type": "value", **own}):
            for error in value.errors[:1]:
                yield f"Tasks with the worker's {setting} will fail to start: {error}"


def _about_providers(_config: WorkerConfig, props: Props) -> Iterator[str]:
    listed = aliases(props.get(_PROVIDERS))
    for name in listed:
        if name and f"{_PROVIDERS}.{name}.class" not in props:
            yield (
                f"{_PROVIDERS} names {name}, but {_PROVIDERS}.{name}.class is missing: references "
                f"${{{name}:…}} cannot be resolved."
            )
    for setting in props:
        rest = setting.removeprefix(_PROVIDERS + ".")
        name = rest.partition(".")[0]
        if rest != setting and rest.endswith(".class") and name not in listed:
            yield f"{setting}: no effect, because {_PROVIDERS} does not list {name}."


def _about_overrides(config: WorkerConfig, props: Props) -> Iterator[str]:
    policy = config.connector_client_config_override_policy
    is_allowlist = policy.rpartition(".")[2].startswith("Allowlist")
    if is_allowlist and not config.connector_client_config_override_allowlist:
        yield f"{_POLICY}={policy} allows nothing without {_ALLOWLIST}."
    if not is_allowlist and props.get(_ALLOWLIST):
        yield f"{_ALLOWLIST}: no effect with {_POLICY}={policy}; it belongs to Allowlist."


def _about_times(config: WorkerConfig, props: Props) -> Iterator[str]:
    timeout_ms, interval_ms = config.offset_flush_timeout_ms, config.offset_flush_interval_ms
    if timeout_ms > interval_ms > 0 and "offset.flush.timeout.ms" in props:
        yield (
            f"offset.flush.timeout.ms ({timeout_ms}) is longer than offset.flush.interval.ms "
            f"({interval_ms}): the next commit is due before this one is given up."
        )
    for name, why in _NO_TIME.items():
        if config[name] <= 0:
            yield f"{name}={config[name]}: {why}."
    for first, first_ms, most, most_ms in _BACKOFFS:
        start, end = _number(props, first, first_ms), _number(props, most, most_ms)
        if most in props and start > end:
            yield f"{first} ({start}) is greater than {most} ({end}): each wait takes {end} ms."


def _number(props: Props, name: str, default: int) -> int:
    text = props.get(name, "")
    return int(text) if text.isdecimal() else default


def _about_listeners(config: WorkerConfig, props: Props) -> Iterator[str]:
    given = [str(item).strip().lower() for item in config.listeners]
    for setting, own in (("listeners", given), ("admin.listeners", _admin(config))):
        names = sorted(name for name in props if name.startswith(setting + ".https."))
        if names and not any(item.startswith("https:") for item in own):
            yield f"{', '.join(names)}: no effect, because {setting} has no https address."


def _admin(config: WorkerConfig) -> list[str]:
    return [str(item).strip().lower() for item in config.admin_listeners or []]


def _about_the_group(config: WorkerConfig, props: Props) -> Iterator[str]:
    if not isinstance(config, DistributedConfig):
        support = props.get("exactly.once.source.support", "disabled")
        if support.lower() != "disabled":
            yield (
                f"exactly.once.source.support={support}: no effect on a standalone worker, which "
                "delivers at least once."
            )
        return
    yield from _about_membership(config)
    yield from _about_protocol(config, props)
    yield from _about_exactly_once(config, props)


def _about_membership(config: DistributedConfig) -> Iterator[str]:
    beat_ms, session_ms = config.heartbeat_interval_ms, config.session_timeout_ms
    if 3 * beat_ms > session_ms:
        yield (
            f"heartbeat.interval.ms ({beat_ms}) is more than a third of session.timeout.ms "
            f"({session_ms}): one lost sign of life may cost this worker its membership."
        )
    stop_ms, rejoin_ms = config.task_shutdown_graceful_timeout_ms, config.rebalance_timeout_ms
    if stop_ms >= rejoin_ms:
        yield (
            f"task.shutdown.graceful.timeout.ms ({stop_ms}) is not less than rebalance.timeout.ms "
            f"({rejoin_ms}): a worker that waits for a slow task is put out of the group."
        )


def _about_protocol(config: DistributedConfig, props: Props) -> Iterator[str]:
    protocol = config.connect_protocol.lower()
    delay = "scheduled.rebalance.max.delay.ms"
    if protocol == "eager" and delay in props:
        yield f"{delay}: no effect with connect.protocol=eager."
    if protocol == "sessioned":
        return
    yield (
        f"connect.protocol={protocol}: requests between workers are not signed, so that anybody "
        "who reaches the listeners can change the tasks of connectors. Use sessioned, the default."
    )
    keys = sorted(name for name in props if name.startswith("inter.worker."))
    if keys:
        yield f"{', '.join(keys)}: no effect with connect.protocol={protocol}."


def _about_exactly_once(config: DistributedConfig, props: Props) -> Iterator[str]:
    if not config.is_exactly_once_enabled:
        return
    if props.get("producer.enable.idempotence", "").lower() == "false":
        yield (
            "producer.enable.idempotence=false: no effect with "
            "exactly.once.source.support=enabled, which needs it."
        )
