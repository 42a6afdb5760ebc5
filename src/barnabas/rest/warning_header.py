# SPDX-License-Identifier: Apache-2.0
r"""The header ``X-Barnabas-Warning``: what is suspicious but no error, or good to know.

Java does not say such things, and clients may compare the body, so they go into a header of
validations and of requests that change something. Warnings are separated by `` | ``; characters
outside ASCII are written as ``\uXXXX``, those that no header may hold as ``\xXX``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["WARNING_HEADER", "warning_headers"]

WARNING_HEADER: Final = "X-Barnabas-Warning"
_LONGEST: Final = 4096
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
"""No server sends these in a header; names in a body may hold them."""


def warning_headers(warnings: Iterable[str]) -> dict[str, str]:
    """Make the header of some sentences, in ASCII; none when there are none."""
    text = " | ".join(" ".join(warning.split()) for warning in warnings)
    header = text.encode("ascii", "backslashreplace").decode()
    visible = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", header)[:_LONGEST]
    return {WARNING_HEADER: visible} if visible else {}
