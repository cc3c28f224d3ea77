"""Makes the values of `definition.py` from the plain values that the schema has found well formed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from edms.access.roles import Role
from edms.registry.words import RegisterKind
from edms.services import building_rules, express
from edms.services.building_forms import (
    CURRENCY,
    Plain,
    all_of,
    condition_of,
    fee_of,
    field_of,
    law_of,
    laws_of,
    paper_of,
)
from edms.services.composing import Composed
from edms.services.definition import (
    Body,
    Branch,
    CaseEffect,
    Form,
    Instead,
    Notice,
    Outcome,
    Party,
    Produced,
    Route,
    RouteTerm,
    SilenceRule,
    Sitting,
    Step,
    Timer,
)
from edms.services.elsewhere import Elsewhere
from edms.services.kinds import (
    Addressee,
    Channel,
    Effect,
    NoticeMoment,
    Participation,
    PartyKind,
    Signed,
    StepKind,
)
from edms.terms import table
from edms.terms.term import Cause, ExtensionRule, Kind, Silence, Start, Term


def build(plain: Plain, composed: Composed, common: Mapping[str, Plain], source: str) -> Route:
    """The route. What only the shared blocks brought and no step uses is left out. Errors: Invalid from `edms.terms`."""
    steps = {s["step"]: _step(s) for s in composed.steps}
    country = plain["country"]
    silence = _silence(plain["silence"], composed)
    terms = {n: _term(n, t) for n, t in {**common["terms"], **plain.get("terms", {})}.items()}
    parties = {n: _party(n, p) for n, p in {**common["parties"], **plain.get("parties", {})}.items()}
    documents = {n: _document(n, d) for n, d in {**composed.documents, **plain.get("documents", {})}.items()}
    outcomes = {n: _outcome(n, o) for n, o in {**composed.outcomes, **plain["outcomes"]}.items()}
    pace = building_rules.express_of(plain, composed)
    used_terms = {s.term for s in steps.values()} | {silence.term} | plain.get("terms", {}).keys()
    used_terms |= {terms[n].extension_within for n in used_terms & terms.keys()}
    if pace is not None:
        terms = dict(express.terms(terms, pace))
        used_terms |= {express.term_name(tariff.name) for tariff in pace.tariffs}
    terms = {n: t for n, t in _silent(terms, silence).items() if n in used_terms}
    used_parties = set(plain.get("parties", {})) | {t.extended_by for t in terms.values()}
    for step in steps.values():
        used_parties |= {step.party, *step.beside, *step.visas}
    used_documents = set(plain.get("documents", {})) | {t.extension_act for t in terms.values()}
    used_documents |= {name for step in steps.values() for name in step.produces}
    used_outcomes = set(plain["outcomes"]) | {s.outcome for s in steps.values()}
    valid, form = plain["valid"], plain.get("form", {})
    fields = all_of(field_of, form.get("fields"))
    fees = tuple(fee_of(f, country, composed) for f in plain.get("fees", ()))
    return Route(
        name=plain["route"],
        version=plain["version"],
        country=country,
        regime=plain["regime"],
        valid_from=date.fromisoformat(valid["from"]),
        valid_to=date.fromisoformat(valid["to"]) if "to" in valid else None,
        opens=building_rules.opens_of(plain["opens"]),
        start=next(iter(steps)),
        silence=silence,
        retention=plain["retention"],
        steps=steps,
        parties={n: p for n, p in parties.items() if n in used_parties},
        terms=terms,
        documents={n: d for n, d in documents.items() if n in used_documents},
        outcomes={n: o for n, o in outcomes.items() if n in used_outcomes},
        form=Form((*fields, *(express.fields(pace) if pace is not None else ())), all_of(paper_of, form.get("papers"))),
        fees=express.fees(fees, pace, CURRENCY[country]) if pace is not None else fees,
        limits=building_rules.limits_of(plain, composed),
        repeats=building_rules.repeats_of(plain),
        express=pace,
        organisations=tuple(plain.get("organisations", ())),
        laws=laws_of(plain),
        doubt=plain.get("reason"),
        words=plain.get("words", {}),
        source=source,
    )


def _party(name: str, p: Plain) -> Party:
    kind = PartyKind(p.get("kind", "official"))
    return Party(name, kind, Role(p["role"]) if "role" in p else None, p.get("unit"))


def _term(name: str, t: Plain) -> RouteTerm:
    if "use" in t:
        term = table.named(t["use"])
    else:
        rule = t.get("extension")
        term = Term(
            count=t["count"],
            kind=Kind(t["kind"]),
            start=Start(t.get("start", "reg")),
            excludes=frozenset(map(Cause, t.get("excludes", ()))),
            suspended_by=frozenset(map(Cause, t.get("suspended_by", ()))),
            restarted_by=frozenset(map(Cause, t.get("restarted_by", ()))),
            extension=rule
            and ExtensionRule(
                rule["limit"],
                Kind(rule["kind"]),
                rule.get("from_start", False),
                rule.get("request_days", 0),
                law_of(rule.get("law")),
            ),
            law=law_of(t.get("law")),
        )
    who = (t.get("extended_by"), t.get("extension_act"), t.get("extension_within"))
    instead = tuple(Instead(condition_of(i["when"]), i["term"]) for i in t.get("instead", ()))
    return RouteTerm(name, term, *who, instead=instead, doubt=t.get("reason"))


def _silent(terms: Mapping[str, RouteTerm], rule: SilenceRule) -> Mapping[str, RouteTerm]:
    """The terms, that of the silence rule and those in its place with what silence means: so they explain themselves."""
    named = terms.get(rule.term or "")
    if named is None:
        return terms
    names = {named.name, *(i.term for i in named.instead)}
    return {
        n: replace(t, term=replace(t.term, silence=rule.effect, silence_law=rule.law)) if n in names else t
        for n, t in terms.items()
    }


def _document(name: str, d: Plain) -> Produced:
    return Produced(
        name,
        RegisterKind(d["register"]),
        Signed(d.get("signed", "official")),
        d.get("appeal", False),
        tuple(map(Channel, d.get("publish", ()))),
        d.get("template"),
        d.get("copies", 1),
        d.get("strict", False),
        laws_of(d),
        d.get("reason"),
    )


def _outcome(name: str, o: Plain) -> Outcome:
    return Outcome(name, o["favourable"], o.get("retention"), o.get("reason"))


def _notice(n: Plain) -> Notice:
    channels = tuple(map(Channel, n.get("channels", ())))
    return Notice(
        n["message"], Addressee(n["to"]), NoticeMoment(n.get("moment", "done")), channels, n.get("proof", False)
    )


def _branch(b: Plain) -> Branch:
    marks = tuple(map(Start, b.get("marks", ())))
    return Branch(b["to"], b.get("answer"), condition_of(b.get("when", True)), marks, b.get("breaks_off", False))


def _branches(step: Plain) -> tuple[Branch, ...]:
    said = step.get("then", [])
    made = [_branch(b) for b in ([{"to": said}] if isinstance(said, str) else said)]
    marks = tuple(map(Start, step.get("marks", ())))
    return tuple(replace(b, marks=(*marks, *b.marks)) for b in made)


def _timers(step: Plain) -> tuple[Timer, ...]:
    late = [Timer(0, step["late"])] if "late" in step else []
    more = [
        Timer(t.get("days_before", 0), t.get("to"), all_of(_notice, t.get("notices"))) for t in step.get("timers", ())
    ]
    return (*late, *more)


def _sitting(s: Plain) -> Sitting:
    shares = Decimal(str(s["quorum"])), Decimal(str(s["majority"]))
    return Sitting(*shares, s.get("of_all", False), s.get("no_quorum"), s.get("not_carried"))


def _step(s: Plain) -> Step:
    return Step(
        id=s["step"],
        kind=StepKind(s["kind"]),
        title=s["title"],
        party=s.get("by"),
        branches=_branches(s),
        answers=tuple(s.get("answers", ())),
        asks=all_of(field_of, s.get("asks")),
        term=s.get("term"),
        timers=_timers(s),
        suspends=Cause(s["suspends"]) if "suspends" in s else None,
        produces=tuple(s.get("produces", ())),
        queries=tuple(s.get("queries", ())),
        bodies=tuple(Body(b["body"], condition_of(b.get("when", True))) for b in s.get("bodies", ())),
        sitting=_sitting(s["sitting"]) if "sitting" in s else None,
        notices=all_of(_notice, s.get("notices")),
        beside=tuple(s.get("beside", ())),
        visas=tuple(s.get("visas", ())),
        other_than=tuple(s.get("other_than", ())),
        fork=s.get("fork"),
        outcome=s.get("outcome"),
        effects=tuple(CaseEffect(e["field"], Effect(e["effect"])) for e in s.get("effects", ())),
        ends_with=Elsewhere(s["ends_with"]) if "ends_with" in s else None,
        participation=tuple(map(Participation, s.get("participation", ()))),
        laws=laws_of(s),
        doubt=s.get("reason"),
    )


def _silence(s: Plain, composed: Composed) -> SilenceRule:
    to = composed.resolved(s["to"]) if "to" in s else None
    return SilenceRule(Silence(s["effect"]), s.get("term"), to, all_of(_notice, s.get("notices")), law_of(s.get("law")))
