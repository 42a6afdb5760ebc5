# SPDX-License-Identifier: Apache-2.0
"""TLS settings, as they stand in worker files for clients of Kafka and for REST listeners.

Source:
    Apache Kafka SslConfigs; reference/configs.md, section 2.
"""

from __future__ import annotations

from barnabas.config import Config, ConfigType, Importance, Option, Password

__all__ = ["TlsOptions"]

HIGH, LOW = Importance.HIGH, Importance.LOW


class TlsOptions(Config):
    """The ``ssl.`` settings of a worker."""

    ssl_protocol = Option("ssl.protocol", str, "TLSv1.3", "Newest version of TLS to offer.")
    ssl_provider = Option("ssl.provider", str, None, "Security provider of a JVM; ignored here.")
    ssl_cipher_suites = Option(
        "ssl.cipher.suites", list, [], "Cipher suites to allow; all when empty.", importance=LOW
    )
    ssl_enabled_protocols = Option(
        "ssl.enabled.protocols", list, ["TLSv1.2", "TLSv1.3"], "Versions of TLS to allow."
    )
    ssl_keystore_type = Option(
        "ssl.keystore.type", str, "JKS", "Form of the key store: PKCS12, PEM or JKS."
    )
    ssl_keystore_location = Option(
        "ssl.keystore.location", str, None, "File with the own key.", importance=HIGH
    )
    ssl_keystore_password = Option(
        "ssl.keystore.password", Password, None, "Password of the key store.", importance=HIGH
    )
    ssl_key_password = Option(
        "ssl.key.password", Password, None, "Password of the own key.", importance=HIGH
    )
    ssl_keystore_key = Option(
        "ssl.keystore.key", Password, None, "The own key itself, as PEM text.", importance=HIGH
    )
    ssl_keystore_certificate_chain = Option(
        "ssl.keystore.certificate.chain",
        Password,
        None,
        "The own certificates, as PEM text.",
        importance=HIGH,
    )
    ssl_truststore_certificates = Option(
        "ssl.truststore.certificates",
        Password,
        None,
        "Certificates to trust, as PEM text.",
        importance=HIGH,
    )
    ssl_truststore_type = Option(
        "ssl.truststore.type", str, "JKS", "Form of the trust store: PKCS12, PEM or JKS."
    )
    ssl_truststore_location = Option(
        "ssl.truststore.location", str, None, "File with what to trust.", importance=HIGH
    )
    ssl_truststore_password = Option(
        "ssl.truststore.password", Password, None, "Password of the trust store.", importance=HIGH
    )
    ssl_keymanager_algorithm = Option(
        "ssl.keymanager.algorithm",
        str,
        "SunX509",
        "Key manager of a JVM; ignored here.",
        importance=LOW,
    )
    ssl_trustmanager_algorithm = Option(
        "ssl.trustmanager.algorithm",
        str,
        "PKIX",
        "Trust manager of a JVM; ignored here.",
        importance=LOW,
    )
    ssl_endpoint_identification_algorithm = Option(
        "ssl.endpoint.identification.algorithm",
        str,
        "https",
        "How to check that a certificate belongs to the host; empty for not at all.",
        importance=LOW,
    )
    ssl_secure_random_implementation = Option(
        "ssl.secure.random.implementation",
        str,
        None,
        "Random numbers of a JVM; ignored here.",
        importance=LOW,
    )
    ssl_engine_factory_class = Option(
        "ssl.engine.factory.class",
        ConfigType.CLASS,
        None,
        "Class of a JVM that makes TLS engines; ignored here.",
        importance=LOW,
    )
