# SPDX-License-Identifier: Apache-2.0
"""Functions of the user's own, named in settings as ``package.module:function``.

The module is one that the task's Python can import. A class may stand for a function: it is called
once with the arguments, and what it makes is the function.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from barnabas import config
from barnabas.errors import ConfigError

__all__ = ["bind_function", "check_arguments", "find_function", "names_function"]

_NAME: Final = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)")
_FORM: Final = "Write it as module:function, for example my_package.orders:clean"
_ours: Final[set[str]] = set()
"""Modules nobody but this one had imported; they are read again after an error."""
_REQUIRED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def find_function(name: str) -> Callable[..., Any]:
    """Import a function by ``module:function``; runs the module's code, so in runners only.

    Raises:
        ConfigError: There is no such function, or records cannot be given to it.
    """
    match = _NAME.fullmatch(name.strip())
    if match is None:
        message = f"{name!r} names no function. {_FORM}"
        raise ConfigError(message)
    module, path = match.groups()
    imported = _import(module)
    try:
        found = _member(imported, module, path)
        _check_callable(name, found)
    except ConfigError:
        if module in _ours:  # it may be mended before somebody asks again
            sys.modules.pop(module, None)
        raise
    called: Callable[..., Any] = found
    return called


def check_arguments(name: str, function: Callable[..., Any], arguments: Mapping[str, str]) -> None:
    """Check that a function can be called with these arguments; calls nothing.

    Raises:
        ConfigError: It does not take them, or needs others.
    """
    _check_arguments(name, function, () if isinstance(function, type) else (None,), arguments)


def bind_function(
    name: str, function: Callable[..., Any], arguments: Mapping[str, str]
) -> Callable[[Any], Any]:
    """Make a function of one argument, the record or records, of one that may take more.

    Args:
        name: Its name, for errors.
        function: From :func:`find_function`.
        arguments: Given by name with each call; to a class once.

    Raises:
        ConfigError: It does not take them, or needs others; or the class cannot be called.
    """
    check_arguments(name, function, arguments)
    if isinstance(function, type):
        try:
            function = function(**arguments)
        except Exception as error:
            message = f"{name} cannot be made: {type(error).__name__}: {error}"
            raise ConfigError(message) from error
        arguments = {}
        check_arguments(name, function, arguments)
    return functools.partial(function, **arguments) if arguments else function


def _check(name: str, value: object) -> None:
    if value is None:  # told as missing
        return
    try:
        find_function(str(value))
    except ConfigError as error:
        raise config.invalid_value(name, value, error.message) from error


names_function: Final = config.validator(_check, "module:function, a function that can be imported")
"""The name of a function that is there and that records can be given to. Imports its module."""


def _import(module: str) -> Any:
    importlib.invalidate_caches()  # a file may be newer than the last look at its folder
    if module not in sys.modules:
        _ours.add(module)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise _unimportable(module, error) from error
        message = (
            f"There is no module {error.name}. Install its package where the worker is installed, "
            "or put the folder that holds it into the environment variable PYTHONPATH of the "
            "worker, on every worker"
        )
        raise ConfigError(message) from error
    except (Exception, SystemExit) as error:
        raise _unimportable(module, error) from error


def _unimportable(module: str, error: BaseException) -> ConfigError:
    return ConfigError(f"Module {module} cannot be imported: {type(error).__name__}: {error}")


def _member(found: Any, module: str, path: str) -> Any:
    for part in path.split("."):
        if not hasattr(found, part):
            raise ConfigError(_missing(module, path, found, part))
        found = getattr(found, part)
    return found


def _missing(module: str, path: str, found: object, part: str) -> str:
    names = [name for name in dir(found) if callable(getattr(found, name, None))]
    near = difflib.get_close_matches(part, names, 1)
    hint = f". Did you mean {near[0]}?" if near else ""
    return f"Module {module} has no function {path}{hint}"


def _check_callable(name: str, found: Any) -> None:
    is_class = isinstance(found, type)
    called = getattr(found, "__call__", None)  # noqa: B004 - looked at, not only asked for
    if not callable(found) or (is_class and not any("__call__" in vars(c) for c in found.__mro__)):
        what = "a class without __call__" if is_class else f"of type {type(found).__name__}"
        message = f"{name} cannot be called: it is {what}"
        raise ConfigError(message)
    if any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each)
        for each in (found, called)
    ):
        message = f"{name} is an async function; records are given to plain functions (def) only"
        raise ConfigError(message)
    if not is_class and not _takes_one(found):
        message = f"{name} takes no argument; it must take what it is to change"
        raise ConfigError(message)


def _takes_one(function: Callable[..., Any]) -> bool:
    signature = _signature(function)
    if signature is None:
        return True
    try:
        signature.bind_partial(None)
    except TypeError:
        return False
    return True


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """Its signature; None of some that are written in C."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _check_arguments(
    name: str,
    function: Callable[..., Any],
    positional: tuple[None, ...],
    arguments: Mapping[str, str],
) -> None:
    signature = _signature(function)
    if signature is None:
        return
    try:
        signature.bind(*positional, **arguments)
    except TypeError as error:
        taken = list(signature.parameters.values())[len(positional) :]
        raise ConfigError(_unfit(name, taken, arguments, error)) from error


def _unfit(
    name: str, taken: list[inspect.Parameter], arguments: Mapping[str, str], error: TypeError
) -> str:
    names = {each.name for each in taken if each.kind in _REQUIRED}
    if unknown := sorted(set(arguments) - names):
        known = f"it takes {', '.join(sorted(names))}" if names else "it takes no others"
        near = difflib.get_close_matches(unknown[0], names, 1)
        hint = f"; did you mean arguments.{near[0]}?" if near else ""
        return f"{name} takes no argument {unknown[0]}, {known}{hint}"
    needed = [each.name for each in taken if each.default is each.empty and each.kind in _REQUIRED]
    if missing := [each for each in needed if each not in arguments]:
        return f"{name} needs the argument {missing[0]}: set arguments.{missing[0]}"
    return f"{name} cannot be called with one argument, what it is to change: {error}"
