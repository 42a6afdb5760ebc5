# SPDX-License-Identifier: Apache-2.0
"""Values that are files of a directory: ``${dir:/run/secrets:password}``.

That is how Docker and Kubernetes mount secrets. The value is the whole text of the file; settings
lose the white space around it when they are parsed.

Source:
    KIP-632, KIP-993; Apache Kafka ``DirectoryConfigProvider``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from pathlib import Path

from barnabas.api import ConfigData, ConfigProvider
from barnabas.config_providers.allowed_paths import ALLOWED_PATHS, AllowedPaths
from barnabas.errors import ConfigError

__all__ = ["DirectoryConfigProvider"]

_log = logging.getLogger(__name__)


class DirectoryConfigProvider(ConfigProvider):
    """Reads files in UTF-8; the path is that of the directory, the key the name of the file."""

    def __init__(self) -> None:
        self._paths = AllowedPaths("")

    def configure(self, configs: Mapping[str, str]) -> None:
        """Take ``allowed.paths``: absolute paths of directories, all when absent."""
        self._paths = AllowedPaths(configs.get(ALLOWED_PATHS, ""))

    def get(self, path: str, keys: Set[str] | None = None) -> ConfigData:
        """Read the files asked for; nothing from a directory that is missing or not allowed."""
        if not path:
            return ConfigData({})
        directory = self._paths.admit(path)
        if directory is None:
            _log.warning("The path %s is not allowed to be accessed", path)
            return ConfigData({})
        if not directory.is_dir():
            _log.warning("The path %s is not a directory", path)
            return ConfigData({})
        files = (file for file in self._files(directory) if keys is None or file.name in keys)
        return ConfigData({file.name: self._read(file) for file in files})

    def _files(self, directory: Path) -> list[Path]:
        try:
            found = [file for file in directory.iterdir() if file.is_file()]
        except OSError as error:
            message = f"Could not list directory {directory}: {error.strerror}"
            raise ConfigError(message) from None
        return [file for file in found if self._paths.admit(str(file)) is not None]

    def _read(self, file: Path) -> str:
        try:
            return file.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            message = f"Could not read file {file} for property {file.name}: {reason}"
            raise ConfigError(message) from None
