# SPDX-License-Identifier: Apache-2.0
"""What is about the registry as a whole: root, contexts, its version."""

from __future__ import annotations

import urllib.parse

from litestar import Response, delete, get
from litestar.params import FromPath

import barnabas
from barnabas.registry_server import names
from barnabas.registry_server.resources.answers import AnyRequest, answer, registry_of

__all__ = ["HANDLERS"]


@get("/", sync_to_thread=False)
def _root(request: AnyRequest) -> Response[bytes]:
    """Answer with an empty object, as the original does; good to see that the registry serves."""
    return answer({})


@get("/contexts", sync_to_thread=False)
def _contexts(request: AnyRequest) -> Response[bytes]:
    """Names of all contexts."""
    return answer(registry_of(request).state.contexts)


@delete("/contexts/{context:str}", status_code=204)
async def _delete_context(request: AnyRequest, context: FromPath[str]) -> None:
    """Forget an empty context."""
    name = urllib.parse.unquote(context)
    if name.startswith(":"):
        name = names.context_of(name)
    await registry_of(request).delete_context(name if name.startswith(".") else f".{name}")


@get("/v1/metadata/id", sync_to_thread=False)
def _cluster_id(request: AnyRequest) -> Response[bytes]:
    """Which registry this is."""
    return answer({"scope": {"path": [], "clusters": {"schema-registry-cluster": "barnabas"}}})


@get("/v1/metadata/version", sync_to_thread=False)
def _version(request: AnyRequest) -> Response[bytes]:
    """Tell the version of Barnabas; its name in ``commitId`` says that it is no Confluent's."""
    return answer({"version": barnabas.__version__, "commitId": "barnabas-development-registry"})


HANDLERS = [_root, _contexts, _delete_context, _cluster_id, _version]
