# SPDX-License-Identifier: Apache-2.0
import pickle
from typing import assert_type

import pytest

from barnabas.config import NO_DEFAULT, Config, ConfigType, Importance, Option, Password
from barnabas.errors import ConfigError


class Base(Config):
    name = Option("name", str, NO_DEFAULT, "Name.", importance=Importance.HIGH)


class Settings(Base):
    path = Option("file", str, None, "File.")
    batch_size = Option("batch.size", int, 2000, "Lines.")
    limit = Option("limit", ConfigType.LONG, None, "Bytes.")
    ratio = Option("ratio", float, 0.5, "Share.")
    fast = Option("fast", bool, False, "Fast.")
    topics = Option("topics", list, [], "Topics.")
    secret = Option("secret", Password, None, "Secret.")
    parser = Option("parser", ConfigType.CLASS, "a.B", "Class.")


def settings(**more: str) -> Settings:
    return Settings({"name": "n", **more})


def test_attributes_have_the_parsed_value_and_the_declared_type() -> None:
    config = settings(file="f", topics="a, b", secret="s", fast="TRUE")
    assert assert_type(config.name, str) == "n"
    assert assert_type(config.path, str | None) == "f"
    assert assert_type(config.batch_size, int) == 2000
    assert assert_type(config.limit, int | None) is None
    assert assert_type(config.ratio, float) == 0.5
    assert assert_type(config.fast, bool) is True
    assert assert_type(config.topics, list[str]) == ["a", "b"]
    assert assert_type(config.secret, Password | None) == Password("s")
    assert assert_type(config.parser, str) == "a.B"


def test_settings_of_the_base_come_first() -> None:
    assert list(Settings.definition().keys)[:2] == ["name", "file"]


def test_a_long_may_be_longer_than_an_int() -> None:
    assert settings(limit=str(2**40)).limit == 2**40
    with pytest.raises(ConfigError, match=r"batch\.size: Not a number of type INT"):
        settings(**{"batch.size": str(2**40)})


def test_every_wrong_setting_is_named() -> None:
    with pytest.raises(ConfigError) as failure:
        Settings({"fast": "x", "ratio": "y"})
    assert [line.split(": ")[0] for line in failure.value.message.splitlines()] == [
        'Missing required configuration "name" which has no default value.',
        "Invalid value y for configuration ratio",
        "Invalid value x for configuration fast",
    ]


def test_what_the_user_wrote_is_kept() -> None:
    config = settings(**{"producer.acks": "1", "producer.": "x", "other": "2"})
    assert config.originals["other"] == "2"
    assert config.originals_with_prefix("producer.") == {"acks": "1"}
    assert config.originals_with_prefix("producer.", strip=False) == {"producer.acks": "1"}
    assert config["batch.size"] == 2000


def test_asked_on_the_class_an_option_is_itself() -> None:
    assert Settings.batch_size.name == "batch.size"
    assert Settings.batch_size.key.default == 2000


def test_an_option_can_be_taken_back_or_replaced() -> None:
    class Changed(Settings):
        path = None
        batch_size = Option("batch.size", int, 7, "Fewer.")

    assert "file" not in Changed.definition()
    assert Changed({"name": "n"}).batch_size == 7
    assert settings().batch_size == 2000


def test_printing_hides_secrets() -> None:
    assert "geheim" not in repr(settings(secret="geheim"))


def test_settings_survive_pickling() -> None:
    config = settings(secret="s")
    assert pickle.loads(pickle.dumps(config)).values == config.values


def test_settings_do_not_change() -> None:
    config = settings()
    with pytest.raises(TypeError):
        config.values["name"] = "m"  # type: ignore[index] # the point
    with pytest.raises(TypeError):
        config.originals["name"] = "m"  # type: ignore[index] # the point


def test_the_reference_is_that_of_the_definitions() -> None:
    assert Settings.describe() == Settings.definition().describe()
    assert "### `batch.size`" in Settings.describe()
