# SPDX-License-Identifier: Apache-2.0
from barnabas.api import ClientConfigOverridePolicy, ClientConfigRequest


class Silent(ClientConfigOverridePolicy):
    """Needs no settings and holds nothing."""

    def validate(self, request):
        return []


def test_settings_and_close_are_optional():
    policy = Silent()
    policy.configure({"a": "b"})
    policy.close()


def test_a_request_does_not_show_values():
    request = ClientConfigRequest("n", "C", "sink", "CONSUMER", {"sasl.jaas.config": "hunter2"})
    assert "hunter2" not in repr(request)
