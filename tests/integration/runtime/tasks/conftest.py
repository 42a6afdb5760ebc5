# SPDX-License-Identifier: Apache-2.0
"""A cluster with rights, for all tests of tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.runtime.tasks import rights
from tests.services.kafka import KafkaCluster


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """A cluster where Bob may do only what he is allowed; see `rights`."""
    cluster = KafkaCluster(
        tmp_path_factory.mktemp("strict"),
        listeners={rights.LISTENER: "SASL_PLAINTEXT"},
        settings=rights.SETTINGS,
    )
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
