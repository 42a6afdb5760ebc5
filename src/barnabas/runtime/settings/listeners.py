# SPDX-License-Identifier: Apache-2.0
"""Settings of the REST API.

Source:
    Apache Kafka RestServerConfig; reference/configs.md, section 2, and rest-api.md, section 7.
"""

from __future__ import annotations

import re
from typing import Final

from barnabas.config import (
    Config,
    Importance,
    Option,
    Validator,
    invalid_value,
    valid_string,
    validator,
)
from barnabas.errors import ConfigError

__all__ = ["ListenerOptions", "header_rules"]

LOW = Importance.LOW
_RULE: Final = re.compile(r"(?P<action>\w+)\s+(?P<name>[^\s:]+)\s*:\s*(?P<value>.*)", re.DOTALL)
_ACTIONS: Final = {action.lower(): action for action in ("set", "add", "setDate", "addDate")}


def _listener_list(*, optional: bool) -> Validator:
    def check(name: str, value: object) -> None:
        if value is None and optional:
            return
        if not isinstance(value, list) or (not value and not optional):
            raise invalid_value(name, value, "Invalid value for listeners, at least one is needed.")
        if not all(str(item).strip() for item in value):
            raise invalid_value(name, value, "Empty URL found when parsing listeners.")

    return validator(
        check, "List of comma-separated URLs, ex: http://localhost:8080,https://localhost:8443."
    )


def header_rules(text: str) -> list[tuple[str, str, str]]:
    """Read ``response.http.headers.config`` into (action, header, value).

    Rules are separated by commas; a rule that holds a comma itself stands in double quotes.
    Actions are ``set``, ``add``, ``setDate`` and ``addDate``, any case.

    Raises:
        ConfigError: A rule is not of the form ``[action] [header name]: [header value]``.
    """
    rules = []
    for part in re.findall(r'\s*("[^"]*"|[^,"]+)\s*(?:,|$)', text):
        rule = part.strip().strip('"').strip()
        match = _RULE.fullmatch(rule)
        if match is None or match["action"].lower() not in _ACTIONS:
            message = (
                f"The header rule '{rule}' is not of the form "
                "'[action] [header name]: [header value]' with action set, add, setDate or addDate"
            )
            raise ConfigError(message)
        action = _ACTIONS[match["action"].lower()]
        rules.append((action, match["name"], match["value"].strip()))
    return rules


def _check_header_rules(name: str, value: object) -> None:
    try:
        header_rules(str(value))
    except ConfigError as error:
        raise invalid_value(name, value, error.message) from error


class ListenerOptions(Config):
    """Where and how a worker offers its REST API."""

    listeners = Option(
        "listeners",
        list,
        ["http://:8083"],
        "Addresses the REST API listens on, such as http://localhost:8083; without a host it "
        "listens on all interfaces.",
        importance=LOW,
        validator=_listener_list(optional=False),
    )
    rest_advertised_host_name = Option(
        "rest.advertised.host.name",
        str,
        None,
        "Host name given to other workers and shown in worker ids.",
        importance=LOW,
    )
    rest_advertised_port = Option(
        "rest.advertised.port", int, None, "Port given to other workers.", importance=LOW
    )
    rest_advertised_listener = Option(
        "rest.advertised.listener",
        str,
        None,
        "Which listener other workers use: http or https.",
        importance=LOW,
    )
    access_control_allow_origin = Option(
        "access.control.allow.origin",
        str,
        "",
        "Origins browsers may call the REST API from (CORS), * for any; off when empty.",
        importance=LOW,
    )
    access_control_allow_methods = Option(
        "access.control.allow.methods",
        str,
        "",
        "Methods browsers may use across origins; GET, POST and HEAD when empty.",
        importance=LOW,
    )
    response_http_headers_config = Option(
        "response.http.headers.config",
        str,
        "",
        "Rules for headers of all REST answers, such as add Cache-Control: no-cache.",
        importance=LOW,
        validator=validator(
            _check_header_rules,
            "Comma-separated header rules, each '[action] [header name]: [header value]' and in "
            "double quotes when it holds a comma",
        ),
    )
    ssl_client_auth = Option(
        "ssl.client.auth",
        str,
        "none",
        "Whether clients of an https listener need a certificate.",
        importance=LOW,
        validator=valid_string("required", "requested", "none"),
    )
    rest_extension_classes = Option(
        "rest.extension.classes",
        list,
        [],
        "Extensions of the REST API, called in this order.",
        importance=LOW,
    )
    admin_listeners = Option(
        "admin.listeners",
        list,
        None,
        "Addresses of the /admin resources; those of the REST API when absent, no /admin when "
        "empty.",
        importance=LOW,
        validator=_listener_list(optional=True),
    )
