# SPDX-License-Identifier: Apache-2.0
"""Both ways to publish files keep the interface; what they do is in tests of their own."""

from __future__ import annotations

import pytest

from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.renamed_files import RenamedFiles
from barnabas.connectors._storage.written_objects import WrittenObjects


@pytest.mark.parametrize(("kind", "in_order"), [(RenamedFiles, False), (WrittenObjects, True)])
def test_ways_are_complete(kind: type[Publication], in_order: bool) -> None:
    assert not kind.__abstractmethods__
    assert kind.ends_in_order is in_order
