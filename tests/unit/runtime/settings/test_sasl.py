# SPDX-License-Identifier: Apache-2.0
from barnabas.runtime.settings.sasl import SaslOptions


def test_the_login_never_prints():
    config = SaslOptions({"sasl.jaas.config": 'x required password="geheim";'})
    assert config.sasl_jaas_config is not None
    assert "geheim" in config.sasl_jaas_config.value
    assert "geheim" not in repr(config)


def test_the_security_protocol_is_taken_in_any_case():
    assert SaslOptions({"security.protocol": "sasl_ssl"}).security_protocol == "sasl_ssl"
