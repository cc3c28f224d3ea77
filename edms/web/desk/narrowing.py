"""What a search is narrowed to, and could be: removable words, facets with their counts, a person added by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.search.finding import Found, hidden_by_filters
from edms.search.names import named
from edms.search.port import NARROWING
from edms.staff.finding import find_people
from edms.web.desk import asking
from edms.web.desk.asking import Question
from edms.web.kit import language, t
from edms.web.kit.house import house

ON_FACET = 8
ALL_OF_FACET = 100
PARTS = ("executor", "registrar", "author", "signer")
"""What somebody may have been to a letter."""
_WORDS = {"state": "registry.document_state", "kind": "registry.register_kind", "grade": "registry.grade", "language": "language.name"}  # fmt: skip


@dataclass(frozen=True)
class Facet:
    """A facet by name with values that would narrow further: (words, address, count); `more` unfolds the others."""

    name: str
    heading: str
    rows: list[tuple[str, str, int]]
    left: int
    more: str


def chosen(session: Session, who: Actor, asked: Question) -> list[tuple[str, str]]:
    """The filters in force, each with the address of the search without it."""
    said: list[tuple[str, str]] = []
    for name, values in asked.filters().chosen.items():
        names = _names(session, who, name, values)
        for value in sorted(values, key=str):
            left = [other for other in getattr(asked, name) if other != value]
            text = names.get(value, str(value))
            text = f"{t(f'search.facet.{name}')}: {text}" if name in (*PARTS, "case_file") else text
            said.append((text, asked.address(**{name: left})))
    for name in asking.DAYS:
        if (day := getattr(asked, name)) is not None:
            text = f"{t(f'search.facet.{name}')} {words.date(language(), day)}"
            said.append((text, asked.address(**{name: None})))
    return said


def facets(session: Session, who: Actor, found: Found, asked: Question) -> list[Facet]:
    """The facets that would narrow."""
    shown = []
    for name, counted in found.facets.items():
        here = set(getattr(asked, name))
        left = [(value, count) for value, count in counted if value not in here]
        if not left or (len(left) == 1 and left[0][1] == found.count):
            continue  # it would narrow nothing
        few = left[: ALL_OF_FACET if asked.more == name else ON_FACET]
        names = _names(session, who, name, {value for value, _ in few})
        rows = [
            (names.get(value, str(value)), asked.address(**{name: [*getattr(asked, name), _plain(value)]}), count)
            for value, count in few
        ]
        more = asked.address(more=name, after=asked.after)
        shown.append(Facet(name, t(f"search.facet.{name}"), rows, min(len(left), ALL_OF_FACET) - len(few), more))
    return shown


def hidden(session: Session, who: Actor, asked: Question) -> list[tuple[str, str]]:
    """Of a search without result: what each filter alone hides, with the way to it."""
    counted = hidden_by_filters(session, who, asked.q, asked.filters(), index=house().search.index(session))
    return [
        (
            t("search.hidden_by", filter=t(f"search.facet.{name}"), count=count),
            asked.address(**{name: [] if name in NARROWING else None}),
        )
        for name, count in counted.items()
    ]


def person_added(session: Session, who: Actor) -> tuple[str, int] | None:
    """The part and the official that the form adds: by her id, or by a name that one alone has."""
    part, ident = request.args.get("part", ""), request.args.get("person", type=int)
    if part not in PARTS:
        return None
    if ident is not None:
        return part, ident
    name = request.args.get("person_text", "").strip()[:100]
    found = find_people(session, who, name) if name else []
    return (part, found[0].official_id) if len(found) == 1 else None


def meant(session: Session, who: Actor, asked: Question) -> list[tuple[str, str, str]]:
    """Those whom a name may mean that several have: (name, post, address of the search with her)."""
    part, name = request.args.get("part", ""), request.args.get("person_text", "").strip()[:100]
    if part not in PARTS or not name:
        return []
    speaks = language()
    return [
        (person.name(speaks), person.post(speaks), asked.address(**{part: [*getattr(asked, part), person.official_id]}))
        for person in find_people(session, who, name)
    ]


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _names(session: Session, who: Actor, facet: str, values: Any) -> Mapping[Any, str]:
    if facet in _WORDS:
        return {value: t(f"{_WORDS[facet]}.{_plain(value)}") for value in values if words.known(f"{_WORDS[facet]}.{_plain(value)}")}  # fmt: skip
    if facet == "year":
        return {value: str(value) for value in values}
    return named(session, who, facet, values, language())
