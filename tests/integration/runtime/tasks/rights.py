# SPDX-License-Identifier: Apache-2.0
"""Bob, who may do only what he is allowed, on the cluster of the fixture ``strict``."""

from __future__ import annotations

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from tests.services.kafka import KafkaCluster

__all__ = ["LISTENER", "SETTINGS", "allow", "login"]

LISTENER = "LOGIN"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_PREFIX = f"listener.name.{LISTENER.lower()}."
SETTINGS = {
    f"{_PREFIX}sasl.enabled.mechanisms": "PLAIN",
    f"{_PREFIX}plain.sasl.jaas.config": f'{_PLAIN} required user_bob="pw";',
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}
"""Settings of the cluster."""


def login(*prefixes: str) -> dict[str, str]:
    """Settings of a worker whose clients of these kinds, such as ``producer.``, are Bob's."""
    settings = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{_PLAIN} required username="bob" password="pw";',
    }
    return {prefix + name: text for prefix in prefixes for name, text in settings.items()}


def allow(kafka: KafkaCluster, kind: ResourceType, name: str, operation: AclOperation) -> None:
    """Let Bob do something with something."""
    binding = AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        "User:bob",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
    kafka.admin.create_acls([binding])[binding].result()
