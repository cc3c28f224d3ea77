"""What an act on a letter is to its page: which fields it asks for, what it does with them, and where one is then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.models import Document
from edms.web.kit import Filled

Options = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Field:
    """One field. `kind` is a macro of kit/fields: text, area, day, select, tick, chips; or "file", "people". `label` is a message id."""

    kind: str
    name: str
    label: str
    options: Options = ()
    required: bool = True
    hint: str = ""


@dataclass(frozen=True)
class Shown:
    """The form as it is shown: `fields` of the plain template, or the values that a template of its own needs.

    `told` are facts above the form: (words, words). `button` is a message id, `danger` where it cannot be undone.
    """

    form: Filled = field(default_factory=Filled)
    fields: Sequence[Field] = ()
    told: Sequence[tuple[str, str]] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What can be taken back for ten seconds ("submission-17"), and the letter that opens next if not this one."""

    undo: str = ""
    letter_id: int | None = None
    to_desk: bool = False


Show = Callable[[Session, Actor, Document, int], Shown]
Do = Callable[[Session, Actor, Document, int], Done | None]


@dataclass(frozen=True)
class Deed:
    """An act on a letter. `show` refuses those who may not, before they type; `do` is the service's own word.

    `thing` is the id of the part it is about (an assignment, a resolution, a sending), 0 for the letter itself.
    `title` and `button` are message ids; `other` a second button, (value of "do", message id).
    """

    title: str
    show: Show
    do: Do
    template: str = "fields"
    button: str = ""
    other: tuple[str, str] | None = None
    danger: bool = False
    with_file: bool = False
