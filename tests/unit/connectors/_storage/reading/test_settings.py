# SPDX-License-Identifier: Apache-2.0
"""Settings of sources of files."""

from __future__ import annotations

import pytest

from barnabas.connectors.directory.config import DirectorySourceConfig
from barnabas.errors import ConfigError

GOOD = {"format.class": "io.confluent.connect.s3.format.json.JsonFormat", "store.url": "file:///a"}


def settings(**changes: str) -> DirectorySourceConfig:
    return DirectorySourceConfig({**GOOD, **{k.replace("_", "."): v for k, v in changes.items()}})


def test_files_fail_and_partitions_are_kept_unless_told_otherwise() -> None:
    plain = settings()
    assert not plain.ignores_errors
    assert plain.keep_partitions
    assert not plain.has_path_headers
    assert plain.topics_dir == "topics"


def test_words_may_be_written_in_capitals() -> None:
    loud = settings(behavior_on_error="IGNORE", path_fields="HEADERS")
    assert loud.ignores_errors
    assert loud.has_path_headers


def test_all_topics_are_read_unless_some_are_chosen() -> None:
    assert settings().topic_filter()("any")
    assert [settings(topics="a,b").topic_filter()(topic) for topic in "abc"] == [True, True, False]
    assert [settings(topics_regex="[ab]").topic_filter()(t) for t in ("a", "ab")] == [True, False]


def test_topics_are_chosen_in_one_way() -> None:
    with pytest.raises(ConfigError, match=r"for configuration topics\.regex"):
        settings(topics="a", topics_regex="b").topic_filter()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topics_dir", "lake/${topic}"),
        ("behavior_on_error", "log"),
        ("path_fields", "values"),
        ("record_batch_max_size", "0"),
        ("file_delim", ""),
        ("topics_regex", "("),
        ("poll_interval_ms", "0"),
    ],
)
def test_values_that_make_no_sense_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name.replace("_", r"\.")):
        settings(**{name: value})


def test_a_format_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"format\.class"):
        DirectorySourceConfig({"store.url": "file:///a"})
