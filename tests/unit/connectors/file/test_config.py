# SPDX-License-Identifier: Apache-2.0
"""Settings of the file connectors."""

from __future__ import annotations

import pytest

from barnabas.connectors.file.config import FileStreamSinkConfig, FileStreamSourceConfig
from barnabas.errors import ConfigError


def test_source_reads_standard_input_in_batches_of_2000_unless_told_otherwise() -> None:
    settings = FileStreamSourceConfig({"topic": "t"})
    assert (settings.file, settings.topic, settings.batch_size) == (None, "t", 2000)


@pytest.mark.parametrize("props", [{}, {"topic": ""}, {"topic": "t", "batch.size": "many"}])
def test_source_refuses_wrong_settings(props: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        FileStreamSourceConfig(props)


def test_sink_prints_unless_it_has_a_file() -> None:
    assert FileStreamSinkConfig({}).file is None
