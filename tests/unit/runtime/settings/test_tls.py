# SPDX-License-Identifier: Apache-2.0
from barnabas.runtime.settings.tls import TlsOptions


def test_secrets_of_tls_never_print():
    config = TlsOptions({"ssl.key.password": "geheim", "ssl.keystore.key": "geheim"})
    assert config.ssl_key_password is not None
    assert config.ssl_key_password.value == "geheim"
    assert "geheim" not in repr(config)


def test_versions_of_tls_have_safe_defaults():
    assert TlsOptions({}).ssl_enabled_protocols == ["TLSv1.2", "TLSv1.3"]
