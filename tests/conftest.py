# SPDX-License-Identifier: Apache-2.0
"""Services and marks for all tests."""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import TypeVar

import pytest
from hypothesis import settings

from barnabas.telemetry.logs import FORMAT_VARIABLE
from tests.services.database_server import DatabaseServer, ServerDatabase
from tests.services.hdfs import HdfsCluster, HdfsClusterFactory
from tests.services.kafka import KafkaCluster, KafkaClusterFactory
from tests.services.mariadb import MariaDB
from tests.services.postgresql import PostgreSQL
from tests.services.registry import DevelopmentRegistry
from tests.services.s3 import S3Server

# A law is not broken because the machine is busy; the time limit of tests ends one that hangs.
settings.register_profile("barnabas", deadline=None)
settings.load_profile("barnabas")

Server = TypeVar("Server", bound=DatabaseServer)


@pytest.fixture(autouse=True)
def log_format_of_its_own() -> Iterator[None]:
    """Keep the log format a test chooses from the programs later tests start."""
    before = os.environ.get(FORMAT_VARIABLE)
    yield
    if before is None:
        os.environ.pop(FORMAT_VARIABLE, None)
    else:
        os.environ[FORMAT_VARIABLE] = before


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """One broker for the whole session: use names of your own and never stop it."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def shared_spare_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """The broker behind `spare_kafka`; started by the first test that asks for that."""
    settings = {"auto.create.topics.enable": "false"}
    cluster = KafkaCluster(tmp_path_factory.mktemp("spare-kafka"), settings=settings)
    yield cluster
    cluster.stop()


@pytest.fixture
def spare_kafka(shared_spare_kafka: KafkaCluster) -> Iterator[KafkaCluster]:
    """A broker that a test may stop, kill, pause and start again; it creates no topic by itself.

    Other tests use it before and after: use names of your own.
    """
    (broker,) = shared_spare_kafka.brokers
    if broker.is_running:
        broker.resume()
    shared_spare_kafka.start()
    yield shared_spare_kafka
    if broker.starter is not threading.current_thread():
        broker.kill()  # or it ended some time in the next test, with the thread of this one


@pytest.fixture
def kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaClusterFactory]:
    """Start clusters of the test's own: ``kafka_cluster(brokers=3, settings={…})``."""
    started: list[KafkaCluster] = []

    def start(
        *,
        brokers: int = 1,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
    ) -> KafkaCluster:
        folder = tmp_path_factory.mktemp("kafka")
        cluster = KafkaCluster(folder, brokers=brokers, settings=settings, listeners=listeners)
        started.append(cluster)
        cluster.start()
        return cluster

    yield start
    for cluster in started:
        cluster.stop()


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HdfsCluster]:
    """One HDFS for the whole session: use directories of your own and never stop it."""
    cluster = HdfsCluster(tmp_path_factory.mktemp("hdfs"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def shared_spare_hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HdfsCluster]:
    """The daemons behind `spare_hdfs`; started by the first test that asks for that."""
    cluster = HdfsCluster(tmp_path_factory.mktemp("spare-hdfs"))
    yield cluster
    cluster.stop()


@pytest.fixture
def spare_hdfs(shared_spare_hdfs: HdfsCluster) -> Iterator[HdfsCluster]:
    """HDFS whose daemons a test may stop, kill, pause and start again.

    Other tests use it before and after: use directories of your own.
    """
    shared_spare_hdfs.start()
    yield shared_spare_hdfs
    shared_spare_hdfs.revive()


@pytest.fixture
def hdfs_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HdfsClusterFactory]:
    """Start HDFS of the test's own: ``hdfs_cluster(data_nodes=3, settings={…})``."""
    started: list[HdfsCluster] = []

    def start(*, data_nodes: int = 1, settings: Mapping[str, str] | None = None) -> HdfsCluster:
        folder = tmp_path_factory.mktemp("hdfs")
        started.append(HdfsCluster(folder, data_nodes=data_nodes, settings=settings))
        started[-1].start()
        return started[-1]

    yield start
    for cluster in started:
        cluster.stop()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server of S3's protocol for the whole session: use buckets of your own, never stop it."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def spare_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server that the test may kill and start again."""
    server = S3Server(tmp_path_factory.mktemp("spare-s3"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def schema_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevelopmentRegistry]:
    """One development registry in memory for the whole session: use subjects of your own.

    Its compatibility level is BACKWARD; never change the level or mode of the registry as a whole.
    """
    with DevelopmentRegistry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One PostgreSQL for the whole session: use databases of your own and never stop it."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """One MariaDB for the whole session: use databases of your own and never stop it."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def shared_spare_postgresql() -> Iterator[PostgreSQL]:
    """The server behind `spare_postgresql`; started by the first test that asks for that."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def shared_spare_mariadb() -> Iterator[MariaDB]:
    """The server behind `spare_mariadb`; started by the first test that asks for that."""
    with MariaDB() as server:
        yield server


@pytest.fixture
def spare_postgresql(shared_spare_postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """A PostgreSQL that a test may stop, kill, pause and start again; use your own databases."""
    yield from _whatever_happens(shared_spare_postgresql)


@pytest.fixture
def spare_mariadb(shared_spare_mariadb: MariaDB) -> Iterator[MariaDB]:
    """A MariaDB that a test may stop, kill, pause and start again; use your own databases."""
    yield from _whatever_happens(shared_spare_mariadb)


@pytest.fixture
def postgresql_database(postgresql: PostgreSQL) -> Iterator[ServerDatabase]:
    """An empty database of the test's own on the shared PostgreSQL."""
    with postgresql.new_database() as database:
        yield database


@pytest.fixture
def mariadb_database(mariadb: MariaDB) -> Iterator[ServerDatabase]:
    """An empty database of the test's own on the shared MariaDB."""
    with mariadb.new_database() as database:
        yield database


def _whatever_happens(server: Server) -> Iterator[Server]:
    if server.is_running:
        server.resume()
    server.start()
    yield server
    if server.starter is not threading.current_thread():
        server.kill()  # or it ended some time in the next test, with the thread of this one


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name no other test and no earlier run uses, for topics, groups and connectors."""
    test = re.sub(r"[^A-Za-z0-9_-]", "-", request.node.name)
    return f"{test[:80]}-{uuid.uuid4().hex[:8]}"
