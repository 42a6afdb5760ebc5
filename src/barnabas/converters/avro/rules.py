# SPDX-License-Identifier: Apache-2.0
"""What the settings say about the translation, as plain values."""

from __future__ import annotations

import dataclasses

__all__ = ["Rules"]


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about the translation of schemas and values."""

    connect_meta_data: bool = True
    generalized: bool = False
    enhanced: bool = False
    scrub_names: bool = False
    discard_type_doc_default: bool = False
    allow_optional_map_keys: bool = False
    flatten_singleton_unions: bool = True
    ignore_default_for_nullables: bool = False
    remove_java_properties: bool = False
