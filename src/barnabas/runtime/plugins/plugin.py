# SPDX-License-Identifier: Apache-2.0
"""One plugin, known by its metadata, imported on use."""

from __future__ import annotations

import dataclasses
import importlib
import sys

from barnabas.errors import PluginError
from barnabas.runtime.plugins.kinds import PluginKind

__all__ = ["Plugin", "import_class"]


@dataclasses.dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as its package describes it."""

    class_name: str
    """Name in configurations and over REST, often that of a Java class."""
    kind: PluginKind
    location: str
    """The Python class, ``module:qualified.name``."""
    version: str = "undefined"
    """Version of the package that brings it."""
    distribution: str = ""
    """Name of that package; empty for a class named by its Python path only."""
    folder: str | None = None
    """Folder of ``plugin.path`` that must be searched to import it; None for the worker's own."""
    interpreter: str | None = None
    """Interpreter of its own virtual environment, which runners must use; None for the worker's."""

    @property
    def simple_name(self) -> str:
        """The class name without package and outer class, as Java's ``getSimpleName``."""
        return self.class_name.rpartition(".")[2].rpartition("$")[2]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Short names: the simple name, and the simple name without the kind's suffix."""
        simple = self.simple_name
        cut = simple.rfind(self.kind.suffix)
        return (simple, simple[:cut]) if cut > 0 else (simple,)

    @property
    def order(self) -> tuple[str, str]:
        """Key that sorts plugins of a kind as REST lists them."""
        return self.class_name, self.version

    def load(self) -> type:
        """Import the class; for use in runners, as it runs the plugin's code.

        Raises:
            PluginError: It cannot be imported, is no class of this kind, or belongs to an
                environment of its own.
        """
        if self.interpreter is not None and self.interpreter != sys.executable:
            message = (
                f"Plugin {self.class_name} belongs to the environment of {self.interpreter} and "
                "cannot be loaded by another interpreter."
            )
            raise PluginError(message)
        if self.folder is not None and self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        try:
            found = import_class(self.location)
            base = import_class(self.kind.base) if self.kind.base is not None else object
        except Exception as error:
            message = (
                f"Plugin {self.class_name} ({self.location}) cannot be imported: "
                f"{type(error).__name__}: {error}; see `barnabas plugins doctor`."
            )
            raise PluginError(message) from error
        if not issubclass(found, base):
            message = (
                f"Plugin {self.class_name} ({self.location}) does not extend {base.__name__}, "
                f"so it is no {self.kind.value}."
            )
            raise PluginError(message)
        return found


def import_class(location: str) -> type:
    """Import a class by ``module:qualified.name``.

    Raises:
        ImportError: There is no such module, or no class of that name in it.
        Exception: Whatever the module raises while it is imported.
    """
    module, _, path = location.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split("."):
        if not hasattr(found, part):
            message = f"module {module} has no class {path}"
            raise ImportError(message, name=module)
        found = getattr(found, part)
    if not isinstance(found, type):
        message = f"{location} is not a class"
        raise ImportError(message, name=module)  # noqa: TRY004 - the entry point is wrong
    return found
