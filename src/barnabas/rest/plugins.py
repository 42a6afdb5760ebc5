# SPDX-License-Identifier: Apache-2.0
"""``/connector-plugins``: what is installed, its settings, and validation of configurations."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, put
from litestar.params import FromPath

from barnabas.rest.bodies import parse_text_map
from barnabas.rest.context import context_of, json
from barnabas.rest.request import query, read_body, truth
from barnabas.rest.schemas import CONFIG, answers, operation
from barnabas.rest.warning_header import warning_headers
from barnabas.runtime.model import ConfigInfos, ConfigKeyInfo, PluginInfo

__all__ = ["HANDLERS"]


@get(
    "/connector-plugins",
    sync_to_thread=False,
    responses=answers(list[PluginInfo]),
    operation_class=operation(connectorsOnly="false to list all kinds of plugins"),
    summary="Installed plugins",
)
def _list(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Connectors, or all plugins."""
    only = truth(query(request, "connectorsOnly"), default=True)
    return json(context_of(request).herder.plugins(connectors_only=only))


@get(
    "/connector-plugins/{plugin:str}/config",
    responses=answers(list[ConfigKeyInfo]),
    operation_class=operation(version="Version or range of versions of the plugin."),
    summary="Settings of a plugin",
)
async def _config(request: Request[Any, Any, Any], plugin: FromPath[str]) -> Response[bytes]:
    """Definitions of the settings of a plugin of any kind (KIP-769)."""
    context = context_of(request)
    version = next(iter(query(request, "version")), None)
    return json(await context.within(context.herder.plugin_config(plugin, version)))


@put(
    "/connector-plugins/{plugin:str}/config/validate",
    responses=answers(ConfigInfos),
    operation_class=operation(CONFIG),
    summary="Validate a configuration",
)
async def _validate(request: Request[Any, Any, Any], plugin: FromPath[str]) -> Response[bytes]:
    """Check a configuration without using it."""
    context = context_of(request)
    config = parse_text_map(await read_body(request))
    infos, warnings = await context.within(context.herder.validate(plugin, config))
    return json(infos, headers=warning_headers(warnings))


HANDLERS = [_list, _config, _validate]
