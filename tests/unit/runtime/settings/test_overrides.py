# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.api import ClientConfigOverridePolicy
from barnabas.config import ConfigValue
from barnabas.errors import ConfigError
from barnabas.runtime.settings.client_table import Client
from barnabas.runtime.settings.overrides import (
    check_overrides,
    is_named_policy,
    make_policy,
    policy_request,
    used_clients,
)

WANTED = {"linger.ms": 5, "sasl.mechanism": "PLAIN"}
CONFIG = {"name": "n", "connector.class": "C"}
SETTING = "connector.client.config.override.policy"
P, C, A = Client.PRODUCER, Client.CONSUMER, Client.ADMIN


def policy(name, allowlist=""):
    return make_policy({SETTING: name, "connector.client.config.override.allowlist": allowlist})


def judge(policy):
    return policy.validate(policy_request(CONFIG, P, WANTED, sink=False))


@pytest.mark.parametrize(
    ("name", "allowlist", "refused"),
    [
        ("All", "", []),
        ("None", "", ["linger.ms", "sasl.mechanism"]),
        ("Principal", "", ["linger.ms"]),
        ("Allowlist", "linger.ms, acks", ["sasl.mechanism"]),
        ("Allowlist", "", ["linger.ms", "sasl.mechanism"]),
    ],
)
@pytest.mark.mirrors("connect/runtime ConnectorClientConfigOverridePolicy")
def test_each_policy_refuses_what_it_must(name, allowlist, refused):
    values = judge(policy(name, allowlist))
    assert [value.name for value in values] == list(WANTED)
    assert [value.name for value in values if value.errors] == refused


def test_without_a_setting_all_is_allowed():
    assert not any(value.errors for value in judge(make_policy({})))


def test_the_message_names_policy_and_setting():
    (value, _) = judge(policy("None"))
    assert value.errors == [
        "The 'None' policy does not allow 'linger.ms' to be overridden in the connector"
        " configuration."
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Principal",
        "PrincipalConnectorClientConfigOverridePolicy",
        "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy",
    ],
)
def test_short_and_long_names_mean_the_same(name):
    assert is_named_policy(name)
    assert policy(name).name == "Principal"


def test_an_unknown_policy_is_refused_with_the_nearest():
    assert not is_named_policy("Principle")
    with pytest.raises(ConfigError, match="Did you mean Principal"):
        policy("Principle")


class Polite(ClientConfigOverridePolicy):
    """Allows what the worker says, and remembers what it was asked."""

    def configure(self, configs):
        self.allowed = configs["polite.allowed"]

    def validate(self, request):
        self.request = request
        values = [ConfigValue(name, value) for name, value in request.overrides.items()]
        for value in values:
            if value.name != self.allowed:
                value.add_error(f"Please not {value.name}.")
        return values


def test_a_policy_may_be_a_class_of_a_user():
    worker = {SETTING: "my.policies:Polite", "polite.allowed": "linger.ms"}
    polite = make_policy(worker, {"my.policies:Polite": Polite}.__getitem__)
    assert [value.errors for value in judge(polite)] == [[], ["Please not sasl.mechanism."]]
    asked = polite.request
    assert (asked.connector_name, asked.connector_class) == ("n", "C")
    assert (asked.connector_type, asked.client_type) == ("source", "PRODUCER")
    assert "PLAIN" not in repr(asked)


def test_a_class_that_is_no_policy_is_refused():
    with pytest.raises(ConfigError, match=r"my\.Dict is no ClientConfigOverridePolicy"):
        make_policy({SETTING: "my.Dict"}, lambda _name: dict)


def test_overrides_are_checked_again_for_the_clients_of_a_task():
    config = {**CONFIG, "producer.override.linger.ms": "5", "admin.override.x": "y"}
    check_overrides(policy("All"), config, [P], sink=False)
    check_overrides(policy("None"), config, [C], sink=False)
    with pytest.raises(
        ConfigError, match=r"Client Config Overrides not allowed \[The 'None'.*linger"
    ):
        check_overrides(policy("None"), config, [P], sink=False)


@pytest.mark.parametrize(
    ("more", "flags", "used"),
    [
        ({}, {}, [P]),
        ({"topic.creation.default.partitions": "1"}, {}, [P, A]),
        ({"topic.creation.default.partitions": "1"}, {"creates_topics": False}, [P]),
        ({"offsets.storage.topic": "o"}, {}, [P, C, A]),
        ({}, {"is_exactly_once": True}, [P, C, A]),
        ({}, {"is_sink": True}, [C]),
        ({"errors.deadletterqueue.topic.name": "d"}, {"is_sink": True}, [P, C, A]),
    ],
)
def test_only_overrides_of_clients_in_use_count(more, flags, used):
    usual = {"is_sink": False, "is_exactly_once": False, "creates_topics": True}
    assert used_clients({**CONFIG, **more}, **{**usual, **flags}) == used
