# SPDX-License-Identifier: Apache-2.0
"""Makes the topic of dead letters.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/DeadLetterQueueReporter``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from barnabas.errors import ConnectError
from barnabas.runtime.pipeline.error_settings import DEAD_LETTER_TOPIC, REPLICATION_FACTOR

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["ensure_topic"]

_ADMIN_TIMEOUT_S: Final = 30.0

_logger = logging.getLogger(__name__)


def ensure_topic(open_admin: Callable[[], Admin], topic: str, replication_factor: int) -> None:
    """Create the topic of the dead letters, with one partition, unless it is there.

    Raises:
        ConnectError: That is not possible; says why.
    """
    from barnabas.kafka.admin import NewTopic

    try:
        with open_admin() as admin:
            if topic not in admin.topic_names(_ADMIN_TIMEOUT_S):
                wanted = NewTopic(topic, 1, replication_factor)
                admin.create_topics([wanted], _ADMIN_TIMEOUT_S)
                _logger.info("Created topic %s for dead letters", topic)
    except ConnectError as error:
        text = (
            f"Could not initialize dead letter queue with topic={topic}: {error.message}. Create "
            f"the topic yourself, or change {REPLICATION_FACTOR} ({replication_factor}) or "
            f"{DEAD_LETTER_TOPIC}"
        )
        raise ConnectError(text) from None
