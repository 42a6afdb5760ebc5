# SPDX-License-Identifier: Apache-2.0
"""PythonFunction: a function of the user's own changes records, or a batch of them."""

from __future__ import annotations

import os
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from barnabas import config
from barnabas.api.transform import ExpandingTransformation, Expansion, Record
from barnabas.errors import ConfigError, DataError, RetriableError
from barnabas.transforms.function_answers import align, answers_of, check
from barnabas.transforms.named_function import (
    bind_function,
    check_arguments,
    find_function,
    names_function,
)
from barnabas.transforms.own_copies import Copies

__all__ = ["PythonFunction", "PythonFunctionConfig"]

_ARGUMENTS: Final = "arguments."


class PythonFunctionConfig(config.Config):
    """Settings of `PythonFunction`."""

    open_prefixes = (_ARGUMENTS,)

    function = config.Option(
        "function",
        str,
        config.NO_DEFAULT,
        "The function, `module:function`. It takes a record and returns the record, a changed one, "
        "None to drop it, or a list of records. What `arguments.NAME` says is given to it under "
        "that name. Of a class one object is made, with the arguments, which is then called.",
        importance=config.Importance.HIGH,
        validator=names_function,
    )
    batch = config.Option(
        "batch",
        bool,
        False,
        "Whether it takes a list of records and returns a list, with one such answer for each.",
    )

    @property
    def arguments(self) -> dict[str, str]:
        """What is given to the function by name."""
        return self.originals_with_prefix(_ARGUMENTS)

    def problems(self) -> Mapping[str, str]:
        """See `Config.problems`: whether the function takes its arguments."""
        try:
            check_arguments(self.function, find_function(self.function), self.arguments)
        except ConfigError as error:
            return {type(self).function.name: error.message}
        return {}


class PythonFunction(ExpandingTransformation):
    """Calls a function with each record, or with each batch.

    The function is given copies, so it may change what it is given in place.

    Differs:
        Java has no such transformation.
    """

    config_class = PythonFunctionConfig

    def __init__(self) -> None:
        self._made: object | None = None

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings and import the function; see `Transformation.configure`."""
        settings = PythonFunctionConfig(configs)
        self._name = settings.function.strip()
        self._takes_batch = settings.batch
        found = find_function(self._name)
        self._function: Callable[[Any], Any] = bind_function(self._name, found, settings.arguments)
        self._made = self._function if isinstance(found, type) else None
        self._copies = Copies()

    def expand(self, record: Record) -> Expansion[Record]:
        """Return what the function makes of the record; see `ExpandingTransformation.expand`."""
        if self._takes_batch:
            return self._expand_together([record])[0]
        copy = self._copies.of(record)
        return check(self._name, copy, self._call(copy))

    def expand_batch(self, records: Sequence[Record]) -> Sequence[Expansion[Record]]:
        """Do the same to many records; see `ExpandingTransformation.expand_batch`."""
        if self._takes_batch:
            return self._expand_together(records)
        expand = self.expand
        return [expand(record) for record in records]

    def close(self) -> None:
        """Call `close` of the object made of a class, if it has such a method."""
        if self._made is not None and callable(end := getattr(self._made, "close", None)):
            end()

    def _expand_together(self, records: Sequence[Record]) -> list[Expansion[Record]]:
        if not records:
            return []
        name, copies = self._name, list(map(self._copies.of, records))
        answers = answers_of(name, self._call(list(copies)), len(copies))
        aligned = align(name, copies, answers)
        return [check(name, copy, answer) for copy, answer in zip(copies, aligned, strict=True)]

    def _call(self, given: object) -> object:
        """Call the function.

        Raises:
            RetriableError: It raised one.
            DataError: It raised something else.
        """
        try:
            answer = self._function(given)
            return list(answer) if type(answer) is types.GeneratorType else answer
        except RetriableError as error:
            raise RetriableError(self._told(error)) from error
        except Exception as error:
            raise DataError(self._told(error)) from error

    def _told(self, error: Exception) -> str:
        """Say what the function raised, and where, which a message such as ``'price'`` does not."""
        frames = traceback.extract_tb(error.__traceback__)[1:]  # without the call from here
        place = next(
            (each for each in reversed(frames) if each.filename == frames[0].filename), None
        )
        told = f"{self._name} raised {type(error).__name__}: {error}".rstrip(".")
        if place is None:  # written in C, or called with what it does not take
            return told
        return f"{told} ({os.path.basename(place.filename)}, line {place.lineno})"
