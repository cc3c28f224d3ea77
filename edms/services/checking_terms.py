"""Whether the terms of a route can be counted and rest on something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from edms.errors import EdmsError
from edms.services.definition import Route, RouteTerm
from edms.services.graph import surely_marked
from edms.services.kinds import StepKind
from edms.terms import due, for_country
from edms.terms.term import Law, Start
from edms.words.catalogue import known

OF_THE_STEP = frozenset({Start.PREVIOUS, Start.REQUESTED, Start.CAUSE_ENDED})
"""Starts that the step itself brings: the day it was reached."""

Found = Iterator[tuple[str, str, Mapping[str, object]]]


def term_faults(route: Route) -> Found:
    """Terms known, begun on every way to their step, extended by somebody, with an article or an open doubt."""
    marked = surely_marked(route)
    for step in route.steps.values():
        if step.term is None:
            if step.timers:
                yield step.id, "timer_without_term", {}
            continue
        named = route.terms.get(step.term)
        if named is None:
            yield step.id, "term_unknown", {"name": step.term}
        elif named.term.start not in OF_THE_STEP | marked[step.id] and step.kind is not StepKind.START:
            yield step.id, "term_never_begins", {"name": step.term, "start": named.term.start.value}
    used = {s.term for s in route.steps.values()} | {route.silence.term}
    used |= {t.extension_within for t in route.terms.values()}
    used |= {i.term for t in route.terms.values() for i in t.instead}
    for name, named in route.terms.items():
        if name not in used:
            yield f"terms.{name}", "unused", {}
        yield from _term(route, name, named)
    yield from _laws(route)


def _term(route: Route, name: str, named: RouteTerm) -> Found:
    at = f"terms.{name}"
    if named.term.law is None and named.doubt is None:
        yield at, "term_without_law", {}
    if (named.term.extension is None) != (named.extended_by is None):
        yield at, "extension_by_nobody", {}
    if named.extended_by is not None and named.extended_by not in route.parties:
        yield at, "party_unknown", {"name": named.extended_by}
    for other in (route.terms.get(i.term) for i in named.instead):
        if other is None or other.term.start is not named.term.start or other.instead:
            yield at, "instead_unfit", {"name": other.name if other else ""}
    if named.extension_within is not None and named.extension_within not in route.terms:
        yield at, "term_unknown", {"name": named.extension_within}
    try:
        due(named.term, for_country(route.country), date(2025, 5, 2))
    except EdmsError as error:
        yield at, "term_uncountable", {"name": name, "reason": error.message}


def _laws(route: Route) -> Found:
    """Acts that the catalogue cannot name."""
    cited: list[tuple[str, Law]] = [("law", law) for law in route.laws]
    cited += [(s.id, law) for s in route.steps.values() for law in s.laws]
    cited += [(f"documents.{n}", law) for n, d in route.documents.items() for law in d.laws]
    cited += [(f"form.papers.{p.name}", law) for p in route.form.papers for law in p.laws]
    cited += [(f"fees.{f.name}", law) for f in route.fees for law in f.laws]
    cited += [(f"terms.{n}", t.term.law) for n, t in route.terms.items() if t.term.law is not None]
    cited += [(f"limits.{each.name}", each.term.law) for each in route.limits if each.term.law is not None]
    cited += [("repeats", law) for law in (route.repeats.term.law if route.repeats else None,) if law is not None]
    cited += [("express", law) for law in (route.express.laws if route.express else ())]
    own = [law for law in (route.silence.law,) if law is not None]
    cited += [("silence", law) for law in own]
    for path, law in dict.fromkeys(cited):
        if not known(f"terms.law.{law.act}") and f"terms.law.{law.act}" not in route.words:
            yield path, "law_unknown", {"name": law.act}
