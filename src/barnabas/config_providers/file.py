# SPDX-License-Identifier: Apache-2.0
"""Values from Java property files: ``${file:/path/to/file.properties:key}``.

Source:
    KIP-297, KIP-993; Apache Kafka ``FileConfigProvider``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Set

from barnabas.api import ConfigData, ConfigProvider
from barnabas.config import read_properties
from barnabas.config_providers.allowed_paths import ALLOWED_PATHS, AllowedPaths
from barnabas.errors import ConfigError

__all__ = ["FileConfigProvider"]

_log = logging.getLogger(__name__)


class FileConfigProvider(ConfigProvider):
    """Reads property files in UTF-8; the path is that of the file."""

    def __init__(self) -> None:
        self._paths = AllowedPaths("")

    def configure(self, configs: Mapping[str, str]) -> None:
        """Take ``allowed.paths``: absolute paths of files or directories, all when absent."""
        self._paths = AllowedPaths(configs.get(ALLOWED_PATHS, ""))

    def get(self, path: str, keys: Set[str] | None = None) -> ConfigData:
        """Read a file; nothing from one that is not allowed."""
        if not path:
            return ConfigData({})
        admitted = self._paths.admit(path)
        if admitted is None:
            _log.warning("The path %s is not allowed to be accessed", path)
            return ConfigData({})
        try:
            found = read_properties(admitted)
        except ConfigError as error:
            message = f"Could not read properties from file {path}: {_reason(error)}"
            raise ConfigError(message) from None  # what it says may quote a value
        return ConfigData({key: found[key] for key in found if keys is None or key in keys})


def _reason(error: ConfigError) -> str:
    if isinstance(error.__cause__, OSError):
        return error.__cause__.strerror or type(error.__cause__).__name__
    line = re.search(r"line \d+", error.message)
    return f"{line[0] if line else 'it'} is not in the form of Java's property files"
