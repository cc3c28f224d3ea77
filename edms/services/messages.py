"""Every message id that a route shows, and how it is said: by its own words, else by the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from edms.services.definition import Field, Route, Step
from edms.services.express import term_name
from edms.words.catalogue import FALLBACK, known, say

OWN = {"GE": "ka", "AM": "hy"}
"""The language in which a route of a country must have all its words."""


def title(route: Route, lang: str, message: str) -> str:
    """The words of this id in `lang`: the route's own, in the country's language or English where `lang` is missing."""
    own = route.words.get(message)
    if own is None:
        return say(lang, message)
    return own.get(lang) or own.get(OWN[route.country]) or own.get(FALLBACK) or message


def unsaid(route: Route) -> list[tuple[str, str]]:
    """The ids (path, id) for which neither the catalogue nor the route has words in the country's language."""
    own = OWN[route.country]
    return [(p, m) for p, m in messages(route) if own not in route.words.get(m, {}) and not known(m)]


def messages(route: Route) -> Iterator[tuple[str, str]]:
    """Every id with the path of what it is about, those that come twice twice."""
    yield "route", route.title
    yield "regime", f"services.regime.{route.regime}"
    for name in route.parties:
        yield f"parties.{name}", f"services.party.{name}"
    paces = {term_name(tariff.name) for tariff in route.express.tariffs} if route.express is not None else set()
    for name, term in route.terms.items():
        if name not in paces:  # said by the choice that brings it
            yield f"terms.{name}", f"services.term.{name}"
        yield from _doubt(f"terms.{name}", term.doubt)
    for name, document in route.documents.items():
        yield f"documents.{name}", f"services.document.{name}"
        yield from _doubt(f"documents.{name}", document.doubt)
    for name, outcome in route.outcomes.items():
        yield f"outcomes.{name}", f"services.outcome.{name}"
        yield from _doubt(f"outcomes.{name}", outcome.doubt)
    for field in route.form.fields:
        yield from _field("form.fields", field)
    for paper in route.form.papers:
        yield f"form.papers.{paper.name}", paper.title
        yield from _doubt(f"form.papers.{paper.name}", paper.doubt)
    for fee in route.fees:
        yield f"fees.{fee.name}", fee.title
        yield from _doubt(f"fees.{fee.name}", fee.doubt)
    for limit in route.limits:
        yield f"limits.{limit.name}", f"services.limit.{limit.name}"
        yield from _doubt(f"limits.{limit.name}", limit.doubt)
    if route.repeats is not None:
        yield from _doubt("repeats", route.repeats.doubt)
    for notice in route.silence.notices:
        yield "silence", notice.message
    yield from _doubt("route", route.doubt)
    for step in route.steps.values():
        yield from _step(step)


def _step(step: Step) -> Iterator[tuple[str, str]]:
    yield step.id, step.title
    yield from ((step.id, f"services.answer.{a}") for a in step.answers)
    yield from ((step.id, f"services.external.{q}") for q in step.queries)
    yield from ((step.id, f"services.body.{b.name}") for b in step.bodies)
    yield from ((step.id, n.message) for n in step.notices)
    yield from ((step.id, n.message) for t in step.timers for n in t.notices)
    for field in step.asks:
        yield from _field(step.id, field)
    yield from _doubt(step.id, step.doubt)


def _field(path: str, field: Field) -> Iterator[tuple[str, str]]:
    at = f"{path}.{field.name}"
    yield at, field.title
    if field.hint is not None:
        yield at, field.hint
    yield from ((at, choice.title) for choice in field.choices)
    yield from _doubt(at, field.doubt)


def _doubt(path: str, doubt: str | None) -> Iterator[tuple[str, str]]:
    if doubt is not None:
        yield path, f"services.doubt.{doubt}"
