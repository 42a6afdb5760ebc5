# SPDX-License-Identifier: Apache-2.0
"""Merging changes into a configuration (KIP-477). Pure."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["patched"]


def patched(
    config: Mapping[str, str | None], patch: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Set the settings of the patch; None removes a setting, an unknown one too."""
    merged = {**config, **patch}
    return {key: value for key, value in merged.items() if patch.get(key, "") is not None}
