# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.runtime.settings.client_table import Client, client_definition


@pytest.mark.parametrize(
    ("client", "count"), [(Client.PRODUCER, 112), (Client.CONSUMER, 115), (Client.ADMIN, 90)]
)
def test_every_setting_of_a_client_is_known(client, count):
    assert len(client_definition(client)) == count


@pytest.mark.parametrize(
    ("client", "name", "kind", "default"),
    [
        (Client.PRODUCER, "linger.ms", "LONG", "5"),
        (Client.PRODUCER, "acks", "STRING", "all"),
        (Client.PRODUCER, "bootstrap.servers", "LIST", ""),
        (Client.CONSUMER, "max.poll.records", "INT", "500"),
        (Client.CONSUMER, "group.id", "STRING", None),
        (Client.ADMIN, "retries", "INT", "2147483647"),
        (Client.ADMIN, "ssl.key.password", "PASSWORD", None),
    ],
)
def test_settings_have_javas_type_and_default(client, name, kind, default):
    key = client_definition(client)[name]
    assert (key.type.value, key.default_text, key.required) == (kind, default, False)
    assert key.documentation


def test_settings_of_one_client_are_no_settings_of_another():
    assert "linger.ms" not in client_definition(Client.CONSUMER)
    assert client_definition(Client.CONSUMER)["key.deserializer"].required
