# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.kafka import layering
from barnabas.kafka.client_settings import ClientKind

WORKER = {
    "bootstrap.servers": "kafka:9092",
    "group.id": "workers",
    "key.converter": "x",
    "security.protocol": "SSL",
    "producer.linger.ms": "7",
    "producer.security.protocol": "PLAINTEXT",
    "consumer.max.poll.records": "9",
    "admin.retries": "3",
}
IN_FLIGHT = "max.in.flight.requests.per.connection"


def test_a_task_producer_has_javas_id_and_guarantees() -> None:
    values = layering.task_producer(WORKER, {}, "orders", 2).values
    assert values["client.id"] == "connector-producer-orders-2"
    assert values["bootstrap.servers"] == "kafka:9092"
    assert values["acks"] == "all"
    assert values["delivery.timeout.ms"] == "2147483647"


def test_worker_keys_without_a_prefix_do_not_reach_tasks() -> None:
    assert layering.task_producer(WORKER, {}, "o", 0).values["security.protocol"] == "PLAINTEXT"
    assert "security.protocol" not in layering.task_consumer(WORKER, {}, "o", 0).values


def test_a_connectors_override_beats_the_worker() -> None:
    config = {"producer.override.linger.ms": "1", "producer.override.client.id": "mine"}
    properties = layering.task_producer(WORKER, config, "o", 0)
    assert properties.values["linger.ms"] == "1"
    assert properties.client_id == "mine"
    assert properties.origins["linger.ms"] == "producer.override.linger.ms"


def test_a_task_consumer_reads_for_the_connectors_group() -> None:
    values = layering.task_consumer(WORKER, {"consumer.override.group.id": "g"}, "o", 1).values
    assert layering.task_consumer(WORKER, {}, "o", 1).values["group.id"] == "connect-o"
    assert values["group.id"] == "g"
    assert values["client.id"] == "connector-consumer-o-1"
    assert values["enable.auto.commit"] == "false"
    assert values["auto.offset.reset"] == "earliest"
    assert values["max.poll.records"] == "9"


def test_an_admin_gets_the_workers_own_client_settings() -> None:
    properties = layering.admin(
        WORKER, "connector-adminclient-o-0", {"admin.override.retries": "5"}
    )
    assert dict(properties.values) == {
        "client.id": "connector-adminclient-o-0",
        "bootstrap.servers": "kafka:9092",
        "security.protocol": "SSL",
        "retries": "5",
    }


def test_a_workers_client_id_beats_the_admins() -> None:
    assert layering.admin({**WORKER, "client.id": "w"}, "a").client_id == "w"


def test_a_client_of_the_worker_insists_on_its_own_settings() -> None:
    own = {"enable.auto.commit": "false", "group.id": "forced"}
    values = layering.internal_client(WORKER, ClientKind.CONSUMER, own).values
    assert values["group.id"] == "forced"
    assert values["security.protocol"] == "SSL"
    assert "key.converter" not in values


def test_dead_letters_have_a_producer_of_their_own() -> None:
    properties = layering.dead_letter_producer(WORKER, {"producer.override.acks": "all"}, "o", 3)
    assert properties.client_id == "connector-dlq-producer-o-3"


def order(**override: str) -> tuple[str | None, str | None]:
    config = {f"producer.override.{k.replace('_', '.')}": v for k, v in override.items()}
    values = layering.task_producer(WORKER, config, "o", 0).values
    return values.get("enable.idempotence"), values.get(IN_FLIGHT)


def test_a_task_producer_is_idempotent() -> None:
    assert order() == ("true", None)
    assert order(max_in_flight_requests_per_connection="3") == ("true", "3")


def test_without_idempotence_one_request_at_a_time_keeps_the_order() -> None:
    assert order(enable_idempotence="false") == ("false", "1")
    assert order(acks="1") == ("false", "1")
    assert order(retries="0") == ("false", "1")


def test_a_users_choice_of_requests_under_way_is_kept() -> None:
    many = {"max_in_flight_requests_per_connection": "50"}
    assert order(**many) == ("false", "50")
    assert order(enable_idempotence="false", **many) == ("false", "50")


def test_a_users_contradiction_is_left_for_the_client_to_tell() -> None:
    assert order(enable_idempotence="true", acks="1") == ("true", None)


def test_a_transactional_producer_cannot_be_changed() -> None:
    config = {"producer.override.transactional.id": "mine"}
    properties = layering.task_producer(WORKER, config, "o", 0, transactional_id="g-o-0")
    assert properties.values["transactional.id"] == "g-o-0"
    assert properties.values["enable.idempotence"] == "true"


def test_tuning_gives_way_to_the_user() -> None:
    config = {
        "producer.override.buffer.memory": "1048576",
        "producer.override.batch.size": "0",
        "producer.override.reconnect.backoff.max.ms": "20",
    }
    settings = layering.task_producer(WORKER, config, "o", 0).translate().settings
    assert settings["queue.buffering.max.kbytes"] == "1024"
    assert settings["batch.num.messages"] == "1"
    assert settings["reconnect.backoff.ms"] == settings["reconnect.backoff.max.ms"] == "20"
    assert settings["linger.ms"] == "7"
    assert settings["partitioner"] == "murmur2_random"


def test_a_consumers_tuning_is_javas_where_it_shows() -> None:
    settings = layering.task_consumer(WORKER, {}, "o", 0).translate().settings
    assert settings["isolation.level"] == "read_uncommitted"
    assert settings["allow.auto.create.topics"] == "true"


def test_clients_push_metrics_to_brokers_only_when_told() -> None:
    config = {"producer.override.enable.metrics.push": "true"}
    told = layering.task_producer(WORKER, config, "o", 0).translate().settings
    others = [
        layering.task_producer(WORKER, {}, "o", 0),
        layering.task_consumer(WORKER, {}, "o", 0),
    ]
    assert told["enable.metrics.push"] == "true"
    assert [other.translate().settings["enable.metrics.push"] for other in others] == ["false"] * 2


def test_properties_can_be_changed_in_a_copy() -> None:
    properties = layering.task_consumer(WORKER, {}, "o", 0)
    assert properties.with_values(group_id="other").values["group.id"] == "other"
    assert properties.values["group.id"] == "connect-o"


def test_properties_do_not_print_their_values() -> None:
    config = {"producer.override.sasl.password": "hunter2"}
    assert "hunter2" not in repr(layering.task_producer(WORKER, config, "o", 0))


def test_an_admin_client_can_reach_the_cluster_of_a_producer() -> None:
    config = {
        "producer.override.bootstrap.servers": "other:9092",
        "producer.override.security.protocol": "SSL",
        "producer.override.linger.ms": "7",
    }
    properties = layering.task_producer(WORKER, config, "c", 0).for_admin()
    assert properties.kind is ClientKind.ADMIN
    assert properties.bootstrap_servers == "other:9092"
    assert properties.values["security.protocol"] == "SSL"
    assert not {"linger.ms", "acks", "enable.idempotence"} & properties.values.keys()
    assert properties.translate().unsupported == ()
