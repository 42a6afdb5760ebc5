# SPDX-License-Identifier: Apache-2.0
"""Task configurations as the framework completes and stores them. Pure functions.

Source:
    Apache Kafka ``Worker.connectorTaskConfigs``, ``AbstractHerder.reverseTransform``; reference
    page *Group protocol*, ``reconfigureConnector``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from barnabas.errors import ConfigError
from barnabas.runtime.settings.references import has_reference

__all__ = [
    "TASK_CLASS",
    "check_task_count",
    "complete_task_configs",
    "literal_tasks_max",
    "task_class_name",
]

TASK_CLASS: Final = "task.class"
_COPIED: Final = ("topics", "topics.regex")


def complete_task_configs(
    configs: Sequence[Mapping[str, str]],
    connector_config: Mapping[str, str | None],
    task_class: str,
) -> list[dict[str, str]]:
    """Add what the framework needs to a connector's task configurations.

    ``task.class`` is set, ``topics`` and ``topics.regex`` are copied from the connector. A value
    whose key holds a reference to a config provider in the connector's configuration becomes that
    reference again, so that no secret is stored.

    Args:
        configs: What the connector returned.
        connector_config: Its configuration, references unresolved.
        task_class: Text for ``task.class``.
    """
    references = {
        key: value
        for key, value in connector_config.items()
        if value is not None and has_reference(value)
    }
    copied = {key: value for key in _COPIED if (value := connector_config.get(key)) is not None}
    completed = [{**config, TASK_CLASS: task_class, **copied} for config in configs]
    return [
        {key: references.get(key, value) for key, value in config.items()} for config in completed
    ]


def task_class_name(connector_class: str, location: str) -> str:
    """Choose the text for ``task.class``.

    Java's plugins name the task like the connector: ``…FileStreamSourceConnector`` has
    ``…FileStreamSourceTask``. A plugin that stands for such a class stores that name, so that Java
    workers in the same cluster can run the task; others store where our class is.

    Args:
        connector_class: Full class name of the connector's plugin.
        location: ``module:qualified.name`` of the task class.
    """
    stem = connector_class.removesuffix("Connector")
    is_python = ":" in connector_class or location.startswith(connector_class.rpartition(".")[0])
    if is_python or stem == connector_class:
        return location
    return f"{stem}Task"


def check_task_count(connector: str, count: int, tasks_max: int) -> None:
    """Raise when a connector has made more tasks than it may.

    Raises:
        ConfigError: It has.
    """
    if count > tasks_max:
        text = (
            f"The connector {connector} has generated {count} tasks, which is greater than "
            f"{tasks_max}, the maximum number of tasks it is configured to create. Raise tasks.max "
            "to allow for them. This is a mistake of the connector; until it is mended, "
            "tasks.max.enforce=false lets all of them run."
        )
        raise ConfigError(text)


def literal_tasks_max(connector_config: Mapping[str, str | None]) -> int | None:
    """Read ``tasks.max`` if it is enforced and written as a number.

    A reference to a config provider gives None: what it stands for is known in runners only.
    """
    if (connector_config.get("tasks.max.enforce") or "true").strip().lower() == "false":
        return None
    text = (connector_config.get("tasks.max") or "1").strip()
    return int(text) if text.isdecimal() else None
