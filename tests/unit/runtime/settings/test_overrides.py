# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.overrides import allowed_overrides, make_policy

WANTED = {"linger.ms": 5, "sasl.mechanism": "PLAIN"}


@pytest.mark.parametrize(
    ("policy", "allowlist", "refused"),
    [
        ("All", [], []),
        ("None", [], ["linger.ms", "sasl.mechanism"]),
        ("Principal", [], ["linger.ms"]),
        ("Allowlist", ["linger.ms"], ["sasl.mechanism"]),
        ("Allowlist", [], ["linger.ms", "sasl.mechanism"]),
    ],
)
def test_each_policy_refuses_what_it_must(policy, allowlist, refused):
    values = make_policy(policy, allowlist).validate(WANTED)
    assert [value.name for value in values] == list(WANTED)
    assert [value.name for value in values if value.errors] == refused


def test_the_message_names_policy_and_setting():
    (value, _) = make_policy("None").validate(WANTED)
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
    assert make_policy(name).name == "Principal"


def test_an_unknown_policy_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean Principal"):
        make_policy("Principle")


def test_overrides_are_checked_again_for_the_client():
    assert allowed_overrides(make_policy("All"), WANTED) == WANTED
    with pytest.raises(ConfigError, match=r"Client Config Overrides not allowed \[The 'None'"):
        allowed_overrides(make_policy("None"), WANTED)
