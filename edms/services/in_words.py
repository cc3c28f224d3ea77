"""A route in words: who does what, until when, and where each answer leads; what is unconfirmed is said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from edms.services.definition import Branch, Field, Route, RouteTerm, Step
from edms.services.express import PACE
from edms.services.kinds import StepKind
from edms.services.messages import title
from edms.services.simulating import begin
from edms.terms import explain, for_country
from edms.terms.explaining import cite
from edms.terms.term import Kind, Law, Silence, Term
from edms.words.catalogue import say, unended
from edms.words.dates import date as written


def tell(route: Route, lang: str) -> list[str]:
    """The whole route as lines of plain text in `lang`."""
    return [*_head(route, lang), "", *_form(route, lang), "", *_steps(route, lang)]


def dates(route: Route, lang: str, day: date) -> list[str]:
    """When a case registered on this day is to be decided, and how that was counted; nothing without such a term."""
    reached = begin(route, for_country(route.country), day).due_of_case()
    if reached is None:
        return []
    told = explain(reached)
    return [
        say(lang, m, **{n: written(lang, v) if isinstance(v, date) else v for n, v in values.items()})
        for m, values in told
    ]


def term_text(route: Route, name: str, lang: str) -> str:
    """A term's length, what it runs from, and its article, as one line."""
    return _counted(route, route.terms[name].term, route.terms[name].doubt, lang)


def _counted(route: Route, term: Term, doubt: str | None, lang: str) -> str:
    if term.kind is Kind.FIXED:
        length = say(lang, "services.length.fixed", day=f"{term.count % 100:02}.{term.count // 100:02}")
    else:
        length = say(lang, f"services.length.{term.kind}", n=term.count)
    start = say(lang, f"services.from.{term.start}")
    law = [_law(route, lang, term.law)] if term.law is not None else []
    return "; ".join([f"{length} {start}", *law, *_doubt(route, lang, doubt)])


def _head(route: Route, lang: str) -> Iterator[str]:
    yield f"{title(route, lang, route.title)} · {route.key}"
    until = route.valid_to.isoformat() if route.valid_to else "…"
    yield f"{title(route, lang, f'services.regime.{route.regime}')} · {route.valid_from.isoformat()} – {until}"
    yield from _doubt(route, lang, route.doubt)
    ways = ", ".join(say(lang, f"services.kind.opening.{way}") for way in route.opens.ways)
    yield f"{ways} → {say(lang, f'registry.register_kind.{route.opens.register}')}"
    rule = route.silence
    if rule.term is not None and rule.effect is not Silence.NONE:
        yield f"{say(lang, f'services.silence.{rule.effect}')} {term_text(route, rule.term, lang)}"
        for instead in route.terms[rule.term].instead:
            yield f"    {instead.when}: {term_text(route, instead.term, lang)}"
    else:
        yield say(lang, "services.silence.none")
    yield from _rules(route, lang)
    yield f"{say(lang, 'services.kept')} {say(lang, f'retention.class.{route.retention}')}"


def _rules(route: Route, lang: str) -> Iterator[str]:
    """Until when it can be decided at all, what is a repetition, what may be had sooner."""
    for limit in route.limits:
        when = "" if limit.when == "True" else f" ({limit.when})"
        named = title(route, lang, f"services.limit.{limit.name}")
        yield f"{named}: {_counted(route, limit.term, limit.doubt, lang)}{when}"
    if (rule := route.repeats) is not None:
        yield f"{say(lang, 'services.repeats')}: {_counted(route, rule.term, rule.doubt, lang)}"
    if (pace := route.express) is not None:
        laws = [_law(route, lang, law) for law in pace.laws]
        tariffs = [
            f"{title(route, lang, f'services.choice.{PACE}.{each.name}')} (+{each.fee})" for each in pace.tariffs
        ]
        yield f"{say(lang, 'services.express')}: {'; '.join([*(tariffs or [say(lang, 'services.express.none')]), *laws])}"


def _form(route: Route, lang: str) -> Iterator[str]:
    yield say(lang, "services.form")
    for field in route.form.fields:
        yield "  " + _field(route, field, lang)
    for paper in route.form.papers:
        source = say(lang, f"services.kind.source.{paper.source}")
        marks = _needed(paper.required, lang)
        yield f"  + {'; '.join([title(route, lang, paper.title) + marks, source, *_doubt(route, lang, paper.doubt)])}"
    for fee in route.fees:
        ceiling = f" ≤ {fee.ceiling} {fee.currency}" if fee.ceiling is not None else ""
        laws = [_law(route, lang, law) for law in fee.laws]
        when = "" if fee.when == "True" else f" ({fee.when})"
        parts = [
            f"{title(route, lang, fee.title)}: {fee.amount}{ceiling}{when}",
            *laws,
            *_doubt(route, lang, fee.doubt),
        ]
        yield "  $ " + "; ".join(parts)


def _field(route: Route, field: Field, lang: str) -> str:
    choices = f" [{', '.join(title(route, lang, c.title) for c in field.choices)}]" if field.choices else ""
    return f"- {title(route, lang, field.title)}{choices}{_needed(field.required, lang)}"


def _needed(condition: str, lang: str) -> str:
    if condition == "False":
        return ""
    return " *" if condition == "True" else f" * ({condition})"


def _steps(route: Route, lang: str) -> Iterator[str]:
    numbers = {name: n for n, name in enumerate(route.steps, start=1)}
    for step in route.steps.values():
        party = f" · {title(route, lang, f'services.party.{step.party}')}" if step.party else ""
        kind = say(lang, f"services.kind.step.{step.kind}")
        yield f"{numbers[step.id]:3}. {title(route, lang, step.title)}{party} ({kind})  [{step.id}]"
        yield from (f"       {line}" for line in _details(route, step, lang))
        yield from (f"       → {line}" for line in _ways(route, step, numbers, lang))


def _details(route: Route, step: Step, lang: str) -> Iterator[str]:
    if step.term is not None:
        yield f"{title(route, lang, f'services.term.{step.term}')}: {term_text(route, step.term, lang)}"
    if step.produces:
        registers = {n: say(lang, f"registry.register_kind.{route.documents[n].register}") for n in step.produces}
        documents = [f"{title(route, lang, f'services.document.{n}')} → {registers[n]}" for n in step.produces]
        yield ", ".join(documents)
    if step.bodies:
        yield ", ".join(title(route, lang, f"services.body.{b.name}") for b in step.bodies)
    if step.queries:
        yield ", ".join(title(route, lang, f"services.external.{q}") for q in step.queries)
    yield from ("? " + _field(route, field, lang)[2:] for field in step.asks)
    if step.kind is StepKind.END and step.outcome is not None:
        yield title(route, lang, f"services.outcome.{step.outcome}")
    yield from _doubt(route, lang, step.doubt)


def _ways(route: Route, step: Step, numbers: dict[str, int], lang: str) -> Iterator[str]:
    for branch in step.branches:
        yield f"{numbers[branch.to]}{_when(route, branch, lang)}"
    for timer in step.timers:
        if timer.to is not None:
            yield f"{numbers[timer.to]}  {say(lang, 'services.term_over')}"


def _when(route: Route, branch: Branch, lang: str) -> str:
    answer = [title(route, lang, f"services.answer.{branch.answer}")] if branch.answer else []
    parts = [*answer, *([branch.when] if branch.when != "True" else [])]
    return f"  {', '.join(parts)}" if parts else ""


def _doubt(route: Route, lang: str, doubt: str | None) -> list[str]:
    if doubt is None:
        return []
    return [f"{say(lang, 'services.unconfirmed')}: {unended(title(route, lang, f'services.doubt.{doubt}'))}"]


def _law(route: Route, lang: str, law: Law) -> str:
    message, values = cite(law)
    own = route.words.get(message)
    text = own.get(lang) or next(iter(own.values())) if own else say(lang, message, **values)
    return unended(" ".join(text.split())).rstrip(" ,")


def unconfirmed(route: Route) -> list[tuple[str, str]]:
    """Everything marked as not confirmed: what it is about, and the name of the reason."""
    terms: list[tuple[str, RouteTerm]] = list(route.terms.items())
    found = [("route", route.doubt)]
    found += [(f"terms.{n}", t.doubt) for n, t in terms]
    found += [(f"documents.{n}", d.doubt) for n, d in route.documents.items()]
    found += [(f"outcomes.{n}", o.doubt) for n, o in route.outcomes.items()]
    found += [(f"fees.{f.name}", f.doubt) for f in route.fees]
    found += [(f"form.papers.{p.name}", p.doubt) for p in route.form.papers]
    found += [(f"fields.{n}", f.doubt) for n, f in route.fields.items()]
    found += [(s.id, s.doubt) for s in route.steps.values()]
    found += [(f"limits.{each.name}", each.doubt) for each in route.limits]
    found += [("repeats", route.repeats.doubt if route.repeats is not None else None)]
    return [(path, doubt) for path, doubt in found if doubt is not None]


def plain(value: Any) -> Any:
    """A route, or a part of one, as JSON values; its text left out."""
    if isinstance(value, Term):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name != "source" or f.type == "Source"
        }
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, str | int | bool) or value is None else str(value)
