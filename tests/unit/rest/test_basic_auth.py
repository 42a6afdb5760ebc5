# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64
from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.rest.basic_auth import BasicAuth, load_users
from tests.unit.rest.echo import Echo, ask

USERS = {"ann": "pässword", "bob": ""}
MODULE = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"


def login(name: str, password: str, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    "authorization",
    [login("ann", "pässword"), login("ann", "pässword", "bAsIc"), login("bob", "")],
)
async def test_a_known_user_passes(authorization: str):
    answer = await ask(BasicAuth(Echo(), USERS), authorization=authorization)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        login("ann", "wrong"),
        login("eve", ""),
        login("ann", "pässword", "Bearer"),
        "Basic " + base64.b64encode(b"bob").decode(),
    ],
)
async def test_everybody_else_is_turned_away(authorization: str):
    echo = Echo()
    answer = await ask(BasicAuth(echo, USERS), authorization=authorization)
    assert (answer.status_code, answer.text) == (401, "User cannot access the resource.")
    assert "www-authenticate" not in answer.headers
    assert echo.scope is None


async def test_an_empty_file_admits_everyone():
    assert (await ask(BasicAuth(Echo(), {}))).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/connectors/c/tasks", 200),
        ("PUT", "/connectors/c/fence/", 200),
        ("GET", "/connectors/c/tasks", 401),
        ("POST", "/connectors/c/tasks/0/restart", 401),
    ],
)
async def test_requests_between_workers_pass(method: str, path: str, status: int):
    assert (await ask(BasicAuth(Echo(), USERS), method, path)).status_code == status


@pytest.fixture
def jaas(tmp_path: Path) -> Path:
    (tmp_path / "users").write_text("ann=secret\nbob=\n")
    path = tmp_path / "jaas.conf"
    path.write_text(
        f"KafkaClient {{ other required; }};\n"
        f'KafkaConnect {{\n  {MODULE} required\n  file="{tmp_path / "users"}";\n}};\n'
    )
    return path


@pytest.mark.parametrize("variable", ["KAFKA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"])
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_users_are_found_by_way_of_javas_option(jaas: Path, variable: str, quote: str):
    options = f"-Xmx1g -Djava.security.auth.login.config={quote}{jaas}{quote} -Dx=y"
    assert load_users({variable: options}) == {"ann": "secret", "bob": ""}


def test_users_are_found_by_way_of_a_variable(jaas: Path):
    assert "ann" in load_users({"java.security.auth.login.config": str(jaas)})


def test_a_missing_option_is_told_how_to_set():
    with pytest.raises(ConfigError, match=r"KAFKA_OPTS=-Djava.security.auth.login.config="):
        load_users({})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no entry KafkaConnect"),
        ("KafkaConnect { };", "cannot be read"),
        ("KafkaConnect { other.Module required file=x; };", "must name .*PropertyFileLoginModule"),
        (f"KafkaConnect {{ {MODULE} required; }};", "with an option file"),
        (f"KafkaConnect {{ {MODULE} required file=/nowhere/u; }};", "/nowhere/u"),
    ],
)
def test_a_wrong_file_is_refused_with_a_reason(jaas: Path, text: str, why: str):
    jaas.write_text(text)
    with pytest.raises(ConfigError, match=why):
        load_users({"java.security.auth.login.config": str(jaas)})


def test_an_unreadable_file_is_refused():
    with pytest.raises(ConfigError, match=r"/nowhere/jaas .* No such file"):
        load_users({"java.security.auth.login.config": "/nowhere/jaas"})
