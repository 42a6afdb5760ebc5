# SPDX-License-Identifier: Apache-2.0
"""Settings of the file connectors: names, types and defaults are Java's."""

from __future__ import annotations

from barnabas import config

__all__ = ["FileStreamSinkConfig", "FileStreamSourceConfig"]


class FileStreamSourceConfig(config.Config):
    """Settings of the file source."""

    open_prefixes = ()

    file = config.Option(
        "file",
        str,
        None,
        "File to read lines from. Standard input when absent.",
        importance=config.Importance.HIGH,
    )
    topic = config.Option(
        "topic",
        str,
        config.NO_DEFAULT,
        "Topic that gets the lines.",
        validator=config.non_empty(),
        importance=config.Importance.HIGH,
    )
    batch_size = config.Option(
        "batch.size",
        int,
        2000,
        "Most lines that one poll returns.",
        importance=config.Importance.LOW,
    )


class FileStreamSinkConfig(config.Config):
    """Settings of the file sink."""

    open_prefixes = ()

    file = config.Option(
        "file",
        str,
        None,
        "File that values are appended to, one a line. Standard output when absent.",
        importance=config.Importance.HIGH,
    )
