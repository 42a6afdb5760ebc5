# SPDX-License-Identifier: Apache-2.0
"""Settings of a worker, and those only a standalone worker has.

Names no option declares stay in `Config.originals`: ``producer.``, ``consumer.`` and ``admin.``
settings, sub-settings of converters, providers and ``listeners.https.`` reach their users so.

Source:
    Apache Kafka WorkerConfig, StandaloneConfig; reference/configs.md, section 2.
"""

from __future__ import annotations

from typing import Final

from barnabas.config import (
    NO_DEFAULT,
    ConfigType,
    Importance,
    Option,
    at_least,
    case_insensitive_valid_string,
    invalid_value,
    valid_string,
    validator,
)
from barnabas.runtime.settings.listeners import ListenerOptions
from barnabas.runtime.settings.tls import TlsOptions

__all__ = ["StandaloneConfig", "WorkerConfig"]

HIGH, LOW = Importance.HIGH, Importance.LOW
CLASS: Final = ConfigType.CLASS
LONG: Final = ConfigType.LONG


def _check_servers(name: str, value: object) -> None:
    if not isinstance(value, list) or not value or not all(value):
        raise invalid_value(name, value, "needs at least one host:port and no empty item")


class WorkerConfig(ListenerOptions, TlsOptions):
    """Settings every worker has."""

    bootstrap_servers = Option(
        "bootstrap.servers",
        list,
        NO_DEFAULT,
        "Brokers to ask first for the cluster, as host:port; a few suffice.",
        importance=HIGH,
        validator=validator(_check_servers, "one or more host:port"),
    )
    client_dns_lookup = Option(
        "client.dns.lookup",
        str,
        "use_all_dns_ips",
        "How host names of brokers are looked up.",
        validator=valid_string("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"),
    )
    key_converter = Option(
        "key.converter",
        CLASS,
        NO_DEFAULT,
        "Converter of record keys, for connectors that do not name one.",
        importance=HIGH,
    )
    key_converter_plugin_version = Option(
        "key.converter.plugin.version", str, None, "Version of the key converter.", importance=LOW
    )
    value_converter = Option(
        "value.converter",
        CLASS,
        NO_DEFAULT,
        "Converter of record values, for connectors that do not name one.",
        importance=HIGH,
    )
    value_converter_plugin_version = Option(
        "value.converter.plugin.version",
        str,
        None,
        "Version of the value converter.",
        importance=LOW,
    )
    task_shutdown_graceful_timeout_ms = Option(
        "task.shutdown.graceful.timeout.ms",
        LONG,
        5000,
        "Time in ms tasks have to stop, all together; then their processes are killed.",
        importance=LOW,
    )
    offset_flush_interval_ms = Option(
        "offset.flush.interval.ms",
        LONG,
        60000,
        "Time in ms between two commits of offsets.",
        importance=LOW,
    )
    offset_flush_timeout_ms = Option(
        "offset.flush.timeout.ms",
        LONG,
        5000,
        "Time in ms a commit of offsets may take before it is given up until the next one.",
        importance=LOW,
    )
    plugin_path = Option(
        "plugin.path",
        list,
        None,
        "Directories that hold plugins: packages, or virtual environments of their own.",
        importance=LOW,
    )
    plugin_discovery = Option(
        "plugin.discovery",
        str,
        "hybrid_warn",
        "How Java workers look for plugins; here all are found by their entry points.",
        importance=LOW,
        validator=case_insensitive_valid_string(
            "only_scan", "service_load", "hybrid_warn", "hybrid_fail"
        ),
    )
    metrics_sample_window_ms = Option(
        "metrics.sample.window.ms",
        LONG,
        30000,
        "Length in ms of the window metrics are computed over.",
        importance=LOW,
        validator=at_least(0),
    )
    metrics_num_samples = Option(
        "metrics.num.samples",
        int,
        2,
        "Number of windows kept for metrics.",
        importance=LOW,
        validator=at_least(1),
    )
    metrics_recording_level = Option(
        "metrics.recording.level",
        str,
        "INFO",
        "Which metrics are recorded.",
        importance=LOW,
        validator=valid_string("INFO", "DEBUG"),
    )
    metric_reporters = Option(
        "metric.reporters",
        list,
        ["org.apache.kafka.common.metrics.JmxReporter"],
        "Reporters of a JVM; ignored here, metrics are offered over HTTP.",
        importance=LOW,
    )
    header_converter = Option(
        "header.converter",
        CLASS,
        "org.apache.kafka.connect.storage.SimpleHeaderConverter",
        "Converter of record headers, for connectors that do not name one.",
        importance=LOW,
    )
    header_converter_plugin_version = Option(
        "header.converter.plugin.version",
        str,
        None,
        "Version of the header converter.",
        importance=LOW,
    )
    config_providers = Option(
        "config.providers",
        list,
        [],
        "Names of the providers that answer ${name:path:key} in configurations.",
        importance=LOW,
    )
    connector_client_config_override_policy = Option(
        "connector.client.config.override.policy",
        str,
        "All",
        "Which client settings a connector may override: All, None, Principal or Allowlist.",
    )
    connector_client_config_override_allowlist = Option(
        "connector.client.config.override.allowlist",
        list,
        [],
        "Client settings a connector may override under the policy Allowlist.",
        importance=LOW,
    )
    topic_creation_enable = Option(
        "topic.creation.enable",
        bool,
        True,
        "Whether source connectors may have topics created as their topic.creation. settings say.",
        importance=LOW,
    )
    topic_tracking_enable = Option(
        "topic.tracking.enable",
        bool,
        True,
        "Whether the topics a connector uses are remembered.",
        importance=LOW,
    )
    topic_tracking_allow_reset = Option(
        "topic.tracking.allow.reset",
        bool,
        True,
        "Whether users may forget the topics a connector used.",
        importance=LOW,
    )

    secrets: frozenset[str] = frozenset()
    """Values that came from config providers; runners are told so that they do not show them."""

    @property
    def group_id(self) -> str | None:
        """Name of the worker's group; None when it is in none."""
        return None

    @property
    def is_exactly_once_enabled(self) -> bool:
        """Whether source connectors can deliver exactly once here."""
        return False


class StandaloneConfig(WorkerConfig):
    """Settings of a standalone worker."""

    offset_storage_file_filename = Option(
        "offset.storage.file.filename",
        str,
        NO_DEFAULT,
        "File that keeps the offsets of source connectors.",
        importance=HIGH,
    )
