# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.settings.environment import setting_name, settings_from_environment


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("CONNECT_GROUP_ID", "group.id"),
        ("CONNECT_BOOTSTRAP_SERVERS", "bootstrap.servers"),
        ("CONNECT_PRODUCER_MY__KEY", "producer.my_key"),
        ("CONNECT_CONFIG_PROVIDERS_MY___VAULT", "config.providers.my-vault"),
        ("CONNECT_A____B", "a-.b"),
    ],
)
def test_underscores_are_read_by_their_number(variable, name):
    assert setting_name(variable) == name


def test_only_connect_variables_are_settings():
    environ = {"CONNECT_GROUP_ID": "g", "PATH": "/bin", "CONNECT_": "x", "KAFKA_GROUP_ID": "h"}
    assert settings_from_environment(environ) == {"group.id": "g"}


def test_logging_variables_of_the_images_are_left_out():
    assert settings_from_environment({"CONNECT_LOG4J_ROOT_LOGLEVEL": "INFO"}) == {}


@given(st.from_regex(r"[abc]+([._-][abc]+)*", fullmatch=True))
def test_every_name_can_be_written_as_a_variable(name):
    marks = {".": "_", "_": "__", "-": "___"}
    variable = "CONNECT_" + "".join(marks.get(c, c.upper()) for c in name)
    assert setting_name(variable) == name
