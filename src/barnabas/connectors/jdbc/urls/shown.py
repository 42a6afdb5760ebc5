# SPDX-License-Identifier: Apache-2.0
"""URLs without their secrets, for logs and messages."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["without_secrets"]

_HIDDEN: Final = "****"
_RULES: Final = (
    # ?password=…, &sslpassword=…, ;trustStorePassword=…, (key_password=…)
    re.compile(
        r"(?i)(?P<keep>[?&;,(:][^=&;,()?:]*(?:password|passwd|pwd|secret|credential|token)[^=&;,()?]*=)"
        r"(?P<secret>\{(?:[^}]|\}\})*\}|[^&;,)]*)"
    ),
    # jdbc:mysql://user:secret@host, postgresql+psycopg://user:secret@host
    re.compile(r"(?P<keep>//[^:/?#@]*:)(?P<secret>[^@/]*)(?=@)"),
    # jdbc:mysql://h1,user:secret@h2
    re.compile(r"(?P<keep>,[^:/?#@,]+:)(?P<secret>[^@/,]*)(?=@)"),
    # jdbc:oracle:thin:user/secret@host
    re.compile(r"(?i)(?P<keep>:(?:thin|oci8?):[^/@]*/)(?P<secret>[^@]+)(?=@)"),
)


def without_secrets(url: str) -> str:
    """Write ``****`` for every password in a URL, whatever its form.

    Source: reference page ``jdbc``, section 5 (URL sanitising).
    """
    for rule in _RULES:
        url = rule.sub(lambda match: match["keep"] + _HIDDEN, url)
    return url
