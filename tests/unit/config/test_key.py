# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config.key import ConfigKey, ConfigValue
from barnabas.config.types import ConfigType
from barnabas.config.validators import at_least
from barnabas.errors import ConfigError


def test_the_display_name_is_the_name_unless_given():
    assert ConfigKey(name="k", type=ConfigType.INT).display_name == "k"
    assert ConfigKey(name="k", type=ConfigType.INT, display_name="K").display_name == "K"


def test_a_default_given_as_text_is_parsed():
    key = ConfigKey(name="k", type=ConfigType.LIST, default="a, b")
    assert key.default == ["a", "b"]
    assert key.default_text == "a,b"
    assert not key.required


def test_a_key_without_default_is_required():
    key = ConfigKey(name="k", type=ConfigType.INT)
    assert key.required
    assert key.default_text is None


@pytest.mark.parametrize("default", ["x", "0"])
def test_a_default_must_be_valid(default):
    with pytest.raises(ConfigError, match="for configuration k"):
        ConfigKey(name="k", type=ConfigType.INT, default=default, validator=at_least(1))


def test_a_default_password_is_hidden():
    assert ConfigKey(name="k", type=ConfigType.PASSWORD, default="s").default_text == "[hidden]"


def test_a_changed_copy_leaves_the_key_alone():
    key = ConfigKey(name="k", type=ConfigType.INT)
    assert key.changed(group="g").group == "g"
    assert key.group is None


def test_errors_are_collected():
    value = ConfigValue("k")
    value.add_error("a")
    value.add_error("b")
    assert value.errors == ["a", "b"]
