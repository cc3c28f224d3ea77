"""The text of a route as plain values: YAML by the safe loader, narrowed to what a route needs.

No anchors or tags, no key twice, `true` and `false` the only words that are not words (`no` and `on` stay text), dates
stay text, no character that no text has, and size, depth and length of lists are bounded: whoever writes a route may be
mistaken, whoever sends one may be hostile.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from edms.errors import Invalid

LARGEST = 256 * 1024
DEEPEST = 24
MOST = 1000
"""Parts of one list or mapping: whether all of a list differ is asked pair by pair."""


@dataclass(frozen=True)
class Text:
    """What was read: the values and the line on which each path begins (`steps[3].then`), for messages."""

    values: Any
    lines: Mapping[str, int] = field(default_factory=dict)


def read_text(text: str, file: str) -> Text:
    """The values of a YAML text. Errors: Invalid (`services.text.…`) with the file, the line and what is wrong."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise Invalid("services.text.too_large", file=file, n=LARGEST // 1024)
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:  # characters that no text has
        raise Invalid("services.text.unreadable", file=file, line=0, reason=str(error).partition("\n")[0]) from None
    try:
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise Invalid("services.text.unreadable", file=file, line=line, reason=error.problem or "") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Invalid("services.text.unreadable", file=file, line=0, reason=str(error).partition("\n")[0]) from None
    finally:
        loader.dispose()
    return Text(values, dict(_lines(node, "")) if node is not None else {})


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases, duplicate keys and surprising words."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "a route has no aliases", self._here())
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(None, None, "too deep", self._here())
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.CollectionNode) and len(node.value) > MOST:
            raise yaml.composer.ComposerError(None, None, "too long", node.start_mark)
        if isinstance(node, yaml.ScalarNode) and any(map(_odd, node.value)):
            raise yaml.composer.ComposerError(None, None, "a character that no text has", node.start_mark)
        return node

    def _here(self) -> Any:
        return self.peek_event().start_mark  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in keys:
                raise yaml.constructor.ConstructorError(None, None, f"twice: {key.value}", key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(0|[1-9][0-9]{0,12})", "-0123456789"),
    ("float", r"-?[0-9]{1,12}\.[0-9]{1,6}", "-0123456789"),
    ("null", r"null|", ["n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def _odd(c: str) -> bool:
    """Control characters, and halves of one: no page, drawing or database takes them."""
    return c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")


def _lines(node: Any, path: str) -> Iterator[tuple[str, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, f"{path}.{key.value}" if path else str(key.value))
    elif isinstance(node, yaml.SequenceNode):
        for n, value in enumerate(node.value):
            yield from _lines(value, f"{path}[{n}]")
