# SPDX-License-Identifier: Apache-2.0
"""Worker settings from the environment, as container images of Kafka Connect take them.

The variable ``CONNECT_GROUP_ID`` sets ``group.id``: the prefix goes, the rest becomes lower case
and underscores are read by their number:

======  =============  ==========================================================
number  stands for     example
======  =============  ==========================================================
1       a dot          ``CONNECT_BOOTSTRAP_SERVERS`` → ``bootstrap.servers``
2       an underscore  ``CONNECT_PRODUCER_MY__KEY`` → ``producer.my_key``
3       a dash         ``CONNECT_CONFIG_PROVIDERS_MY___VAULT`` → ``config.providers.my-vault``
======  =============  ==========================================================

Longer runs are read from the left in threes. What the environment says wins over the worker file.
``CONNECT_LOG4J_…`` belongs to the logging of those images and is left out.

Source:
    The rule of the images ``confluentinc/cp-kafka-connect`` and ``apache/kafka``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["PREFIX", "setting_name", "settings_from_environment"]

PREFIX: Final = "CONNECT_"
_NOT_SETTINGS: Final = ("CONNECT_LOG4J_",)
_UNDERSCORES: Final = re.compile("_{1,3}")
_MEANING: Final = {1: ".", 2: "_", 3: "-"}


def setting_name(variable: str) -> str:
    """Name of the setting a variable stands for."""
    rest = variable.removeprefix(PREFIX).lower()
    return _UNDERSCORES.sub(lambda match: _MEANING[len(match[0])], rest)


def settings_from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Pick the worker settings out of an environment, sorted by variable."""
    return {
        setting_name(variable): value
        for variable, value in sorted(environ.items())
        if variable.startswith(PREFIX)
        and len(variable) > len(PREFIX)
        and not variable.startswith(_NOT_SETTINGS)
    }
