# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka.client_settings import ClientKind, Translation, translate

_PACKAGE = "org.apache.kafka.common.security."
PLAIN = _PACKAGE + 'plain.PlainLoginModule required username="ann" password="pw";'
SCRAM = _PACKAGE + "scram.ScramLoginModule required username=ann password=pw"
OAUTH = _PACKAGE + "oauthbearer.OAuthBearerLoginModule required "
KERBEROS = "com.sun.security.auth.module.Krb5LoginModule required "


def sasl(mechanism: str, jaas: str | None = None, **more: str) -> Translation:
    java = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism}
    if jaas is not None:
        java["sasl.jaas.config"] = jaas
    java |= {f"sasl.{key.replace('_', '.')}": value for key, value in more.items()}
    origins = {"sasl.jaas.config": "producer.sasl.jaas.config"}
    return translate(java, ClientKind.PRODUCER, origins=origins)


def own(translation: Translation) -> dict[str, str]:
    settings = dict(translation.settings)
    del settings["security.protocol"], settings["sasl.mechanism"]
    return settings


@pytest.mark.parametrize(
    ("mechanism", "jaas"), [("PLAIN", PLAIN), ("SCRAM-SHA-512", SCRAM + ";"), ("plain", PLAIN)]
)
def test_user_and_password_come_from_the_login_module(mechanism: str, jaas: str) -> None:
    translation = sasl(mechanism, jaas)
    assert own(translation) == {"sasl.username": "ann", "sasl.password": "pw"}
    assert translation.settings["sasl.mechanism"] == mechanism.upper()


def test_librdkafkas_own_user_and_password_do_as_well() -> None:
    assert own(sasl("PLAIN", username="ann", password="pw"))["sasl.username"] == "ann"


def test_a_missing_password_is_told() -> None:
    with pytest.raises(ConfigError, match=r"producer\.sasl\.jaas\.config has no password"):
        sasl("PLAIN", PLAIN.replace("password", "pass"))


def test_a_login_module_of_another_mechanism_is_told() -> None:
    with pytest.raises(ConfigError, match="PlainLoginModule belongs to mechanism PLAIN"):
        sasl("SCRAM-SHA-256", PLAIN)


def test_an_unknown_login_module_is_told() -> None:
    with pytest.raises(ConfigError, match=r"com\.example\.Mine has no counterpart"):
        sasl("PLAIN", "com.example.Mine required;")


def test_an_unknown_mechanism_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"AWS_MSK_IAM .* use one of them"):
        sasl("AWS_MSK_IAM")


def test_a_malformed_login_module_is_told_under_the_users_name() -> None:
    with pytest.raises(ConfigError, match=r"^producer\.sasl\.jaas\.config cannot be read"):
        sasl("PLAIN", "oops")


def test_delegation_tokens_are_refused() -> None:
    with pytest.raises(ConfigError, match="tokenauth"):
        sasl("SCRAM-SHA-256", SCRAM + ' tokenauth="true";')


def test_nothing_is_written_without_sasl() -> None:
    java = {"security.protocol": "SSL", "sasl.jaas.config": "oops", "sasl.mechanism": "X"}
    assert translate(java, ClientKind.ADMIN).settings == {"security.protocol": "ssl"}


def test_client_credentials_become_an_oidc_login() -> None:
    jaas = OAUTH + 'clientId="id" clientSecret="s" scope="all" extension_logicalCluster="lkc";'
    assert own(sasl("OAUTHBEARER", jaas, oauthbearer_token_endpoint_url="https://idp/token")) == {
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "id",
        "sasl.oauthbearer.client.secret": "s",
        "sasl.oauthbearer.scope": "all",
        "sasl.oauthbearer.extensions": "logicalCluster=lkc",
        "sasl.oauthbearer.token.endpoint.url": "https://idp/token",
    }


def test_a_jwt_assertion_becomes_its_grant_type() -> None:
    written = own(
        sasl(
            "OAUTHBEARER",
            oauthbearer_token_endpoint_url="https://idp/token",
            oauthbearer_jwt_retriever_class="org.example.JwtBearerJwtRetriever",
            oauthbearer_assertion_private_key_file="/k.pem",
        )
    )
    assert written["sasl.oauthbearer.grant.type"].endswith("jwt-bearer")
    assert written["sasl.oauthbearer.assertion.private.key.file"] == "/k.pem"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "token.endpoint.url is missing"),
        ({"oauthbearer_token_endpoint_url": "file:///t"}, "not supported"),
        (
            {
                "oauthbearer_token_endpoint_url": "https://idp",
                "oauthbearer_jwt_retriever_class": "FileJwtRetriever",
            },
            "client credentials or by JWT",
        ),
    ],
)
def test_an_oauth_login_that_cannot_be_done_is_told(more: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        sasl("OAUTHBEARER", OAUTH + ";", **more)


def test_an_unsecured_token_is_for_development() -> None:
    assert own(sasl("OAUTHBEARER", OAUTH + 'unsecuredLoginStringClaim_sub="ann";')) == {
        "enable.sasl.oauthbearer.unsecure.jwt": "true",
        "sasl.oauthbearer.config": "principal=ann",
    }


def test_a_keytab_is_renewed_with_the_program_given() -> None:
    jaas = KERBEROS + 'keyTab="/etc/a.keytab" principal="ann@EXAMPLE.COM" serviceName="kafka";'
    written = own(sasl("GSSAPI", jaas, kerberos_kinit_cmd="/my dir/kinit"))
    assert written["sasl.kerberos.keytab"] == "/etc/a.keytab"
    assert written["sasl.kerberos.principal"] == "ann@EXAMPLE.COM"
    assert written["sasl.kerberos.service.name"] == "kafka"
    assert written["sasl.kerberos.kinit.cmd"].startswith("'/my dir/kinit' -R -t ")


def test_a_ticket_cache_is_not_renewed() -> None:
    written = own(sasl("GSSAPI", KERBEROS + "useTicketCache=true;"))
    assert written == {"sasl.kerberos.min.time.before.relogin": "0"}


def test_a_principal_cannot_smuggle_a_command() -> None:
    with pytest.raises(ConfigError, match="principal has characters"):
        sasl("GSSAPI", KERBEROS + 'keyTab="/k" principal="a; touch /tmp/x";')
