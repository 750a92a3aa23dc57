"""The registry of tools: each verb once, read by MCP, HTTP, the command line and the agent alike.

A tool is a function `(core, request) -> answer` with a pydantic model on both sides. Its docstring is what
a model reads. Where the answer takes a while, the function gives a `Waiting` for it (`tools.long_tool`).
It is NOT a transport: `agent_server` turns this list into one.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import InvalidInput, NotFound
from engine.progress import Progress, unheard
from tools.waiting import Waiting

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from tools.core import Core


class Request(BaseModel):
    """Base of every tool's input: unknown arguments are refused, never dropped."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """Base of every tool's output; `schema` is the version of its shape."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a client may assume of a tool (the four hints of the protocol)."""

    read_only: bool
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = False


READS = Hints(read_only=True)
ADDS = Hints(read_only=False, idempotent=False)
ADDS_ONCE = Hints(read_only=False)

RequestT = TypeVar("RequestT", bound=Request)
ResultT = TypeVar("ResultT", bound=Answer | Waiting[Answer])


@dataclass(frozen=True, slots=True)
class Tool:
    """One verb."""

    name: str
    title: str
    toolset: str
    description: str
    request: type[Request]
    answer: type[Answer]
    hints: Hints
    function: Callable[[Core, Any], Answer | Waiting[Answer]]

    def begin(self, core: Core, arguments: Mapping[str, Any]) -> Answer | Waiting[Answer]:
        """Validate the arguments and run, or begin what has to be waited for.

        Raises:
            InvalidInput: an argument is unknown, missing or wrong; every one is named.
        """
        return self.function(core, checked(self.request, self.name, arguments))

    def call(self, core: Core, arguments: Mapping[str, Any], progress: Progress = unheard) -> Answer:
        """Validate the arguments, run, and wait as long as they say.

        Raises:
            InvalidInput: an argument is unknown, missing or wrong; every one is named.
        """
        begun = self.begin(core, arguments)
        return begun.wait(progress) if isinstance(begun, Waiting) else begun


def checked(model: type[RequestT], where: str, arguments: Mapping[str, Any]) -> RequestT:
    """The arguments as a request model.

    Raises:
        InvalidInput: an argument is unknown, missing or wrong; every one is named.
    """
    try:
        return model.model_validate(_opened(model, arguments))
    except ValidationError as error:
        wrong = "; ".join(_explained(entry, model) for entry in error.errors())
        raise InvalidInput(
            f"{where}: {wrong}.", f"Its arguments: {', '.join(model.model_fields) or 'none'}."
        ) from None


def _opened(model: type[Request], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Some clients send objects and lists as JSON text; those are opened."""
    opened = dict(arguments)
    for name, value in arguments.items():
        field = model.model_fields.get(name)
        if field is None or not isinstance(value, str) or not _is_container(field.annotation):
            continue
        try:
            opened[name] = json.loads(value)
        except ValueError:
            continue  # validation names the argument and says what it should be
    return opened


def _explained(entry: ErrorDetails, model: type[Request]) -> str:
    where = ".".join(map(str, entry["loc"])) or "arguments"
    if entry["type"] == "extra_forbidden":
        meant = difflib.get_close_matches(where, model.model_fields, 1, 0.6)
        return f"unknown argument {where!r}" + (f" (did you mean {meant[0]!r}?)" if meant else "")
    if entry["type"] == "missing":
        return f"{where!r} is missing"
    said = entry["msg"].removeprefix("Value error, ")
    return f"{where!r}: {said[:1].lower()}{said[1:]}"


def _is_container(annotation: Any) -> bool:
    """Whether a field may hold an object or a list."""
    origin = get_origin(annotation)
    if origin is None:
        return isinstance(annotation, type) and issubclass(annotation, dict | list | tuple | BaseModel)
    return origin in (dict, list, tuple) or any(map(_is_container, get_args(annotation)))


class Registry:
    """The tools of this product, by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            NotFound: names the nearest, or all.
        """
        if name in self._tools:
            return self._tools[name]
        near = difflib.get_close_matches(name, self._tools, 3, 0.5) or list(self._tools)
        raise NotFound(f"There is no tool {name!r}.", f"Tools: {', '.join(near)}.")

    def selected(self, toolsets: Iterable[str], read_only: bool) -> Registry:
        """Only the named toolsets (all when none is named), without writing tools when `read_only`.

        Raises:
            NotFound: there is no such toolset.
        """
        known = list(dict.fromkeys(tool.toolset for tool in self))
        wanted = list(toolsets) or known
        for toolset in wanted:
            if toolset not in known:
                raise NotFound(f"There is no toolset {toolset!r}.", f"Toolsets: {', '.join(known)}.")
        return Registry(
            tool for tool in self if tool.toolset in wanted and (tool.hints.read_only or not read_only)
        )


def tool(
    toolset: str, title: str, hints: Hints
) -> Callable[[Callable[[Core, RequestT], ResultT]], Callable[[Core, RequestT], ResultT]]:
    """Mark a function `(core, request) -> answer`, or `-> Waiting[answer]`, as a tool; `collect` finds it."""

    def mark(function: Callable[[Core, RequestT], ResultT]) -> Callable[[Core, RequestT], ResultT]:
        register(function, lambda: _tool_of(function, toolset, title, hints))
        return function

    return mark


_MADE_BY: dict[Callable[..., Any], Callable[[], Tool]] = {}


def register(function: Callable[..., Any], make: Callable[[], Tool]) -> None:
    """Say what makes the tool of a marked function."""
    _MADE_BY[function] = make


def collect(*functions: Callable[..., Any]) -> Registry:
    """A registry of marked functions, in that order."""
    return Registry(_MADE_BY[function]() for function in functions)


def _tool_of(
    function: Callable[[Core, Any], Answer | Waiting[Answer]], toolset: str, title: str, hints: Hints
) -> Tool:
    types = get_type_hints(function)
    answer = types["return"]
    return Tool(
        name=function.__name__,
        title=title,
        toolset=toolset,
        description=cleandoc(function.__doc__ or ""),
        request=cast(type[Request], types["request"]),
        answer=cast(type[Answer], get_args(answer)[0] if get_origin(answer) is Waiting else answer),
        hints=hints,
        function=function,
    )
