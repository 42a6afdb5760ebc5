# SPDX-License-Identifier: Apache-2.0
"""What partition writers share."""

from __future__ import annotations

import dataclasses

from barnabas.connectors._storage.writer_parts import WriterParts


def test_offsets_have_ten_digits_unless_told_otherwise() -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(WriterParts)}
    assert defaults["offset_width"] == 10
    assert defaults["record_times"] is None
