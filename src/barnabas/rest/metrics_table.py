# SPDX-License-Identifier: Apache-2.0
"""What each metric is: its group, its attribute on Java's workers, its unit, its meaning.

Names are those that the rules of Strimzi make Prometheus's JMX exporter give (``docs/adr``,
*Metrics have the names of the JMX exporter*). ``docs/metrics.md`` is this table for people; a test
keeps them alike. What a worker measures and is not here is not shown.

Source:
    Apache Kafka ``ConnectMetricsRegistry``; reference page *Runtime semantics*, section 10.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "CLIENTS",
    "CONNECTORS",
    "COORDINATOR",
    "GROUPS",
    "PREDICATES",
    "PROCESSES",
    "REBALANCES",
    "TASKS",
    "TASK_COUNTS",
    "TRANSFORMS",
    "WORKER",
    "Attribute",
    "Group",
]


class Attribute(NamedTuple):
    """One metric."""

    name: str
    """Of the attribute in Java."""
    unit: str
    """Of its values; ``text`` for texts, which are shown as a label of a sample with value 1."""
    help: str
    """What it means, in one line."""


class Group(NamedTuple):
    """Metrics that belong together."""

    type: str
    """Java's name of the group: property ``type`` of its MBeans; our own groups have none."""
    prefix: str
    """What the names of its metrics begin with."""
    attributes: tuple[Attribute, ...]

    def family_name(self, attribute: Attribute) -> str:
        """Name of a metric's samples."""
        return f"{self.prefix}_{attribute.name.replace('-', '_')}"


WORKER: Final = Group(
    "connect-worker-metrics",
    "kafka_connect_worker",
    (
        Attribute("connector-count", "connectors", "Connectors this worker runs."),
        Attribute("task-count", "tasks", "Tasks this worker runs."),
        Attribute(
            "connector-startup-attempts-total", "starts", "Starts of connectors that have ended."
        ),
        Attribute(
            "connector-startup-success-total", "starts", "Starts of connectors that succeeded."
        ),
        Attribute(
            "connector-startup-success-percentage",
            "0 to 1",
            "Part of the last minute's starts of connectors that succeeded.",
        ),
        Attribute("connector-startup-failure-total", "starts", "Starts of connectors that failed."),
        Attribute(
            "connector-startup-failure-percentage",
            "0 to 1",
            "Part of the last minute's starts of connectors that failed.",
        ),
        Attribute("task-startup-attempts-total", "starts", "Starts of tasks that have ended."),
        Attribute("task-startup-success-total", "starts", "Starts of tasks that succeeded."),
        Attribute(
            "task-startup-success-percentage",
            "0 to 1",
            "Part of the last minute's starts of tasks that succeeded.",
        ),
        Attribute("task-startup-failure-total", "starts", "Starts of tasks that failed."),
        Attribute(
            "task-startup-failure-percentage",
            "0 to 1",
            "Part of the last minute's starts of tasks that failed.",
        ),
    ),
)

TASK_COUNTS: Final = Group(
    "connect-worker-metrics",
    "kafka_connect_worker",
    (
        Attribute("connector-total-task-count", "tasks", "Tasks of the connector with a status."),
        Attribute("connector-running-task-count", "tasks", "Tasks of the connector that run."),
        Attribute("connector-paused-task-count", "tasks", "Tasks of the connector that pause."),
        Attribute("connector-failed-task-count", "tasks", "Tasks of the connector that failed."),
        Attribute(
            "connector-unassigned-task-count", "tasks", "Tasks of the connector no worker runs."
        ),
        Attribute(
            "connector-destroyed-task-count", "tasks", "Tasks of the connector that were deleted."
        ),
        Attribute(
            "connector-restarting-task-count",
            "tasks",
            "Tasks of the connector that are being restarted.",
        ),
    ),
)

REBALANCES: Final = Group(
    "connect-worker-rebalance-metrics",
    "kafka_connect_worker_rebalance",
    (
        Attribute("connect-protocol", "text", "Protocol of the last rebalance."),
        Attribute("leader-name", "text", "Address of the group's leader."),
        Attribute("epoch", "number", "Generation of the group this worker is in, -1 for none."),
        Attribute("completed-rebalances-total", "rebalances", "Rebalances of this worker."),
        Attribute("rebalancing", "0 or 1", "Whether this worker is rebalancing."),
        Attribute("rebalance-max-time-ms", "ms", "Time the longest rebalance took."),
        Attribute("rebalance-avg-time-ms", "ms", "Time rebalances took on average."),
        Attribute(
            "time-since-last-rebalance-ms", "ms", "Time since the last rebalance, +Inf for none."
        ),
    ),
)

COORDINATOR: Final = Group(
    "connect-coordinator-metrics",
    "kafka_connect_coordinator",
    (
        Attribute("assigned-connectors", "connectors", "Connectors assigned to this worker."),
        Attribute("assigned-tasks", "tasks", "Tasks assigned to this worker."),
        Attribute("heartbeat-total", "heartbeats", "Heartbeats that were answered."),
        Attribute("heartbeat-rate", "per second", "Heartbeats answered in the last minute."),
        Attribute(
            "heartbeat-response-time-max", "ms", "Longest time a heartbeat took, last minute."
        ),
        Attribute(
            "last-heartbeat-seconds-ago", "s", "Time since the last heartbeat, +Inf for none."
        ),
        Attribute("join-total", "requests", "Answered requests to join the group."),
        Attribute("join-rate", "per second", "Requests to join in the last minute."),
        Attribute("join-time-avg", "ms", "Time requests to join took on average, last minute."),
        Attribute("join-time-max", "ms", "Longest time a request to join took, last minute."),
        Attribute("sync-total", "requests", "Answered requests for the assignment."),
        Attribute("sync-rate", "per second", "Requests for the assignment in the last minute."),
        Attribute(
            "sync-time-avg", "ms", "Time requests for the assignment took on average, last minute."
        ),
        Attribute(
            "sync-time-max", "ms", "Longest time a request for the assignment took, last minute."
        ),
        Attribute("rebalance-total", "rebalances", "Rebalances of this worker."),
        Attribute("rebalance-rate-per-hour", "per hour", "Rebalances in the last hour."),
        Attribute("rebalance-latency-total", "ms", "Time all rebalances took together."),
        Attribute("rebalance-latency-avg", "ms", "Time rebalances took on average, last minute."),
        Attribute("rebalance-latency-max", "ms", "Time the longest rebalance took, last minute."),
        Attribute("last-rebalance-seconds-ago", "s", "Time since the last rebalance."),
        Attribute("failed-rebalance-total", "rebalances", "Tries to rebalance that failed."),
        Attribute(
            "failed-rebalance-rate-per-hour",
            "per hour",
            "Tries to rebalance that failed in the last hour.",
        ),
    ),
)

CONNECTORS: Final = Group(
    "connector-metrics",
    "kafka_connect_connector",
    (
        Attribute("status", "text", "State of the connector, in lower case."),
        Attribute("connector-class", "text", "Class of the connector."),
        Attribute("connector-type", "text", "What the connector is: source or sink."),
        Attribute("connector-version", "text", "Version of the connector."),
    ),
)

TASKS: Final = (
    Group(
        "connector-task-metrics",
        "kafka_connect_connector_task",
        (
            Attribute("status", "text", "State of the task, in lower case."),
            Attribute("running-ratio", "0 to 1", "Part of the last minute the task ran."),
            Attribute("pause-ratio", "0 to 1", "Part of the last minute the task paused."),
            Attribute("batch-size-max", "records", "Size of the largest batch, last minute."),
            Attribute("batch-size-avg", "records", "Average size of batches, last minute."),
            Attribute(
                "offset-commit-max-time-ms",
                "ms",
                "Longest time an offset commit took, last minute.",
            ),
            Attribute(
                "offset-commit-avg-time-ms",
                "ms",
                "Time offset commits took on average, last minute.",
            ),
            Attribute(
                "offset-commit-success-percentage",
                "0 to 1",
                "Part of the last minute's offset commits that succeeded.",
            ),
            Attribute(
                "offset-commit-failure-percentage",
                "0 to 1",
                "Part of the last minute's offset commits that failed.",
            ),
            Attribute("connector-class", "text", "Class of the task's connector."),
            Attribute("connector-type", "text", "What the task's connector is: source or sink."),
            Attribute("connector-version", "text", "Version of the task's connector."),
            Attribute("task-class", "text", "Class of the task."),
            Attribute("task-version", "text", "Version of the task, as it says."),
            Attribute("key-converter-class", "text", "Class of the key converter."),
            Attribute("key-converter-version", "text", "Version of the key converter."),
            Attribute("value-converter-class", "text", "Class of the value converter."),
            Attribute("value-converter-version", "text", "Version of the value converter."),
            Attribute("header-converter-class", "text", "Class of the header converter."),
            Attribute("header-converter-version", "text", "Version of the header converter."),
        ),
    ),
    Group(
        "source-task-metrics",
        "kafka_connect_source_task",
        (
            Attribute("source-record-poll-total", "records", "Records the task polled."),
            Attribute("source-record-poll-rate", "per second", "Records polled, last minute."),
            Attribute(
                "source-record-write-total",
                "records",
                "Records handed to the producer, those left out before excepted.",
            ),
            Attribute(
                "source-record-write-rate",
                "per second",
                "Records handed to the producer, last minute.",
            ),
            Attribute("poll-batch-max-time-ms", "ms", "Longest time a poll took, last minute."),
            Attribute("poll-batch-avg-time-ms", "ms", "Time polls took on average, last minute."),
            Attribute(
                "source-record-active-count",
                "records",
                "Records the broker has yet to acknowledge.",
            ),
            Attribute(
                "source-record-active-count-max",
                "records",
                "Most records the broker had yet to acknowledge, last minute.",
            ),
            Attribute(
                "source-record-active-count-avg",
                "records",
                "Records the broker had yet to acknowledge on average, last minute.",
            ),
            Attribute(
                "transaction-size-min",
                "records",
                "Size of the smallest transaction since the task started.",
            ),
            Attribute(
                "transaction-size-max", "records", "Size of the largest transaction, last minute."
            ),
            Attribute(
                "transaction-size-avg", "records", "Average size of transactions, last minute."
            ),
        ),
    ),
    Group(
        "sink-task-metrics",
        "kafka_connect_sink_task",
        (
            Attribute("partition-count", "partitions", "Partitions the task reads."),
            Attribute(
                "sink-record-lag-max",
                "records",
                "Records the partition that is behind most is behind its end.",
            ),
            Attribute("sink-record-read-total", "records", "Records read from Kafka."),
            Attribute("sink-record-read-rate", "per second", "Records read, last minute."),
            Attribute(
                "sink-record-send-total", "records", "Records that were not left out, for the task."
            ),
            Attribute("sink-record-send-rate", "per second", "Records not left out, last minute."),
            Attribute("put-batch-max-time-ms", "ms", "Longest time a put took, last minute."),
            Attribute("put-batch-avg-time-ms", "ms", "Time puts took on average, last minute."),
            Attribute(
                "sink-record-active-count", "records", "Records whose offsets are yet to commit."
            ),
            Attribute(
                "sink-record-active-count-max",
                "records",
                "Most records whose offsets were yet to commit, last minute.",
            ),
            Attribute(
                "sink-record-active-count-avg",
                "records",
                "Records whose offsets were yet to commit on average, last minute.",
            ),
            Attribute("offset-commit-seq-no", "number", "Number of the last offset commit."),
            Attribute(
                "offset-commit-completion-total", "commits", "Offset commits that succeeded."
            ),
            Attribute(
                "offset-commit-completion-rate",
                "per second",
                "Offset commits that succeeded, last minute.",
            ),
            Attribute(
                "offset-commit-skip-total",
                "commits",
                "Offset commits whose answer came too late to count.",
            ),
            Attribute(
                "offset-commit-skip-rate",
                "per second",
                "Offset commits whose answer came too late to count, last minute.",
            ),
        ),
    ),
    Group(
        "task-error-metrics",
        "kafka_connect_task_error",
        (
            Attribute("total-record-failures", "failures", "Operations on records that failed."),
            Attribute("total-record-errors", "records", "Records that failed in spite of retries."),
            Attribute("total-records-skipped", "records", "Records left out because they failed."),
            Attribute("total-retries", "retries", "Operations that were tried again."),
            Attribute("total-errors-logged", "errors", "Failures that were logged."),
            Attribute(
                "deadletterqueue-produce-requests", "records", "Records sent to the dead letters."
            ),
            Attribute(
                "deadletterqueue-produce-failures",
                "records",
                "Records that could not be sent to the dead letters.",
            ),
            Attribute(
                "last-error-timestamp",
                "ms",
                "When a record failed last, since the epoch; 0 for never.",
            ),
        ),
    ),
    Group(
        "",
        "barnabas_task",
        (
            Attribute(
                "stalled",
                "0 or 1",
                "Whether the task's code has not returned for task.stalled.after.ms.",
            ),
            Attribute(
                "last-return-seconds-ago",
                "s",
                "Time since the task's code returned, as last reported.",
            ),
            Attribute("last-record-seconds-ago", "s", "Time since the task last had a record."),
            Attribute("last-commit-seconds-ago", "s", "Time since offsets were last committed."),
            Attribute("restarts-total", "restarts", "Restarts of the task by task.restart.enable."),
            Attribute(
                "restart-given-up",
                "0 or 1",
                "Whether the task failed and is not restarted any more.",
            ),
        ),
    ),
    Group(
        "",
        "barnabas_sink_task",
        (
            Attribute("record-lag", "records", "Records the task is behind all its ends."),
            Attribute(
                "record-lag-seconds",
                "s",
                "Age of the newest record put of the partition that is behind longest; 0 for none.",
            ),
        ),
    ),
)

CLIENTS: Final = (
    Group(
        "producer-metrics",
        "kafka_producer",
        (
            Attribute("connection-count", "connections", "Brokers the client is connected to."),
            Attribute("request-total", "requests", "Requests sent."),
            Attribute("request-rate", "per second", "Requests sent, lately."),
            Attribute("response-total", "responses", "Responses received."),
            Attribute("response-rate", "per second", "Responses received, lately."),
            Attribute("outgoing-byte-total", "bytes", "Bytes sent."),
            Attribute("outgoing-byte-rate", "per second", "Bytes sent, lately."),
            Attribute("incoming-byte-total", "bytes", "Bytes received."),
            Attribute("incoming-byte-rate", "per second", "Bytes received, lately."),
            Attribute("request-latency-avg", "ms", "Average time of a request, lately."),
            Attribute("request-latency-max", "ms", "Largest time of a request, lately."),
            Attribute("record-send-total", "records", "Records sent."),
            Attribute("record-send-rate", "per second", "Records sent, lately."),
            Attribute(
                "record-queue-time-avg", "ms", "Average time records waited to be sent, lately."
            ),
            Attribute(
                "record-queue-time-max", "ms", "Largest time records waited to be sent, lately."
            ),
            Attribute("batch-size-avg", "bytes", "Average size of a batch, lately."),
            Attribute("batch-size-max", "bytes", "Largest size of a batch, lately."),
            Attribute(
                "records-per-request-avg",
                "records",
                "Average number of records in a batch, lately.",
            ),
            Attribute(
                "produce-throttle-time-avg",
                "ms",
                "Average time brokers held requests back, lately.",
            ),
            Attribute(
                "produce-throttle-time-max",
                "ms",
                "Largest time brokers held requests back, lately.",
            ),
            Attribute("buffer-total-bytes", "bytes", "Memory for records that wait."),
            Attribute(
                "buffer-available-bytes", "bytes", "Memory for records that wait and is free."
            ),
        ),
    ),
    Group(
        "consumer-metrics",
        "kafka_consumer",
        (
            Attribute("connection-count", "connections", "Brokers the client is connected to."),
            Attribute("request-total", "requests", "Requests sent."),
            Attribute("request-rate", "per second", "Requests sent, lately."),
            Attribute("response-total", "responses", "Responses received."),
            Attribute("response-rate", "per second", "Responses received, lately."),
            Attribute("outgoing-byte-total", "bytes", "Bytes sent."),
            Attribute("outgoing-byte-rate", "per second", "Bytes sent, lately."),
            Attribute("incoming-byte-total", "bytes", "Bytes received."),
            Attribute("incoming-byte-rate", "per second", "Bytes received, lately."),
            Attribute("request-latency-avg", "ms", "Average time of a request, lately."),
            Attribute("request-latency-max", "ms", "Largest time of a request, lately."),
        ),
    ),
    Group(
        "consumer-fetch-manager-metrics",
        "kafka_consumer_fetch_manager",
        (
            Attribute("records-consumed-total", "records", "Records read."),
            Attribute("records-consumed-rate", "per second", "Records read, lately."),
            Attribute("bytes-consumed-total", "bytes", "Bytes of records read."),
            Attribute("bytes-consumed-rate", "per second", "Bytes of records read, lately."),
            Attribute("fetch-total", "requests", "Requests for records."),
            Attribute("fetch-rate", "per second", "Requests for records, lately."),
            Attribute(
                "fetch-throttle-time-avg", "ms", "Average time brokers held requests back, lately."
            ),
            Attribute(
                "fetch-throttle-time-max", "ms", "Largest time brokers held requests back, lately."
            ),
            Attribute(
                "records-lag-max",
                "records",
                "Records the partition that is behind most is behind its end.",
            ),
        ),
    ),
    Group(
        "consumer-coordinator-metrics",
        "kafka_consumer_coordinator",
        (
            Attribute("assigned-partitions", "partitions", "Partitions assigned to the consumer."),
            Attribute("rebalance-total", "rebalances", "Rebalances of the consumer."),
            Attribute("last-rebalance-seconds-ago", "s", "Time since the last rebalance."),
        ),
    ),
)

TRANSFORMS: Final = Group(
    "connector-transform-metrics",
    "kafka_connect_connector_transform",
    (
        Attribute("transform-class", "text", "Class of the transformation."),
        Attribute("transform-version", "text", "Version of the transformation."),
    ),
)

PREDICATES: Final = Group(
    "connector-predicate-metrics",
    "kafka_connect_connector_predicate",
    (
        Attribute("predicate-class", "text", "Class of the predicate."),
        Attribute("predicate-version", "text", "Version of the predicate."),
    ),
)

PROCESSES: Final = Group(
    "",
    "barnabas_process",
    (
        Attribute(
            "resident-memory-bytes",
            "bytes",
            "Resident memory; pages that processes of the worker share count in each.",
        ),
        Attribute(
            "proportional-memory-bytes",
            "bytes",
            "Resident memory, with pages that processes share in parts (PSS).",
        ),
        Attribute("cpu-seconds-total", "s", "Processor time since the process began."),
    ),
)

GROUPS: Final = (
    WORKER,
    TASK_COUNTS,
    REBALANCES,
    COORDINATOR,
    CONNECTORS,
    *TASKS,
    *CLIENTS,
    TRANSFORMS,
    PREDICATES,
    PROCESSES,
)
"""All of them."""
