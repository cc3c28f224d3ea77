"""The resolution as a form: who, what, until, each chosen with one touch or one key, or found and typed.

Who: the five people chosen last, or found by two letters in any script; the first is responsible. What: her own stock
phrases, or words. Until: what the clock proposes, three or ten days, or a day. Without script people are looked up by
what was typed; several who fit are asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry.models import Document
from edms.routing import people
from edms.routing.choosing import last_chosen
from edms.routing.clocks import internal_term
from edms.routing.models import Order, Purpose
from edms.routing.naming import Executor
from edms.staff import phrases
from edms.staff.calendars import calendar_of
from edms.staff.finding import find_people
from edms.staff.models import Official, Organisation
from edms.web.desk import away
from edms.web.kit import language, t
from edms.web.kit.forms import Day, OneLine, Paragraphs

SOON = (3, 10)
OFFERED = ("resolve.phrase.execute", "resolve.phrase.reply", "resolve.phrase.study", "resolve.phrase.opinion")
MOST_SHOWN = 6
BY_CLOCK = "clock"


class ResolveForm(BaseModel):
    """What is sent. `who` is one of the last five; `more` whom was found, in order; empty `until` is the clock's."""

    head: int | None = None
    who: int | None = None
    more: list[int] = []
    more_text: OneLine | None = None
    informed: list[int] = []
    informed_text: OneLine | None = None
    phrase: OneLine | None = None
    text: Paragraphs = ""
    remember: bool = False
    until: OneLine = BY_CLOCK
    due_on: Day | None = None
    in_turn: bool = False
    to_file: bool = False
    reason: OneLine = ""

    @property
    def order(self) -> Order:
        """At the same time, or one after another?"""
        return Order.SEQUENTIAL if self.in_turn else Order.PARALLEL

    @property
    def words(self) -> str:
        """The phrase chosen, then what was typed."""
        return "\n".join(part for part in (self.phrase or "", self.text) if part)

    def day(self, today: date) -> date | None:
        """The day set by a person, None for the clock's."""
        if self.due_on is not None:
            return self.due_on
        return today + timedelta(days=int(self.until)) if self.until in [str(n) for n in SOON] else None


class SeveralFit(Invalid):
    """More people than one fit what was typed; `choices` are they, for the field `asked`."""

    def __init__(self, asked: str, choices: list[tuple[str, str]]) -> None:
        super().__init__("error.invalid", fields={asked: "resolve.which_one"})
        self.asked, self.choices = asked, choices


def executors(session: Session, who: Actor, form: ResolveForm) -> list[Executor]:
    """The people named, the responsible first. Errors: SeveralFit, Invalid for somebody who is not found."""
    work = [*([form.who] if form.who else []), *form.more, *looked_up(session, who, "more", form.more_text)]
    noted = [*form.informed, *looked_up(session, who, "informed", form.informed_text)]
    named = [Executor(person) for person in dict.fromkeys(work)]
    return named + [Executor(person, Purpose.ACQUAINT) for person in dict.fromkeys(noted) if person not in work]


def named(session: Session, who: Actor, form: ResolveForm, *, standing: Collection[int] = ()) -> list[Executor]:
    """The same, once it is said what to do about those of them who are away; `standing` are named already."""
    everybody = executors(session, who, form)
    anew = [each.official_id for each in everybody if each.official_id not in standing]
    swapped = away.swaps(session, who, anew, field="more", until=form.day(clock.today(who.time_zone)))
    to = [replace(each, official_id=swapped.get(each.official_id, each.official_id)) for each in everybody]
    return list({each.official_id: each for each in reversed(to)}.values())[::-1]  # whoever is named twice, once


def at_fields(error: Invalid) -> Invalid:
    """The room's error with the names of this form's fields."""
    if isinstance(error, SeveralFit) or "executors" not in error.fields:
        return error
    fields = {("more" if name == "executors" else name): message for name, message in error.fields.items()}
    return Invalid(error.message, fields=fields, **error.values)


def remember(session: Session, who: Actor, official: Official, text: str) -> None:
    """Keep what was typed as her own phrase, first in the list; the oldest gives way."""
    known = phrases.phrases_of(official)
    own = known if known is not None else offered()
    phrases.choose_phrases(session, who, [text, *own][: phrases.MOST])


def offered() -> list[str]:
    """What stands there for one who has no phrases of her own yet."""
    return [t(name) for name in OFFERED]


def choices(
    session: Session, who: Actor, document: Document, *, author_id: int, within: date | None = None,
    but: Sequence[int] = (),
) -> dict[str, Any]:  # fmt: skip
    """What the form offers: chips of people, phrases and days, with their number keys."""
    speaks, today = language(), clock.today(who.time_zone)
    chosen = [p for p in last_chosen(session, who, author_id) if p.official_id not in but]
    away = people.absent(session, [p.official_id for p in chosen], today)
    hand = session.get(Official, who.official_id)
    known = phrases.phrases_of(hand) if hand is not None else None
    own = known if known is not None else offered()
    whom = [
        (p.official_id, p.name(speaks), _aside(p, away.get(p.official_id), speaks), f"Digit{place}")
        for place, p in enumerate(chosen, start=1)
    ]
    return {
        "who": whom,
        "phrases": [
            (text, text, "", f"Digit{place % 10}") for place, text in enumerate(own[:MOST_SHOWN], start=len(whom) + 1)
        ],
        **_days(session, document, today, within),
    }


def person_rows(session: Session, who: Actor, letters: str) -> list[tuple[int, str, str]]:
    """The answer to the combobox: name, post, and who is away."""
    speaks = language()
    found = find_people(session, who, letters)
    away = people.absent(session, [p.official_id for p in found], clock.today(who.time_zone))
    return [(p.official_id, p.name(speaks), _aside(p, away.get(p.official_id), speaks)) for p in found]


def _aside(official: Official, substitution: Any, speaks: str) -> str:
    if substitution is None:
        return official.post(speaks)
    until, instead = words.date(speaks, substitution.until_on), substitution.substitute.name(speaks)
    return t("resolve.away", date=until, name=instead)


def _days(session: Session, document: Document, today: date, within: date | None) -> dict[str, Any]:
    speaks = language()
    proposed, counted = internal_term(session, document, due_on=None, term=None, within=within)
    limit = min((day for day in (document.due_on, within) if day is not None and day >= today), default=None)
    rows = [(BY_CLOCK, words.date(speaks, proposed), t("resolve.by_clock"))]
    for days in SOON:
        on = today + timedelta(days=days)
        if on != proposed and (limit is None or on <= limit):
            rows.append((str(days), t("resolve.in_days", n=days), words.date(speaks, on)))
    if counted is None:
        return {"days": rows, "why": [t("resolve.not_past_legal")]}
    calendar = calendar_of(session.get_one(Organisation, document.organisation_id))
    why = terms.explain(terms.Due.from_json(counted, calendar))
    return {"days": rows, "why": [t(message, **_said(values, speaks)) for message, values in why]}


def _said(values: Any, speaks: str) -> dict[str, Any]:
    return {name: words.date(speaks, v) if isinstance(v, date) else v for name, v in values.items()}


def looked_up(session: Session, who: Actor, field: str, typed: str | None) -> Iterable[int]:
    """The people whose names were typed, each behind a comma, where no script found them."""
    for name in (part.strip() for part in (typed or "").split(",")):
        if not name:
            continue
        found = find_people(session, who, name.split("·")[0])
        if not found:
            raise Invalid(fields={field: "resolve.nobody_fits"})
        if len(found) > 1:
            rows = [(str(p.official_id), f"{p.name(language())} · {p.post(language())}") for p in found]
            raise SeveralFit(field, rows)
        yield found[0].official_id
